"""AMBER: what does a description invent, and are yes/no questions about objects, attributes and relations answered right (Wang et al. 2023, arXiv:2311.07397).

`query/query_*.json` have `id`, `image` and `query`; `annotations.json` has for each id its `type` and its `truth`: yes or no, or for a description the words
that are there (`truth`) and those that are usually invented (`hallu`). `relation.json` says what else names a thing and `safe_words.txt` which words invent nothing: both are
read where they lie beside the annotations, and come with each description in `Answer.about` as the metric `amber` reads them.

The publishers have each question in several files: in `query_all.json`, in one of its kind, and in one of its dimension. The first of these patterns that is there is read: the
kind, its dimensions, all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import NotAskedError, each, picture, said, yes_or_no
from sayso.evaluate.suites._wordings import DESCRIPTION, YES_NO
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_file, read_rows, read_whole

__all__ = ["amber"]


class Query(msgspec.Struct, frozen=True):
    """One question."""

    id: int
    image: str
    query: str


class Annotation(msgspec.Struct, frozen=True):
    """Its answer."""

    id: int
    type: str
    truth: str | tuple[str, ...]
    hallu: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """Annotations by id, what else names a thing, and safe words with commas between them."""

    rows: Mapping[int, Annotation]
    synonyms: Mapping[str, Sequence[str]]
    safe: str

    def named(self, things: Sequence[str]) -> str:
        """Things with commas between them, each with its other names behind bars."""
        return ",".join("|".join((thing, *self.synonyms.get(thing, ()))) for thing in things)


@suites.register("amber")
def amber(*, kind: Literal["discriminative", "generative"] = "discriminative") -> Suite:
    """AMBER's questions, or its descriptions.

    Args:
        kind: `discriminative` for the yes/no questions, `generative` for the descriptions.
    """
    asks = kind == "discriminative"
    return Suite(
        name="amber",
        title=f"AMBER, {kind}",
        label="amber" if asks else "amber_generative",
        source="arXiv:2311.07397; files of junyangwang0410/AMBER, whose queries are the published prompt",
        needs="data: the folder `data` with annotations.json and query/, or a file query_*.json in it; images: AMBER_1.jpg and so on",
        group="hallucination",
        read=partial(_read, kind=kind),
        wordings=("{question}", *YES_NO) if asks else ("Describe this image.", *DESCRIPTION),
        slots={"question": "text"} if asks else {},
        decoding=Decoding(max_new_tokens=16 if asks else 512),
        parser=PluginConfig(name="yes_no" if asks else "whole"),
        metrics=_metrics(asks),
        tried=True,
    )


def _metrics(asks: bool) -> tuple[PluginConfig, ...]:
    named = ("amber", "accuracy") if asks else ("amber",)
    return tuple(PluginConfig(name=name) for name in named)


def _read(files: Files, *, kind: str) -> Iterator[Example | BadRow]:
    folder = _folder(files.data)
    rows = [row for _, row in read_rows(folder / "annotations.json", Annotation)]
    yield from (row for row in rows if isinstance(row, BadRow))
    annotated = _annotated(folder, rows)
    for path in _queries(files.data, folder=folder, kind=kind):
        yield from each(read_rows(path, Query), partial(_example, annotated=annotated, kind=kind, files=files))


def _annotated(folder: Path, rows: Sequence[Annotation | BadRow]) -> Annotated:
    relation, safe = folder / "relation.json", folder / "safe_words.txt"
    words = read_file(safe).decode(errors="replace").split("\n") if safe.is_file() else []
    return Annotated(
        rows={row.id: row for row in rows if isinstance(row, Annotation)},
        synonyms=read_whole(relation, dict[str, list[str]]) if relation.is_file() else {},
        safe=",".join(filter(None, map(str.strip, words))),
    )


def _folder(data: Path) -> Path:
    """Where the annotations are: there, in `data` there, or above a file of questions."""
    places = (data.parent, data.parent.parent) if data.is_file() else (data, data / "data")
    return next((place for place in places if (place / "annotations.json").is_file()), places[0])


def _queries(data: Path, *, folder: Path, kind: str) -> list[Path]:
    if data.is_file() and data.name.startswith("query_"):
        return [data]
    for pattern in (f"query_{kind}.json", f"query_{kind}-*.json", "query_all.json"):
        if found := sorted(folder.rglob(pattern)):
            return found
    raise DataError(f"{folder} has no file query_{kind}*.json; give the folder `data` as it was published")


def _example(row: Query, place: str, *, annotated: Annotated, kind: str, files: Files) -> Example:
    del place
    known = annotated.rows.get(row.id)
    if known is None:
        raise DataError(f"query {row.id} has no annotation; take both files from one version")
    if (known.type == "generative") is not isinstance(known.truth, tuple):
        raise DataError(f"annotation {row.id} of type {known.type!r} has the truth {known.truth!r}; correct it")
    if (known.type == "generative") is not (kind == "generative"):
        raise NotAskedError(f"is {known.type}")
    asked = {"question": said(row.query, what="query")} if kind == "discriminative" else {}
    about = {"dimension": known.type, "image": row.image}
    if isinstance(known.truth, tuple):
        about |= {"truth": annotated.named(known.truth), "hallu": annotated.named(known.hallu), "safe": annotated.safe}
    return Example(
        id=f"amber/{row.id}",
        task="amber",
        source="amber",
        split="",
        fields={**asked, **about},
        media=(picture(files, row.image),),
        references=() if isinstance(known.truth, tuple) else (yes_or_no(known.truth),),
    )
