"""Proves that a file or folder is there whole or not at all, whatever stops its writer."""

import resource
import signal
import subprocess
import sys
import textwrap

import pytest

from jebm_tf.storage import durable


class Stopped(BaseException):
    """As a signal's handler might raise."""


@pytest.mark.parametrize("stop", [OSError("disk"), Stopped()])
@pytest.mark.parametrize("folder", [False, True])
def test_a_block_that_fails_leaves_what_was_there(tmp_path, stop, folder):
    path = tmp_path / "thing"
    if not folder:
        path.write_text("old")
    with pytest.raises(type(stop)), durable.drafted(path) as draft:
        if folder:
            draft.mkdir()
            (draft / "part").write_text("new")
        else:
            draft.write_text("new")
        raise stop
    assert [found.name for found in tmp_path.iterdir()] == ([] if folder else ["thing"])
    assert folder or path.read_text() == "old"


def test_a_folder_appears_with_all_that_is_in_it(tmp_path):
    with durable.drafted(tmp_path / "new" / "folder") as draft:
        (draft / "deep").mkdir(parents=True)
        (draft / "deep" / "file").write_text("ü")
        assert not (tmp_path / "new" / "folder").exists()
    assert (tmp_path / "new" / "folder" / "deep" / "file").read_text() == "ü"


def test_text_is_utf_8_whatever_the_locale(tmp_path):
    code = f"""
        from pathlib import Path
        from jebm_tf.storage import durable
        durable.write_text(Path({str(tmp_path / "a")!r}), "\\u03b4")
        durable.append_line(Path({str(tmp_path / "a")!r}), "\\u03b5")
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        check=True,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": ":".join(sys.path)},
    )
    assert (tmp_path / "a").read_bytes() == "δε\n".encode()


def test_a_line_that_does_not_fit_leaves_nothing_of_itself(tmp_path):
    """RLIMIT_FSIZE stops a write within a line, as a full disk does."""
    path = tmp_path / "rows"
    durable.append_line(path, "first")
    code = f"""
        import resource, signal
        from pathlib import Path
        from jebm_tf.storage import durable
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        durable.append_line(Path({str(path)!r}), "second, and longer")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    assert path.read_text() == "first\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 10
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN  # Python's own: the write fails instead


def test_what_is_discarded_is_never_half_there(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("x")
    seen = []
    monkeypatch.setattr(durable.shutil, "rmtree", lambda path, **_: seen.append((path.name, folder.exists())))
    durable.discard(folder)
    assert seen == [(".folder.part", False)]


def test_litter_of_kills_is_swept(tmp_path):
    (tmp_path / "sub" / ".step_1.part").mkdir(parents=True)
    (tmp_path / "sub" / ".step_1.part" / "file").write_text("")
    (tmp_path / ".config.gin.part").write_text("")
    for kept in ("config.gin", "sub/part", ".lock"):
        (tmp_path / kept).write_text("")
    durable.sweep(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        ".lock",
        "config.gin",
        "sub",
        "sub/part",
    ]
