"""SEED-Bench: what is in a picture, in nine dimensions (Li et al. 2023, arXiv:2307.16125).

`SEED-Bench.json` has `questions`, each with `question`, `choice_a` to `choice_d`, `answer` (a letter), `data_type`, `data_id` and `question_type_id`, whose names stand under
`question_type`. Questions about videos are left out, as in the scores that papers report of its image part.
"""

from collections.abc import Iterator, Mapping

import msgspec

from sayso.config import PluginConfig
from sayso.evaluate.suites._choices import CHOICES, letter_of, make_choice
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import NotAskedError, each, picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows, read_whole

__all__ = ["seed"]


class Row(msgspec.Struct, frozen=True):
    """One question."""

    question_id: str | int
    question: str
    choice_a: str
    choice_b: str
    choice_c: str
    choice_d: str
    answer: str
    data_id: str
    data_type: str = "image"
    question_type_id: int = 0


class Names(msgspec.Struct, frozen=True):
    """The dimensions."""

    question_type: dict[str, int] = {}


@suites.register("seed")
def seed() -> Suite:
    """Questions about images."""
    return Suite(
        name="seed",
        title="SEED-Bench, images",
        source="arXiv:2307.16125; SEED-Bench.json of AILab-CVC; prompt of LLaVA and lmms-eval, the first character counts",
        needs="data: SEED-Bench.json; images: SEED-Bench-image",
        group="comprehensive",
        read=_read,
        output="option",
        parser=PluginConfig(name="first_character"),
        **CHOICES,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    named = read_whole(files.data, Names).question_type
    names = {number: name for name, number in named.items()}
    rows = read_rows(files.data, Row, under="questions")
    yield from each(rows, lambda row, place: _example(row, names=names, files=files))


def _example(row: Row, *, names: Mapping[int, str], files: Files) -> Example:
    if row.data_type != "image":
        raise NotAskedError(f"about a {row.data_type}")
    options = (row.choice_a, row.choice_b, row.choice_c, row.choice_d)
    return make_choice(
        f"seed/{row.question_id}",
        question=row.question,
        options=options,
        answer=letter_of(row.answer, count=len(options)),
        media=(picture(files, row.data_id, f"{row.data_id}.jpg", f"{row.data_id}.png"),),
        about={"category": names.get(row.question_type_id, str(row.question_type_id))},
    )
