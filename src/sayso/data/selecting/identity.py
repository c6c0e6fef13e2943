"""What the values of a plugin depend on besides the row: its name and options, the files these name, its code, and the models and targets of the stage.

Two stages with one identity would compute the same values, and share them. A plugin that does not look at trained models or at the
target may say so (`reads_trained = False`, `reads_target = False`), and then keeps its values when those change.
"""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sayso import __version__
from sayso.artifacts import digest, fingerprint
from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.registry import Registry

__all__ = ["by_row", "identity", "label_of", "options_of"]

LABEL = "as"
"""The key of an entry that names its columns, and is no option of the plugin."""


def options_of(plugin: PluginConfig) -> dict[str, Any]:
    """The options of a plugin, without what the stage takes for itself."""
    return {key: value for key, value in plugin.options.items() if key != LABEL}


def label_of(plugin: PluginConfig) -> str | None:
    """What the recipe calls the columns of a plugin, if it does."""
    label = plugin.options.get(LABEL)
    return None if label is None else str(label)


def by_row(made: object) -> bool:
    """Whether a value depends on its row alone: only where a plugin says so."""
    return bool(getattr(made, "per_row", False))


def identity(plugin: PluginConfig, *, registry: Registry[Any], made: object, around: dict[str, Any], seed: int) -> str:
    """16 hex digits that stand for all that the values of `made` depend on besides the row; `around` are `trained` and `target` of the stage."""
    read = {key: value for key, value in around.items() if getattr(made, f"reads_{key}", True)}
    options = options_of(plugin)
    files = dict(_files(options))
    code = _code(registry.get(plugin.name))
    return digest([__version__, registry.kind, plugin.name, options, files, code, read, seed])


def _files(value: object) -> Iterator[tuple[str, str]]:
    """Every file, and every folder by the files in it, that options name."""
    if isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _files(inner)
    elif isinstance(value, str) and value and "\0" not in value:
        with suppress(OSError):  # a text that is too long for a name is none
            path = Path(value)
            files = [file for file in (sorted(path.iterdir()) if path.is_dir() else [path]) if file.is_file()]
            yield from [(str(file), fingerprint(file)) for file in files]


def _code(factory: Any) -> str:
    """The file that a factory is written in: who changes a scorer wants new values."""
    try:
        return fingerprint(Path(inspect.getsourcefile(factory) or ""))
    except (TypeError, DataError):
        return ""
