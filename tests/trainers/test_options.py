"""Options: checked, and the energy penalty's gradient by hand."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.objectives.mle import mle_terms
from jebm_tf.trainers.options import StepOptions
from tests.trainers.test_mle import make_trainer, samples
from tests.training import first_batch


@pytest.mark.parametrize("option", [{"clip_norm": 0.0}, {"energy_penalty": -1.0}, {"average_decay": 1.0}])
def test_options_are_checked(option):
    with pytest.raises(ValueError, match=rf"^StepOptions.{next(iter(option))} = "):
        StepOptions(**option)


def test_the_penalty_pulls_energies_towards_zero_and_nothing_else():
    """d/dα of −λ mean Σ [f(z+)² + f(z−)²] is −2 λ mean Σ [f(z+) ∂f(z+) + f(z−) ∂f(z−)]; other parts feel nothing."""
    trainer, x = make_trainer(options=StepOptions(energy_penalty=0.3)), first_batch()
    z = samples(trainer, x)
    heads = trainer.model.energies
    with tf.GradientTape(persistent=True) as tape:
        terms = mle_terms(trainer.model, x, *z)
        penalty = -0.3 * tf.reduce_mean(terms.energy_magnitude)
        by_hand = -0.6 * tf.reduce_mean(
            sum(tf.stop_gradient(h(layer)) * h(layer) for kind in z for h, layer in zip(heads, kind, strict=True))
        )
    added = trainer.learning_objective(terms) - tf.reduce_mean(terms.surrogate)
    assert float(added) == pytest.approx(float(penalty), abs=1e-3)  # the surrogate is some hundreds, in float32
    assert float(penalty) < -0.01
    for head in heads:
        ours = tape.gradient(penalty, head.trainable_variables)
        expected = tape.gradient(by_hand, head.trainable_variables)
        for a, b in zip(ours, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)
    others = [*trainer.model.backbone.generator.trainable_variables, *trainer.model.backbone.prior.trainable_variables]
    assert all(gradient is None for gradient in tape.gradient(penalty, others))
