"""Which of a list of things a text names: words and two- or three-word names, mapped to categories.

A list has a line a category: its name, then other words for it, with commas between them. The list of the package (`coco_words.txt`, COCO's 80 categories) is of our own
writing, since the published one carries no licence; a file of the same form may be given instead, and its hash stands on the card; of two lines with one word the later counts, as in the published script. Text is lower-cased, cut into words (a
hyphen cuts) and made singular; at each place the longest name counts. Rules for what one word would get wrong: "baby" and "adult" before an animal belong to
it, a "passenger" jet or train is no person, and a seat is no chair where a toilet is named.
"""

import hashlib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from sayso.errors import ConfigError
from sayso.evaluate.corpus._singular import singular

__all__ = ["LISTS", "Name", "name_at", "OWN_LIST", "read_things", "Things", "words"]

Name: TypeAlias = tuple[str, ...]
"""The words of a name, lower-case and singular."""
OWN_LIST = Path(__file__).with_name("coco_words.txt")
LISTS: Mapping[str, Path] = {"": OWN_LIST, "coco": OWN_LIST, "shapes": OWN_LIST.with_name("shapes_words.txt")}
"""The lists of the package: COCO's categories, and the things of drawn scenes, a colour and a shape each."""
WORD = re.compile(r"[a-z]+")
ANIMALS = frozenset({"bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"})
AGES = frozenset({"baby", "adult"})
CARRIED = frozenset(
    {"jet", "train", "plane", "airplane", "aircraft", "airliner", "ferry", "bus", "car", "boat", "ship"}
)


def words(text: str) -> list[str]:
    """The words of a text, lower-case and singular."""
    return [singular(word) for word in WORD.findall(text.lower().replace("'s", " "))]


def name_at(text: Sequence[str], place: int, *, known: Container[Name], longest: int) -> Name:
    """The longest known name, of at most so many words, that begins at a place of a text in words; empty where none does."""
    some = (tuple(text[place : place + size]) for size in range(min(longest, len(text) - place), 0, -1))
    return next((name for name in some if name in known), ())


@dataclass(frozen=True)
class Things:
    """`names` maps the singular words of a name to its category; `digest` is that of the list, `categories` its first words."""

    names: Mapping[Name, str]
    categories: frozenset[str]
    digest: str

    @cached_property
    def longest(self) -> int:
        """Words of the longest name."""
        return max(map(len, self.names))

    def mentions(self, text: str) -> list[str]:
        """The category of every mention, in order, repeats included."""
        found = words(text)
        toilet = "toilet" in found
        return [category for name, category in self._named(found) if not (toilet and name == ("seat",))]

    def _named(self, text: list[str]) -> Iterator[tuple[Name, str]]:
        place = 0
        while place < len(text):
            name = self._at(text, place)
            if name and not self._belongs(text[place], self._at(text, place + 1), name):
                yield name, self.names[name]
            place += len(name) or 1

    def _at(self, text: list[str], place: int) -> Name:
        return name_at(text, place, known=self.names, longest=self.longest)

    def _belongs(self, word: str, following: Name, name: Name) -> bool:
        """Whether a word only says of what kind the thing behind it is."""
        if len(name) > 1 or not following:
            return False
        return (word in AGES and self.names[following] in ANIMALS) or (word == "passenger" and following[-1] in CARRIED)


def read_things(path: Path) -> Things:
    """The list in a file.

    Raises:
        ConfigError: there is no such file, or nothing is in it.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the list of words {path} ({error.strerror}); give a text file") from error
    lines = [line for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines:
        raise ConfigError(f"the list of words {path} is empty; give a line a category: name, other word, ...")
    names = {tuple(words(one)): _cut(line)[0] for line in lines for one in _cut(line)}
    firsts = [_cut(line)[0] for line in lines]
    names.update({tuple(words(first)): first for first in firsts})
    names.pop((), None)
    return Things(names, frozenset(firsts), hashlib.sha256(raw).hexdigest())


def _cut(line: str) -> list[str]:
    return [name.strip().lower() for name in line.split(",")]
