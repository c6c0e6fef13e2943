"""Input is output: an answer that says the input back (Self-Instruct, EasyInstruct; checked in their code)."""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["InputIsOutputRule"]


@rules.register("input_is_output")
@dataclass(frozen=True, kw_only=True)
class InputIsOutputRule:
    """Equal but for white space around them; an empty answer is for `empty_output`."""

    def judge(self, written: Written) -> Verdict:
        """Refuse an answer that equals the input."""
        answer = written.output.strip()
        if answer and answer == written.input.strip():
            return Verdict(keep=False, reason="the answer is the input")
        return Verdict(keep=True, reason="the answer is not the input")
