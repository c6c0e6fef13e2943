"""One photograph of Visual Genome, put together from rows of several files; each row that cannot be used is told by itself.

The rows are those of versions 1.0 to 1.4, which write some keys in two ways. A relation or an attribute may name an object
that the list of objects lacks: it brings the box along and is added.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedObject, Media, Phrase, Relation
from sayso.sources._assemble import one_line, split_rows
from sayso.sources._boxes import from_corner
from sayso.sources._files import decode_each
from sayso.sources._protocol import BadRow

__all__ = ["ObjectRow", "QuestionRow", "RegionRow", "RelationRow", "Scene"]

R = TypeVar("R", bound=msgspec.Struct)
S = TypeVar("S", Relation, Phrase)
T = TypeVar("T")


class ObjectRow(msgspec.Struct, frozen=True):
    """An object, wherever it is mentioned; `name` and `names` are two ways to write one thing."""

    x: float
    y: float
    w: float
    h: float
    object_id: int
    name: str = ""
    names: tuple[str, ...] = ()
    merged_object_ids: tuple[int, ...] = ()
    attributes: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        """Its first name."""
        return " ".join((self.names[0] if self.names else self.name).lower().split())

    @property
    def tags(self) -> tuple[str, ...]:
        """Its attributes, once each."""
        words = (" ".join(word.lower().split()) for word in self.attributes or ())
        return tuple(dict.fromkeys(word for word in words if word))


class RelationRow(msgspec.Struct, frozen=True):
    """A relation with its two ends in full."""

    predicate: str
    subject: ObjectRow
    object: ObjectRow


class RegionRow(msgspec.Struct, frozen=True):
    """A description of a region."""

    phrase: str
    x: float
    y: float
    width: float
    height: float


class QuestionRow(msgspec.Struct, frozen=True):
    """A question with its one answer."""

    question: str
    answer: str


class Scene:
    """One photograph as it is put together: what was used, and what could not be."""

    def __init__(self, media: Media, place: str) -> None:
        self.media = media
        self.objects: list[AnnotatedObject] = []
        self.bad: list[BadRow] = []
        self.tags: dict[int, tuple[str, ...]] = {}
        self._place = place
        self._said: set[Relation | Phrase] = set()
        self._at: dict[int, int] = {}

    def decode(self, raws: Iterable[msgspec.Raw], kind: type[R], *, what: str) -> list[tuple[str, R]]:
        """The rows that decode, with their places; the others are kept as bad."""
        found, bad = split_rows(decode_each(raws, kind, place=f"{self._place}: {what}"))
        self.bad.extend(bad)
        return found

    def use(self, rows: Iterable[tuple[str, R]], make: Callable[[R], T]) -> list[T]:
        """What `make` gives for each row; one that it refuses is kept as bad."""
        made = []
        for place, row in rows:
            try:
                made.append(make(row))
            except DataError as error:
                self.bad.append(BadRow(place=place, reason=str(error)))
        return made

    def position(self, row: ObjectRow) -> int:
        """Where the object stands; one that is not there yet is added, with its `tags`.

        Raises:
            DataError: it cannot be used.
        """
        if row.object_id not in self._at:
            label = one_line(row.label, what="name")
            region = from_corner((row.x, row.y, row.w, row.h), media=self.media)
            tags = self.tags.get(row.object_id, row.tags)
            self.objects.append(AnnotatedObject(label=label, region=region, tags=tags))
            self._at.update(dict.fromkeys((row.object_id, *row.merged_object_ids), len(self.objects) - 1))
        return self._at[row.object_id]

    def relation(self, row: RelationRow) -> Relation:
        """The relation between two objects of the picture.

        Raises:
            DataError: it has no words, an end cannot be used, both ends are one, or it was said before.
        """
        predicate = one_line(row.predicate.lower(), what="predicate")
        subject, other = self.position(row.subject), self.position(row.object)
        if subject == other:
            raise DataError(f"object {row.subject.object_id} is {predicate!r} itself; correct or remove it")
        return self._once(Relation(subject=subject, predicate=predicate, object=other))

    def phrase(self, row: RegionRow) -> Phrase:
        """The description of a region.

        Raises:
            DataError: it has no words, its box cannot be used, or it was said before.
        """
        region = from_corner((row.x, row.y, row.width, row.height), media=self.media)
        return self._once(Phrase(text=one_line(row.phrase, what="phrase"), region=region))

    def _once(self, said: S) -> S:
        if said in self._said:
            raise DataError(f"{said} was said before of this picture; remove one of the two rows")
        self._said.add(said)
        return said
