"""Examples of finding a region from words: what `refcoco_rec` and `google_refexp` share."""

from collections.abc import Iterator

from msgspec.structs import replace

from sayso.evaluate.suites._asked import each
from sayso.evaluate.suites._expressions import Said, join
from sayso.evaluate.suites._protocol import Files
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow

__all__ = ["read_locating"]


def read_locating(suite: str, files: Files, *, split: str, patterns: tuple[str, ...]) -> Iterator[Example | BadRow]:
    """One example an expression, its reference the region."""
    seen: dict[int, int] = {}

    def rows() -> Iterator[tuple[str, Said | BadRow]]:
        for said in join(files, split=split, patterns=patterns):
            yield said.place, said

    def make(said: Said) -> Example:
        number = seen[said.annotation] = seen.get(said.annotation, -1) + 1
        width, height = said.size
        return Example(
            id=f"{suite}-{said.annotation}-{number}",
            task=suite,
            source=suite,
            split="test",
            fields={"expression": said.text},
            media=(replace(picture(files, *said.names), width=width, height=height),),
            references=(said.region,),
        )

    return each(rows(), make)
