"""VizWiz: questions of blind people about photographs they took, many of which cannot be answered (Gurari et al. 2018, arXiv:1802.08218).

A file is a list of rows with `image`, `question`, ten `answers` and whether it is `answerable`. That it is unanswerable is an ordinary answer string.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, find, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.evaluate.suites._votes import Voted
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["vizwiz"]

WORDINGS = (
    "{question}\nWhen the provided information is insufficient, respond with 'Unanswerable'.\n"
    "Answer the question using a single word or phrase.",
    "{question}\nReply with one word or a few words; if the picture does not tell, reply 'Unanswerable'.",
    "Question: {question}\nWrite a short answer, or 'Unanswerable' where none can be known from this picture.\nAnswer:",
    "If it can be seen, answer in as few words as possible, else write 'Unanswerable'. {question}",
    "Look at the picture and write nothing but the answer itself. Where it cannot be told, that is 'Unanswerable'.\n{question}",
)


class Row(Struct, frozen=True):
    """One question."""

    image: str
    question: str
    answers: tuple[Voted, ...] = ()
    answer_type: str = ""
    answerable: int = 1


@suites.register("vizwiz")
def vizwiz(*, split: str = "val", normaliser: Literal["official", "evalai", "lmms"] = "evalai") -> Suite:
    """The suite.

    Args:
        split: the file `SPLIT.json` of the folder; `test` was published without answers.
        normaliser: how answers are made alike before they are compared.
    """
    return Suite(
        name="vizwiz",
        title="VizWiz-VQA",
        source="Gurari et al. 2018, arXiv:1802.08218; prompt of lmms-eval, which leaves the length open (16 new tokens are ours)",
        needs="data: val.json, or the folder it is in; images: folder of VizWiz_val_*.jpg",
        group="general_vqa",
        read=lambda files: _read(files, split),
        wordings=WORDINGS,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(plugin("vqa_accuracy", normaliser=normaliser),),
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    def make(row: Row) -> Example:
        return ask(
            "vizwiz",
            row.image.rpartition(".")[0] or row.image,
            fields={"question": row.question, "category": row.answer_type, "answerable": str(row.answerable)},
            references=[one.answer for one in row.answers],
            media=[picture(files, row.image)],
        )

    return each(read_rows(find(files, f"{split}.json"), Row), make)
