"""ChartQA: questions about charts, written by people (`human`) or made from captions (`augmented`), by relaxed accuracy (Masry et al. 2022, arXiv:2203.10244).

The two parts are reported apart; over both, every question counts alike.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, find, numbered, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["chartqa"]

WORDINGS = (
    "{question}\nAnswer the question with a single word.",
    "{question}\nReply with one word or one number only.",
    "Question: {question}\nAnswer in one word:",
    "Read the chart and write nothing but the one word or number that answers this: {question}",
    "One word, no explanation. {question}",
)


class Row(Struct, frozen=True):
    """One question."""

    picture: str = field(name="imgname")
    question: str = field(name="query")
    answer: str | int | float = field(name="label")


@suites.register("chartqa")
def chartqa(*, split: str = "test", part: Literal["both", "human", "augmented"] = "both") -> Suite:
    """The suite.

    Args:
        split: which of the published folders.
        part: questions written by people, made from captions, or both.
    """
    parts = ("human", "augmented") if part == "both" else (part,)
    return Suite(
        name="chartqa",
        title="ChartQA" if part == "both" else f"ChartQA ({part})",
        source="Masry et al. 2022, arXiv:2203.10244; prompt and decoding of lmms-eval",
        needs="data: folder of test_human.json and test_augmented.json; images: test/png",
        group="text_and_charts",
        read=lambda files: _read(files, split, parts),
        wordings=WORDINGS,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(plugin("relaxed_accuracy"),),
    )


def _read(files: Files, split: str, parts: tuple[str, ...]) -> Iterator[Example | BadRow]:
    for part in parts:
        yield from _read_part(files, part, find(files, f"{split}_{part}.json"))


def _read_part(files: Files, part: str, path: Path) -> Iterator[Example | BadRow]:
    def make(found: tuple[int, Row]) -> Example:
        number, row = found
        fields = {"question": row.question, "category": part}
        media = [picture(files, row.picture)]
        return ask("chartqa", f"{part}-{number}", fields=fields, references=[str(row.answer)], media=media)

    return each(numbered(read_rows(path, Row)), make)
