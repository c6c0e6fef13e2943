"""VQAv2: people's questions about COCO photographs, ten answers each (Goyal et al. 2017, arXiv:1612.00837).

The files are the published pair of questions and annotations; pictures are named `COCO_train2014_000000000123.jpg`. The
answers are ordered by how many gave them, then by how sure these were, then as in the file, so that the first reference
is the same on every machine. Questions have no kind: they are plain open questions. The official score of an answer is
not computed here, and the test splits, which have no answers, are of no use.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sayso.records import AnnotatedItem
from sayso.sources._protocol import BadRow, sources
from sayso.sources._vqa import VqaFiles

__all__ = ["VqaV2"]


@sources.register("vqa_v2")
@dataclass(frozen=True, kw_only=True)
class VqaV2(VqaFiles):
    """Photographs with their questions, in the order of the questions file."""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: a file is missing or is no such file.
        """
        yield from self.gather("vqa_v2", kind="")
