"""The layout: imports run one way, gin stays where it belongs, files and functions stay short."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest

import jebm_tf

PACKAGE = Path(jebm_tf.__path__[0])

# From the top down: a module may import from lower ranks and from its own package, never from higher ranks.
RANKS = [
    {"cli"},
    {"components"},
    {"registry", "reproduction"},
    {"trained_run"},
    {"baselines", "benchmark", "callbacks", "conversion", "export", "reporting"},
    {"trainers", "evaluation"},
    {"chains", "objectives"},
    {"models", "samplers"},
    {"data", "pictures", "charts"},
    {"seeds", "strategy", "distributions", "storage"},
    {"types", "errors", "purposes", "surroundings"},
]
# Packages that must not know each other although their ranks would allow it.
STRANGERS = {("samplers", "models"), ("models", "samplers"), ("models", "data"), ("objectives", "chains")}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part(name: str) -> str | None:
    """The first name below jebm_tf, for "jebm_tf.models.joint" it is "models"; None for anything else."""
    names = name.split(".")
    return names[1] if names[0] == "jebm_tf" and len(names) > 1 else None


def imports(path: Path) -> set[str]:
    """Every absolute module that a file imports, at its top or within a function."""
    return imported_by(ast.parse(path.read_text()), path)


def imported_by(tree: ast.AST, path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert "*" not in [alias.name for alias in node.names], f"{path}: wildcard import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def for_type_checkers_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def rank(name: str) -> int:
    return next(i for i, names in enumerate(RANKS) if name in names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own == "__init__":
        tree = ast.parse(path.read_text())
        tree.body = [node for node in tree.body if not for_type_checkers_only(node)]
        assert not {name for name in imported_by(tree, path) if part(name)}
        return
    for name in imports(path):
        other = part(name)
        if other in (None, own):
            continue
        assert rank(own) < rank(other), f"{path} imports {name}, which is not below it"
        assert (own, other) not in STRANGERS, f"{path} imports {name}: these two do not know each other"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_registry_and_cli_know_gin(path):
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    names = {name.split(".")[0] for name in imports(path)}
    assert "gin" not in names or own in ("registry", "cli")
    assert not names & {"absl"} or own == "cli", "flags are read in the commands only"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_graphs_are_traced_from_python_as_it_stands(path):
    """Keras traces train_step so: what needs AutoGraph would not learn. And AutoGraph takes seconds of every start."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) != "tf.function" or "autograph=False" in ast.unparse(node), ast.unparse(node)
        elif isinstance(node, ast.FunctionDef):
            assert "tf.function" not in map(ast.unparse, node.decorator_list), f"{path}: {node.name}"


def test_every_module_is_ranked():
    parts = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES} - {"__init__"}
    assert parts == set().union(*RANKS)
    assert all(not a & b for a, b in pairwise(RANKS))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path):
    text = path.read_text()
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{path}: {node.name}"


def test_from_the_command_to_a_langevin_update_in_six_files():
    way = ["cli/train.py", "cli/session.py", "trainers/mle.py", "chains/prior.py", "samplers/langevin.py"]
    assert (PACKAGE.parent / "bin" / "train").exists()
    for here, there in pairwise(way):
        module = "jebm_tf." + there.removesuffix(".py").replace("/", ".")
        if here != "cli/session.py":  # which gets its trainer by the name that a gin file says
            assert module in imports(PACKAGE / here), f"{here} does not lead to {there}"


def test_every_test_file_mirrors_a_module():
    tests = Path(__file__).parent
    modules = {path.relative_to(PACKAGE).with_suffix("") for path in MODULES}
    names = (
        "architecture",
        "counts",
        "dropout",
        "packaging",
        "commands",
        "contract",
        "two_stages",
        "examples",
        "faults",
        "public_names",
        "private_keras",
        "doctests",
        "docs",
        "notebook",
    )
    extra = {Path(name) for name in names}
    for path in tests.rglob("test_*.py"):
        relative = path.relative_to(tests)
        mirrored = relative.with_name(relative.stem.removeprefix("test_"))
        assert mirrored in modules or Path(mirrored.name) in extra, f"{path} mirrors no module"
