"""VQAv2: people's questions about COCO photographs, by soft accuracy over ten answers (Goyal et al. 2017, arXiv:1612.00837)."""

from typing import Literal

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import SHORT, plugin
from sayso.evaluate.suites._protocol import Suite, suites
from sayso.evaluate.suites._votes import read_pair

__all__ = ["vqav2"]


@suites.register("vqav2")
def vqav2(*, split: str = "", normaliser: Literal["official", "evalai", "lmms"] = "lmms") -> Suite:
    """The suite.

    Args:
        split: a part of the names of both files, as `val2014`, where the folder has several.
        normaliser: how answers are made alike before they are compared; lmms-eval's by default, as is the prompt.
    """
    return Suite(
        name="vqav2",
        title="VQAv2",
        source="Goyal et al. 2017, arXiv:1612.00837; prompt and decoding of lmms-eval",
        needs="data: folder of v2_OpenEnded_mscoco_*_questions.json and v2_mscoco_*_annotations.json; images: folders of COCO 2014",
        group="general_vqa",
        read=lambda files: read_pair("vqav2", files, split=split),
        wordings=SHORT,
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(plugin("vqa_accuracy", normaliser=normaliser),),
    )
