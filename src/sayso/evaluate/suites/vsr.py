"""VSR: is a sentence true about how two things in a photograph lie to each other (Liu et al. 2023, TACL).

JSON lines: `image`, `image_link`, `caption`, `label` (0 or 1) and `relation`. The publishers trained classifiers and give no prompt.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from sayso.config import PluginConfig
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import data_files, each, picture, said, yes_or_no
from sayso.evaluate.suites._wordings import STATEMENT
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._assemble import short_hash
from sayso.sources._files import read_rows
from sayso.sources.vsr import Row

__all__ = ["vsr"]


@suites.register("vsr")
def vsr() -> Suite:
    """Statements of where things are."""
    return Suite(
        name="vsr",
        title="Visual Spatial Reasoning",
        source="Liu et al. 2023, TACL 11; files of cambridgeltl/visual-spatial-reasoning; no prompt is published, the first wording is ours",
        needs="data: dev.jsonl, test.jsonl or a folder of them; images: photographs of COCO 2017, or the folder with train2017 and val2017",
        group="reasoning",
        read=_read,
        wordings=STATEMENT,
        slots={"statement": "text"},
        parser=PluginConfig(name="yes_no"),
        metrics=(PluginConfig(name="accuracy"), PluginConfig(name="pope")),
        tried=True,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".jsonl"):
        yield from each(read_rows(path, Row), lambda row, place: _example(row, place, files=files))


def _example(row: Row, place: str, *, files: Files) -> Example:
    text, part = said(row.caption, what="caption"), PurePosixPath(row.image_link).parent.name
    line = place.rpartition(":")[2]  # sentences repeat
    return Example(
        id=f"vsr/{PurePosixPath(row.image).stem}/{line}-{short_hash(text)}",
        task="vsr",
        source="vsr",
        split="",
        fields={"statement": text, "category": row.relation, "image": row.image},
        media=(picture(files, row.image, f"{part}/{row.image}"),),
        references=(yes_or_no(int(row.label)),),
    )
