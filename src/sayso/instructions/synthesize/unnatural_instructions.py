"""Unnatural Instructions (Honovich et al. 2023): three examples are shown and a fourth is written; its output and other wordings follow.

The shape of the released rows is checked; how they were made is from memory: (1) three of the seeds with instruction, input and constraints, an empty place for the fourth, nucleus sampling with
p = 0.99; (2) discarded is what lacks a part, equals an example, or repeats instruction and input; (3) the output from fixed examples, the likeliest; (4) up to two reformulations from two fixed sets of examples, in
which `{INPUT}` stands for the input; discarded is one without it, or one that says the same. Ours: it has to stand once, since the input would be said twice, and a reformulation costs nothing where the
output was refused, or where there is no input to put in its place. All examples that are shown, and what is asked for, are in our own words.

Kept reformulations are the item's wordings, so that training draws one of them each time; `sayso.sources.unnatural_instructions.released_row` writes an item in the released shape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sayso.config import PluginConfig
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import Seed, make_item, seeds_of
from sayso.instructions.synthesize._parsing import Unread, sections
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.lm import LanguageModel, Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive
from sayso.sources.unnatural_instructions import CONSTRAINTS, HOLE, SHOWN, fill_input, with_constraints

__all__ = ["UnnaturalInstructions"]

METHOD = "unnatural_instructions"
PARTS = ("Instruction", "Input", "Constraints")
NONE = "None"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a task is made of; `parents` are the seeds that were shown."""

    instruction: str
    input: str
    constraints: str
    parents: tuple[AnnotatedItem, ...] = ()
    round: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What may not come twice."""
        return " ".join(self.instruction.lower().split()), " ".join(self.input.lower().split())

    @property
    def told(self) -> dict[str, str]:
        """Its parts for a prompt."""
        return {"instruction": self.instruction, "input": self.input or NONE, "constraints": self.constraints or NONE}


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class UnnaturalInstructions:
    """The synthesizer; the fields are the options of a recipe. So many rounds in a row without anything new are the end."""

    num_shown: int = 3
    requests_per_round: int = 16
    temperature: float = 1.0
    top_p: float = 0.99
    max_tokens: int = 512
    reformulations: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
    patience: int = 3
    rules: tuple[PluginConfig, ...] = (PluginConfig(name="empty_output"), PluginConfig(name="input_is_output"))

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Tasks in the order of the requests; the reformulations that were refused stand before the item that they are of."""
        model = needed(synthesis.model, method=METHOD)
        seeds = seeds_of(items, method=METHOD)
        pool = Pool(METHOD, synthesis=synthesis, given=[seed.written for seed in seeds])
        known = {_as_task(seed).key for seed in seeds}
        for round in pool.rounds(patience=self.patience):
            numbers = [round * self.requests_per_round + place for place in range(self.requests_per_round)]
            shown = [
                Stream(METHOD, synthesis.seed, number).sample(seeds, min(self.num_shown, len(seeds)))
                for number in numbers
            ]
            requests = [
                self._request(some, synthesis.seed, number) for some, number in zip(shown, numbers, strict=True)
            ]
            waiting: list[Task] = []
            for some, said in zip(shown, ask(model, requests), strict=True):
                task = _read(said, [seed.item for seed in some], round=round)
                problem = (
                    task.reason
                    if isinstance(task, Unread)
                    else "the same was asked before"
                    if task.key in known
                    else ""
                )
                if isinstance(task, Unread) or problem:
                    yield pool.unread(
                        said, problem, operation="write", round=round, parents=tuple(seed.id for seed in some)
                    )
                else:
                    known.add(task.key)
                    waiting.append(task)
            done = 0
            for portion in pool.portions(waiting):
                done += len(portion)
                yield from self._complete(portion, pool=pool, model=model)
            for task in waiting[done:]:
                yield pool.take(_draft(task, Said(task.instruction, "enough (others came first)"), ()))

    def _request(self, shown: Sequence[Seed], seed: int, number: int) -> Request:
        texts = prompts(METHOD)
        listed = "\n\n".join(
            texts.fill("shown", number=str(place), **_as_task(one).told) for place, one in enumerate(shown, start=1)
        )
        text = texts.fill("task", shown=listed, num_shown=str(len(shown)), number=str(len(shown) + 1))
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return say(text, how=how, seed=derive(METHOD, seed, number), number=number)

    def _complete(self, tasks: Sequence[Task], *, pool: Pool, model: LanguageModel) -> Iterator[Made]:
        how = Sampling(max_tokens=self.max_tokens, extra=self.extra)
        asked = [say(prompts(METHOD).fill("output", **task.told), how=how) for task in tasks]
        answers = list(ask(model, asked))
        good = [task for task, said in zip(tasks, answers, strict=True) if task.input and not _fault(said)]
        reworded = dict(zip((task.key for task in good), self._reworded(good, model), strict=True))
        for task, said in zip(tasks, answers, strict=True):
            wordings = []
            for text, problem in reworded.get(task.key, ()):
                if problem:
                    names = tuple(one.id for one in task.parents)
                    draft = Draft(
                        operation="reformulation", problem=problem, reply=text, parents=names, round=task.round
                    )
                    yield pool.take(draft)
                else:
                    wordings.append(text)
            yield pool.take(_draft(task, said, list(dict.fromkeys(wordings))))

    def _reworded(self, tasks: Sequence[Task], model: LanguageModel) -> Iterator[list[tuple[str, str]]]:
        """Both reformulations of each task, with what is wrong with them."""
        names = prompts(METHOD).among("reword_") if self.reformulations else ()
        how = Sampling(max_tokens=self.max_tokens, extra=self.extra)
        asked = [
            say(prompts(METHOD).fill(name, instruction=task.instruction, input=task.input or NONE), how=how)
            for task in tasks
            for name in names
        ]
        replies = ask(model, asked)
        for task in tasks:
            yield [
                (said.text.strip(), _fault(said) or _unfit(said.text.strip(), task))
                for _ in names
                for said in [next(replies)]
            ]


def _as_task(seed: Seed) -> Task:
    """A seed's parts; what constrains its output may be a label of its own."""
    constraints = seed.item.labels.get(CONSTRAINTS, "")
    given = (
        seed.written.input.removesuffix(with_constraints("", constraints)).rstrip("\n")
        if constraints
        else seed.written.input
    )
    return Task(instruction=seed.written.instruction, input=given, constraints=constraints)


def _read(said: Said, parents: Sequence[AnnotatedItem], *, round: int) -> Task | Unread:
    if fault := _fault(said):
        return Unread(fault)
    found = sections(said.text, PARTS)
    if isinstance(found, Unread):
        return found
    if missing := next((name for name in PARTS if not found[name]), ""):
        return Unread(f"nothing after {missing!r} in the reply")
    given, constraints = ("" if found[name].strip(" .").lower() == "none" else found[name] for name in PARTS[1:])
    return Task(instruction=found[PARTS[0]], input=given, constraints=constraints, parents=tuple(parents), round=round)


def _fault(said: Said) -> str:
    return said.problem or ("reply cut off" if said.cut else "")


def _unfit(text: str, task: Task) -> str:
    """Why a reformulation is none."""
    if text.count(HOLE) != 1:
        return f"no {HOLE} in the reformulation" if HOLE not in text else f"{HOLE} more than once in the reformulation"
    same = " ".join(text.replace(HOLE, "").lower().split()) == " ".join(task.instruction.lower().split())
    return "the reformulation says the same" if same else ""


def _draft(task: Task, said: Said, wordings: Sequence[str]) -> Draft:
    given = with_constraints(task.input, task.constraints)
    filled = [fill_input(one, given=task.input, constraints=task.constraints) for one in wordings]
    written = Written(instruction=task.instruction, input=given, output=said.text.strip())
    labels = {CONSTRAINTS: task.constraints} if task.constraints else {}
    labels |= {SHOWN: msgspec.json.encode(list(wordings)).decode()} if wordings else {}
    item = make_item(written, method=METHOD, parents=task.parents, wordings=filled)
    return Draft(
        operation="write",
        item=msgspec.structs.replace(item, labels=labels),
        written=written if written.output else None,
        problem=_fault(said),
        parents=tuple(one.id for one in task.parents),
        reply=said.text if _fault(said) else "",
        model=said.model,
        round=task.round,
    )
