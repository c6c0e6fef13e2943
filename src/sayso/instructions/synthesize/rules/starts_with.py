"""Starts with: instructions that begin with given words; by default "Write a program", which Self-Instruct refuses (its models could not)."""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.instructions.synthesize.rules._text import fold
from sayso.records import Verdict

__all__ = ["StartsWithRule"]


@rules.register("starts_with")
@dataclass(frozen=True, kw_only=True)
class StartsWithRule:
    """`phrases` in any case (case is ours: Self-Instruct compares exactly)."""

    phrases: tuple[str, ...] = ("Write a program",)

    def judge(self, written: Written) -> Verdict:
        """Refuse an instruction that begins with one of the phrases."""
        beginning = fold(written.instruction)
        for phrase in self.phrases:
            if phrase and beginning.startswith(fold(phrase)):
                return Verdict(keep=False, reason=f"the instruction begins with {phrase!r}")
        return Verdict(keep=True, reason="begins with no listed phrase")
