"""Punctuation first: an instruction that begins with a mark is a piece of something longer (Self-Instruct, checked in its code)."""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.instructions.synthesize.rules._text import is_punctuation
from sayso.records import Verdict

__all__ = ["PunctuationFirstRule"]


@rules.register("punctuation_first")
@dataclass(frozen=True, kw_only=True)
class PunctuationFirstRule:
    """Marks of ASCII, and those of other scripts that do not open a sentence (ours): `¿` does."""

    def judge(self, written: Written) -> Verdict:
        """Refuse an instruction whose first character is a mark."""
        first = written.instruction.strip()[:1]
        if first and is_punctuation(first):
            return Verdict(keep=False, reason=f"the instruction begins with {first!r}")
        return Verdict(keep=True, reason="begins with no mark")
