"""Proves Adamax against its formulas in numpy."""

import types

import keras
import numpy as np

from jebm_tf.trainers.adamax import adamax
from jebm_tf.trainers.learning_rate import CosineRate
from jebm_tf.trainers.length import TrainingLength


def of_one_part(inputs):
    part = keras.Sequential([keras.layers.Dense(1, use_bias=False)])
    part.build((None, inputs))
    return types.SimpleNamespace(parts={"part": part})


def test_steps_by_hand():
    model = of_one_part(2)
    (weight,) = model.parts["part"].trainable_variables
    weight.assign([[1.0], [-2.0]])
    rate = CosineRate(rate=0.1, last=0.1, warm_up_epochs=0, epochs=1)
    optimizer = adamax(model, TrainingLength(10), rate=rate, beta_1=0.8, beta_2=0.9, epsilon=0.05, l2=0.3)
    w, m, u = np.array([[1.0], [-2.0]]), np.zeros((2, 1)), np.zeros((2, 1))
    for step, gradient in enumerate(([[0.5], [0.0]], [[-1.0], [0.2]], [[0.0], [0.01]]), start=1):
        optimizer.apply([np.float32(gradient)])
        g = np.array(gradient) + 0.3 * w
        m, u = 0.8 * m + 0.2 * g, np.maximum(0.9 * u, np.abs(g) + 0.05)
        w = w - 0.1 / (1.0 - 0.8**step) * m / u
        np.testing.assert_allclose(weight.numpy(), w, rtol=1e-5)


def test_the_rate_follows_the_schedule():
    model = of_one_part(1)
    (weight,) = model.parts["part"].trainable_variables
    optimizer = adamax(model, TrainingLength(2, 6), rate=CosineRate(0.1, 0.01, 1), epsilon=0.0, l2=0.0)
    moved = []
    for _ in range(6):
        before = float(weight.numpy()[0, 0])
        optimizer.apply([np.ones((1, 1), np.float32)])
        moved.append(before - float(weight.numpy()[0, 0]))
    half = 0.01 + 0.09 * (1.0 + np.cos(np.pi * np.array([0.0, 0.25, 0.5, 0.75]))) / 2.0
    np.testing.assert_allclose(moved, [0.0, 0.05, *half], rtol=1e-3, atol=1e-6)
