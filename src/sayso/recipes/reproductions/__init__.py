"""Shipped plans of reproductions, one YAML file for each paper, one for what goes beyond them, one for real images and one for choosing data; found by name."""

from importlib.resources import files
from pathlib import Path

from sayso.errors import ConfigError, did_you_mean

__all__ = ["ALL", "find_plans", "names"]

ALL = "all"
ORDER = ("instraug", "multi_instruct", "l2t", "product", "real", "selection")
"""Papers first; further plans follow by name."""


def names() -> list[str]:
    """Names of the shipped plans, papers first."""
    found = {file.name.removesuffix(".yaml") for file in files(__name__).iterdir() if file.name.endswith(".yaml")}
    return [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]


def find_plans(name: str) -> tuple[Path, ...]:
    """The file of a shipped plan, those of `all` of them, or `name` itself where it is a path.

    Raises:
        ConfigError: neither; lists the shipped ones and the nearest.
    """
    shipped = names()
    if name in (*shipped, ALL):
        return tuple(Path(str(files(__name__) / f"{one}.yaml")) for one in (shipped if name == ALL else [name]))
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        return (path,)
    raise ConfigError(f"no plan {name!r}{did_you_mean(name, [*shipped, ALL])}; or give the path of a YAML file")
