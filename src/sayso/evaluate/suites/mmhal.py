"""MMHal-Bench: 96 questions of eight kinds that tempt a model to make things up (Sun et al. 2023, arXiv:2309.14525).

A judge reads the classes of things in the picture, the question, a human answer and the model's, and rates from 0 to 6; the score is the mean, the hallucination rate the share below
3. The publishers' judge is GPT-4-0314: figures of another one are not comparable.
"""

from collections.abc import Iterator

from msgspec import Struct

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, find, numbered, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["mmhal"]

WORDINGS = (
    "{question}",
    "Answer what is asked about the picture. {question}",
    "Question: {question}\nAnswer:",
    "{question}\nKeep to what can be seen.",
    "Look at the picture, then reply.\n{question}",
)
TYPES = ("attribute", "adversarial", "comparison", "counting", "relation", "environment", "holistic", "other")


class Row(Struct, frozen=True):
    """One question."""

    question: str
    gt_answer: str
    image_id: str = ""
    image_src: str = ""
    image_content: tuple[str, ...] = ()
    question_type: str = ""
    question_topic: str = ""


@suites.register("mmhal")
def mmhal() -> Suite:
    """The suite."""
    return Suite(
        name="mmhal",
        title="MMHal-Bench",
        source="Sun et al. 2023, arXiv:2309.14525; the question alone; 512 new tokens are ours",
        needs="data: response_template.json, or the folder it is in; images: folder of the pictures under their image_id or the last part of image_src",
        group="hallucination",
        read=_read,
        wordings=WORDINGS,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=512),
        metrics=(plugin("mmhal"),),
        judge=plugin("mmhal"),
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    def make(found: tuple[int, Row]) -> Example:
        number, row = found
        name = row.image_src.rpartition("/")[2] or f"{row.image_id}.jpg"
        fields = {
            "question": row.question,
            "type": row.question_type or TYPES[number % len(TYPES)],
            "notes": ", ".join(row.image_content),
        }
        return ask(
            "mmhal",
            number,
            fields=fields,
            references=[row.gt_answer],
            media=[picture(files, name, f"{row.image_id}.jpg")],
        )

    return each(numbered(read_rows(find(files, "response_template*.json", "*.json"), Row)), make)
