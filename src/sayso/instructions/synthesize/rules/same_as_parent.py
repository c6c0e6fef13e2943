"""Same as parent: an evolved instruction that is its parent again.

Evol-Instruct has a model judge whether the two are equal (as we remember it); here words decide, which finds copies and no paraphrases. What has no parent is kept.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.instructions.overlap import rouge_l
from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.instructions.synthesize.rules._text import fold
from sayso.records import Verdict

__all__ = ["SameAsParentRule"]


@rules.register("same_as_parent")
@dataclass(frozen=True, kw_only=True)
class SameAsParentRule:
    """Refuses from this ROUGE-L on; 1 is the same words in the same order."""

    threshold: Annotated[float, Field(gt=0, le=1)] = 1.0

    def judge(self, written: Written) -> Verdict:
        """Refuse what says no more than its parent."""
        if not written.parent:
            return Verdict(keep=True, reason="no parent to repeat")
        same = fold(written.instruction) == fold(written.parent)
        near = 1.0 if same else rouge_l(written.instruction, written.parent)
        if near >= self.threshold:
            return Verdict(keep=False, reason=f"ROUGE-L {near:.2f} with what it was made from", score=1 - near)
        return Verdict(keep=True, reason="differs from what it was made from", score=1 - near)
