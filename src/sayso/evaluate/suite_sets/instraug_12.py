"""InstrAug's twelve tasks: MultiInstruct's nine and three of InstructBLIP's (arXiv:2402.14492)."""

from typing import Literal

from sayso.evaluate.suite_sets._protocol import Member, SuiteSet, suite_sets
from sayso.evaluate.suite_sets.multi_instruct_9 import ACCURACY, nine

__all__ = ["instraug_12"]


@suite_sets.register("instraug_12")
def instraug_12(*, cvqa: Literal["accuracy", "rouge_l"] = "accuracy") -> SuiteSet:
    """The set; `cvqa` as in `multi_instruct_9`."""
    added = (
        Member(name="scienceqa", also=("science_qa",), metrics=ACCURACY),
        Member(name="iconqa", also=("icon_qa",), metrics=ACCURACY),
        Member(name="vizwiz", metrics=("vqa_accuracy", "accuracy", "exact_match")),
    )
    return SuiteSet(
        name="instraug_12",
        title="InstrAug, twelve tasks",
        source="arXiv:2402.14492: the nine of MultiInstruct with ScienceQA, IconQA and VizWiz",
        note=(
            f"mean over five hand-written wordings a task in the paper, over all that were asked here; commonsense VQA by {cvqa}, VizWiz by soft accuracy (open in the paper; ours). "
            "The paper's code scores yes/no and boxes with a wrong divisor; its figures may be affected."
        ),
        members=(*nine(cvqa), *added),
    )
