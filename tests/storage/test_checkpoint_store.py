"""Proves that the newest whole checkpoint is found, whatever became of others, and that none is lost too early."""

from pathlib import Path

import pytest

from jebm_tf.storage.checkpoint_store import CheckpointStore


@pytest.fixture
def store(tmp_path):
    return CheckpointStore(tmp_path / "checkpoints")


def index(prefix):
    return Path(f"{prefix}.index")


def save(store, step, keep=3, text=None):
    store.save(step, lambda prefix: index(prefix).write_text(text or f"of {step}"), {"version": "1"}, keep)


def newest(store):
    told = []
    found = next(store.newest_first(lambda checkpoint, why: told.append((checkpoint.step, why))), None)
    return found and found.step, told


def test_the_last_ones_are_kept(store):
    assert store.all() == []
    for step in range(1, 6):
        save(store, step, keep=2)
    assert [checkpoint.step for checkpoint in store.all()] == [4, 5]
    assert [checkpoint.step for checkpoint in store.newest_first(pytest.fail)] == [5, 4]
    assert index(store.all()[-1].prefix).read_text() == "of 5"


def test_the_first_is_kept_only_until_there_is_another(store):
    save(store, 0)
    assert [checkpoint.step for checkpoint in store.all()] == [0]
    save(store, 10)
    assert [checkpoint.step for checkpoint in store.all()] == [10]


def test_damaged_ones_are_passed_over_and_said(store):
    for step in (1, 2, 3):
        save(store, step)
    index(store.all()[2].prefix).write_text("of 4")
    (store.all()[1].folder / "manifest.json").unlink()
    assert newest(store) == (1, [(3, "weights.index is not as it was written"), (2, "manifest.json is missing")])


def test_a_whole_one_under_another_s_name_is_not_believed(store):
    save(store, 1)
    store.all()[0].folder.rename(store.directory / "step_00000007")
    assert newest(store) == (None, [(7, "its manifest is of step 1")])


def test_other_things_in_the_directory_are_no_checkpoints(store):
    save(store, 1)
    for name in (".step_00000009.part", "step_", "step_x", "notes", "step_00000008.damaged"):
        (store.directory / name).mkdir()
    (store.directory / "step_00000010").write_text("a file")
    assert newest(store) == (1, [])


def test_one_that_cannot_be_written_costs_nothing(store):
    save(store, 1, keep=1)

    def full(prefix):
        index(prefix).write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        store.save(2, full, {}, 1)
    assert newest(store) == (1, [])
    assert [path.name for path in store.directory.iterdir()] == ["step_00000001"]


def test_old_ones_stay_until_the_new_one_has_been_read(store, monkeypatch):
    save(store, 1, keep=1)
    monkeypatch.setattr("jebm_tf.storage.manifest.read", lambda folder: pytest.fail("not read"))
    with pytest.raises(pytest.fail.Exception):
        save(store, 2, keep=1)
    assert [checkpoint.step for checkpoint in store.all()] == [1, 2]


def test_what_is_set_aside_makes_room_and_is_kept(store):
    for text in ("one", "two"):
        save(store, 4, text=text)
        store.set_aside(store.all()[-1], "damaged")
    assert store.all() == []
    assert store.has_damaged()
    aside = store.directory / "step_00000004.damaged"
    assert (aside / "weights.index").read_text() == "two"


def test_a_step_that_is_reached_again_is_saved_again(store):
    save(store, 4, text="one")
    save(store, 4, text="two")
    assert index(store.all()[-1].prefix).read_text() == "two"
