"""OCRBench: 1,000 questions about text in pictures, right where any reference stands in the answer (Liu et al. 2023, arXiv:2305.07895)."""

from collections.abc import Iterator

from msgspec import Struct

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, find, numbered, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["ocrbench"]

WORDINGS = (
    "{question}",
    "Look closely at the text in the picture. {question}",
    "Question: {question}\nAnswer:",
    "{question} Copy the characters exactly as they stand there.",
    "The picture has text or symbols in it. Read them and reply.\n{question}",
)


class Row(Struct, frozen=True):
    """One question."""

    dataset_name: str
    image_path: str
    question: str
    answers: list[str] | str
    type: str = ""


@suites.register("ocrbench")
def ocrbench() -> Suite:
    """The suite."""
    return Suite(
        name="ocrbench",
        title="OCRBench",
        source="Liu et al. 2023, arXiv:2305.07895; question alone and decoding as in lmms-eval",
        needs="data: OCRBench.json, or the folder it is in; images: the folder above those named in the file",
        group="text_and_charts",
        read=_read,
        wordings=WORDINGS,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=128),
        metrics=(plugin("ocrbench"),),
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    def make(found: tuple[int, Row]) -> Example:
        number, row = found
        return ask(
            "ocrbench",
            number,
            fields={"question": row.question, "dataset": row.dataset_name, "category": row.type},
            references=[row.answers] if isinstance(row.answers, str) else row.answers,
            media=[picture(files, row.image_path)],
        )

    rows = read_rows(find(files, "OCRBench.json"), Row)
    return each(numbered(rows), make)
