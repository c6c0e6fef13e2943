"""LLaVA-Bench: questions about pictures, beside answers of GPT-4 that was told of them in words (Liu et al. 2023, arXiv:2304.08485).

Two sets in one form: COCO, 90 questions about 30 photographs, told by captions and boxes (`caps_boxes*.jsonl`); in the wild, 60 questions about 24 pictures, told by one long
description each (`context.jsonl`, its `caption`).

The publishers let GPT-4 rate both answers from 1 to 10, told of the picture in words (`notes`), and report the sum of the model's ratings over that of the
reference's, per category (`conv`, `detail`, `complex`) and in all. Figures of another judge are not comparable.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, find, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["llava_bench"]

WORDINGS = (
    "{question}",
    "Here is a question about the picture. {question}",
    "Question: {question}\nAnswer:",
    "{question}\nAnswer from what the picture shows.",
    "Look at the picture and reply to this:\n{question}",
)


class Question(Struct, frozen=True):
    """A line of the questions."""

    question_id: int
    image: str
    text: str
    category: str = ""


class Reply(Struct, frozen=True):
    """A line of the reference answers."""

    question_id: int
    text: str


class Box(Struct, frozen=True):
    """One thing in a photograph, its corners in [0, 1]."""

    category: str
    bbox: tuple[float, float, float, float]


class Context(Struct, frozen=True):
    """A line of what the judge is told of a photograph."""

    image: str
    captions: tuple[str, ...] = ()
    caption: str = ""
    instances: tuple[Box, ...] = ()


@suites.register("llava_bench")
def llava_bench() -> Suite:
    """The suite."""
    return Suite(
        name="llava_bench",
        title="LLaVA-Bench",
        source="Liu et al. 2023, arXiv:2304.08485; the question alone, 1,024 new tokens as in lmms-eval",
        needs="data: folder of questions, answers of GPT-4 and contexts (COCO: qa90_questions.jsonl, qa90_gpt4_answer.jsonl, caps_boxes_coco2014_val_80.jsonl; in the wild: questions.jsonl, answers_gpt4.jsonl, context.jsonl); images: folder of COCO val2014, or of 001.jpg and so on",
        group="comprehensive",
        read=_read,
        wordings=WORDINGS,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=1024),
        judge=plugin("pairwise"),
        tried=True,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    replies: dict[int, str] = {}
    for _, reply in read_rows(find(_folder(files), "*gpt4_answer*.jsonl", "answers_gpt4.jsonl"), Reply):
        if isinstance(reply, BadRow):
            yield reply
        else:
            replies[reply.question_id] = reply.text
    seen = dict(_contexts(find(_folder(files), "caps_boxes*.jsonl", "context.jsonl")))

    def make(row: Question) -> Example:
        return ask(
            "llava_bench",
            row.question_id,
            fields={"question": row.text, "category": row.category, "notes": seen.get(row.image, "")},
            references=[replies.get(row.question_id, "")],
            media=[picture(files, row.image, f"COCO_val2014_{row.image}")],
        )

    yield from each(read_rows(find(files, "*questions*.jsonl"), Question), make)


def _folder(files: Files) -> Files:
    return Files(data=files.data.parent if files.data.is_file() else files.data)


def _contexts(path: Path) -> Iterator[tuple[str, str]]:
    for _, row in read_rows(path, Context):
        if isinstance(row, Context):
            boxes = (f"{one.category}: {list(one.bbox)}" for one in row.instances)
            yield row.image, "\n".join(filter(None, [row.caption, *row.captions, *boxes]))
