"""Proves that a directory has one writer, who is named, and that a dead one holds nothing."""

import errno
import fcntl
import os
import subprocess
import sys
import time

import pytest

from jebm_tf.errors import UserError
from jebm_tf.storage.lock import DirectoryLock

HOLD = """
import sys, time
from pathlib import Path
from jebm_tf.storage.lock import DirectoryLock
with DirectoryLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a directory."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_is_refused_and_told_who_is_there(tmp_path, holder):
    link = tmp_path.with_name("link")
    link.symlink_to(tmp_path)
    for way in (tmp_path, link, tmp_path / ".." / tmp_path.name):
        with pytest.raises(UserError, match=rf": process {holder.pid} on .* \(since 20.*\) is training here; "):
            DirectoryLock(way).__enter__()


def test_a_killed_holder_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    for _ in range(100):  # the system takes a moment to clear away
        try:
            with DirectoryLock(tmp_path):
                return
        except UserError:
            time.sleep(0.05)
    pytest.fail("still held")


def test_it_can_be_taken_again_once_given_back(tmp_path):
    for _ in range(2):
        with DirectoryLock(tmp_path):
            assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with DirectoryLock(tmp_path):
        assert "this file system has no locks" in capsys.readouterr().out
