"""What a layout of conversations is: how its first rows are told from others', and what one row says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from sayso.registry import Registry

__all__ = ["Box", "Evidence", "Layout", "layouts", "Picture", "Piece", "Role", "Row", "Turn", "Written"]

Role: TypeAlias = Literal["system", "user", "assistant"]
Row: TypeAlias = Mapping[str, Any]
"""One row as its file has it: plain JSON values, pictures of Parquet as bytes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The place of a picture in a turn: a file's name, or its encoded bytes."""

    value: str | bytes


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a box in a turn: four numbers, in pixels of picture number `picture` or (`unit`) in [0, 1]."""

    corners: tuple[float, float, float, float]
    picture: int = 0
    unit: bool = False


Piece: TypeAlias = str | Picture | Box


@dataclass(frozen=True, slots=True)
class Turn:
    """Who speaks, and text, pictures and boxes in order."""

    role: Role
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One conversation as somebody wrote it; `name` is its id, empty where the row has none."""

    name: str = ""
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a row looks like a layout. What is not `decisive` fits other tools as well, and yields to what is."""

    text: str
    decisive: bool = True


class Layout(Protocol):
    """How one tool lays out conversations; `needs` says in words what a row must have, `keys` what is read of it."""

    @property
    def needs(self) -> str:
        """One sentence for people."""
        ...

    @property
    def keys(self) -> frozenset[str]:
        """The keys of a row that are carried over."""
        ...

    def evidence(self, row: Row) -> Evidence | None:
        """Why `row` looks like this layout, or None."""
        ...

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, "Layout"]]:
        """The files that hold the rows, with the layout of each; most often the file itself.

        Raises:
            DataError: what the file says of others cannot be.
        """
        ...

    def read(self, row: Row) -> Written:
        """The conversation of a row.

        Raises:
            DataError: the row cannot be used; says why.
        """
        ...


layouts: Registry[Layout] = Registry("conversation format", "sayso.sources.conversations")
"""Layouts by name."""
