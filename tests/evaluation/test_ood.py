"""Proves that out-of-distribution detection compares the right sets in the right direction."""

from dataclasses import replace

import numpy as np
import pytest

from jebm_tf.data.images import ImageSet
from jebm_tf.errors import UserError
from jebm_tf.evaluation.ood import complexity, ood
from tests.evaluation.contexts import context_of, random_images
from tests.small_models import conv_model


def near_samples(context, number=60):
    """Images that the model makes itself: in distribution."""
    return ImageSet(context.samples(number), None, "samples")


def test_images_of_the_model_s_own_are_told_from_noise():
    model = conv_model((4, 3, 2))
    context = context_of(model)
    context = replace(context, images=lambda split, own=context: near_samples(own))
    found = ood(context, random_images(50), num_samples=1, resamples=20)
    rows = {row["score"]: row for row in found.tables["detection"]}
    assert rows["L>0"]["auroc"] == 1.0
    assert found.numbers["auroc/L>0"] == 1.0
    assert rows["-squared error"]["auroc"] == 1.0
    assert {"L>1", "L>2", "-LLR>1", "Gaussian L>2", "f_3", "log p(z_2)", "complexity in nats + L>0"} <= rows.keys()
    assert found.pictures.keys() >= {"histogram_l_above_0", "histogram_llr_above_2"}
    assert (found.protocol["in"]["number"], found.protocol["out"]["number"]) == (60, 50)


def test_the_sides_are_not_mixed_up():
    context = context_of(conv_model(), images=random_images(50))
    found = ood(context, near_samples(context), num_samples=1, resamples=0)
    assert found.numbers["auroc/L>0"] == 0.0


def test_images_of_another_shape_or_the_same_are_refused():
    context = context_of(conv_model())
    with pytest.raises(UserError, match=r"images of random 1 are \(8, 8, 3\), those of the model \(8, 8, 1\)"):
        ood(context, random_images(5, (8, 8, 3), seed=1))
    with pytest.raises(UserError, match="30 of 30 images of random 0 are among the model's own"):
        ood(context, random_images(30))


def test_sets_that_overlap_are_refused_and_a_chance_image_is_counted():
    context = context_of(conv_model(), images=random_images(30))
    other = random_images(200, seed=1)
    mixed = np.concatenate([other.images, random_images(30).images[:2]])
    found = ood(context, replace(other, images=mixed, labels=None), num_samples=1, resamples=0)
    assert found.protocol["images_of_both"] == 2
    mixed = np.concatenate([other.images, random_images(30).images[:3]])
    with pytest.raises(UserError, match="3 of 203 images"):
        ood(context, replace(other, images=mixed, labels=None), num_samples=1, resamples=0)


def test_training_images_are_the_model_s_own_whatever_split_is_scored():
    context = context_of(conv_model())
    context = replace(context, images=lambda split, **_: random_images(30, seed=int(split == "train")))
    with pytest.raises(UserError, match="among the model's own"):
        ood(context, random_images(30, seed=1))


def test_complexity_counts_bits():
    flat, noise = np.zeros((2, 16, 16, 3), np.uint8), random_images(2, (16, 16, 3)).images
    found = complexity(np.concatenate([flat, noise]))
    assert found.shape == (4,)
    assert found[2] - found[0] > 0.9 * 8 * 16 * 16 * 3
    assert found[0] == found[1] < 1500


def test_only_the_layers_that_are_asked_for():
    context = context_of(conv_model((4, 3, 2)))
    found = ood(context, random_images(50, seed=1), num_samples=1, above=(2,), resamples=0)
    every = ood(context, random_images(50, seed=1), num_samples=1, resamples=0)
    assert found.numbers.keys() == {"auroc/L>0", "auroc/L>2", "auroc/-LLR>2"}
    assert found.numbers.items() < every.numbers.items()
    with pytest.raises(UserError, match=r"ood.above = \(0, 3\): each must be from 1 to 2"):
        ood(context, random_images(50, seed=1), above=(0, 3))
