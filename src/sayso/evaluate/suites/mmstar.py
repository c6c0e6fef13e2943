"""MMStar: 1,500 choices that cannot be made without the picture (Chen et al. 2024, NeurIPS).

Either the publishers' Parquet file, whose `question` ends in its options (`Options: A: red, B: blue`), with `answer`, `category`, `l2_category` and the picture's bytes, or
the table of the same columns as MMBench's.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.suites._choices import CHOICES, letter_of, make_choice
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import data_files, each, embedded, read_table
from sayso.evaluate.suites.mmbench import Row, make_row
from sayso.records import Example, Media
from sayso.sources import BadRow

__all__ = ["mmstar"]

LIST = re.compile(r"\s*\bOptions:\s*(?=A: )")
OPTION = re.compile(r"(?:\A|,?\s+)([A-F]): ")


class Wide(msgspec.Struct, frozen=True):
    """One question of the Parquet file."""

    index: int
    question: str
    answer: str
    image: dict[str, Any]
    category: str = ""
    l2_category: str = ""


@suites.register("mmstar")
def mmstar() -> Suite:
    """Rows of either file."""
    return Suite(
        name="mmstar",
        title="MMStar",
        source="arXiv:2403.20330; files of Lin-Chen/MMStar; options and request as in LLaVA's choices, which are not the publishers' own",
        needs="data: mmstar.parquet, or MMStar.tsv; pictures included",
        group="comprehensive",
        read=_read,
        output="option",
        parser=PluginConfig(name="letter"),
        **CHOICES,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".parquet", ".tsv"):
        seen: dict[str, Media] = {}
        if path.suffix == ".tsv":
            yield from each(read_table(path, Row), partial(make_row, suite="mmstar", seen=seen))
        else:
            yield from each(read_table(path, Wide), lambda row, place: _example(row))


def _example(row: Wide) -> Example:
    parts = LIST.split(row.question)
    if len(parts) != 2:
        raise DataError(f"question {row.index} does not end in its options, as in `Options: A: red, B: blue`")
    marks = list(OPTION.finditer(parts[1]))
    ends = [mark.start() for mark in marks[1:]] + [len(parts[1])]
    options = [parts[1][mark.end() : end].rstrip(" .,") for mark, end in zip(marks, ends, strict=True)]
    if "".join(mark[1] for mark in marks) != "ABCDEF"[: len(marks)]:
        raise DataError(f"question {row.index} has options that are not A, B, C ... in order: {parts[1]!r}")
    return make_choice(
        f"mmstar/{row.index}",
        question=parts[0],
        options=options,
        answer=letter_of(row.answer, count=len(options)),
        media=(embedded(row.image, name=f"question {row.index}"),),
        about={"category": row.category, "l2_category": row.l2_category},
    )
