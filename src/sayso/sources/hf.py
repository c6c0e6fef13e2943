"""Hugging Face data: a hub id, a `save_to_disk` folder or Parquet files with embedded pictures, through a column map.

    {name: hf, path: data.parquet, columns: {image: img, question: query, answers: gold}}

The map goes from our names (COLUMNS) to theirs; what is not mapped is not read. Pictures stay as they were encoded, inside
`Media.data`. Parquet is read by pyarrow alone; the other two need `pip install 'sayso[hub]'`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.records import AnnotatedItem, Media
from sayso.sources._assemble import without_repeats
from sayso.sources._media import probe_bytes, probe_image
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources._rows import ItemRow, make_item
from sayso.sources._tables import open_table

__all__ = ["arrange", "check_columns", "COLUMNS", "Hf", "hf", "pictures_of"]

CLASS = "What does the picture show?"
COLUMNS = (
    "answer",
    "answers",
    "caption",
    "captions",
    "group",
    "id",
    "image",
    "images",
    "label",
    "license",
    "objects",
    "options",
    "question",
    "statement",
)
"""Our names. `label` belongs to `statement` where that is mapped, and is `labels["label"]` otherwise: the class of the picture,
which a question asks for where there is no other. `answer` may be the
number of an option. `objects` are lists of {"label", "box"}, as in docs/formats.md."""


@sources.register("hf")
def hf(*, path: str, columns: dict[str, str], split: str = "train", config: str | None = None) -> Source:
    """Rows of a Hugging Face data set.

    Args:
        path: a Parquet file, a pattern with `*`, a folder of such files or of `save_to_disk`, or a hub id.
        columns: our name -> name of the column there.
        split: which split, and what `AnnotatedItem.split` says.
        config: the configuration of a hub id, where it has several.

    Raises:
        ConfigError: `columns` is empty or maps a name that is not ours.
    """
    check_columns(columns, source="hf", path=path)
    return Hf(path=path, columns=columns, split=split, config=config)


def check_columns(columns: Mapping[str, str], *, source: str, path: str) -> None:
    """Refuse a map of columns that cannot be.

    Raises:
        ConfigError: it is empty or maps a name that is not ours.
    """
    for name in columns:
        if name not in COLUMNS:
            raise ConfigError(f"source {source!r} maps the unknown name {name!r}{did_you_mean(name, list(COLUMNS))}")
    if not columns:
        raise ConfigError(f"source {source!r} has no columns for {path!r}; map some of {', '.join(COLUMNS)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hf:
    """The source: a table and the map of its columns."""

    path: str
    columns: Mapping[str, str]
    split: str = "train"
    config: str | None = None

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a row, read in small batches.

        Raises:
            DataError: the table is missing or unreadable.
            ConfigError: a mapped column is not there, no such split, or `datasets` is not installed.
        """
        table = open_table(self.path, split=self.split, config=self.config)
        for ours, theirs in self.columns.items():
            if theirs not in table.columns:
                known = did_you_mean(theirs, list(table.columns))
                raise ConfigError(f"{self.path} has no column {theirs!r} for {ours!r}{known}")
        mapped = ({ours: row[theirs] for ours, theirs in self.columns.items()} for row in table.rows())
        yield from without_repeats(
            (f"{self.path} row {number}", self._item(values, number)) for number, values in enumerate(mapped)
        )

    @property
    def _folder(self) -> Path:
        folder = Path(self.path)
        return folder if folder.is_dir() else folder.parent

    def _item(self, values: dict[str, Any], number: int) -> AnnotatedItem | BadRow:
        place = f"{self.path} row {number}"
        try:
            media = tuple(self._probe(picture, place) for picture in pictures_of(values))
            row = msgspec.convert(arrange(values), ItemRow)
            name = f"{Path(self.path).stem}-{self.split}-{number}"
            return make_item(row, source="hf", name=name, media=media, split=self.split, root=self._folder)
        except (DataError, msgspec.ValidationError) as error:
            return BadRow(place=place, reason=str(error))

    def _probe(self, picture: Any, place: str) -> Media:
        if isinstance(picture, dict):
            picture = picture.get("bytes") or picture.get("path")
        if isinstance(picture, bytes):
            return probe_bytes(picture, name=f"the image of {place}")
        if isinstance(picture, str):
            return probe_image(Path(picture), root=self._folder)
        raise DataError(f"{type(picture).__name__} is no picture; map a column of embedded images or of file names")


def pictures_of(values: Mapping[str, Any]) -> list[Any]:
    """What `image` and `images` hold."""
    pictures = [values.get("image"), *_listed(values.get("images"))]
    return [picture for picture in pictures if picture is not None]


def arrange(values: Mapping[str, Any], *, classes: Sequence[str] = ()) -> dict[str, Any]:
    """The values in the shape of `ItemRow`, where what is None was left out; `classes` are the labels that there are, if known."""
    known = {name: value for name, value in values.items() if value is not None}
    row: dict[str, Any] = {name: known[name] for name in ("id", "group", "license") if name in known}
    row["captions"] = [*_listed(known.get("caption")), *_listed(known.get("captions"))]
    row["objects"] = [_without_none(thing) for thing in known.get("objects", ())]
    if "question" in known:
        row["questions"] = [_question(known)]
    if "statement" in known:
        row["statements"] = [{"text": known["statement"], "label": _truth(known.get("label"))}]
    elif "label" in known:
        row["labels"] = {"label": known["label"]}
        row.setdefault("questions", [{"question": CLASS, "answers": str(known["label"]), "options": classes}])
    return row


def _question(known: Mapping[str, Any]) -> dict[str, Any]:
    options = _listed(known.get("options"))
    answers = [*_listed(known.get("answer")), *_listed(known.get("answers"))]
    return {"question": known["question"], "answers": [_answer(a, options) for a in answers], "options": options}


def _answer(answer: Any, options: list[Any]) -> Any:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, int) and options:
        if not 0 <= answer < len(options):
            raise DataError(f"answer {answer} is not the number of one of {len(options)} options, counted from 0")
        return options[answer]
    return str(answer) if isinstance(answer, int | float) else answer


def _truth(label: Any) -> Any:
    return bool(label) if isinstance(label, int) and label in (0, 1) else label


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _without_none(thing: Any) -> Any:
    """Arrow gives every struct all its fields; the empty ones were not there."""
    if not isinstance(thing, dict):
        return thing
    return {key: _without_none(value) for key, value in thing.items() if value is not None}
