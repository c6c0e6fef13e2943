"""NLVR2: is a sentence true about two photographs (Suhr et al. 2019, ACL).

JSON lines: `identifier`, `sentence`, `label` ("True" or "False"). Sentence `dev-850-0-1` is about `dev-850-0-img0.png`, the left one, and
`dev-850-0-img1.png`; sentence 1 of set 850 is the `group` of all the pairs that it is said of.
"""

from collections.abc import Iterator

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import data_files, each, picture, said, yes_or_no
from sayso.evaluate.suites._wordings import STATEMENT_ON_PAIR
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows
from sayso.sources.nlvr2 import Row

__all__ = ["nlvr2"]


@suites.register("nlvr2")
def nlvr2() -> Suite:
    """Statements about pairs of photographs."""
    return Suite(
        name="nlvr2",
        title="NLVR2",
        source="Suhr et al. 2019, ACL; files of lil-lab/nlvr; no prompt is published, the first wording is ours",
        needs="data: dev.json, test1.json or a folder of them; images: the folder of the pictures, or of the numbered folders",
        group="reasoning",
        read=_read,
        wordings=STATEMENT_ON_PAIR,
        slots={"statement": "text"},
        parser=PluginConfig(name="yes_no"),
        metrics=(PluginConfig(name="accuracy"), PluginConfig(name="pope")),
        tried=True,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".json", ".jsonl"):
        yield from each(read_rows(path, Row), lambda row, place: _example(row, files=files))


def _example(row: Row, *, files: Files) -> Example:
    pair, _, number = row.identifier.rpartition("-")
    if not pair or not number:
        raise DataError(f"identifier {row.identifier!r} is not like dev-850-0-1; correct or remove the row")
    sides = [f"{pair}-img{side}.png" for side in (0, 1)]
    return Example(
        id=f"nlvr2/{row.identifier}",
        task="nlvr2",
        source="nlvr2",
        split="",
        fields={
            "statement": said(row.sentence, what="sentence"),
            "group": f"{pair.rpartition('-')[0]}-{number}",
            "image": pair,
        },
        media=tuple(picture(files, name, f"{row.directory}/{name}") for name in sides),
        references=(yes_or_no(row.label),),
    )
