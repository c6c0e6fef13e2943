"""Length: instructions that are too short to ask for something, or too long, and, where wanted, answers likewise.

Self-Instruct keeps 4 to 150 words (checked in its code); EasyInstruct's ranges are 3 to 150 for instructions and 1 to 350 for answers. Words
stand between white space; a Chinese or Japanese character is one.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.instructions.overlap import count_words
from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["LengthRule"]

Count = Annotated[int, Field(ge=0)]


@rules.register("length")
@dataclass(frozen=True, kw_only=True)
class LengthRule:
    """Bounds in words, both included; None is no bound."""

    min_words: Count = 4
    max_words: Count | None = 150
    min_output_words: Count = 0
    max_output_words: Count | None = None

    def judge(self, written: Written) -> Verdict:
        """Refuse what has too few words or too many, and say how many."""
        for name, text, least, most in (
            ("the instruction", written.instruction, self.min_words, self.max_words),
            ("the answer", written.output, self.min_output_words, self.max_output_words),
        ):
            found = count_words(text)
            if found < least:
                return Verdict(keep=False, reason=f"{name} has {found} words, fewer than {least}")
            if most is not None and found > most:
                return Verdict(keep=False, reason=f"{name} has {found} words, more than {most}")
        return Verdict(keep=True, reason="neither too short nor too long")
