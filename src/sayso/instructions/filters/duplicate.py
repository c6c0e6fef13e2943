"""Duplicates: a wording that equals one the task already has, but for case, punctuation, spacing or short forms."""

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.filters.wording import key
from sayso.records import Template, Verdict

__all__ = ["duplicate", "DuplicateFilter"]


class DuplicateFilter:
    """Compares normalised texts with the parent and with every wording accepted so far."""

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse what says nothing new."""
        if context.accepted.find(candidate.text) is None and not self._repeats_parent(candidate, context):
            return Verdict(keep=True, reason="new")
        return Verdict(keep=False, reason="equals a wording the task has")

    def _repeats_parent(self, candidate: Template, context: FilterContext) -> bool:
        # A given template is judged with itself as parent: then it only has to differ from the others.
        parent = context.parent
        return candidate.id != parent.id and key(candidate.text) == key(parent.text)


@filters.register("duplicate")
def duplicate() -> DuplicateFilter:
    """The filter `duplicate`; it has no options."""
    return DuplicateFilter()
