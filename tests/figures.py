"""Figures of size and style of the code: `python -m tests.figures`."""

import ast
import statistics
from collections.abc import Iterable
from pathlib import Path

import jebm_tf

ROOT = Path(jebm_tf.__path__[0]).parent
PARTS = ("jebm_tf", "tests", "examples")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(trees: Iterable[ast.AST]) -> list[Function]:
    """Every function and method."""
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, Function)]


def public(trees: Iterable[ast.Module]) -> list[Function]:
    """Functions of modules and methods of classes whose own name has no underscore before it."""
    bodies = [tree.body for tree in trees]
    bodies += [node.body for body in bodies for node in body if isinstance(node, ast.ClassDef)]
    return [node for body in bodies for node in body if isinstance(node, Function) and not node.name.startswith("_")]


def is_typed(node: Function) -> bool:
    """Whether what it returns and every argument but self and cls has a type hint."""
    spec = node.args
    arguments = [a for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs) if a.arg not in ("self", "cls")]
    return node.returns is not None and all(a.annotation for a in arguments)


def share(found: list[bool]) -> str:
    """A share in per cent."""
    return f"{100.0 * sum(found) / len(found):.0f} % of {len(found)}" if found else "none"


def figures(folder: Path) -> dict[str, str]:
    """By what is measured: of the Python files below a folder."""
    files = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}
    lines = {path: text.count("\n") for path, text in files.items()}
    trees = [ast.parse(text) for text in files.values()]
    lengths = [node.end_lineno - node.lineno + 1 for node in functions(trees)]
    longest = max(lines, key=lines.__getitem__)
    return {
        "files": f"{len(files)}",
        "lines": f"{sum(lines.values()):,}",
        "lines of a file": f"median {statistics.median(lines.values()):.0f}, at most {lines[longest]} ({longest.name})",
        "lines of a function": f"median {statistics.median(lengths):.0f}, at most {max(lengths)}",
        "longest line": f"{max(len(line) for text in files.values() for line in text.splitlines())} characters",
        "public functions with a docstring": share([ast.get_docstring(node) is not None for node in public(trees)]),
        "public functions with all type hints": share([is_typed(node) for node in public(trees)]),
    }


def main() -> None:
    """Prints them for each part of the tree."""
    for part in PARTS:
        print(f"{part}/")
        for what, value in figures(ROOT / part).items():
            print(f"  {what:38} {value}")


if __name__ == "__main__":
    main()
