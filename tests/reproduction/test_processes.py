"""Processes: what they say is kept and shown, signals reach them once, and end what comes after."""

import os
import signal
import sys
import threading
import time

import pytest

from jebm_tf.reproduction.commands import Command
from jebm_tf.reproduction.processes import Outcome, Processes, Stopped


class Python(Command):
    """A command that is a Python program."""

    def line(self):
        return [sys.executable, "-c", self.arguments[0]]

    def typed(self):
        return "python"


def program(text):
    return Python("python", (text,))


def test_what_is_said_is_shown_and_kept(tmp_path):
    shown, log = [], tmp_path / "logs" / "a.log"
    with Processes(shown.append) as processes:
        assert processes.run(program("print('one'); print('x\\ry')"), log) == Outcome(0, "y")
        assert processes.run(program("print('end', end='')"), log, quiet=True) == Outcome(0, "end")
    assert shown == ["one", "y"]
    assert log.read_bytes() == b"$ python\none\nx\ry\n$ python\nend"


def test_a_failure_is_its_error_even_if_more_is_said(tmp_path):
    text = "import sys; print('train: error: no such run', file=sys.stderr); print('bye'); sys.exit(2)"
    with Processes(lambda line: None) as processes:
        status, said = processes.run(program(text), tmp_path / "a.log")
    assert (status, said) == (2, "train: error: no such run")


def test_a_silent_failure_says_so(tmp_path):
    with Processes(lambda line: None) as processes:
        assert processes.run(program("import os; os._exit(3)"), tmp_path / "a.log") == Outcome(3, "it said nothing")


CATCHES = """
import signal, sys, time
seen = []
signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
print("ready", flush=True)
while not seen: time.sleep(0.02)
time.sleep(0.3)
print("caught", len(seen), flush=True)
"""


def test_a_signal_goes_to_the_process_once_and_ends_what_comes_after(tmp_path):
    shown, log = [], tmp_path / "a.log"

    def send_when_ready():
        while "ready" not in shown:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with Processes(shown.append) as processes:
        thread = threading.Thread(target=send_when_ready)
        thread.start()
        with pytest.raises(Stopped, match="SIGTERM") as stopped:
            processes.run(program(CATCHES), log)
        thread.join()
        assert stopped.value.signal == signal.SIGTERM
        with pytest.raises(Stopped):
            processes.run(program("print('never')"), log)
        with pytest.raises(Stopped):
            processes.wait(60.0)
    assert shown == ["ready", "caught 1"]
    assert "never" not in log.read_text()
    assert signal.getsignal(signal.SIGTERM) == before
