"""DocVQA: questions about scanned documents, by ANLS (Mathew et al. 2021, arXiv:2007.00398)."""

from collections.abc import Iterator

from msgspec import Struct, field

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import SHORT, ask, each, find, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["docvqa"]


class Row(Struct, frozen=True):
    """One question about one page."""

    number: int = field(name="questionId")
    question: str
    image: str
    answers: tuple[str, ...] = ()
    types: tuple[str, ...] = field(name="question_types", default=())


@suites.register("docvqa")
def docvqa(*, split: str = "val") -> Suite:
    """The suite; `split` begins the name of the file, and `test` was published without answers."""
    return Suite(
        name="docvqa",
        title="DocVQA",
        source="Mathew et al. 2021, arXiv:2007.00398; prompt and decoding of lmms-eval; ANLS with its inclusive boundary",
        needs="data: val_v1.0.json (or val_v1.0_withQT.json), or the folder it is in; images: the folder above documents/",
        group="text_and_charts",
        read=lambda files: _read(files, split),
        wordings=SHORT,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=32),
        metrics=(plugin("anls"),),
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    def make(row: Row) -> Example:
        return ask(
            "docvqa",
            row.number,
            fields={"question": row.question, "types": ", ".join(row.types)},
            references=row.answers,
            media=[picture(files, row.image, row.image.rpartition("/")[2])],
        )

    return each(read_rows(find(files, f"{split}_v*.json"), Row, under="data"), make)
