"""Proves that one grouped Adam is one Adam per group, bit for bit, with a rate that falls once an epoch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.trainers.learning_rate import LearningRate
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.optimizer import GroupedAdam, grouped_adam
from tests.small_models import conv_model

SHAPES = {"a": [(3, 2), (2,)], "b": [(4,)], "c": [(2, 2), (1,)]}
RATES = {"a": LearningRate(1e-2, 0.5), "b": LearningRate(3e-4), "c": LearningRate(0.1, 0.9)}


def parameters():
    rng = np.random.default_rng(0)
    return {
        name: [keras.Variable(rng.standard_normal(shape).astype(np.float32)) for shape in shapes]
        for name, shapes in SHAPES.items()
    }


def gradients(step):
    """Gradients of very unequal sizes, so that a mistaken moment or rate shows."""
    rng = np.random.default_rng(step + 1)
    return {
        name: [tf.constant(10.0 ** rng.uniform(-6, 3) * rng.standard_normal(shape), tf.float32) for shape in shapes]
        for name, shapes in SHAPES.items()
    }


def schedules(steps_per_epoch=2):
    return {name: rate.schedule(TrainingLength(steps_per_epoch)) for name, rate in RATES.items()}


@pytest.mark.parametrize("moments", [{}, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}])
def test_equals_one_adam_per_group_bit_for_bit(moments):
    together, apart = parameters(), parameters()
    grouped = GroupedAdam(together, schedules(), **moments)
    moments = {"epsilon": 1e-8, **moments}
    adams = {name: keras.optimizers.Adam(schedule, **moments) for name, schedule in schedules().items()}
    for step in range(7):
        by_group = gradients(step)
        grouped.apply([g for group in by_group.values() for g in group], grouped.grouped_variables)
        for name, adam in adams.items():
            adam.apply(by_group[name], apart[name])
        for name in SHAPES:
            for ours, theirs in zip(together[name], apart[name], strict=True):
                np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert int(grouped.iterations.numpy()) == 7


def test_order_of_variables_does_not_matter():
    straight, reverse = parameters(), parameters()
    first, second = GroupedAdam(straight, schedules()), GroupedAdam(reverse, schedules())
    flat = [g for group in gradients(0).values() for g in group]
    first.apply(flat, first.grouped_variables)
    second.apply(flat[::-1], second.grouped_variables[::-1])
    for a, b in zip(first.grouped_variables, second.grouped_variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_rate_falls_once_an_epoch():
    rates = [float(LearningRate(1e-2, 0.5).schedule(TrainingLength(3))(step)) for step in range(8)]
    np.testing.assert_allclose(rates, [1e-2] * 3 + [5e-3] * 3 + [2.5e-3] * 2, rtol=1e-6)


def test_steps_follow_the_falling_rate():
    variable = keras.Variable([0.0])
    optimizer = GroupedAdam({"a": [variable]}, {"a": LearningRate(1e-2, 0.5).schedule(TrainingLength(2))})
    visited = [0.0]
    for _ in range(6):
        optimizer.apply([tf.constant([-4.0])], [variable])
        visited.append(float(variable.numpy()[0]))
    # Under a constant gradient Adam moves by its rate, against the gradient.
    np.testing.assert_allclose(np.diff(visited), [1e-2, 1e-2, 5e-3, 5e-3, 2.5e-3, 2.5e-3], rtol=1e-3)


def first_steps(**rates):
    """How far each part's parameters move at a gradient of 1."""
    model = conv_model()
    optimizer = grouped_adam(model, TrainingLength(10), **rates)
    before = {name: part.get_weights() for name, part in model.parts.items()}
    optimizer.apply([tf.ones(v.shape) for v in optimizer.grouped_variables], optimizer.grouped_variables)
    return {
        name: {
            round(float(d), 5) for a, b in zip(before[name], part.get_weights(), strict=True) for d in np.ravel(a - b)
        }
        for name, part in model.parts.items()
    }


def test_parts_get_their_own_rates():
    moved = first_steps(
        generator=LearningRate(0.04), prior=LearningRate(0.03), energy=[LearningRate(0.01), LearningRate(0.02)]
    )
    assert moved == {"generator": {0.04}, "prior": {0.03}, "f_1": {0.01}, "f_2": {0.02}}


def test_one_energy_rate_serves_every_head():
    moved = first_steps(energy=LearningRate(0.05))
    assert (moved["f_1"], moved["f_2"], moved["generator"]) == ({0.05}, {0.05}, {1e-4})


def test_moments_are_passed_on():
    optimizer = grouped_adam(conv_model(), TrainingLength(10), beta_1=0.5, beta_2=0.9, epsilon=1e-4)
    assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.5, 0.9, 1e-4)


def test_every_parameter_is_in_one_group():
    model = conv_model()
    optimizer = grouped_adam(model, TrainingLength(10))
    assert {id(v) for v in optimizer.grouped_variables} == {id(v) for v in model.trainable_variables}
    assert len(optimizer.grouped_variables) == len(model.trainable_variables)


@pytest.mark.parametrize(
    ("arguments", "field"), [({"rate": -1e-4}, "rate"), ({"decay": 0.0}, "decay"), ({"decay": 1.5}, "decay")]
)
def test_wrong_rates_are_named_in_one_line(arguments, field):
    with pytest.raises(ValueError, match=rf"^LearningRate\.{field} = [^\n]+\Z"):
        LearningRate(**arguments)


def test_groups_and_rates_must_match():
    with pytest.raises(ValueError, match=r"^learning rates for \['a', 'b'\] but parameter groups \['a', 'b', 'c'\]\Z"):
        GroupedAdam(parameters(), {name: schedule for name, schedule in schedules().items() if name != "c"})


def test_one_energy_rate_for_each_head():
    with pytest.raises(ValueError, match=r"^grouped_adam\.energy has 3 learning rates for 2 energy heads\Z"):
        grouped_adam(conv_model(), TrainingLength(10), energy=[LearningRate()] * 3)


def test_variables_that_begin_later_move_as_if_training_began_there():
    """Rate, decay and bias correction count from the beginning: the later variable repeats what the early one did."""
    early, late = keras.Variable([1.0, -2.0]), keras.Variable([1.0, -2.0])
    schedule = LearningRate(0.1, decay=0.5).schedule(TrainingLength(3))
    optimizer = GroupedAdam({"a": [early], "b": [late]}, {"a": schedule, "b": schedule}, beta_1=0.5)
    optimizer.begin_at(20, [late])
    gradients = np.random.default_rng(0).standard_normal((8, 2)).astype(np.float32)
    path = {"a": [], "b": []}
    for step in range(28):
        name, variable, begin = ("a", early, 0) if step < 20 else ("b", late, 20)
        gradient = gradients[step - begin] if step - begin < 8 else np.zeros(2, np.float32)
        optimizer.apply([tf.constant(gradient)], [variable])
        path[name].append(variable.numpy())
    np.testing.assert_allclose(path["b"], path["a"][:8], rtol=1e-4)
