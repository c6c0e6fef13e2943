"""Empty output: nothing was answered (Self-Instruct, EasyInstruct; checked in their code)."""

from dataclasses import dataclass

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["EmptyOutputRule"]


@rules.register("empty_output")
@dataclass(frozen=True, kw_only=True)
class EmptyOutputRule:
    """White space is nothing; `placeholders` are texts that stand for nothing too, in any case (ours)."""

    placeholders: tuple[str, ...] = ("<nooutput>", "<noinput>", "<no output>")

    def judge(self, written: Written) -> Verdict:
        """Refuse an answer that says nothing."""
        answer = written.output.strip()
        if not answer:
            return Verdict(keep=False, reason="the answer is empty")
        if answer.casefold() in {text.casefold() for text in self.placeholders}:
            return Verdict(keep=False, reason=f"the answer is only {answer!r}")
        return Verdict(keep=True, reason="there is an answer")
