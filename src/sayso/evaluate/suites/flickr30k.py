"""Flickr30k: five captions for each photograph (Young et al. 2014, TACL 2:67-78).

Read are the file with a part for each picture (`dataset_flickr30k.json`, Karpathy and Fei-Fei 2015) and the lines of `NAME#NUMBER<tab>caption` that came first.
lmms-eval's `flickr30k_test` is all of the photographs, not the 1,000 of Karpathy's test part.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sayso.evaluate.suites._asked import ask, each, find
from sayso.evaluate.suites._captions import CAPTIONS
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_file, read_rows

__all__ = ["flickr30k"]


class Sentence(Struct, frozen=True):
    """One caption."""

    raw: str


class Row(Struct, frozen=True):
    """One photograph."""

    filename: str
    sentences: tuple[Sentence, ...]
    split: str = ""


@suites.register("flickr30k")
def flickr30k(*, split: str = "test") -> Suite:
    """The suite; `split` is a part of Karpathy's file, empty for all. The file of lines has no parts."""
    return Suite(
        name="flickr30k",
        title=f"Flickr30k ({split or 'all'})",
        source="Young et al. 2014, TACL 2:67-78, parts of Karpathy and Fei-Fei 2015; prompt and decoding of lmms-eval",
        needs="data: dataset_flickr30k.json or results_20130124.token, or the folder it is in; images: folder of the photographs",
        read=lambda files: _read(files, split),
        **CAPTIONS,
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    path = find(files, "dataset_flickr30k.json", "*.token")
    rows = _lines(path) if path.suffix == ".token" else _of_split(path, split)

    def make(row: Row) -> Example:
        sentences = [one.raw for one in row.sentences]
        number = row.filename.rpartition(".")[0]
        return ask("flickr30k", number, fields={}, references=sentences, media=[picture(files, row.filename)])

    return each(rows, make)


def _of_split(path: Path, split: str) -> Iterator[tuple[str, Row | BadRow]]:
    for place, row in read_rows(path, Row, under="images"):
        if isinstance(row, BadRow) or not split or row.split == split:
            yield place, row


def _lines(path: Path) -> Iterator[tuple[str, Row | BadRow]]:
    captions: dict[str, list[Sentence]] = defaultdict(list)
    for number, line in enumerate(read_file(path).decode("utf-8", errors="replace").splitlines(), start=1):
        name, _, caption = line.partition("\t")
        if caption.strip():
            captions[name.partition("#")[0]].append(Sentence(raw=caption))
        elif line.strip():
            place = f"{path}:{number}"
            yield (
                place,
                BadRow(place=place, reason=f"{line[:40]!r} is no NAME#NUMBER, tab and caption; correct the line"),
            )
    for name, sentences in captions.items():
        yield f"{path}: {name}", Row(filename=name, sentences=tuple(sentences))
