"""Proves what long runs measure, by hand and on a prior whose chain is known."""

import numpy as np
import pytest

from jebm_tf.baselines.ncp_vae.resampling import ImportanceResampler
from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.evaluation.long_run import colour, long_run
from jebm_tf.evaluation.transitions import transitions
from jebm_tf.models.joint import JointModel
from tests.chains import linear_gaussian
from tests.evaluation.contexts import context_of, random_images
from tests.small_models import conditional_model, conv_model, skewed_model


def test_colours_by_hand():
    images = np.array([[[[0, 100, 255]]], [[[50, 50, 50]]]], np.uint8)
    found = colour(images)
    assert found["clipped_percent"] == pytest.approx(100.0 * 2 / 6)
    assert found["mean"] == pytest.approx((0 + 100 + 255 + 150) / 6)
    assert found["saturation"] == pytest.approx(255 / 2)
    assert found["contrast"] == pytest.approx(np.std([0, 100, 255]) / 2)


def test_on_a_gaussian_prior_the_chain_is_as_known():
    chain = PriorChain(num_steps=10, step_size=0.4)
    model = linear_gaussian.model()
    context = context_of(model, images=random_images(20, (1, 3, 1)), prior_chain=chain)
    found = long_run(context, lengths=(50, 2000), num_chains=200)
    mean, covariance = linear_gaussian.joint_prior()
    start, _ = linear_gaussian.backbone()
    shift, tilt = 5.0 - 2.0, linear_gaussian.TILT
    spread = np.sqrt(tilt @ covariance @ tilt / 200)
    assert found.numbers["f_in_second_half"] == pytest.approx(shift + tilt @ mean, abs=spread)
    assert found.curves["f"][0] == pytest.approx(shift + tilt @ start, abs=5.0 * spread)
    assert len(found.curves["f"]) == 2000
    # −Σ f − log N(z; m, C) of the backbone, at z ~ N(m + C t, C): its mean is known.
    log_normaliser = 0.5 * np.linalg.slogdet(2.0 * np.pi * covariance)[1]
    expected = -(shift + tilt @ mean) + log_normaliser + 0.5 * (3.0 / 0.96 + tilt @ covariance @ tilt)
    assert found.tables["energy"][-1]["energy"] == pytest.approx(expected, abs=0.1)
    # ε moves as an autoregression with factor 1 − δ²/2 = 0.92, and Σ f is linear in it.
    np.testing.assert_allclose(found.curves["autocorrelation"][:6], 0.92 ** np.arange(6), atol=0.03)
    assert found.numbers["max_split_r_hat"] < 1.1
    effective = found.tables["mixing"][0]["effective_sample_size"]
    assert effective == pytest.approx(200 * 1000 * 0.08 / 1.92, rel=0.2)
    assert {
        "images_50",
        "images_2000",
        "energy_50",
        "energy_2000",
        "f_50",
        "f_2000",
        "autocorrelation",
    } == found.pictures.keys()


def test_transitions_look_at_the_same_chain_on_its_way():
    chain = PriorChain(num_steps=12, step_size=0.3)
    found = transitions(context_of(conv_model(), prior_chain=chain), num_chains=5)
    steps = [row["steps"] for row in found.tables["steps"]]
    assert (steps[0], steps[-1]) == (0, 12)
    assert found.tables["steps"][0]["pixel_change"] is None
    assert all(row["pixel_change"] > 0.0 for row in found.tables["steps"][1:])
    assert found.pictures.keys() == {"samples", "f"}
    chosen = transitions(context_of(conv_model(), prior_chain=chain), steps=(0, 40), num_chains=5)
    assert [row["steps"] for row in chosen.tables["steps"]] == [0, 40]


def test_what_has_no_chain_is_refused():
    base = skewed_model()
    conditional = conditional_model(base)
    plain = JointModel(base.backbone, [])
    for task in (long_run, transitions):
        with pytest.raises(UserError, match="a chain for each layer"):
            task(context_of(conditional, prior_chain=conditional.tilting.sampler(PriorChain())))
        with pytest.raises(UserError, match="no energies"):
            task(context_of(plain))
        with pytest.raises(UserError, match="ImportanceResampler draws samples without a chain"):
            task(context_of(base, prior_chain=ImportanceResampler()))
    for settings in ({"num_chains": 1}, {"lengths": (5, 20)}):
        with pytest.raises(UserError, match="num_chains of 2 or more"):
            long_run(context_of(base), **settings)
    with pytest.raises(UserError, match="no shorter than the run's own chain of 60 steps"):
        long_run(context_of(base, prior_chain=PriorChain()), lengths=(20, 50))
    with pytest.raises(UserError, match="must be increasing"):
        transitions(context_of(base), steps=(0, 5, 3))


def test_a_chain_without_steps_of_its_own_can_be_followed():
    context = context_of(conv_model(), prior_chain=PriorChain(num_steps=0))
    assert len(long_run(context, lengths=(10, 20), num_chains=4).tables["energy"]) == 2
