"""CodecLM: instructions are read down to what they are for and what they take, written anew from that, made harder, and kept where a strong model and the one to be tuned answer differently well.

From the paper (Wang et al. 2024, arXiv 2404.05875, sections 4 and 5): (1) of each seed a use case and the skills that its answer takes; (2) basic instructions from these, without examples, equally many of each; (3) four rubrics of what
makes such an instruction hard, with an action each, and one action, drawn at random, is applied a round; (4) the strong model and the target answer, the strong one judges on a scale of 10, the mean over both orders, and where
the two are more than 3 apart the better answer is kept, be it the target's; what is not after four rounds is dropped.

Ours: the wording of all requests and the form of replies. `model` is the strong one, `others: {target: ...}` the one to be tuned, `others: {judge: ...}` may judge in place of the strong one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import Field

from sayso.config import PluginConfig
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import Seed, make_item, seeds_of
from sayso.instructions.synthesize._parsing import Unread, blocks, numbered, sections
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.lm import LanguageModel, Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive

__all__ = ["CodecLM"]

METHOD = "codeclm"
LEAST, MOST = 1.0, 10.0
_SCORE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*/\s*10)?\.?")


@dataclass(frozen=True, kw_only=True)
class Code:
    """What a seed comes down to, and the actions that make an instruction of its kind harder."""

    seed: Seed
    use_case: str
    skills: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An instruction on its way, with the gaps of the rounds behind it."""

    code: Code
    number: int
    instruction: str
    gaps: tuple[float, ...] = ()
    action: str = ""


@dataclass(frozen=True, kw_only=True)
class Models:
    """Who writes, who is to be tuned, who judges."""

    strong: LanguageModel
    target: LanguageModel
    judge: LanguageModel


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class CodecLM:
    """The synthesizer; the fields are the options of a recipe. A gap has to be above `min_gap`."""

    num_basic: Annotated[int, Field(ge=1)] = 2
    num_rubrics: Annotated[int, Field(ge=1)] = 4
    max_rounds: Annotated[int, Field(ge=1)] = 4
    min_gap: float = 3.0
    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 1024
    extra: dict[str, Any] = field(default_factory=dict)
    rules: tuple[PluginConfig, ...] = (
        PluginConfig(name="empty_output"),
        PluginConfig(name="refusal"),
        PluginConfig(name="duplicate"),
    )

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Seed by seed; what was accepted in an early round comes before what took longer."""
        strong = needed(synthesis.model, method=METHOD)
        target = needed(synthesis.others.get("target"), method=METHOD, what="others.target")
        models = Models(strong=strong, target=target, judge=synthesis.others.get("judge", strong))
        seeds = seeds_of(items, method=METHOD)
        pool = Pool(METHOD, synthesis=synthesis, given=[seed.written for seed in seeds])
        for some in pool.portions(seeds):
            candidates: list[Candidate] = []
            for found in self._candidates(some, strong, seed=synthesis.seed):
                if isinstance(found, Draft):
                    yield pool.take(found)
                else:
                    candidates.append(found)
            done = 0
            for part in pool.portions(candidates):
                done += len(part)
                for draft in self._contrast(part, models, seed=synthesis.seed):
                    yield pool.take(draft)
            for one in candidates[done:]:
                yield pool.take(_draft(one, Said(one.instruction), problem="enough (others came first)", round=0))

    def _candidates(self, seeds: Sequence[Seed], strong: LanguageModel, *, seed: int) -> Iterator[Candidate | Draft]:
        """Basic instructions of codes that have their rubrics."""
        encoded: list[Code] = []
        asked = [self._say("encode", task=_task(one), chance=(seed, one.id)) for one in seeds]
        for one, said in zip(seeds, ask(strong, asked), strict=True):
            code = _code(one, said)
            if isinstance(code, Unread):
                yield _unread(said, code, "encode", one)
            else:
                encoded.append(code)
        coded: list[Code] = []
        asked = [self._of(code, "rubrics", str(self.num_rubrics), seed) for code in encoded]
        for code, said in zip(encoded, ask(strong, asked), strict=True):
            actions = _actions(said, self.num_rubrics)
            if isinstance(actions, Unread):
                yield _unread(said, actions, "rubrics", code.seed)
            else:
                coded.append(replace(code, actions=actions))
        asked = [self._of(code, "decode", str(self.num_basic), seed) for code in coded]
        for code, said in zip(coded, ask(strong, asked), strict=True):
            basic = [] if said.fault else [text for _, text in numbered(said.text)][: self.num_basic]
            if not basic:
                yield _unread(said, Unread(said.fault or "no numbered instruction in the reply"), "decode", code.seed)
            yield from (Candidate(code=code, number=number, instruction=text) for number, text in enumerate(basic))

    def _contrast(self, candidates: Sequence[Candidate], models: Models, *, seed: int) -> Iterator[Draft]:
        """Rounds of making harder and comparing, until the gap is wide or there were enough."""
        left = list(candidates)
        for round in range(self.max_rounds):
            harder: list[Candidate] = []
            drawn = [_drawn(one, seed, round) for one in left]
            asked = [self._improving(one, round, seed) for one in drawn]
            for one, said in zip(drawn, ask(models.strong, asked), strict=True):
                if said.fault:
                    yield _draft(one, said, problem=said.fault, round=round)
                else:
                    harder.append(replace(one, instruction=said.text.strip()))
            left = []
            for one, found in self._compared(harder, models, round=round):
                if isinstance(found, Draft):
                    yield found
                else:
                    left.append(one)
        for one in left:
            yield _draft(
                one,
                Said(one.instruction),
                problem=f"gap (not above {self.min_gap:g} in {self.max_rounds} rounds)",
                round=self.max_rounds - 1,
            )

    def _compared(
        self, candidates: Sequence[Candidate], models: Models, *, round: int
    ) -> Iterator[tuple[Candidate, Draft | None]]:
        how = Sampling(max_tokens=self.max_tokens, extra=self.extra)
        asked = [say(one.instruction, how=how) for one in candidates]
        pairs = list(zip(ask(models.strong, asked), ask(models.target, asked), strict=True))
        good = [not (strong.fault or target.fault) for strong, target in pairs]
        judged = iter(
            self._gaps(
                [one for one, fine in zip(candidates, good, strict=True) if fine],
                [pair for pair, fine in zip(pairs, good, strict=True) if fine],
                models.judge,
            )
        )
        for one, (strong, target), fine in zip(candidates, pairs, good, strict=True):
            if not fine:
                who, said = ("strong model", strong) if strong.fault else ("target", target)
                yield one, _draft(one, said, problem=f"no answer of the {who} ({said.fault})", round=round)
                continue
            gap = next(judged)
            if isinstance(gap, Unread):
                yield one, _draft(one, strong, problem=f"not judged ({gap.reason})", round=round)
                continue
            one = replace(one, gaps=(*one.gaps, gap))
            wide = abs(gap) > self.min_gap
            better, who = (strong, "strong") if gap > 0 else (target, "target")
            yield one, _draft(one, better, round=round, winner=who) if wide else None

    def _gaps(
        self, candidates: Sequence[Candidate], pairs: Sequence[tuple[Said, Said]], judge: LanguageModel
    ) -> Iterator[float | Unread]:
        """By how much the strong model's answer is better, the mean over both orders, to a millionth of a point."""
        how = Sampling(max_tokens=64, extra=self.extra)
        asked = [
            say(
                prompts(METHOD).fill("judge", instruction=one.instruction, first=first.text, second=second.text),
                how=how,
            )
            for one, (strong, target) in zip(candidates, pairs, strict=True)
            for first, second in ((strong, target), (target, strong))
        ]
        replies = ask(judge, asked)
        for _ in candidates:
            one, other = _scores(next(replies)), _scores(next(replies))
            if isinstance(one, Unread):
                yield one
            elif isinstance(other, Unread):
                yield other
            else:
                yield round((one[0] + other[1]) / 2 - (one[1] + other[0]) / 2, 6)

    def _of(self, code: Code, name: str, count: str, seed: int) -> Request:
        return self._say(name, count=count, use_case=code.use_case, skills=code.skills, chance=(seed, code.seed.id))

    def _improving(self, one: Candidate, round: int, seed: int) -> Request:
        chance = (seed, one.code.seed.id, one.number, round)
        return self._say("improve", action=one.action, task=one.instruction, use_case=one.code.use_case, chance=chance)

    def _say(self, name: str, *, chance: tuple[object, ...], **values: str) -> Request:
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return say(prompts(METHOD).fill(name, **values), how=how, seed=derive(METHOD, name, *chance))


def _task(seed: Seed) -> str:
    return "\n".join(text for text in (seed.written.instruction, seed.written.input) if text)


def _drawn(one: Candidate, seed: int, round: int) -> Candidate:
    """With the action of this round."""
    return replace(one, action=Stream(METHOD, seed, one.code.seed.id, one.number, round).choice(one.code.actions))


def _code(seed: Seed, said: Said) -> Code | Unread:
    found = Unread(said.fault) if said.fault else sections(said.text, ("Use case", "Skills"))
    if isinstance(found, Unread):
        return found
    if empty := next((label for label, text in found.items() if not text), ""):
        return Unread(f"nothing after {empty!r}")
    return Code(seed=seed, use_case=found["Use case"], skills=found["Skills"])


def _actions(said: Said, count: int) -> tuple[str, ...] | Unread:
    found = [] if said.fault else [sections(text, ("Rubric", "Action")) for _, text in blocks(said.text)]
    actions = [one["Action"] for one in found if not isinstance(one, Unread) and one["Action"]]
    if said.fault or len(actions) < count:
        return Unread(said.fault or f"{len(actions)} rubrics with actions, not {count}")
    return tuple(actions[:count])


def _scores(said: Said) -> tuple[float, float] | Unread:
    found = Unread(said.fault) if said.fault else sections(said.text, ("First", "Second"))
    if isinstance(found, Unread):
        return found
    read = [_SCORE.fullmatch(found[label].strip("* \n")) for label in ("First", "Second")]
    values = [float(one[1]) for one in read if one is not None]
    if len(values) < 2 or not all(LEAST <= value <= MOST for value in values):
        return Unread("not two scores from 1 to 10")
    return values[0], values[1]


def _unread(said: Said, found: Unread, operation: str, seed: Seed) -> Draft:
    return Draft(operation=operation, problem=found.reason, parents=(seed.id,), reply=said.text, model=said.model)


def _draft(one: Candidate, said: Said, *, round: int, problem: str = "", winner: str = "") -> Draft:
    written = Written(instruction=one.instruction, output=said.text.strip())
    details = {"use_case": one.code.use_case, "skills": one.code.skills, "action": one.action, "gaps": list(one.gaps)}
    return Draft(
        operation="contrast",
        item=None if problem else make_item(written, method=METHOD, parents=[one.code.seed.item]),
        problem=problem,
        parents=(one.code.seed.id,),
        reply=said.text if problem else "",
        model=said.model,
        round=round,
        details={**details, **({"winner": winner} if winner else {})},
    )
