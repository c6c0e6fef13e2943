"""ScreenQA: short questions about screenshots of RICO, several accepted answers each (Hsiao et al. 2022, arXiv:2209.08199).

Rows of ScreenQA Short and of ComplexQA look alike. The publishers score by SQuAD's exact match and token F1, without naming a prompt for tuned models: the first one here is that
for short answers.
"""

from collections.abc import Iterator

from msgspec import Struct

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import SHORT, ask, each, find, numbered, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["screen_qa"]


class Row(Struct, frozen=True):
    """One question."""

    image_id: int
    question: str
    ground_truth: tuple[str, ...] = ()


@suites.register("screen_qa")
def screen_qa(*, part: str = "short") -> Suite:
    """The suite; `part` is in the name of the file: `short` or `complex`."""
    return Suite(
        name="screen_qa",
        title=f"ScreenQA ({part})",
        source="Hsiao et al. 2022, arXiv:2209.08199; prompt for short answers and 16 new tokens are ours",
        needs="data: the file of questions, or the folder it is in; images: folder of the screenshots of RICO, NUMBER.jpg",
        group="text_and_charts",
        read=lambda files: _read(files, part),
        wordings=SHORT,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(
            plugin("token_f1"),
            plugin("exact_match", ignore_case=True, ignore_punctuation=True),
        ),
        tried=True,
    )


def _read(files: Files, part: str) -> Iterator[Example | BadRow]:
    def make(found: tuple[int, Row]) -> Example:
        number, row = found
        media = [picture(files, f"{row.image_id}.jpg", f"{row.image_id}.png")]
        return ask("screen_qa", number, fields={"question": row.question}, references=row.ground_truth, media=media)

    rows = read_rows(find(files, f"*{part}*.json"), Row)
    return each(numbered(rows), make)
