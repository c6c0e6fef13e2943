"""The instruction of another task on the same data: does the model read what it is asked, or does the data tell it what to do?

The wording gives way to one of another task, then comes what filled the slots, and the options. A model that follows instructions changes its
answers; the share of answers that change is the inter-task sensitivity (`sayso.evaluate.conditions`), and more is better.
`instructions` are the texts to draw from; where none are given, those of the other tasks of the evaluation that need no slot.

Source: the wrong instructions of Kung and Peng 2023 (ACL); that other tasks' wordings serve for them is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb._text import instruction_chunks, with_chunks
from sayso.records import Sample, Verdict
from sayso.seeds import Stream

__all__ = ["WrongInstruction"]

NONE_GIVEN = Verdict(keep=False, reason="no other task has an instruction without slots")
NO_WORDING = Verdict(keep=False, reason="no wording to put another in place of")


@perturbations.register("wrong_instruction")
@dataclass(frozen=True, kw_only=True)
class WrongInstruction:
    """One of `instructions` in place of the wording."""

    instructions: tuple[str, ...] = ()

    def told(self, instructions: Sequence[str]) -> "WrongInstruction":
        """The same with the instructions of other tasks, unless it has its own."""
        return self if self.instructions else replace(self, instructions=tuple(instructions))

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples asked for something else, the same under all wordings."""
        return [self._ask(one, seed) for one in samples]

    def _ask(self, sample: Sample, seed: int) -> Sample | Verdict:
        given = instruction_chunks(sample)
        if not self.instructions:
            return NONE_GIVEN
        if all(role != "instr_template" for _, role in given):
            return NO_WORDING
        wrong = Stream(seed, "wrong_instruction", sample.example).choice(self.instructions)
        chunks = [(wrong, "instr_template")]
        for text, role in given:
            if role != "instr_template":
                chunks += [("\n", "instr_template"), (text.strip(), role)]
        return with_chunks(sample, chunks)
