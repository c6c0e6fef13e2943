"""Paraphrasers that ask a language model: one implementation behind `chat`, `local` and `model`.

A move is a meta-prompt, or two in turn (to another language and back). The text goes out with its slots protected; what comes back is
stripped of chatter, its slots are restored, and whatever is wrong with it is told as a problem of the proposal, for a verdict. All asks of a
batch are under way together. Every reply is stored before it is used, so the same asks never cost a second call, and other filters
are judged on the same replies.

Protection, the request to rephrase beside proposed meta-prompts, and temperature 0.6 and top_p 0.9 are those of InstrAug (arXiv
2402.14492); what it did with replies is not (it took their third line).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.augment.meta_prompts import MetaPrompt, choose, instruction, meta_prompts, translation
from sayso.instructions.augment.meta_prompts.bootstrapping import JudgedMetaPrompt, bootstrap
from sayso.instructions.augment.paraphrasers._protocol import Ask, Proposal, Written
from sayso.instructions.augment.paraphrasers.replies import MAX_CHARACTERS, wordings_in
from sayso.instructions.protect import Protected, protect, restore, reveal
from sayso.lm import Answered, LanguageModel, Request, language_models, open_model, request
from sayso.records import Lineage
from sayso.seeds import derive

__all__ = ["by_model", "ByModel", "ModelWriter", "Rewriting"]

_DEFAULT_TEMPERATURE = 0.6


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """What a language model is asked to do.

    `operations` are names of operations or meta-prompts (all where empty; one that is named twice is asked twice), `without` those left
    out. `bootstrap` is how many further meta-prompts the model is asked for. `languages` are codes to translate to, and
    with `back` the translation is translated back in place of being kept.
    """

    operations: tuple[str, ...] = ()
    without: tuple[str, ...] = ("perspective",)
    bootstrap: int = 0
    languages: tuple[str, ...] = ()
    back: bool = False
    top_p: float = 0.9
    max_tokens: int = 256

    def moves(self) -> list["Move"]:
        """One a meta-prompt and language.

        Raises:
            ConfigError: there is no such operation or language.
        """
        plain = [Move(prompt.id, (prompt,)) for prompt in choose(self.operations, without=self.without)]
        there = [translation(code) for code in self.languages]
        if self.back:
            return plain + [Move(f"{one.id}:back", (one, translation("en"))) for one in there]
        return plain + [Move(one.id, (one,)) for one in there]


@dataclass(frozen=True)
class Move:
    """Meta-prompts that are followed one after the other; most moves have one."""

    name: str
    prompts: tuple[MetaPrompt, ...]

    @property
    def operation(self) -> str:
        """What a lineage says."""
        return "back_translate" if len(self.prompts) > 1 else self.prompts[0].operation

    @property
    def language(self) -> str:
        """Of what comes out, where it is not the parent's."""
        return "" if len(self.prompts) > 1 else self.prompts[0].language


def by_model(name: str, *, model: str, options: Mapping[str, Any]) -> "ByModel":
    """The paraphraser `name` over the language model `model`; `options` are those of `Rewriting` and those of the model.

    Raises:
        ConfigError: there is no such language model, option, operation or language.
    """
    own = {field.name for field in fields(Rewriting)}
    theirs = {key: options[key] for key in options if key not in own}
    language_models.build(model, theirs, others=sorted(own))
    try:
        rewriting = TypeAdapter(Rewriting).validate_python({key: options[key] for key in options if key in own})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ConfigError(f"paraphraser {name!r}: {problems}") from error
    return ByModel(name=name, model=PluginConfig(name=model, **theirs), rewriting=rewriting)


@dataclass(frozen=True, kw_only=True)
class ByModel:
    """A paraphraser that asks a language model, which is made when the place for its replies is known."""

    name: str
    model: PluginConfig
    rewriting: Rewriting = Rewriting()

    def __post_init__(self) -> None:
        self.rewriting.moves()

    @property
    def operations(self) -> tuple[str, ...]:
        """What it does, each once."""
        return tuple(dict.fromkeys(move.operation for move in self.rewriting.moves()))

    def open(self, *, seed: int, store: Path, progress: Progress) -> "ModelWriter":
        """Make the model, and ask it for meta-prompts where that is wanted.

        Raises:
            BackendError: the model or its endpoint cannot be used.
        """
        model = open_model(self.model, store=store, progress=progress)
        return ModelWriter(model, name=self.name, rewriting=self.rewriting, seed=seed)


class ModelWriter:
    """Rewrites with one language model."""

    def __init__(self, model: LanguageModel, *, name: str, rewriting: Rewriting, seed: int) -> None:
        self._model = model
        self._name = name
        self._rewriting = rewriting
        self._seed = seed
        moves = rewriting.moves()
        self.meta_prompts = [JudgedMetaPrompt(prompt=prompt) for move in moves for prompt in move.prompts]
        if rewriting.bootstrap:
            rows = bootstrap(model, count=rewriting.bootstrap, known=meta_prompts(), seed=derive("bootstrap", seed))
            self.meta_prompts += rows
            moves += [Move(row.prompt.id, (row.prompt,)) for row in rows if row.verdict and row.verdict.keep]
        self._moves = {move.name: move for move in moves}
        self.moves = tuple(move.name for move in moves)
        """What may be asked, in the usual order."""

    def write(self, asks: Sequence[Ask]) -> Iterator[Written]:
        """What the model says to each ask; moves of two steps take the second when all have taken the first."""
        works = [_Work(ask, self._moves[ask.move], seed=self._seed) for ask in asks]
        first = zip(works, self._model.answer(self._requests(works, step=0)), strict=True)
        if all(len(work.move.prompts) == 1 for work in works):
            for work, answered in first:
                yield work.written(answered, paraphraser=self._name, model=self._model.name)
            return
        for work, answered in first:
            work.answers.append(answered)
        again = [work for work in works if work.goes_on()]
        for work, answered in zip(again, self._model.answer(self._requests(again, step=1)), strict=True):
            work.answers.append(answered)
        for work in works:
            yield work.written(work.answers[-1], paraphraser=self._name, model=self._model.name)

    def _requests(self, works: Sequence["_Work"], *, step: int) -> list[Request]:
        how = self._rewriting
        return [work.request(step, top_p=how.top_p, max_tokens=how.max_tokens) for work in works]


class _Work:
    """One ask on its way."""

    def __init__(self, ask: Ask, move: Move, *, seed: int) -> None:
        parent = ask.parent
        self.ask = ask
        self.move = move
        self.protected = protect(parent.text, seed=derive(seed, "protect", parent.task))
        self.temperature = _DEFAULT_TEMPERATURE if ask.temperature is None else ask.temperature
        names = (seed, "rewrite", parent.task, parent.text, move.name, self.temperature, ask.number)
        self.seed = derive(*names) % 2**31
        self.answers: list[Answered] = []
        self._text = self.protected.text

    def request(self, step: int, *, top_p: float, max_tokens: int) -> Request:
        """The call that step `step` makes."""
        text = self._text
        system = instruction(self.move.prompts[step], slots=bool(self.protected.names), lines="\n" in text)
        most = max(max_tokens, 2 * len(text) // 3)
        settings = {"temperature": self.temperature, "top_p": top_p, "max_tokens": most}
        return request(("system", system), ("user", text), seed=self.seed, number=self.ask.number, **settings)

    def goes_on(self) -> bool:
        """Whether there is a second step, and the first gave a text for it."""
        reply = self.answers[-1].reply
        found = wordings_in(reply.text[:MAX_CHARACTERS], asked=self._text) if reply else []
        if len(self.move.prompts) < 2 or not found:
            return False
        self._text = found[0]
        return True

    def written(self, answered: Answered, *, paraphraser: str, model: str) -> Written:
        """The proposals in an answer, each with its problem, if it has one; an answer without any has one that says so."""
        answers = self.answers or [answered]
        replies = [one.reply for one in answers if one.reply]
        lineage = Lineage(
            parent=self.ask.parent.id,
            operation=self.move.operation,
            paraphraser=paraphraser,
            meta_prompt="+".join(prompt.name for prompt in self.move.prompts),
            model=(answered.reply.model if answered.reply else "") or model,
            temperature=self.temperature,
            seed=self.seed,
            round=self.ask.round,
        )
        proposals = [
            Proposal(text=text, lineage=lineage, problem=problem, language=self.move.language)
            for text, problem in _texts(answered, protected=self.protected, asked=self._text)
        ]
        return Written(
            ask=self.ask,
            proposals=tuple(proposals),
            calls=len(answers),
            prompt_tokens=sum(reply.prompt_tokens for reply in replies),
            completion_tokens=sum(reply.completion_tokens for reply in replies),
        )


def _texts(answered: Answered, *, protected: Protected, asked: str) -> Iterator[tuple[str, str]]:
    """Each wording of an answer with its slots back, and what is wrong with it."""
    reply = answered.reply
    if reply is None:
        yield "", f"no reply ({answered.failure})"
        return
    if len(reply.text) > MAX_CHARACTERS:
        yield reply.text, "reply without end"
        return
    if reply.finish == "length":
        yield reveal(reply.text, protected=protected), "reply cut off"
        return
    found = wordings_in(reply.text, asked=asked)
    if not found:
        yield "", "empty reply"
    for text in found:
        try:
            yield restore(text, protected=protected), ""
        except DataError as error:
            yield reveal(text, protected=protected), f"slots not kept ({str(error).rpartition('once: ')[2][:160]})"
