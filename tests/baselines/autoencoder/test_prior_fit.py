"""The prior is fitted where something will look at it, once for each step."""

import types

from jebm_tf.baselines.autoencoder.prior_fit import PriorFit
from jebm_tf.trainers.run import Run


def test_a_run_that_is_stopped_between_fits_ends_with_one():
    fitted = []
    callback = PriorFit("images", Run(), last_step=1000)
    callback.set_model(types.SimpleNamespace(step=7, fit_prior=fitted.append))
    callback.on_train_batch_end(0)
    assert not fitted
    callback.on_train_end()
    assert fitted == ["images"]


def test_it_fits_for_snapshots_for_checkpoints_and_at_the_end():
    fitted = []
    trainer = types.SimpleNamespace(step=0, fit_prior=lambda images: fitted.append((trainer.step, images)))
    callback = PriorFit("images", Run(log_every=1, snapshot_every=3, checkpoint_every=4), last_step=7)
    callback.set_model(trainer)
    for trainer.step in range(1, 8):
        callback.on_train_batch_end(0)
    assert fitted[-1] == (7, "images")  # before the last snapshot
    callback.on_train_end()
    assert fitted == [(step, "images") for step in (3, 4, 6, 7)]
