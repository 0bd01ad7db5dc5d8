"""Reading gin files: includes, typing errors in one line with file and line, and the settings that a run used."""

import difflib
import re
import tokenize
from collections.abc import Collection
from pathlib import Path

import gin
import jebm_tf
import jebm_tf.components  # so that gin knows the names
from jebm_tf import registry
from jebm_tf.cli import needs
from jebm_tf.errors import UserError

_INCLUDE = re.compile(r"""^\s*include\s+(['"])(?P<name>.+?)\1\s*(#.*)?$""")
_IMPORT = re.compile(r"^\s*(import|from)\s")
_SETTING = re.compile(r"^\s*(?P<target>[\w./]+)\s*=")
_UNKNOWN = re.compile(r"No configurable matching (?:reference )?'(?:@?(?P<name>[\w./]+))")
_MACRO = re.compile(r"No bindings specified for '(\w+)/gin.macro'")
_TOKEN = re.compile(r"Failed to parse token '(.+)'")
_REFERENCE = re.compile(r"@(?:[\w./]*[./])?(\w+)")
_LINE = re.compile(r"line (\d+)")
_PARSE_ERRORS = (ValueError, SyntaxError, TypeError, AttributeError, NameError, tokenize.TokenError)


def shipped() -> Path:
    """The folder of the gin files that come with the library: in the package, or beside it in a checkout."""
    package = Path(jebm_tf.__path__[0])
    installed = package / "gin_files"
    return installed if installed.is_dir() else package.parent / "gin"


_owner: object = None  # whose settings gin has


def loaded_by(owner: object) -> bool:
    """Whether the settings that gin has are those that `load` read for this owner."""
    return _owner is owner


def load(files: list[str], bindings: list[str], owner: object = None) -> None:
    """Reads gin files, in order, then single bindings; later ones win. What gin had is forgotten.

    Args:
      files: to read.
      bindings: to read after them.
      owner: see `loaded_by`.

    Raises:
      UserError: a file is missing or not valid gin, needs a module that is not loaded, or a name or parameter in it is
        unknown.
    """
    global _owner  # noqa: PLW0603  (gin's own configuration is one for the process)
    _owner = owner
    gin.clear_config()
    read: list[tuple[str, list[str]]] = []
    for name in files:
        _read(_find(name, Path.cwd(), "--gin_file"), read)
    for binding in bindings:
        if _IMPORT.match(binding) or _INCLUDE.match(binding):
            raise UserError(f"--gin_param={binding}: only settings, NAME.PARAMETER = VALUE; files are for --gin_file")
        _parse(binding, f"--gin_param={binding}", one_line=True)
    try:
        gin.finalize()
    except ValueError as error:
        macro = _MACRO.search(str(error))
        if not macro:
            raise
        where = _first_use(f"%{macro[1]}", read, bindings)
        raise UserError(f"{where}: %{macro[1]} is used but not set; add a line {macro[1]} = VALUE") from error


def _first_use(macro: str, read: list[tuple[str, list[str]]], bindings: list[str]) -> str:
    """The file and line, or the single setting, in which a macro is used."""
    pattern = re.compile(rf"{macro}\b")
    for source, lines in read:
        for number, line in enumerate(lines, start=1):
            if pattern.search(line):
                return f"{source}:{number}"
    return next((f"--gin_param={binding}" for binding in bindings if pattern.search(binding)), "settings")


class _AsWritten(gin.config_parser.ParserDelegate):
    """Leaves references and macros as the text that they are, also where nothing is registered under a name."""

    class _Text(str):
        def __repr__(self):
            return str(self)

    def configurable_reference(self, name, evaluate):
        return self._Text(f"@{name}{'()' if evaluate else ''}")

    def macro(self, name):
        return self._Text(f"%{name}")


def settings(text: str) -> dict[str, str]:
    """The settings of an operative config: values as written, by scope, name and parameter."""
    parser = gin.config_parser.ConfigParser(text, _AsWritten())
    found = {}
    for statement in parser:
        if isinstance(statement, gin.config_parser.BindingStatement):
            scope = f"{statement.scope}/" if statement.scope else ""
            name = statement.selector.rsplit(".", 1)[-1]
            parameter = f".{statement.arg_name}" if statement.arg_name else ""  # a macro has none
            found[f"{scope}{name}{parameter}"] = repr(statement.value)
    return found


def references(value: str) -> set[str]:
    """The names of the configurables that a value, as `settings` gives it, refers to."""
    return set(_REFERENCE.findall(value))


def named_in(text: str) -> set[str]:
    """The names of all configurables in an operative config, those that are set and those that are referred to."""
    found = settings(text)
    return {configurable(key) for key in found}.union(*map(references, found.values()))


def configurable(key: str) -> str:
    """The name in a key of `settings`, without scopes and parameter."""
    return key.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0]


def used() -> str:
    """The settings of everything built so far, defaults included, as a gin file."""
    return gin.operative_config_str(max_line_length=100)


def waiting(names: Collection[str]) -> str:
    """The settings that were given for configurables or scopes of these names, which nothing has used yet."""
    known = settings(used())
    given = settings(gin.config_str(max_line_length=100))
    lines = [
        f"{key} = {value}\n"
        for key, value in given.items()
        if key not in known and {key.split("/")[0], configurable(key)} & set(names)
    ]
    return "".join(["\n# Evaluations, where they are asked for:\n", *lines]) if lines else ""


def _find(name: str, folder: Path, asked_by: str) -> Path:
    """`name` below `folder`, else among the shipped files, where a leading "gin/" may be left out or not."""
    candidates = [folder / name, shipped() / name, shipped() / name.removeprefix("gin/")]
    for path in candidates:
        if path.is_file():
            return path
    names = [str(path.relative_to(shipped())) for path in sorted(shipped().rglob("*.gin"))]
    near = difflib.get_close_matches(name.removeprefix("gin/"), names, 1)
    hint = f"did you mean gin/{near[0]}?" if near else f"the shipped ones are in {shipped()}"
    raise UserError(f"{asked_by}: no file {name!r}; {hint}")


def _read(path: Path, read: list[tuple[str, list[str]]]) -> None:
    """Reads the includes of a file, which come first in it, then its own settings; `read` gets the lines of each."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # with or without a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as text ({error})") from error
    needs.check(text, str(path))
    lines, own_settings = text.splitlines(), False
    read.append((str(path), text.splitlines()))
    for number, line in enumerate(lines, start=1):
        where = f"{path}:{number}"
        if _IMPORT.match(line):
            raise UserError(f"{where}: import lines run code and are not allowed in gin files")
        include = _INCLUDE.match(line)
        if include and own_settings:
            raise UserError(f"{where}: include lines come before all settings, so that a file's own settings win")
        if include:
            _read(_find(include["name"], path.parent, where), read)
            lines[number - 1] = ""
        own_settings = own_settings or bool(_SETTING.match(line))
    _parse("\n".join(lines), str(path))


def _parse(text: str, source: str, one_line: bool = False) -> None:
    try:
        gin.parse_config(text)
    except _PARSE_ERRORS as error:
        number = _line_number(error)
        where = source if one_line or number is None else f"{source}:{number}"
        line = text.splitlines()[number - 1] if number is not None and number <= len(text.splitlines()) else text
        raise UserError(f"{where}: {_explain(error, line)}") from error


def _line_number(error: Exception) -> int | None:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    if isinstance(error, tokenize.TokenError):
        return error.args[1][0]
    found = _LINE.findall(str(error))
    return int(found[-1]) if found else None


def _explain(error: Exception, line: str) -> str:
    names = registry.configurables()
    unknown = _UNKNOWN.search(str(error))
    if unknown:
        name = unknown["name"].rsplit("/", 1)[-1]
        return f"unknown configurable {name!r} (one of your own needs --module){_did_you_mean(name, list(names))}"
    target = _SETTING.match(line)
    if target and "." in target["target"]:
        name, parameter = target["target"].rsplit("/", 1)[-1].rsplit(".", 1)
        if name in names and parameter not in registry.parameters(names[name]):
            return f"{name} has no parameter {parameter!r}{_did_you_mean(parameter, registry.parameters(names[name]))}"
    token = _TOKEN.search(str(error))
    if token:
        return f"not valid gin: {token[1]!r} is no Python literal, @reference or %macro; quote text"
    said = str(error.args[0]).strip().splitlines()[0]
    return f"not valid gin ({said}); a setting reads NAME.PARAMETER = VALUE"


def _did_you_mean(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word, words, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(words)}"
