"""Plugins by name: one kind, one registry; one plugin, one file, and the file's name is the plugin's name.

A registry knows the folder its plugins live in. `get("nlvr")` imports `sayso.sources.nlvr` only when it is asked for, so
that no folder imports its heavy plugins; `names()` lists the files without importing any. Third parties offer plugins as
entry points of the group `sayso.<kind>`, for example `sayso.sources`, and a recipe may name `my_module:function` itself.
"""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError, validate_call
from pydantic_core import ErrorDetails

from sayso.errors import ConfigError, blame, did_you_mean

__all__ = ["Registry"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Registry(Generic[T]):
    """Factories of one kind of plugin, found by name.

    A factory takes keyword arguments only (the plugin's options in a recipe) and returns the plugin; a keyword-only
    dataclass is one too. One that takes `**options` passes them on to another plugin and checks them itself.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._factories: dict[str, Callable[..., T]] = {}

    def register(self, name: str) -> Callable[[F], F]:
        """Decorate a factory to offer it under `name`."""

        def keep(factory: F) -> F:
            self._factories[name] = factory
            return factory

        return keep

    def names(self) -> list[str]:
        """Every name that `get` would find, sorted; nothing is imported, not even the package, whose own imports may be heavy."""
        folder = _folder(self.package)
        files = {module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_")}
        return sorted(files - _not_plugins(folder) | set(self._entry_points()) | set(self._factories))

    def get(self, name: str) -> Callable[..., T]:
        """The factory called `name`.

        Raises:
            ConfigError: no such plugin; the message lists the known names and the nearest.
        """
        if name not in self._factories:
            self._load(name)
        if name not in self._factories:
            raise ConfigError(f"no {self.kind} named {name!r}{did_you_mean(name, self.names())}")
        return self._factories[name]

    def build(self, name: str, options: Mapping[str, Any], *, others: Iterable[str] = ()) -> T:
        """Call the factory with `options`, checked against its signature.

        `others` are names that the caller takes for itself; they are suggested for a mistyped option too.

        Raises:
            ConfigError: an option is unknown, missing or of the wrong type.
        """
        factory = self.get(name)
        parameters = inspect.signature(factory).parameters
        takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
        known = list(parameters)
        for option in options:
            if option not in known and not takes_any:
                raise ConfigError(
                    f"{self.kind} {name!r} has no option {option!r}{did_you_mean(option, [*known, *others])}"
                )
        try:
            return _call_checked(factory, options)
        except ValidationError as error:
            problems = "; ".join(map(_problem, error.errors()))
            raise ConfigError(f"{self.kind} {name!r}: {problems}") from error

    def _entry_points(self) -> dict[str, Any]:
        group = self.package
        return {point.name: point for point in entry_points(group=group)}

    def _load(self, name: str) -> None:
        if ":" in name:
            self._factories[name] = _import_user_factory(name)
        elif name in (points := self._entry_points()):
            with blame(ConfigError, f"{self.kind} {name!r} of another package"):
                self._factories[name] = points[name].load()
        elif name in self.names():
            importlib.import_module(f"{self.package}.{name}")


def _problem(error: ErrorDetails) -> str:
    """What is wrong with an option: which, what it was, or how to give it."""
    option = ".".join(map(str, error["loc"]))
    rest = f"; give {option}: VALUE" if error["type"].startswith("missing") else f", got {error['input']!r}"
    return f"{option}: {error['msg']}{rest}"


def _folder(package: str) -> Path:
    top, *inner = package.split(".")
    spec = importlib.util.find_spec(top)
    places = (spec and spec.submodule_search_locations) or ["."]
    return Path(places[0], *inner)


def _not_plugins(folder: Path) -> set[str]:
    """What the `NOT_PLUGINS` of a package says, read from its text."""
    said = [node for node in ast.parse((folder / "__init__.py").read_text()).body if isinstance(node, ast.Assign)]
    lists = [node.value for node in said if ast.unparse(node.targets[0]) == "NOT_PLUGINS"]
    return {name for names in lists for name in ast.literal_eval(names)}


def _call_checked(factory: Callable[..., T], options: Mapping[str, Any]) -> T:
    """A dataclass is checked by its fields: a plugin with many options needs no function that repeats them. Any other class, by its `__init__`."""
    if is_dataclass(factory):
        adapter: TypeAdapter[Any] = TypeAdapter(factory)
        return cast("T", adapter.validate_python(dict(options)))
    if not isinstance(factory, type):
        return validate_call(config={"arbitrary_types_allowed": True})(factory)(**options)
    plain: Any = factory
    if plain.__init__ is object.__init__:
        return cast("T", plain())
    made: T = plain.__new__(plain)
    validate_call(config={"arbitrary_types_allowed": True})(plain.__init__)(made, **options)
    return made


def _import_user_factory(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        factory = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise ConfigError(f"cannot import {module!r} ({error}); put its folder on PYTHONPATH") from error
    except Exception as error:  # a module of somebody else's may fail in any way
        raise ConfigError(f"cannot use {name!r} ({type(error).__name__}: {error}); write MODULE:FUNCTION") from error
    if not callable(factory):
        raise ConfigError(f"cannot use {name!r}: it is {factory!r} and no function; write MODULE:FUNCTION")
    return factory
