"""Self-training: a model that learned to say instructions asks itself something about a picture, and answers.

A model tuned with L2T has the instruction as a target, given the picture ("Learning to Instruct for Visual Instruction Tuning", arXiv 2503.22215). So behind the header of a user with a picture it can go on by itself. Ours, all of it: that this makes data,
how the end of an instruction is found, and what is refused. Both texts are written by one model; nothing but its own likelihood (`min_logprob`, mean a token of the answer) or its own "yes" (`min_yes`, p("yes") that question and
answer are true of the picture) speaks for them, so that whoever uses them should measure on data of others.

L2T weighs what a user says and no mark behind it. Most chat templates end turns of both sides with the same token, which models carry over; for one that does not, `ends: sentence` takes the first line or sentence where no mark came. What does not
come to an end, is empty, or goes round in circles is refused.

    synthesize: {sources: [...], synthesizer: self, from: train, max_items: 500}

One round is: train with `objective: l2t`, synthesize from it, build, train. Draws depend on seed, item and number of the draw alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._items import make_item
from sayso.instructions.synthesize._models import bundle_of
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.models.choosing import Drawing
from sayso.models.continuing import Continued, Continuer, asking
from sayso.models.deciding import YesNo
from sayso.models.writing import Unread
from sayso.records import AnnotatedItem, Sample
from sayso.sources import load_image

__all__ = ["circles", "Self"]

METHOD = "self"
CHUNK = 64
_SENTENCE = re.compile(r"^.*?(?:[.?!](?=\s|$)|(?=\n)|[。？！])", re.DOTALL)
_WORDS, _TIMES, _SHARE = 12, 4, 0.5


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What came of one draw so far."""

    item: AnnotatedItem
    number: int
    instruction: str = ""
    problem: str = ""

    @property
    def sample(self) -> Sample:
        """The question as it is asked."""
        return asking(self.instruction or "-", media=self.item.media, name=self.item.id)


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class Self:
    """The synthesizer; the fields are the options of a recipe. At temperature 0 each picture has one instruction, the likeliest."""

    model: PluginConfig | None = None
    per_item: Annotated[int, Field(ge=1)] = 1
    temperature: Annotated[float, Field(ge=0)] = 0.7
    top_p: float = 0.9
    max_instruction_tokens: int = 96
    max_tokens: int = 256
    ends: Literal["mark", "sentence"] = "mark"
    min_logprob: float | None = None
    min_yes: float | None = None
    batch_size: Annotated[int, Field(ge=1)] = 16
    rules: tuple[PluginConfig, ...] = (PluginConfig(name="leaked_markers"), PluginConfig(name="refusal"))

    def __post_init__(self) -> None:
        if self.temperature == 0 and self.per_item > 1:
            raise ConfigError(f"per_item is {self.per_item}, and at temperature 0 all draws are one; raise temperature")

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """One for each draw, item by item."""
        pictured = [item for item in items if item.media]
        if not pictured:
            raise ConfigError(f"synthesizer {METHOD!r} asks about pictures, and none of {len(items):,} items has any")
        bundle = bundle_of(self.model, synthesis, method=METHOD)
        if not bundle.images:
            raise ConfigError(f"synthesizer {METHOD!r} asks about pictures, and its model reads none")
        asker = Continuer(
            bundle, max_new_tokens=self.max_instruction_tokens, load=load_image, batch_size=self.batch_size
        )
        answerer = Continuer(bundle, max_new_tokens=self.max_tokens, load=load_image, batch_size=self.batch_size)
        decider = YesNo(bundle, load=load_image, batch_size=self.batch_size)
        name = "/".join(Path(bundle.origin).parts[-2:]) or type(bundle.model).__name__
        pool = Pool(METHOD, synthesis=synthesis)
        draws = [Exchange(item=item, number=number) for item in pictured for number in range(self.per_item)]
        for some in pool.portions(draws):
            for start in range(0, len(some), CHUNK):
                asked = self._asked(some[start : start + CHUNK], asker, seed=synthesis.seed)
                for draft in self._answered(asked, answerer, decider, name):
                    yield pool.take(draft)

    def _asked(self, some: Sequence[Exchange], asker: Continuer, *, seed: int) -> list[Exchange]:
        samples = [one.sample for one in some]
        drawing = None
        if self.temperature:
            names = [(METHOD, seed, one.item.id, one.number) for one in some]
            drawing = Drawing(names=names, temperature=self.temperature, top_p=self.top_p)
        found = asker.instructions(samples, drawing=drawing)
        return [self._exchange(one, told) for one, told in zip(some, found, strict=True)]

    def _exchange(self, one: Exchange, told: Continued | Unread) -> Exchange:
        if isinstance(told, Continued) and not told.ended and self.ends == "sentence":
            head = _SENTENCE.match(told.text)
            told = Continued(head[0].strip(), True) if head else told
        text = "" if isinstance(told, Unread) else told.text
        return Exchange(item=one.item, number=one.number, instruction=text, problem=_fault(told, "instruction"))

    def _answered(self, asked: Sequence[Exchange], answerer: Continuer, decider: YesNo, model: str) -> Iterator[Draft]:
        good = [one for one in asked if not one.problem]
        told = answerer.answers([one.sample for one in good])
        faults = [_fault(one, "answer") for one in told]
        whole = [
            (one, said.text)
            for one, said, fault in zip(good, told, faults, strict=True)
            if isinstance(said, Continued) and not fault
        ]
        scores = iter(self._scored(whole, answerer, decider))
        answers = iter(zip(told, faults, strict=True))
        for one in asked:
            if one.problem:
                yield _draft(one, "", problem=one.problem, model=model)
                continue
            said, fault = next(answers)
            details = {} if fault else next(scores)
            text = said.text if isinstance(said, Continued) else ""
            yield _draft(one, text, problem=fault or self._low(details), model=model, details=details)

    def _scored(
        self, whole: Sequence[tuple[Exchange, str]], answerer: Continuer, decider: YesNo
    ) -> list[dict[str, float]]:
        """What the model itself thinks of each pair, as far as the options ask for it."""
        found: list[dict[str, float]] = [{} for _ in whole]
        if self.min_logprob is not None and whole:
            values = answerer.logprobs([one.sample for one, _ in whole], answers=[text for _, text in whole])
            found = [{**told, "logprob": value} for told, value in zip(found, values, strict=True)]
        if self.min_yes is not None and whole:
            both = decider.probabilities([_question(one, text) for one, text in whole])
            found = [
                told if isinstance(pair, Unread) else {**told, "yes": pair[0]}
                for told, pair in zip(found, both, strict=True)
            ]
        return found

    def _low(self, details: dict[str, float]) -> str:
        for name, least in (("logprob", self.min_logprob), ("yes", self.min_yes)):
            if least is not None and not details.get(name, float("nan")) >= least:
                return f"{name} (below {least:g})" if name in details else f"no {name}"
        return ""


def _question(one: Exchange, answer: str) -> Sample:
    text = prompts("genixer").fill("judge", question=one.instruction, answer=answer)
    return asking(text, media=one.item.media, name=one.item.id)


def _fault(told: Continued | Unread, what: str) -> str:
    if isinstance(told, Unread):
        return f"no {what} ({told})"
    if not told.text:
        return f"empty {what}"
    if circles(told.text):
        return f"repeats ({what})"
    return "" if told.ended else f"no end ({what})"


def circles(text: str) -> bool:
    """Whether a text goes round: one word four times in a row, or, of twelve words or more, under half of all threes of words different."""
    words = text.lower().split()
    rows = zip(*(words[place:] for place in range(_TIMES)), strict=False)
    if any(len(set(row)) == 1 for row in rows):
        return True
    threes = list(zip(words, words[1:], words[2:], strict=False))
    return len(words) >= _WORDS and len(set(threes)) < _SHARE * len(threes)


def _draft(one: Exchange, answer: str, *, problem: str, model: str, details: dict[str, float] | None = None) -> Draft:
    written = Written(instruction=one.instruction, output=answer, num_media=len(one.item.media))
    return Draft(
        operation="ask",
        item=make_item(written, method=METHOD, parents=[one.item], media=one.item.media) if answer else None,
        problem=problem,
        parents=(one.item.id,),
        reply=one.instruction if problem and not answer else "",
        model=model,
        details={"draw": one.number, **(details or {})},
    )
