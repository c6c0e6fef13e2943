"""VisIT-Bench: instructions that people would give a vision assistant, with answers that people checked (Bitton et al. 2023, arXiv:2308.06595).

Both sheets are read: one picture a row (`image_url`) or several (`images`). The reference is the checked answer, else GPT-4's where a person rated it correct; a row with neither
is left out, unless a judge needs none (`unchecked`). The publishers rank models by Elo from pairwise judgements against the reference, the judge being told of the picture in
words (`notes`): figures of another judge are not comparable.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from sayso.errors import DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each, find, numbered, plugin
from sayso.evaluate.suites._protocol import Files, LeftOut, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_csv

__all__ = ["visit_bench"]

WORDINGS = (
    "{instruction}",
    "Please do as follows, looking at what is shown. {instruction}",
    "Request: {instruction}\nResponse:",
    "{instruction}\nAnswer as a helpful assistant who can see what is shown.",
    "Here is what I need from you:\n{instruction}",
)


class Row(Struct, frozen=True):
    """A row of either sheet."""

    instruction: str
    instruction_category: str = ""
    image_url: str = ""
    images: str = ""
    image_dense_caption: str = ""
    images_dense_captions: str = ""
    instruction_conditioned_caption: str = ""
    output_human_annotated: str = ""
    reference_output: str = ""
    gpt4_prediction: str = ""
    human_ratings_gpt4_correct: str = ""


@suites.register("visit_bench")
def visit_bench(*, file: str = "visit*.csv", unchecked: bool = False) -> Suite:
    """The suite.

    Args:
        file: the name of the sheet, as a pattern.
        unchecked: ask rows without a checked answer too, for judges that compare with none.
    """
    return Suite(
        name="visit_bench",
        title="VisIT-Bench",
        source="Bitton et al. 2023, arXiv:2308.06595; the instruction alone; 512 new tokens are ours",
        needs="data: visit_bench_single_image.csv or visit_bench_multi_images.csv; images: folder of the pictures under the last part of their address",
        group="comprehensive",
        read=lambda files: _read(files, file, unchecked),
        wordings=WORDINGS,
        slots={"instruction": "text"},
        decoding=Decoding(max_new_tokens=512),
        judge=plugin("pairwise"),
        tried=True,
    )


def _read(files: Files, file: str, unchecked: bool) -> Iterator[Example | BadRow]:
    for found in each(numbered(read_csv(find(files, file), Row)), lambda row: _example(files, *row)):
        if isinstance(found, Example) and not found.references and not unchecked:
            yield LeftOut(place=found.id, reason="no checked answer")
        else:
            yield found


def _example(files: Files, number: int, row: Row) -> Example:
    names = [address.rpartition("/")[2] for address in _addresses(row)]
    kept = row.gpt4_prediction if row.human_ratings_gpt4_correct.strip().lower() == "true" else ""
    checked = row.reference_output.strip() or row.output_human_annotated.strip()
    caption = row.instruction_conditioned_caption or row.images_dense_captions or row.image_dense_caption
    fields = {"instruction": row.instruction, "category": row.instruction_category, "notes": caption}
    media = [picture(files, name) for name in names]
    return ask("visit_bench", number, fields=fields, references=[checked or kept], media=media, may_lack=True)


def _addresses(row: Row) -> list[str]:
    if not row.images.strip():
        if not row.image_url.strip():
            raise DataError("a row without an image_url or images; give the sheet as it was published")
        return [row.image_url.strip()]
    try:
        return msgspec.json.decode(row.images, type=list[str])
    except msgspec.MsgspecError as error:
        raise DataError(f"images are {row.images[:60]!r}, no list of addresses ({error}); correct the row") from error
