"""--module: a user's own modules, whose registered classes and functions gin files may name; and installed plugins."""

import importlib
import importlib.metadata
import os
import sys

from absl import flags

from jebm_tf.errors import UserError

PLUGINS = "jebm_tf.plugins"
"""The entry-point group by which installed packages name modules that register parts."""

_MODULE = flags.DEFINE_multi_string(
    "module",
    [],
    "A Python module of your own to import, such as my_package.my_energy, whose registered classes and functions gin"
    " files may then name; looked for in the current folder too; repeatable.",
)


def given() -> list[str]:
    """The names that were given by --module."""
    return list(flags.FLAGS["module"].value or ())


def load() -> None:
    """Registers the library's parts, then those of installed plugins, then those of the modules of --module.

    Raises:
      UserError: there is no such module, or it could not be imported.
    """
    importlib.import_module("jebm_tf.components")
    for plugin in importlib.metadata.entry_points(group=PLUGINS):
        _load_plugin(plugin)
    if given() and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as `python -m` has it
    for name in given():
        _load_own(name)


def _load_plugin(plugin: importlib.metadata.EntryPoint) -> None:
    """Imports a plugin's module; one that fails is somebody else's to mend, and must not stop the command."""
    try:
        importlib.import_module(plugin.module)
    except Exception as error:  # noqa: BLE001
        print(f"warning: plugin {plugin.name} skipped: {plugin.module} raised {_what(error)}", file=sys.stderr)


def _load_own(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not _is_of(error.name, name):
            raise UserError(f"--module={name}: its import raised {_what(error)}") from error
        raise UserError(
            f"--module={name}: no module {error.name!r} in {os.getcwd()} or among the installed packages;"
            " give a dotted name, without .py"
        ) from error
    except (Exception, SystemExit) as error:
        raise UserError(f"--module={name}: its import raised {_what(error)}") from error


def _is_of(missing: str | None, name: str) -> bool:
    """Whether what was not found is the module itself, or a package that it lies in."""
    return missing is not None and f"{name}.".startswith(f"{missing}.")


def _what(error: BaseException) -> str:
    """An error's type and the first line of its message."""
    message = str(error).strip().splitlines()
    return f"{type(error).__name__}: {message[0]}" if message else type(error).__name__
