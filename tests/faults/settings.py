"""Gin files with a mistake in them."""

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

from jebm_tf.cli import gin_files
from tests.faults.children import end, start

_LINE = re.compile(r"error: .*broken\.gin(:\d+)?: .+")


def mutated(number: int, rng: random.Random, folder: Path) -> Iterator[bool]:
    """A shipped file with a line cut, doubled, misspelt or full of rubbish: read, or one line within 2 s, status 2."""
    sources = sorted(gin_files.shipped().rglob("*.gin"))
    path = folder / "broken.gin"
    for _ in range(number):
        text = rng.choice(sources).read_text(encoding="utf-8")
        path.write_bytes(_mutate(text, rng))
        began = time.monotonic()
        status = end(start(lambda: gin_files.load([str(path)], []), folder / "log"))
        said = (folder / "log").read_text(errors="replace").splitlines()
        one_line = len(said) == 1 and _LINE.fullmatch(said[0]) is not None
        yield time.monotonic() - began < 2.0 and ((status == 0 and not said) or (status == 2 and one_line))


def _mutate(text: str, rng: random.Random) -> bytes:
    lines = text.splitlines() or [""]
    number = rng.randrange(len(lines))
    line = lines[number]
    kind = rng.randrange(6)
    if kind == 0:
        lines[number] = line[: rng.randrange(len(line) + 1)]
    elif kind == 1:
        place = rng.randrange(len(line) + 1)
        lines[number] = line[:place] + rng.choice("([{'\"@%=.,#\x00\tδ") + line[place:]
    elif kind == 2:
        letters = list(line)
        rng.shuffle(letters)
        lines[number] = "".join(letters)
    elif kind == 3:
        lines.insert(number, rng.choice(["import os", "include 'absent.gin'", "A.b = @c()", "= 3", "Run.no_such = 1"]))
    elif kind == 4:
        return "\n".join(lines).encode()[: rng.randrange(len(text.encode()) + 1)]
    else:
        raw = bytearray("\n".join(lines).encode())
        if raw:
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw)
    return "\n".join(lines).encode()
