"""A true sentence that has nothing to do with the task, before the instruction or behind it.

Source: sentence-level attacks of PromptBench (Zhu et al. 2023) add such sentences; these are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb._text import add_words, instruction_chunks
from sayso.records import Sample, Verdict
from sayso.seeds import Stream

__all__ = ["DistractorSentence", "SENTENCES"]

SENTENCES = (
    "The library closes at eight this evening.",
    "Three buses pass this corner every hour.",
    "My neighbour grows tomatoes on the balcony.",
    "Seven times eight is fifty-six.",
    "The meeting was moved to Thursday.",
    "It rained for most of last week.",
    "A kilometre is a thousand metres.",
    "The piano in the hall needs tuning.",
    "Whoever arrives first makes the coffee.",
    "Copper turns green when it weathers.",
    "The ferry takes about forty minutes.",
    "Our new printer works on both floors.",
)
"""What is said."""


@perturbations.register("distractor_sentence")
@dataclass(frozen=True, kw_only=True)
class DistractorSentence:
    """One of SENTENCES, `before` or `after`."""

    place: Literal["before", "after"] = "before"

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples with a sentence more, the same under all wordings."""
        return [self._distract(one, seed) for one in samples]

    def _distract(self, sample: Sample, seed: int) -> Sample:
        sentence = Stream(seed, "distractor_sentence", sample.example).choice(SENTENCES)
        if self.place == "before":
            return add_words(sample, f"{sentence} ", place="before")
        chunks = instruction_chunks(sample)
        between = "\n" if chunks and chunks[-1][1] == "options" else " "  # else it would belong to the last option
        return add_words(sample, f"{between}{sentence}", place="after")
