"""WikiHow: procedures step by step, with a picture for most steps (Yang et al. 2021, arXiv:2104.05845).

The layout that MultiInstruct reads: a folder an article, with `wikihow.json` (`methods`, each with a `name` and `steps` of
`headline` and `img`) and the pictures in `image`. An article may have `parts` or bare `steps` instead. One item is one method;
all of an article are one group. A step whose picture cannot be used keeps its words, and the picture is a BadRow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Media, Step
from sayso.sources._assemble import common_words, probe_first, without_repeats
from sayso.sources._files import decode_each, read_whole
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Wikihow", "wikihow"]

FILE = "wikihow.json"


class StepRow(msgspec.Struct, frozen=True):
    """One step; its longer text is not read."""

    headline: str
    img: str | None = None


class MethodRow(msgspec.Struct, frozen=True):
    """One way to reach the goal."""

    steps: tuple[StepRow, ...]
    name: str | None = None


class Article(msgspec.Struct, frozen=True):
    """One article; each method is typed on its own."""

    title: str = ""
    goal: str = ""
    methods: tuple[msgspec.Raw, ...] = ()
    parts: tuple[msgspec.Raw, ...] = ()
    steps: msgspec.Raw = msgspec.Raw(b"")


Words: TypeAlias = dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method of an article, and where it stands."""

    article: str
    number: int
    place: str
    goal: str
    row: MethodRow

    @property
    def labels(self) -> dict[str, str]:
        """What there is of goal and method."""
        found = {"goal": self.goal, "method": " ".join((self.row.name or "").split())}
        return {kind: text for kind, text in found.items() if text}


@sources.register("wikihow")
def wikihow(*, folder: str, splits: str | None = None, split: str = "") -> Source:
    """Procedures of a folder of articles.

    Args:
        folder: the folder that holds one folder an article.
        splits: path of a JSON file that maps each split to the names of its articles; by default all are read.
        split: the split to read, and what `AnnotatedItem.split` says.
    """
    return Wikihow(folder=Path(folder), splits=Path(splits) if splits else None, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wikihow:
    """The source: the folder of articles and perhaps the file of splits."""

    folder: Path
    splits: Path | None = None
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a method; its bad pictures come just before it.

        Raises:
            DataError: there are no articles, or the file of splits is missing or lacks the split.
        """
        articles = self._articles()
        words = self._words(articles)
        yield from without_repeats((name, row) for name in articles for row in self._article(name, words))

    def _articles(self) -> list[str]:
        if self.splits is not None:
            parts = read_whole(self.splits, dict[str, tuple[str, ...]])
            if self.split not in parts:
                raise DataError(f"{self.splits} has no split {self.split!r}; name one of {', '.join(parts) or 'none'}")
            return list(dict.fromkeys(parts[self.split]))
        if found := sorted(file.parent.name for file in self.folder.glob(f"*/{FILE}")):
            return found
        raise DataError(f"no */{FILE} in {self.folder}; name the folder that holds one folder an article")

    def _words(self, articles: list[str]) -> Words:
        """All goals and methods; the articles are read once more for them and not kept."""
        labels = [row.labels for name in articles for row in self._methods(name) if isinstance(row, Method)]
        return {kind: common_words(found.get(kind, "") for found in labels) for kind in ("goal", "method")}

    def _methods(self, name: str) -> Iterator[Method | BadRow]:
        file = self.folder / name / FILE
        try:
            article = read_whole(file, Article)
        except (DataError, ValueError) as error:  # ValueError: a name that is no path
            yield BadRow(place=str(file), reason=f"{error}; correct the article or take it off the split")
            return
        goal = " ".join((article.goal or article.title or re.sub(r"[-_]", " ", name)).split())
        raws = _raw_methods(article)
        if not raws:
            yield BadRow(place=str(file), reason="the article has no methods, parts or steps; remove it")
        for number, (place, row) in enumerate(decode_each(raws, MethodRow, place=f"{file}: method")):
            if isinstance(row, BadRow):
                yield row
            else:
                yield Method(article=name, number=number, place=place, goal=goal, row=row)

    def _article(self, name: str, words: Words) -> Iterator[AnnotatedItem | BadRow]:
        for method in self._methods(name):
            if isinstance(method, BadRow):
                yield method
            else:
                yield from self._method(method, words)

    def _method(self, method: Method, words: Words) -> Iterator[AnnotatedItem | BadRow]:
        steps: list[Step] = []
        media: list[Media] = []
        for number, row in enumerate(method.row.steps):
            place = f"{method.place}, step {number}"
            if not row.headline.strip():
                yield BadRow(place=place, reason=f"the headline {row.headline!r} has no words; write or remove it")
                continue
            medium = None
            try:
                if row.img:
                    media.append(self._probe(method.article, row.img))
                    medium = len(media) - 1
            except DataError as error:
                yield BadRow(place=place, reason=str(error))
            steps.append(Step(text=" ".join(row.headline.split()), medium=medium))
        if not steps:
            yield BadRow(place=method.place, reason="none of its steps has words; write or remove them")
            return
        yield AnnotatedItem(
            id=f"wikihow-{method.article}-{method.number}",
            source="wikihow",
            split=self.split,
            group=method.article,
            license="CC-BY-NC-SA-3.0",
            media=tuple(media),
            steps=tuple(steps),
            labels=method.labels,
            vocabulary=words,
        )

    def _probe(self, article: str, name: str) -> Media:
        return probe_first([f"{article}/image/{name}", f"{article}/{name}"], roots=[self.folder])


def _raw_methods(article: Article) -> list[msgspec.Raw | bytes]:
    """The methods or parts, or bare steps as one method without a name."""
    steps = bytes(article.steps)
    return [*article.methods, *article.parts] or ([b'{"steps": ' + steps + b"}"] if steps else [])
