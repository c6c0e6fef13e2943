"""Evol-Instruct: an instruction is made broader, or harder in one of four ways, drawn at random, and answered.

Checked in EasyInstruct's code: one of five operations with equal chance - another, rarer one of the same field; one more condition; deeper; more special; more steps of reasoning -, temperature 1, top_p 0.95,
2048 tokens, and refused is what leaks the prompt's own marks. As we remember WizardLM (Xu et al. 2023): refused is also what a model judges equal to its parent (`compare`, off unless it is wanted, since the
rule `same_as_parent` finds copies without a call), an answer that says sorry in fewer than 80 words, and one of nothing but little words. Several rounds (`num_rounds`): what was kept in one is evolved
in the next. The wording of the five requests is our own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import Seed, make_item, seeds_of, written_of
from sayso.instructions.synthesize._parsing import Unread, yes_or_no
from sayso.instructions.synthesize._pictures import Seeing, beside, media_of
from sayso.instructions.synthesize._pool import OF_INSTRUCTIONS, Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import RULE_SETS, Written
from sayso.instructions.synthesize.rules.leaked_markers import EVOLVED, MARKERS
from sayso.lm import LanguageModel, Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive

__all__ = ["EvolInstruct", "OPERATIONS"]

METHOD = "evol_instruct"
OPERATIONS = ("breadth", "constrain", "deepen", "concretise", "reason")
"""The first makes it broader, the others harder."""
MARKS = ("----- given task", "----- end of the given task", "given task -----", "new task -----")
OWN = ("given task", "new task:")
"""What a model says of its task where it should say the task alone."""


@dataclass(frozen=True, kw_only=True)
class Evolved:
    """A new instruction on its way to its answer."""

    instruction: str
    operation: str
    seed: Seed
    round: int

    @property
    def written(self) -> Written:
        """As far as it is."""
        return Written(instruction=self.instruction, parent=asked(self.seed), num_media=self.seed.written.num_media)


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class EvolInstruct:
    """The synthesizer; the fields are the options of a recipe. `num_children` is how often each instruction is evolved in a round."""

    num_rounds: int = 1
    num_children: int = 1
    operations: tuple[str, ...] = OPERATIONS
    temperature: float = 1.0
    top_p: float = 0.95
    max_tokens: int = 2048
    extra: dict[str, Any] = field(default_factory=dict)
    compare: bool = False
    pictures: Seeing = "none"
    rules: tuple[PluginConfig, ...] = (
        PluginConfig.model_validate(
            {"name": "leaked_markers", "markers": [*MARKERS, *MARKS], "evolved": [*EVOLVED, *OWN]}
        ),
        *(rule for rule in RULE_SETS[METHOD] if rule.name != "leaked_markers"),
    )

    def __post_init__(self) -> None:
        if unknown := [name for name in self.operations if name not in OPERATIONS]:
            raise ConfigError(f"operations: {unknown[0]!r} is none of {', '.join(OPERATIONS)}")

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Children in the order of their parents, round by round."""
        model = needed(synthesis.model, method=METHOD)
        parents = seeds_of(items, method=METHOD, pictures=self.pictures != "none")
        pool = Pool(
            METHOD,
            synthesis=synthesis,
            given=[seed.written for seed in parents],
            early=OF_INSTRUCTIONS | {"leaked_markers"},
        )
        for round in pool.rounds(patience=1, most=self.num_rounds):
            before, done = len(pool.kept), 0
            for some in pool.portions([seed for seed in parents for _ in range(self.num_children)]):
                yield from self._evolve(some, pool=pool, model=model, place=(synthesis.seed, round, done))
                done += len(some)
            parents = [
                Seed(made.item, written)
                for made in pool.kept[before:]
                if made.item and (written := written_of(made.item))
            ]

    def _evolve(
        self, seeds: Sequence[Seed], *, pool: Pool, model: LanguageModel, place: tuple[int, int, int]
    ) -> Iterator[Made]:
        waiting: list[Evolved] = []
        drawn = [Stream(METHOD, *place, number).choice(self.operations) for number in range(len(seeds))]
        requests = [
            self._request(seed, name, derive(METHOD, *place, number))
            for number, (seed, name) in enumerate(zip(seeds, drawn, strict=True))
        ]
        for seed, operation, said in zip(seeds, drawn, ask(model, requests), strict=True):
            problem = said.problem or ("reply cut off" if said.cut else "")
            one = Evolved(instruction=said.text.strip(), operation=operation, seed=seed, round=place[1])
            verdict = None if problem else pool.judge_early(one.written)
            if verdict is not None and verdict.keep:
                waiting.append(one)
            else:
                yield pool.take(_draft(one, said, problem=problem or (verdict.reason if verdict else "")))
        others = []
        for one, problem, said in self._compared(waiting, model):
            if problem:
                yield pool.take(_draft(one, said, problem=problem))
            else:
                others.append(one)
        answers = ask(
            model,
            [
                self._say(one.instruction, one.seed, Sampling(max_tokens=self.max_tokens, extra=self.extra))
                for one in others
            ],
        )
        for one, said in zip(others, answers, strict=True):
            yield pool.take(
                _draft(one, said, problem=said.problem or ("reply cut off" if said.cut else ""), answered=True)
            )

    def _request(self, seed: Seed, operation: str, chance: int) -> Request:
        texts = prompts(METHOD)
        text = texts.fill("frame", operation=texts.fill(operation), task=asked(seed))
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return self._say(text, seed, how, chance=chance)

    def _say(self, text: str, seed: Seed, how: Sampling, *, chance: int = 0) -> Request:
        return say(
            beside(text, seed.item, self.pictures), how=how, seed=chance, media=media_of(seed.item, self.pictures)
        )

    def _compared(self, waiting: Sequence[Evolved], model: LanguageModel) -> Iterator[tuple[Evolved, str, Said]]:
        """Each with what is wrong with it: it asks what its parent asks, or nobody says whether it does."""
        if not self.compare:
            yield from ((one, "", Said("")) for one in waiting)
            return
        requests = [
            say(
                prompts(METHOD).fill("same", first=asked(one.seed), second=one.instruction),
                how=Sampling(max_tokens=8, extra=self.extra),
            )
            for one in waiting
        ]
        for one, said in zip(waiting, ask(model, requests), strict=True):
            same = yes_or_no(said.text)
            yield (
                one,
                "not told whether it is the same"
                if isinstance(same, Unread)
                else "the same as its parent"
                if same
                else "",
                said,
            )


def asked(seed: Seed) -> str:
    """Instruction and input as one text."""
    return "\n".join(text for text in (seed.written.instruction, seed.written.input) if text)


def _draft(one: Evolved, said: Said, *, problem: str, answered: bool = False) -> Draft:
    item, written = None, None
    if answered and not problem:
        media = one.seed.item.media
        made = Written(
            instruction=one.instruction, output=said.text.strip(), parent=asked(one.seed), num_media=len(media)
        )
        item, written = make_item(made, method=METHOD, parents=[one.seed.item], media=media), made
    return Draft(
        operation=one.operation,
        item=item,
        written=written,
        problem=problem,
        parents=(one.seed.id,),
        reply=said.text if problem else "",
        model=said.model,
        round=one.round,
        details={"instruction": one.instruction} if problem and answered else {},
    )
