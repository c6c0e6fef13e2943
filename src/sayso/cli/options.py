"""Options that every recipe command takes, and what they mean."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sayso.recipes import find_recipe

if TYPE_CHECKING:
    from sayso.config import Recipe

__all__ = ["Common", "Folders", "Json", "Many", "Metrics", "open_recipe", "read_recipe"]

Json = Annotated[bool, Parameter(name="--json", negative="", help="End with one JSON value on standard output.")]
"""The `--json` flag."""


Many = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")]
"""An option that takes several words: `--set split=test kind=yes_no`."""

Folders = Annotated[tuple[Path, ...], Parameter(consume_multiple=True, negative="")]
"""An option that takes several folders."""

Metrics = Annotated[tuple[str, ...], Parameter(name="--metric", consume_multiple=True, negative="")]
"""The `--metric` option, which takes several names."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options of every command that takes a recipe."""

    set: Many = ()
    """Change recipe keys: `--set train.learning_rate=1e-3 seed=7`."""
    out: Path | None = None
    """Run folder; `runs/<recipe>` where left out."""
    json: Annotated[bool, Parameter(name="--json", negative="")] = False
    """End with one JSON value on standard output."""

    def folder(self, recipe: "Recipe") -> Path:
        """The run folder for a recipe."""
        return self.out or Path("runs") / recipe.name


def open_recipe(name: str, *, common: Common) -> "Recipe":
    """Find, read, override and check a recipe."""
    return read_recipe(name, overrides=common.set)


def read_recipe(name: str, *, overrides: tuple[str, ...] = ()) -> "Recipe":
    """The recipe of a shipped name or a file. What reads recipes is loaded here, since it takes a third of the time of `--help`."""
    read: Recipe = import_module("sayso.config").load_recipe(find_recipe(name), overrides=overrides)
    return read
