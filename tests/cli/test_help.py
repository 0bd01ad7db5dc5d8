"""The help of every command is short and has every flag, and its examples are of flags that there are."""

import re
import shlex

import pytest

from tests.commands import BIN, run

COMMANDS = sorted(path.name for path in BIN.iterdir() if path.name != "launch")
BARE_WORDS = ("compare", "reproduce")  # commands that take words without a flag's name
DEFINED = re.compile(r'DEFINE_\w+\(\s*"(\w+)"')


@pytest.mark.parametrize("name", COMMANDS)
def test_flags_defaults_and_two_examples(name, tmp_path):
    text, _ = run(name, "--help", cwd=tmp_path)
    assert text.startswith(f"bin/{name}: ")
    assert "repeat this option" not in text and "comma separated list" not in text and "<auto|" not in text
    assert max(map(len, text.splitlines())) <= 120
    shown = re.findall(r"^  --(\w+)", text, re.M)
    assert len(shown) == len(set(shown))
    source = BIN.parent / "jebm_tf" / "cli" / f"{name}.py"
    assert {*DEFINED.findall(source.read_text()), "debug"} <= set(shown)
    examples = [shlex.split(line) for line in text.split("Examples:\n")[1].splitlines()]
    assert len(examples) == 2
    for first, *words in examples:
        assert first == f"bin/{name}"
        given = [word for word in words if word.startswith("-") or name not in BARE_WORDS]
        assert {word[2:].split("=")[0] for word in given} <= set(shown)


def test_required_flags_come_first_and_those_of_every_command_last(tmp_path):
    text, _ = run("score", "--help", cwd=tmp_path)
    places = [text.index(f"\n{word}") for word in ("Required:", "  --run_dir ", "Flags:", "  --images ")]
    places += [text.index(f"\n{word}") for word in ("As with every command:", "  --debug ", "Examples:")]
    assert places == sorted(places)
    assert "Default: 0.99." in text
    text, _ = run("train", "--help", cwd=tmp_path)
    assert "One of auto, one_device, mirrored, multi_worker, tpu. Default: auto." in " ".join(text.split())
