"""Trailing colon: an input or an answer that ends where something was to follow (Self-Instruct, EasyInstruct; checked in their code)."""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["TrailingColonRule"]


@rules.register("trailing_colon")
@dataclass(frozen=True, kw_only=True)
class TrailingColonRule:
    """A colon of ASCII or of full width, before white space at most."""

    def judge(self, written: Written) -> Verdict:
        """Refuse what ends with a colon, and say which."""
        for name, text in (("input", written.input), ("answer", written.output)):
            if text.rstrip().endswith((":", "：")):
                return Verdict(keep=False, reason=f"the {name} ends with a colon")
        return Verdict(keep=True, reason="nothing ends with a colon")
