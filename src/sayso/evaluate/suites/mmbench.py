"""MMBench: choices about pictures in twenty abilities (Liu et al. 2024, ECCV).

A table with `index`, `question`, `hint`, `A` to `D`, `answer`, `category`, `l2-category` and `image`: the picture in base64, or the index of the row that has it. What
is scored here is every row by itself; the publishers' circular score asks each question once for every rotation of its options.
"""

from collections.abc import Iterator
from functools import partial

import msgspec

from sayso.config import PluginConfig
from sayso.evaluate.suites._choices import CHOICES, letter_of, make_choice
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import data_files, each, embedded, read_table
from sayso.records import Example, Media
from sayso.sources import BadRow

__all__ = ["make_row", "mmbench", "Row"]


class Row(msgspec.Struct, frozen=True, rename={"l2_category": "l2-category"}):
    """One question; options that a question lacks are empty."""

    index: int | str
    question: str
    image: str
    answer: str = ""
    hint: str = ""
    A: str = ""
    B: str = ""
    C: str = ""
    D: str = ""
    E: str = ""
    category: str = ""
    l2_category: str = ""

    @property
    def options(self) -> list[str]:
        """Those that are there, in order; pandas writes `nan` for none."""
        given = [option.strip() for option in (self.A, self.B, self.C, self.D, self.E)]
        while given and given[-1] in {"", "nan"}:
            given.pop()
        return given


@suites.register("mmbench")
def mmbench() -> Suite:
    """Rows of a table."""
    return Suite(
        name="mmbench",
        title="MMBench, every row by itself",
        source="arXiv:2307.06281; tables of open-compass/MMBench; options and request of lmms-eval, a line each",
        needs="data: a table such as MMBench_DEV_EN.tsv, pictures included",
        group="comprehensive",
        read=_read,
        output="option",
        parser=PluginConfig(name="letter"),
        **CHOICES,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".tsv", ".csv"):
        seen: dict[str, Media] = {}
        yield from each(read_table(path, Row), partial(make_row, suite="mmbench", seen=seen))


def make_row(row: Row, place: str, *, suite: str, seen: dict[str, Media]) -> Example:
    """The example of a row; `seen` holds the pictures of the rows before by their index, and gets its own.

    Raises:
        DataError: its picture, its options or its answer are not there.
    """
    del place
    reference = row.image.strip()
    media = seen[reference] if reference in seen else embedded(reference, name=f"row {row.index}")
    seen[str(row.index)] = media
    hint = "" if row.hint.strip() in {"", "nan"} else f"{row.hint.strip()}\n"
    options = row.options
    return make_choice(
        f"{suite}/{row.index}",
        question=hint + row.question.strip(),
        options=options,
        answer=letter_of(row.answer, count=len(options)),
        media=(media,),
        about={"category": row.category, "l2_category": row.l2_category},
    )
