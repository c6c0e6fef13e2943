"""GQA: questions made from scene graphs that take several steps to answer (Hudson and Manning 2019, arXiv:1902.09506)."""

from collections.abc import Iterator

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import SHORT, ask, each, find, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_entries
from sayso.sources.gqa import Row

__all__ = ["gqa"]


@suites.register("gqa")
def gqa(*, split: str = "testdev_balanced") -> Suite:
    """The suite; `split` is the first part of the name of the file of questions."""
    return Suite(
        name="gqa",
        title="GQA",
        source="Hudson and Manning 2019, arXiv:1902.09506; prompt, decoding and exact match as in lmms-eval",
        needs="data: testdev_balanced_questions.json, or the folder it is in; images: folder of NUMBER.jpg",
        group="general_vqa",
        read=lambda files: _read(files, split),
        wordings=SHORT,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(plugin("exact_match", ignore_case=True, ignore_punctuation=True),),
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    def make(found: tuple[str, Row]) -> Example:
        number, row = found
        media = [picture(files, f"{row.image_id}.jpg")]
        return ask("gqa", number, fields={"question": row.question}, references=[row.answer], media=media)

    rows = read_entries(find(files, f"{split}_questions.json"), Row)
    return each(((place, row if isinstance(row, BadRow) else (key, row)) for place, key, row in rows), make)
