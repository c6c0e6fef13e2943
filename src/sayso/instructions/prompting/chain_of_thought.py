"""A request to think before answering, and a mark behind which the answer is read.

An output without the mark has no answer: it is counted and never guessed at. The answer is what stands behind the last mark. Source: zero-shot
chain of thought (Kojima et al. 2022), which takes the answer by a second call; here one call does both, and the sentence is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from sayso.config import PluginConfig
from sayso.instructions.prompting._protocol import promptings
from sayso.instructions.template import join_spans
from sayso.records import Sample, TextPart

__all__ = ["ChainOfThought"]


@promptings.register("chain_of_thought")
@dataclass(frozen=True, kw_only=True)
class ChainOfThought:
    """`sentence` behind the question, with the mark in the place of `{mark}`."""

    sentence: str = "First think it through step by step. Then end with a line that begins with {mark} and holds nothing but the answer."
    mark: str = "Answer:"

    num_demonstrations: ClassVar[int] = 0
    written: ClassVar[bool] = True

    @property
    def parser(self) -> PluginConfig:
        """What stands behind the last mark."""
        return PluginConfig.model_validate({"name": "after_marker", "marker": self.mark})

    def prompt(self, sample: Sample, *, demonstrations: Sequence[Sample], seed: int) -> Sample:
        """The sample with the sentence behind its last text."""
        del demonstrations, seed
        *before, last = sample.messages
        *parts, text = last.parts
        said = "\n" + self.sentence.replace("{mark}", self.mark)
        chunks = [(text.text[s.start : s.end], s.role) for s in text.spans] if isinstance(text, TextPart) else []
        kept = parts if isinstance(text, TextPart) else [*parts, text]
        joined, spans = join_spans([*chunks, (said, "instr_template")])
        turn = replace(last, parts=(*kept, TextPart(text=joined, spans=spans)))
        return replace(sample, messages=(*before, turn))
