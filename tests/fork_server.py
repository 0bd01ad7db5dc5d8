"""Runs commands in processes forked from one that has imported TensorFlow and never run it: each begins at once.

As a program it reads requests from standard input, a line of JSON each, and answers with exit statuses.
"""

import atexit
import contextlib
import functools
import gc
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(line: Sequence[str], cwd: Path, said: Path) -> int:
    """The exit status of a Python script with arguments. What it says goes to the files `out` and `err` in `said`."""
    server = _server()
    assert server.stdin and server.stdout
    request = {"line": list(line), "cwd": str(cwd), "said": str(said), "environment": dict(os.environ)}
    print(json.dumps(request), file=server.stdin, flush=True)
    return json.loads(server.stdout.readline())


@functools.cache
def _server() -> subprocess.Popen:
    """One for each process of tests; it ends with its standard input."""
    line = [sys.executable, "-m", "tests.fork_server"]
    server = subprocess.Popen(line, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(server.__exit__, None, None, None)  # closes its pipes and waits for it
    return server


def _import_what_commands_import() -> None:
    from jebm_tf import surroundings

    surroundings.pin_backend()
    surroundings.choose_kernels()
    with _silent():
        # TensorFlow first, as in commands: tensorflow-probability imports other things where it is not there yet.
        import tensorflow  # noqa: F401
        import tensorflow_probability  # noqa: F401

        import jebm_tf.cli.session  # noqa: F401
    gc.freeze()  # or children would copy the pages of all that was imported, only to look through them for garbage


@contextlib.contextmanager
def _silent():
    """Holds back what TensorFlow's import says, as commands do."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _become(request: Mapping) -> None:
    """Makes this process, a child, the one that was asked for."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for descriptor, name in ((0, os.devnull), (1, "out"), (2, "err")):
        opened = os.open(Path(request["said"], name), os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.argv = request["line"]
    runpy.run_path(sys.argv[0], run_name="__main__")


def _serve() -> None:
    # Past Python's buffer: a child would inherit what it holds.
    while request := sys.stdin.buffer.raw.readline():
        child = os.fork()
        if not child:
            # Not ended here: what it exits by, or fails with, leaves this program as it would leave any other.
            return _become(json.loads(request))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


if __name__ == "__main__":
    _import_what_commands_import()
    _serve()
