"""Rows of the released MultiInstruct files, as they are: `prompt`, `target`, `options` and a picture (Xu et al. 2023).

The rows are instructions already, each under one wording that was drawn when the file was made; so every `task_name` becomes a
task that the data bring along, `multi_instruct.NAME`, whose only wording is the row's own. What makes the same tasks from the
annotations behind them, under many wordings, are the tasks of `sayso.tasks`; this source is for using or proving the files themselves.

Boxes in these rows are pixels of a picture whose size is not stored, so they stay text. Without `images` the rows are read
without their pictures, which suits looking at their texts alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Media, Question, TaskCard, Template
from sayso.sources._files import read_lines
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, sources

__all__ = ["MultiInstruct"]

MARK = "\n\n[Options]:"
BETWEEN = "||||"
PREFIX = "multi_instruct."


class Row(msgspec.Struct, frozen=True):
    """One line; the prompt holds the other fields too, or should."""

    task_name: str
    prompt: str
    target: str
    unique_id: str = ""
    image_path: str = ""
    options: list[str] = []

    @property
    def asked(self) -> tuple[str, tuple[str, ...]]:
        """The prompt without its options, and these in the order shown."""
        text, mark, shown = self.prompt.partition(MARK)
        return text, tuple(option.strip() for option in shown.split(BETWEEN)) if mark else ()


@sources.register("multi_instruct")
@dataclass(frozen=True, kw_only=True)
class MultiInstruct:
    """The rows of one file; the fields are the options of a recipe."""

    path: str
    """A `train.jsonl` or `test.jsonl`."""
    images: str | None = None
    """Folder of the pictures: a row's `image_path` below it, or else the file of that name in it."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def tasks(self) -> Iterator[TaskCard]:
        """A task for each `task_name`, by name; it has options where every row of it offers its answer.

        Raises:
            DataError: the file is missing or cannot be read.
        """
        for name, offered in sorted(self._offered().items()):
            task = PREFIX + name
            template = Template(id=f"{task}/as_released", task=task, text="{input}", origin="data")
            yield TaskCard(
                name=task,
                category="multi_instruct",
                summary=f"Rows of {name} under the wording they were released with",
                templates=(template,),
                output="option" if offered else "text",
            )

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """An item for each line.

        Raises:
            DataError: the file is missing or cannot be read.
        """
        offered = self._offered()
        for number, (place, row) in enumerate(read_lines(Path(self.path), Row), start=1):
            try:
                yield row if isinstance(row, BadRow) else self._item(row, number, offered=offered[row.task_name])
            except DataError as error:
                yield BadRow(place=place, reason=str(error))

    def _offered(self) -> dict[str, bool]:
        """Whether all rows of a task have their answer among their options, by task."""
        found: dict[str, bool] = {}
        for _, row in read_lines(Path(self.path), Row):
            if isinstance(row, Row):
                found[row.task_name] = found.get(row.task_name, True) and row.target in row.asked[1]
        return found

    def _item(self, row: Row, number: int, *, offered: bool) -> AnnotatedItem:
        name = f"multi-instruct-{Path(self.path).stem}-{number}"
        if not row.prompt.strip() or not row.target.strip():
            raise DataError(f"prompt {row.prompt!r} or target {row.target!r} is empty; correct or remove the row")
        if row.options and MARK not in row.prompt:
            raise DataError(f"the prompt {row.prompt!r} shows none of the {len(row.options)} options; correct the row")
        text, options = row.asked if offered else (row.prompt, ())
        question = Question(text=text, answers=(row.target,), options=options, kind=PREFIX + row.task_name)
        return AnnotatedItem(
            id=name,
            source="multi_instruct",
            split=self.split,
            group=row.image_path or name,
            media=self._media(row),
            questions=(question,),
        )

    def _media(self, row: Row) -> tuple[Media, ...]:
        if self.images is None or not row.image_path:
            return ()
        root, path = Path(self.images), Path(row.image_path.replace("\\", "/"))
        whole = not path.is_absolute() and (root / path).exists()
        return (probe_image(path if whole else Path(path.name), root=root),)
