"""OK-VQA: questions about COCO photographs that need knowledge from outside (Marino et al. 2019, arXiv:1906.00067).

The files are those of VQAv2 with answers of five people, each counted twice. Questions have the kind `knowledge`. The
publishers' `raw_answer` (before stemming) is not used.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sayso.records import AnnotatedItem
from sayso.sources._protocol import BadRow, sources
from sayso.sources._vqa import VqaFiles

__all__ = ["OkVqa"]


@sources.register("ok_vqa")
@dataclass(frozen=True, kw_only=True)
class OkVqa(VqaFiles):
    """Photographs with their questions, in the order of the questions file."""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: a file is missing or is no such file.
        """
        yield from self.gather("ok_vqa", kind="knowledge")
