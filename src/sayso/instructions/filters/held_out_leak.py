"""Held-out leaks: a wording that (nearly) equals one kept for testing would make the test on unseen wordings a lie.

Equal and near ones are two reasons, so that they are counted apart. Words are split once for each wording, however often it is
compared.
"""

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.filters.wording import key, overlap
from sayso.records import Template, Verdict

__all__ = ["held_out_leak", "HeldOutLeakFilter"]


class HeldOutLeakFilter:
    """Compares words, in any order and politeness aside, with each held-out wording of the task."""

    def __init__(self, *, threshold: float) -> None:
        self._threshold = threshold

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse what shares at least the threshold of its words with a held-out wording; the score is 1 - overlap."""
        nearest = max((overlap(candidate.text, other.text) for other in context.held_out), default=0.0)
        if any(key(candidate.text) == key(other.text) for other in context.held_out):
            return Verdict(keep=False, reason="equals a held-out wording", score=0.0)
        if nearest >= self._threshold:
            return Verdict(keep=False, reason="near a held-out wording", score=1 - nearest)
        return Verdict(keep=True, reason="far from held-out wordings", score=1 - nearest)


@filters.register("held_out_leak")
def held_out_leak(*, threshold: float = 0.75) -> HeldOutLeakFilter:
    """The filter `held_out_leak`; `threshold` is the share of common words, in (0, 1], from which a wording counts as seen."""
    return HeldOutLeakFilter(threshold=threshold)
