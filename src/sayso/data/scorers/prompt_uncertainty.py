"""Prompt uncertainty: how far the probability of a model's own answer moves when words of the instruction are dropped; one number a task.

    y0 = answer to the prompt,  p_k = exp(mean log p(y0 | prompt with words dropped, number k)),  p_0 the same of the prompt as it is
    U(task) = mean over inputs and k of |p_k - p_0|

Source: Active Instruction Tuning (Kung et al. 2023; checked in code): 10 inputs a task, 10 changed prompts (20 in the paper, from memory), each word dropped with probability 0.2 from the definition and the inputs of
demonstrations, whose outputs stay. Responses are not needed. Tasks with the largest U are trained on next. Its task map has U against the mean of p_0: high U is ambiguous, low U with high p_0 easy, low U with low p_0 hard;
both are columns, the same for all rows of a task, so that a map is a figure of two columns and any selector can cut it.

Ours: the definition is what the wording itself says (of a conversation that somebody wrote, all of the instruction), options and what fills slots stay; earlier turns of the user are changed whole; pictures stay;
the end of the turn is part of the answer, as in the encoder-decoders of the paper.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

import numpy as np
from msgspec import structs
from pydantic import Field

from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Floats, Scoring, scorers
from sayso.data.scorers._with_model import WithModel
from sayso.instructions.template import join_spans
from sayso.models.contexts import ContextReader
from sayso.models.own_answers import own_probabilities
from sayso.records import Message, Sample, TextPart
from sayso.seeds import Stream, derive

__all__ = ["drop_words", "PromptUncertainty"]

NAMES = {"prompt_uncertainty": True, "prompt_probability": True}
ALL = frozenset({"instr_template", "instr", "options"})
WORD = re.compile(r"\s*\S+")


@scorers.register("prompt_uncertainty")
@dataclass(kw_only=True)
class PromptUncertainty(WithModel):
    """Columns `prompt_uncertainty` (U) and `prompt_probability` (mean p_0) of the row's task, which a scorer of rows alone could not know."""

    num_inputs: Annotated[int, Field(ge=1)] = 10
    num_prompts: Annotated[int, Field(ge=1)] = 10
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    max_new_tokens: Annotated[int, Field(ge=1)] = 64

    per_row = False

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """No number for tasks of which no input can be read."""
        rows: dict[str, list[tuple[int, int]]] = {}
        tasks: list[str] = []
        for row, sample in enumerate(samples):
            tasks.append(sample.task)
            rows.setdefault(sample.task, []).append((derive(scoring.seed, "asked inputs", sample.id), row))
        reader = self.reader(scoring)
        scoring.progress.start("prompt uncertainty", total=len(rows))
        found: dict[str, dict[str, float | str] | str] = {}
        for task, ranked in rows.items():
            asked = [samples[row] for _, row in sorted(ranked)]
            found[task] = self._of_task(asked, reader, seed=scoring.seed)
            scoring.progress.advance()
        filling = Filling(NAMES)
        for task in tasks:
            filling.add(found[task])
        return filling.columns()

    def _of_task(self, samples: Sequence[Sample], reader: ContextReader, *, seed: int) -> dict[str, float | str] | str:
        """Of the first inputs that can be read."""
        found: list[Floats] = []
        why = "no input"
        places = iter(samples)
        while len(found) < self.num_inputs and (some := list(islice(places, self.num_inputs - len(found)))):
            prompts = [[one, *self._changed(one, seed=seed)] for one in some]
            for values in own_probabilities(reader, prompts, max_new_tokens=self.max_new_tokens):
                if isinstance(values, str):
                    why = values
                elif np.isfinite(values[1:]).any():
                    found.append(values)
        if not found:
            return f"none of the task's {len(samples)} inputs can be read: {why}"
        moved = [float(np.nanmean(np.abs(values[1:] - values[0]))) for values in found]
        return {
            "prompt_uncertainty": float(np.mean(moved)),
            "prompt_probability": float(np.mean([values[0] for values in found])),
        }

    def _changed(self, sample: Sample, *, seed: int) -> list[Sample]:
        chances = [Stream(seed, "dropped words", sample.id, number) for number in range(self.num_prompts)]
        return [drop_words(sample, share=self.share, chance=chance) for chance in chances]


def drop_words(sample: Sample, *, share: float, chance: Stream) -> Sample:
    """The prompt of a sample with each word dropped with probability `share`: of its last turn those of the wording (all but options where it has none), of the user's earlier turns all, of all others none."""
    asked = [place for place, message in enumerate(sample.prompt) if message.role == "user"]
    messages = list(sample.messages)
    for place in asked:
        roles = _roles(messages[place]) if place == asked[-1] else ALL
        parts = (
            _shorter(part, roles, share, chance) if isinstance(part, TextPart) else part
            for part in messages[place].parts
        )
        messages[place] = structs.replace(messages[place], parts=tuple(parts))
    return structs.replace(sample, messages=tuple(messages))


def _roles(message: Message) -> frozenset[str]:
    found = {
        span.role
        for part in message.parts
        if isinstance(part, TextPart)
        for span in part.spans
        if part.text[span.start : span.end].strip()
    }
    return frozenset({"instr_template"}) if "instr_template" in found else frozenset({"instr"})


def _shorter(part: TextPart, roles: frozenset[str], share: float, chance: Stream) -> TextPart:
    chunks = [(part.text[span.start : span.end], span.role) for span in part.spans]
    kept = [(_dropped(text, share, chance) if role in roles else text, role) for text, role in chunks]
    text, spans = join_spans(kept)
    return TextPart(text=text, spans=spans)


def _dropped(text: str, share: float, chance: Stream) -> str:
    """Words go with the space before them."""
    return WORD.sub(lambda word: "" if chance.uniform() < share else word[0], text)
