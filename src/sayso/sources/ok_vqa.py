"""OK-VQA: questions about COCO photographs that need knowledge from outside (Marino et al. 2019, arXiv:1906.00067).

The files are those of VQAv2 with answers of five people, each counted twice. Questions have the kind `knowledge`. The
publishers' `raw_answer` (before stemming) is not used.
"""

from pathlib import Path

from sayso.sources._asking import check_pattern
from sayso.sources._protocol import Source, sources
from sayso.sources._vqa import VqaFiles
from sayso.sources.vqa_v2 import VqaV2

__all__ = ["ok_vqa"]


@sources.register("ok_vqa")
def ok_vqa(
    *, questions: str, annotations: str, images: str, file_name: str = "", min_votes: int = 1, split: str = ""
) -> Source:
    """Photographs with their questions, in the order of the questions file.

    Args:
        questions: path of `OpenEnded_mscoco_*_questions.json`.
        annotations: path of `mscoco_*_annotations.json`.
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
        kind="knowledge",
        min_votes=min_votes,
    )
    return VqaV2(source="ok_vqa", files=files, images=Path(images), split=split)
