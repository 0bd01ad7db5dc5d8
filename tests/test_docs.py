"""What README and docs/ say is there: files, names, links, commands with their flags, gin files, settings."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

import jebm_tf
from jebm_tf import registry
from jebm_tf.cli import gin_files  # noqa: F401  (registers what settings name)

ROOT = Path(jebm_tf.__path__[0]).parent
DOCS = ROOT / "docs"
METHOD = (DOCS / "method.md").read_text()
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "gin" / "README.md"])
INCLUDE = re.compile(r'^--8<-- "(\S+)"$', re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"\]\[(jebm_tf[\w.]*)\]")
FILE = re.compile(r"`(jebm_tf/[\w/]+\.py)`")
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.M | re.S)
FLAG = re.compile(r'DEFINE_\w+\(\s*"(\w+)"')


def module_and_value(name: str):
    """The module that a dotted name lies in, and what it stands for."""
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        module = ".".join(parts[:split])
        if (ROOT / (module.replace(".", "/") + ".py")).is_file():
            value = import_module(module)
            for part in parts[split:]:
                value = getattr(value, part)
            return module, value
    raise AssertionError(f"{name}: no such module")


def test_every_equation_of_the_paper_has_its_place():
    tags = {int(tag) for tag in re.findall(r"\\tag\{(\d+)\}", METHOD)}
    said = {number for number in (3, 5) if f"Eq. {number} " in METHOD}  # the backbone alone; a single layer
    assert tags | said == set(range(1, 22))
    assert not tags & said


@pytest.mark.parametrize("paragraph", [p for p in METHOD.split("\n\n") if FILE.search(p)], ids=lambda p: p[:60])
def test_the_method_s_functions_are_in_the_files_that_it_names(paragraph):
    files = set(FILE.findall(paragraph))
    found = {module_and_value(name)[0].replace(".", "/") + ".py" for name in REFERENCE.findall(paragraph)}
    assert files
    assert files <= found, "a file without a function of it"
    for file in files:
        assert (ROOT / file).is_file()
    assert len(found - files) <= 1  # mle_terms at another kind of sample, said before


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_and_links_lead_somewhere(page):
    text = page.read_text()
    for name in REFERENCE.findall(text):
        module_and_value(name)
    for target in LINK.findall(text):
        if not target.startswith(("http", "#")):
            assert (page.parent / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_are_included_where_they_shall_be(page):
    """A line that a formatter took apart would be shown as it is."""
    text = page.read_text()
    included = INCLUDE.findall(text)
    assert len(included) == text.count("--8")
    assert all((ROOT / file).is_file() for file in included)


def test_every_public_name_has_its_place_in_the_reference():
    pages = [page.read_text() for page in (DOCS / "reference").glob("*.md")]
    shown = re.findall(r"^::: (jebm_tf\.\S+)$", "\n".join(pages), re.M)
    assert {f"jebm_tf.{module}.{name}" for name, module in jebm_tf._MODULES.items()} <= set(shown)
    assert len(shown) == len(set(shown))


def commands(page: Path) -> list[list[str]]:
    """The commands of this library in a page's blocks, as lists of words."""
    lines = "\n".join(BLOCK.findall(page.read_text())).replace("\\\n", " ").splitlines()
    words = [shlex.split(line.partition(" | ")[0], comments=True) for line in lines]
    return [line for line in words if line and re.fullmatch(r"(\.\./)*bin/\w+", line[0])]


def values(line: list[str], flag: str) -> list[str]:
    """What is given for a flag, as --flag=value or --flag value."""
    pairs = zip(line, [*line[1:], ""], strict=True)
    return [word.partition("=")[2] or after for word, after in pairs if word.split("=")[0] == f"--{flag}"]


def check_setting(setting: str) -> None:
    name, _, parameter = setting.split("=", maxsplit=1)[0].strip().rpartition(".")
    if name:  # else a macro
        name = name.rsplit("/", 1)[-1]
        assert parameter in registry.parameters(registry.configurables()[name]), setting


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_have_the_flags_files_and_settings_that_are_typed(page):
    for line in commands(page):
        name = line[0].rsplit("/", 1)[-1]
        assert (ROOT / "bin" / name).exists(), line
        sources = [ROOT / "jebm_tf" / "cli" / f"{module}.py" for module in (name, "modules", "app", "answer")]
        known = set(FLAG.findall("".join(source.read_text() for source in sources)))
        assert {word[2:].split("=")[0] for word in line[1:] if word.startswith("--")} <= known, line
        if not values(line, "module"):
            for file in values(line, "gin_file"):
                assert (ROOT / "gin" / file.removeprefix("gin/")).is_file(), file
            for setting in values(line, "gin_param"):
                check_setting(setting)
