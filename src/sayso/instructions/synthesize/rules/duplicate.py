"""Duplicate: instruction, input and answer equal something that was kept, but for case, white space and Unicode forms.

Self-Instruct removes repeated instances exactly. What comes with pictures is left alone, for two pictures are not told apart here: the selector
`exact_duplicates` compares them as well.
"""

from typing import Literal

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.instructions.synthesize.rules._text import fold, mark
from sayso.records import Verdict

__all__ = ["duplicate", "DuplicateRule"]


class DuplicateRule:
    """Remembers what was kept as marks of 16 bytes."""

    def __init__(self, *, of: Literal["all", "asked"]) -> None:
        self._of = of
        self._kept: set[bytes] = set()

    def judge(self, written: Written) -> Verdict:
        """Refuse what was kept before."""
        if not written.num_media and self._mark(written) in self._kept:
            what = "instruction, input and answer repeat" if self._of == "all" else "instruction and input repeat"
            return Verdict(keep=False, reason=f"{what} what was kept")
        return Verdict(keep=True, reason="repeats nothing that was kept")

    def keep(self, written: Written) -> None:
        """Remember it."""
        if not written.num_media:
            self._kept.add(self._mark(written))

    def _mark(self, written: Written) -> bytes:
        texts = (written.instruction, written.input, *((written.output,) if self._of == "all" else ()))
        return mark(*map(fold, texts))


@rules.register("duplicate")
def duplicate(*, of: Literal["all", "asked"] = "all") -> DuplicateRule:
    """The rule `duplicate`; `of: asked` compares instruction and input alone, whatever was answered."""
    return DuplicateRule(of=of)
