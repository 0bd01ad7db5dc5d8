"""Checkpoints hold everything, and never load silently into something else."""

import numpy as np
import pytest
import tensorflow as tf

from jebm_tf.callbacks.checkpoints import Checkpoints
from jebm_tf.callbacks.divergence import DivergedError
from jebm_tf.callbacks.saved_weights import load_backbone, load_model, whole_checkpoints
from jebm_tf.chains.adaptation import StepAdaptation
from jebm_tf.chains.bank import ChainBank
from jebm_tf.chains.posterior import PosteriorChain
from jebm_tf.chains.prior import PriorChain
from jebm_tf.errors import UserError
from jebm_tf.storage.checkpoint_store import CheckpointStore
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.optimizer import grouped_adam
from jebm_tf.trainers.options import StepOptions
from jebm_tf.trainers.run import Run
from tests.models.backbones.nvae.test_backbone import nvae
from tests.small_models import conv_model
from tests.trainers import test_elbo as elbo
from tests.training import train_on_digits


def trainer(seed=0, dims=(4, 3), model_seed=0, bank=None, adaptation=None, **options):
    made = conv_model(dims, seed=model_seed)
    chains = PosteriorChain(num_steps=2), PriorChain(num_steps=2, bank=bank, adaptation=adaptation)
    return MLETrainer(made, grouped_adam(made, TrainingLength(100)), *chains, seed=seed, options=StepOptions(**options))


def state(of):
    kept = [v for holder in (of.averages, of.bank) if holder is not None for v in holder.values]
    return [v.numpy() for holder in (of.model, of.optimizer, of.scalars) for v in holder.variables] + [
        v.numpy() for v in (*kept, *of.state)
    ]


def saved_steps(path):
    return [checkpoint.step for checkpoint in CheckpointStore(path).all()]


def checkpoints(of, path, **run):
    return Checkpoints(of, path, path, Run(**run))


@pytest.mark.parametrize(
    "options",
    [{}, {"average_decay": 0.9}, {"bank": ChainBank(30, 0.1)}, {"adaptation": StepAdaptation(rate=0.5)}],
)
def test_going_on_equals_not_having_stopped_bit_for_bit(tmp_path, options):
    uninterrupted = trainer(**options)
    train_on_digits(uninterrupted, 5)
    first = trainer(**options)
    train_on_digits(first, 2)
    checkpoints(first, tmp_path).save()
    second = trainer(**options)
    for v in second.model.variables:
        v.assign(v + 1.0)  # what is restored must not lean on equal initial weights
    for v in second.bank.values if second.bank is not None else ():
        v.assign(v + 1.0)
    assert checkpoints(second, tmp_path).restore() == 2
    train_on_digits(second, 3)
    assert len(state(second)) == len(state(uninterrupted))
    for ours, theirs in zip(state(second), state(uninterrupted), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_load_model_restores_every_weight(tmp_path):
    trained = trainer()
    train_on_digits(trained, 1)
    checkpoints(trained, tmp_path).save()
    fresh = trainer(model_seed=9)
    assert load_model(fresh, whole_checkpoints(tmp_path)[-1]) == 1
    assert fresh.model.count_params() == trained.model.count_params() > 0
    for ours, theirs in zip(fresh.model.variables, trained.model.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_load_model_takes_the_averages_where_a_run_keeps_them(tmp_path):
    trained = trainer(average_decay=0.9)
    train_on_digits(trained, 3)
    checkpoints(trained, tmp_path).save()
    fresh = trainer(model_seed=9, average_decay=0.9)
    load_model(fresh, whole_checkpoints(tmp_path)[-1])
    for ours, average in zip(fresh.model.variables, trained.averages.values, strict=True):
        np.testing.assert_array_equal(ours.numpy(), average.numpy())
    assert np.any(fresh.model.get_weights()[0] != trained.model.get_weights()[0])


@pytest.mark.parametrize("decay", [0.9, None])
def test_a_backbone_is_loaded_as_its_run_shows_it(tmp_path, decay):
    """Averaged, where the first run has averages, but for what batch norms remember; and frozen before or not."""
    trained = elbo.make_trainer(options=StepOptions(average_decay=decay))
    elbo.fit(trained, 2)
    checkpoints(trained, tmp_path).save()
    backbone = nvae(channels=2, groups=(1, 1))
    backbone.trainable = False
    load_backbone(backbone, whole_checkpoints(tmp_path)[-1])
    with trained.averaged():
        shown = [v.numpy() for v in trained.model.backbone.variables]
    for ours, theirs in zip(backbone.variables, shown, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)
    learned = [v.numpy() for v in trained.model.backbone.trainable_variables]
    moved = [np.any(ours.numpy() != theirs) for ours, theirs in zip(_same(backbone, trained), learned, strict=True)]
    assert any(moved) == (decay is not None)


def _same(backbone, trained):
    """Those variables of a backbone that are trainable in another."""
    pairs = zip(backbone.variables, trained.model.backbone.variables, strict=True)
    return [ours for ours, theirs in pairs if theirs.trainable]


def test_another_model_s_checkpoint_is_refused(tmp_path):
    trained = trainer()
    train_on_digits(trained, 1)
    checkpoints(trained, tmp_path).save()
    for other in ({"dims": (4, 2)}, {"dims": (4, 3, 2)}, {"dims": (4,)}):
        with pytest.raises(UserError, match="cannot be loaded into this model"):
            checkpoints(trainer(**other), tmp_path).restore()
    for other in ({"dims": (4, 2)}, {"dims": (4, 3, 2)}):
        with pytest.raises(UserError, match="cannot be loaded into this model"):
            load_model(trainer(**other), whole_checkpoints(tmp_path)[-1])


def test_another_seed_is_refused(tmp_path):
    checkpoints(trainer(seed=1), tmp_path).save()
    with pytest.raises(UserError, match=r"Run.seed = 1, not 2"):
        checkpoints(trainer(seed=2), tmp_path).restore()


def test_nothing_there(tmp_path):
    assert checkpoints(trainer(), tmp_path).restore() is None
    with pytest.raises(UserError, match="no checkpoint found"):
        whole_checkpoints(tmp_path)


def test_what_was_begun_can_be_gone_on_with(tmp_path):
    checkpoints(trainer(), tmp_path).save()
    assert checkpoints(trainer(model_seed=9), tmp_path).restore() == 0
    assert [found.step for found in whole_checkpoints(tmp_path)] == [0]  # as of a backbone that was learned elsewhere


def spoil(path, step):
    """Changes a byte of the weights."""
    (file,) = (path / f"step_{step:08d}").glob("*.data*")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)


def three_saved(path):
    of = trainer()
    train_on_digits(of, 3, callbacks=[checkpoints(of, path, checkpoint_every=1)])
    return of


def test_a_damaged_one_costs_that_one(tmp_path, capsys):
    three_saved(tmp_path)
    spoil(tmp_path, 3)
    of, expected = trainer(model_seed=9), trainer()
    assert [found.step for found in whole_checkpoints(tmp_path, 5)] == [1, 2]
    assert saved_steps(tmp_path) == [1, 2, 3]  # who only reads moves nothing
    assert checkpoints(of, tmp_path).restore() == 2
    assert saved_steps(tmp_path) == [1, 2]
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert told[1].startswith(f"warning: {tmp_path}/step_00000003: damaged and passed over (weights.data-")
    train_on_digits(expected, 2)
    for ours, theirs in zip(state(of), state(expected), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_where_none_is_whole_nothing_begins_again(tmp_path):
    three_saved(tmp_path)
    for step in (1, 2, 3):
        spoil(tmp_path, step)
    for _ in range(2):  # the damaged ones have been moved aside by then
        with pytest.raises(UserError, match="there are checkpoints and none is whole"):
            checkpoints(trainer(), tmp_path).restore()
    with pytest.raises(UserError, match="there are checkpoints and none is whole"):
        whole_checkpoints(tmp_path)


def test_going_back_further_each_time(tmp_path):
    of = three_saved(tmp_path)
    saved = checkpoints(of, tmp_path)
    assert (saved.go_back(1), saved_steps(tmp_path)) == (3, [1, 2, 3])
    assert (saved.go_back(2), saved_steps(tmp_path)) == (2, [1, 2])
    assert (saved.go_back(7), saved_steps(tmp_path)) == (1, [1])
    assert sorted(path.name for path in tmp_path.glob("*.diverged")) == [
        "step_00000002.diverged",
        "step_00000003.diverged",
    ]
    for ours, theirs in zip(state(of), state(_after(1)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def _after(steps):
    of = trainer()
    train_on_digits(of, steps)
    return of


def test_a_full_disk_is_one_line_that_says_what_is_kept(tmp_path, monkeypatch):
    of = three_saved(tmp_path)
    saved = checkpoints(of, tmp_path)
    saved.restore()
    train_on_digits(of, 1)

    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "weights.data; No space left on device")

    monkeypatch.setattr(saved._checkpoint, "write", full)
    with pytest.raises(UserError) as caught:
        saved.save()
    assert str(caught.value).startswith(f"{tmp_path}: the checkpoint of step 4 (")
    assert "No space left on device); that of step 3 is kept" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert saved_steps(tmp_path) == [1, 2, 3]
    assert not list(tmp_path.glob(".*"))


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    """Though all scalars were: they are of before the update."""
    of = three_saved(tmp_path)
    saved = checkpoints(of, tmp_path)
    train_on_digits(of, 1)
    kernel = of.model.energies[0].trainable_variables[0]
    kernel.assign(tf.fill(kernel.shape, np.inf))
    with pytest.raises(DivergedError, match=r"step 4: .*kernel is not finite"):
        saved.save()
    assert saved_steps(tmp_path) == [1, 2, 3]


def test_saved_when_due_and_at_the_end_and_the_last_ones_kept(tmp_path):
    of = trainer()
    callback = checkpoints(of, tmp_path, checkpoint_every=2, keep_checkpoints=2)
    train_on_digits(of, 7, callbacks=[callback])
    assert saved_steps(tmp_path) == [6, 7]


def test_what_has_diverged_since_the_last_log_is_not_saved(tmp_path):
    of = trainer()
    train_on_digits(of, 1)
    saved = checkpoints(of, tmp_path)
    saved.save()
    kernel = of.model.backbone.generator.trainable_variables[0]
    kernel.assign(tf.fill(kernel.shape, np.nan))
    train_on_digits(of, 1)
    with pytest.raises(UserError, match=r"step 2: .* is nan, so the run has diverged"):
        saved.save()
    assert saved_steps(tmp_path) == [1]
