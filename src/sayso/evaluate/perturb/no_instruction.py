"""The instruction's own words taken away: what filled its slots, and the options, are all that is left.

A model whose score hardly falls has used the format and the data, and not the instruction. Source: the simplified task definitions of
Kung and Peng 2023 (ACL, "Do Models Really Learn to Follow Instructions?").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb._text import instruction_chunks, with_chunks
from sayso.records import Sample, Verdict

__all__ = ["NoInstruction"]

ONLY_WORDS = Verdict(keep=False, reason="nothing is left without the instruction")
NO_WORDING = Verdict(keep=False, reason="no wording to take away")


@perturbations.register("no_instruction")
@dataclass(frozen=True, kw_only=True)
class NoInstruction:
    """Only the data."""

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples without their wordings."""
        del seed
        return [_bare(one) for one in samples]


def _bare(sample: Sample) -> Sample | Verdict:
    chunks = instruction_chunks(sample)
    left = [(text.strip(), role) for text, role in chunks if role != "instr_template"]
    if len(left) == len(chunks):
        return NO_WORDING
    if not left and not sample.media:
        return ONLY_WORDS
    between = [("\n", "instr_template")] * len(left)
    return with_chunks(sample, [chunk for pair in zip(left, between, strict=True) for chunk in pair][:-1])
