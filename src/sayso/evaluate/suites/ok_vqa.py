"""OK-VQA: questions that need knowledge from outside the photograph (Marino et al. 2019, arXiv:1906.00067)."""

from typing import Literal

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import SHORT, plugin
from sayso.evaluate.suites._protocol import Suite, suites
from sayso.evaluate.suites._votes import read_pair

__all__ = ["ok_vqa"]


@suites.register("ok_vqa")
def ok_vqa(*, split: str = "", normaliser: Literal["official", "evalai", "lmms"] = "evalai") -> Suite:
    """The suite. The prompt is that of LLaVA; lmms-eval also offers `Unanswerable`, which no annotator could say here.

    Args:
        split: a part of the names of both files, as `val2014`, where the folder has several.
        normaliser: how answers are made alike before they are compared.
    """
    return Suite(
        name="ok_vqa",
        title="OK-VQA",
        source="Marino et al. 2019, arXiv:1906.00067; prompt of LLaVA; 16 new tokens are ours",
        needs="data: folder of OpenEnded_mscoco_*_questions.json and mscoco_*_annotations.json; images: folders of COCO 2014",
        group="general_vqa",
        read=lambda files: read_pair("ok_vqa", files, split=split),
        wordings=SHORT,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(plugin("vqa_accuracy", normaliser=normaliser),),
    )
