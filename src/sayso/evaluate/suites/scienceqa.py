"""ScienceQA: questions of school science, about half of them with a picture (Lu et al. 2022, NeurIPS).

`problems.json` maps ids to `question`, `choices`, `answer` (a position), `hint`, `image` (a name or null), `split`, `subject`, `topic` ... The picture of problem 1
of the split train is `train/1/image.png`. The hint stands before the question, as in lmms-eval.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import msgspec

from sayso.config import PluginConfig
from sayso.evaluate.suites._choices import CHOICES, make_choice
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import NotAskedError, each, picture, said
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_entries

__all__ = ["scienceqa"]


class Row(msgspec.Struct, frozen=True):
    """One problem; lecture and solution are not read."""

    question: str
    choices: list[str]
    answer: int
    hint: str = ""
    image: str | None = None
    split: str = ""
    subject: str = ""
    topic: str = ""
    grade: str = ""


@suites.register("scienceqa")
def scienceqa(*, split: str | None = None, subset: Literal["all", "image"] = "all") -> Suite:
    """Problems of a split.

    Args:
        split: `train`, `val` or `test`; all where None.
        subset: `image` for the problems with a picture alone, which papers call SQA-I.
    """
    return Suite(
        name="scienceqa",
        title="ScienceQA",
        source="arXiv:2209.09513; file of lupantech/ScienceQA; prompt of LLaVA and lmms-eval",
        needs="data: problems.json or its folder; images: the folder with train, val and test",
        group="reasoning",
        read=partial(_read, split=split, subset=subset),
        output="option",
        parser=PluginConfig(name="letter_exact"),
        tried=True,
        **CHOICES,
    )


def _read(files: Files, *, split: str | None, subset: str) -> Iterator[Example | BadRow]:
    path = files.data / "problems.json" if files.data.is_dir() else files.data
    entries = ((key, row) for _, key, row in read_entries(path, Row))
    yield from each(entries, lambda row, key: _example(row, key, files=files, split=split, subset=subset))


def _example(row: Row, key: str, *, files: Files, split: str | None, subset: str) -> Example:
    if split is not None and row.split != split:
        raise NotAskedError(f"of the split {row.split!r}")
    if subset == "image" and not row.image:
        raise NotAskedError("has no picture by design")
    hint, question = row.hint.strip(), said(row.question, what="question")
    names = (f"{row.split}/{key}/{row.image}", f"{key}/{row.image}") if row.image else ()
    return make_choice(
        f"scienceqa/{key}",
        question=f"Context: {hint}\n{question}" if hint else question,
        options=row.choices,
        answer=row.answer,
        media=(picture(files, *names),) if names else (),
        about={"category": row.subject, "topic": row.topic, "grade": row.grade},
    )
