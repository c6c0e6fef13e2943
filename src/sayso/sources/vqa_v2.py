"""VQAv2: people's questions about COCO photographs, ten answers each (Goyal et al. 2017, arXiv:1612.00837).

The files are the published pair of questions and annotations; pictures are named `COCO_train2014_000000000123.jpg`. The
answers are ordered by how many gave them, then by how sure these were, then as in the file, so that the first reference
is the same on every machine. Questions have no kind: they are plain open questions. The official score of an answer is
not computed here, and the test splits, which have no answers, are of no use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sayso.records import AnnotatedItem
from sayso.sources._asking import Album, check_pattern, gather
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources._vqa import VqaFiles

__all__ = ["vqa_v2", "VqaV2"]


@sources.register("vqa_v2")
def vqa_v2(
    *, questions: str, annotations: str, images: str, file_name: str = "", min_votes: int = 1, split: str = ""
) -> Source:
    """Photographs with their questions, in the order of the questions file.

    Args:
        questions: path of `v2_OpenEnded_mscoco_*_questions.json`.
        annotations: path of `v2_mscoco_*_annotations.json`.
        images: folder of the pictures, or of `train2014` and `val2014`.
        file_name: how pictures are named where it is not COCO's way, as `{image_id:012}.jpg`.
        min_votes: how many people must have given an answer other than the first for it to be accepted.
        split: what `AnnotatedItem.split` says.

    Raises:
        ConfigError: `file_name` has no place for `{image_id}`.
    """
    files = VqaFiles(
        questions=Path(questions),
        annotations=Path(annotations),
        file_name=check_pattern(file_name),
        min_votes=min_votes,
    )
    return VqaV2(source="vqa_v2", files=files, images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class VqaV2:
    """The source: a pair of files and a folder of pictures. OK-VQA is read by it too."""

    source: str
    files: VqaFiles
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture, with all that was asked about it.

        Raises:
            DataError: a file is missing or is no such file.
        """
        head = self.files.head()
        album = Album(source=self.source, images=self.images, split=self.split, license=head.license.name)
        rows = (row if isinstance(row, BadRow) else row[1] for row in self.files.read(head))
        yield from gather(album, rows, place=str(self.files.questions))
