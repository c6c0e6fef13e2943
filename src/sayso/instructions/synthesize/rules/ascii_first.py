"""ASCII first: Self-Instruct refuses an instruction whose first character is not ASCII, to stay with English.

For pools in other languages leave it out, or allow letters and digits of any script: then it refuses emoji, bullets and the like.
"""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["AsciiFirstRule"]


@rules.register("ascii_first")
@dataclass(frozen=True, kw_only=True)
class AsciiFirstRule:
    """`other_letters`: letters and digits of other scripts may come first too, and what opens a Spanish sentence."""

    other_letters: bool = False

    def judge(self, written: Written) -> Verdict:
        """Refuse an instruction whose first character is not ASCII."""
        first = written.instruction.strip()[:1]
        fits = first.isascii() or (self.other_letters and (first.isalnum() or first in "¿¡"))
        if not fits:
            return Verdict(keep=False, reason=f"the instruction begins with {first!r}, which is not ASCII")
        return Verdict(keep=True, reason="begins as it should")
