"""Shipped recipes: YAML files beside this one, found by name."""

from importlib.resources import files
from pathlib import Path

from sayso.errors import ConfigError, did_you_mean

__all__ = ["find_recipe", "names"]


def names() -> list[str]:
    """Names of the shipped recipes, sorted."""
    return sorted(file.name.removesuffix(".yaml") for file in files(__name__).iterdir() if file.name.endswith(".yaml"))


def find_recipe(name: str) -> Path:
    """The file of a shipped recipe, or `name` itself where it is a path.

    Raises:
        ConfigError: neither; lists the shipped ones and the nearest.
    """
    if name in names():
        return Path(str(files(__name__) / f"{name}.yaml"))
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or path.exists():
        return path
    raise ConfigError(f"no recipe {name!r}{did_you_mean(name, names())}; or give the path of a YAML file")
