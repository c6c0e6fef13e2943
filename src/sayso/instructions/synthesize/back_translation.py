"""Instruction back-translation: for a text that somebody wrote, a model guesses what was asked, and grades how well the two go together.

Checked in EasyInstruct's code (after Humpback, Li et al. 2023): a few-shot request at temperature 0 for at most 150 tokens, refusals are dropped, then the pair is graded on five points with
reasons and kept from 4 on. LongForm's styles - an instruction, a message to a chatbot, a query - are `styles`, of which each passage gets one (its wording from memory). Ours: where a passage belongs to a
picture, the model sees that too, or reads what is in it. Humpback's iteration, which trains and grades again, is a recipe with this stage twice.

A passage is what an item says in one piece: a label `text`, `passage` or `description`, a caption, the steps of a procedure, or the answer that ends a conversation, whatever was asked there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import make_item
from sayso.instructions.synthesize._parsing import Unread, grade
from sayso.instructions.synthesize._pictures import Seeing, beside, media_of
from sayso.instructions.synthesize._pool import OF_INSTRUCTIONS, Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.instructions.synthesize.rules._text import fold
from sayso.instructions.synthesize.rules.refusal import refusal_of
from sayso.lm import LanguageModel, Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream

__all__ = ["BackTranslation", "passage_of"]

METHOD = "back_translation"
STYLES = ("instruction", "chatbot", "query")
LABELS = ("text", "passage", "description")
OPERATION = "guess"


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A passage, and what it may have been the answer to."""

    item: AnnotatedItem
    passage: str
    style: str
    instruction: str = ""

    @property
    def written(self) -> Written:
        """The pair."""
        return Written(instruction=self.instruction, output=self.passage, num_media=len(self.item.media))


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class BackTranslation:
    """The synthesizer; the fields are the options of a recipe. `judge` among the recipe's `others` grades in place of the model that writes."""

    styles: tuple[str, ...] = ("instruction",)
    max_tokens: int = 150
    max_grade_tokens: int = 300
    min_grade: float = 4.0
    extra: dict[str, Any] = field(default_factory=dict)
    pictures: Seeing = "none"
    rules: tuple[PluginConfig, ...] = (
        PluginConfig.model_validate({"name": "length", "min_words": 2}),
        PluginConfig(name="empty_output"),
        PluginConfig(name="duplicate"),
    )

    def __post_init__(self) -> None:
        if unknown := [name for name in self.styles if name not in STYLES]:
            raise ConfigError(f"styles: {unknown[0]!r} is none of {', '.join(STYLES)}")

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """One for each passage, in order, until enough are kept."""
        model = needed(synthesis.model, method=METHOD)
        judge = synthesis.others.get("judge", model)
        pool = Pool(METHOD, synthesis=synthesis, early=OF_INSTRUCTIONS)
        for some in pool.portions(self._passages(items, synthesis.seed)):
            yield from self._guess(some, pool=pool, model=model, judge=judge)

    def _passages(self, items: Sequence[AnnotatedItem], seed: int) -> list[Guess]:
        every = [(item, text) for item in items if (text := passage_of(item))]
        usable = [(item, text) for item, text in every if self.pictures != "none" or not item.media]
        if not usable:
            what = (
                "a passage without pictures; set pictures: shown or described"
                if every
                else "a passage: a caption, a label `text`, an answer"
            )
            raise ConfigError(f"synthesizer {METHOD!r} needs items with {what}; {len(items):,} were given")
        return [
            Guess(
                item=item,
                passage=text,
                style="picture" if item.media else Stream(METHOD, seed, item.id).choice(self.styles),
            )
            for item, text in usable
        ]

    def _guess(
        self, some: Sequence[Guess], *, pool: Pool, model: LanguageModel, judge: LanguageModel
    ) -> Iterator[Made]:
        waiting: list[Guess] = []
        for one, said in zip(some, ask(model, map(self._request, some)), strict=True):
            guess = Guess(item=one.item, passage=one.passage, style=one.style, instruction=" ".join(said.text.split()))
            problem = said.problem or ("reply cut off" if said.cut else _refused(guess))
            verdict = None if problem else pool.judge_early(guess.written)
            if verdict is not None and verdict.keep:
                waiting.append(guess)
            else:
                yield pool.take(_draft(guess, said, problem=problem or (verdict.reason if verdict else "")))
        for guess, said in zip(waiting, ask(judge, map(self._grading, waiting)), strict=True):
            yield pool.take(self._graded(guess, said))

    def _request(self, one: Guess) -> Request:
        text = beside(prompts(METHOD).fill(one.style, passage=one.passage), one.item, self.pictures)
        how = Sampling(max_tokens=self.max_tokens, extra=self.extra)
        return say(text, how=how, media=media_of(one.item, self.pictures))

    def _grading(self, one: Guess) -> Request:
        text = prompts(METHOD).fill("grade", instruction=one.instruction, output=one.passage)
        how = Sampling(max_tokens=self.max_grade_tokens, extra=self.extra)
        return say(beside(text, one.item, self.pictures), how=how, media=media_of(one.item, self.pictures))

    def _graded(self, one: Guess, said: Said) -> Draft:
        found = grade(said.text, least=1, most=5)
        if said.problem or isinstance(found, Unread):
            return _draft(
                one, said, problem=f"not graded: {said.problem or (found.reason if isinstance(found, Unread) else '')}"
            )
        low = f"grade (below {self.min_grade:g})" if found < self.min_grade else ""
        return _draft(one, said, problem=low, score=found)


def passage_of(item: AnnotatedItem) -> str:
    """What an item says in one piece; empty where it says nothing."""
    labelled = [item.labels[name] for name in LABELS if item.labels.get(name, "").strip()]
    answers = [message.text for message in item.conversation[-1:] if message.role == "assistant"]
    steps = "\n".join(step.text for step in item.steps)
    return next((text.strip() for text in (*labelled, *item.captions, steps, *answers) if text.strip()), "")


def _refused(guess: Guess) -> str:
    if fold(guess.instruction) == fold(guess.passage):
        return "the guess is the passage"
    strength, how = refusal_of(Written(instruction="", output=guess.instruction))
    return f"refusal ({how})" if strength >= 0.8 else ""


def _draft(guess: Guess, said: Said, *, problem: str, score: float | None = None) -> Draft:
    details: dict[str, Any] = {"style": guess.style}
    if score is not None:
        details |= {"grade": score, "reasons": said.text[:1000]}
    return Draft(
        operation=OPERATION,
        item=make_item(guess.written, method=METHOD, parents=[guess.item], media=guess.item.media)
        if guess.instruction
        else None,
        problem=problem,
        parents=(guess.item.id,),
        reply=said.text if problem and score is None else "",
        model=said.model,
        details=details,
    )
