"""What a finder says of a folder, and the words by which files tell that they are for training or for testing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from sayso.pipeline.initialising._listing import Listing
from sayso.pipeline.initialising._peek import Peek, peek
from sayso.registry import Registry

__all__ = ["Entry", "Finder", "finders", "Finding", "Look", "Role", "role_of"]

Role: TypeAlias = Literal["train", "test", ""]
MAX_PEEKS = 300
TEST = re.compile(
    r"(?<![a-z])(val|valid|validation|dev|test|eval|evaluation)(?![a-z])|(test|val|dev)set|(val|test|dev)\d"
)
TRAIN = re.compile(r"(?<![a-z])(train|training)(?![a-z])|trainset|train\d")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One source of the recipe: its name, its options, and what the files say it is for."""

    name: str
    options: Mapping[str, Any]
    role: Role = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was found: in words, the sources that read it, the files it takes, and what is not carried over.

    `mapped` are keys of another tool's recipe with what they became; `settings` the lines of a recipe of ours that say the same.
    """

    told: str
    entries: tuple[Entry, ...] = ()
    takes: frozenset[Path] = frozenset()
    not_carried: Mapping[str, str] = field(default_factory=dict)
    mapped: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()


class Look:
    """A listing, and a look into its files on demand; a file that a finding takes is not offered again."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.taken: set[Path] = set()
        self._seen: dict[Path, Peek] = {}

    def peeks(self) -> Iterator[Peek]:
        """The files that may hold rows, objects or recipes, as many as are looked into."""
        for path in self._candidates:
            if path not in self.taken:
                yield self.peek(path)

    def peek(self, path: Path) -> Peek:
        """A look into one file; done once."""
        if path not in self._seen:
            self._seen[path] = peek(path)
        return self._seen[path]

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        return [seen.problem for path, seen in sorted(self._seen.items()) if seen.problem]

    @cached_property
    def _candidates(self) -> list[Path]:
        wanted = [
            path for path in self.listing.others if path.suffix.lower() not in (".txt", ".md", ".xml", ".html", ".py")
        ]
        return wanted[:MAX_PEEKS]


class Finder(Protocol):
    """Looks for one kind of data."""

    def find(self, look: Look) -> Iterator[Finding]:
        """Every finding of this kind."""
        ...


finders: Registry[Finder] = Registry("finder", "sayso.pipeline.initialising.kinds")
"""Finders by name."""


def role_of(*names: str) -> Role:
    """What the names of a file or folder say it is for; the last name that says anything counts."""
    for name in reversed(names):
        text = name.lower().replace("_", " ").replace("-", " ")
        test, train = TEST.search(text), TRAIN.search(text)
        if bool(test) != bool(train):
            return "test" if test else "train"
    return ""
