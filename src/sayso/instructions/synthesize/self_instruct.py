"""Self-Instruct (Wang et al. 2023): a list of instructions is continued, what is new and sound joins the pool, and each gets instances.

Checked in yizhongw/self-instruct: eight are shown, two of them from what was made; temperature 0.7 and top_p 0.5; the list goes to number 16; a reply that was cut off is dropped whole; six
rules about instructions, among them ROUGE-L <= 0.7 with seeds and all that was accepted; then kind, instances and five rules about these (`_instances`); several layouts of instruction and
input, which here are the item's `wordings`. The presence penalties of 2 and 1.5 and the stops of its completions are options of an endpoint: `extra: {presence_penalty: 2}`. Left
out: the separate request for classification tasks alone. Ours: of what was made only instructions with an instance that was kept are shown, so that every parent is an item.

With pictures (ours): every request is about one picture among the seeds, `shown` to a model that sees, or `described` in the words of its annotations to one that does not; the eight that are shown are
instructions about others. What is accepted is answered for that picture, without a kind or an input, and the item has the picture. The blacklist, which forbids words such as "picture", has another list for what comes
with pictures, an empty one unless the rule's option `with_media` fills it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._instances import Instance, Instances, instances
from sayso.instructions.synthesize._items import Seed, make_item, seeds_of, written_of
from sayso.instructions.synthesize._parsing import one_a_line
from sayso.instructions.synthesize._pictures import in_words, pictured
from sayso.instructions.synthesize._pool import OF_INSTRUCTIONS, Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import RULE_SETS, Written
from sayso.lm import LanguageModel, Request
from sayso.records import AnnotatedItem
from sayso.seeds import Permutation, Stream, derive

__all__ = ["SelfInstruct"]

METHOD = "self_instruct"
NOT_TOLD = "cannot be told"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An instruction that the rules let through: what was shown beside it, and the picture that it is about."""

    text: str
    parents: tuple[AnnotatedItem, ...]
    picture: AnnotatedItem | None
    round: int


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class SelfInstruct:
    """The synthesizer; the fields are the options of a recipe. So many rounds in a row without anything new are the end."""

    num_shown: int = 8
    num_shown_made: int = 2
    last_number: int = 16
    requests_per_round: int = 5
    temperature: float = 0.7
    top_p: float = 0.5
    max_tokens: int = 1024
    extra: dict[str, Any] = field(default_factory=dict)
    classification: bool = True
    max_instances: int = 5
    max_instance_tokens: int = 350
    layouts: bool = True
    pictures: Literal["none", "shown", "described"] = "none"
    patience: int = 3
    rules: tuple[PluginConfig, ...] = RULE_SETS["self_instruct"]

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Instances in the order of their instructions, and these in the order of the requests and their replies."""
        model = needed(synthesis.model, method=METHOD)
        seeds = seeds_of(items, method=METHOD, pictures=self.pictures != "none")
        pictures = self._pictures(items)
        given = [seed.written for seed in seeds]
        pool = Pool(METHOD, synthesis=synthesis, given=given, early=OF_INSTRUCTIONS)
        accepted: list[Seed] = []
        for number in pool.rounds(patience=self.patience):
            waiting: list[Accepted] = []
            asked = [
                self._asked(seeds, accepted, pictures, (synthesis.seed, number * self.requests_per_round + place))
                for place in range(self.requests_per_round)
            ]
            for (_, shown, picture), said in zip(asked, ask(model, [request for request, *_ in asked]), strict=True):
                yield from self._instructions(said, shown, picture, pool=pool, round=number, waiting=waiting)
            yield from self._complete(waiting, pool=pool, model=model)
            accepted = _first_of_each(pool)

    def _pictures(self, items: Sequence[AnnotatedItem]) -> list[AnnotatedItem]:
        if self.pictures == "none":
            return []
        found = [item for item in items if (pictured(item) if self.pictures == "described" else item.media)]
        if not found:
            what = "annotations such as captions or objects" if self.pictures == "described" else "pictures"
            raise ConfigError(
                f"synthesizer {METHOD!r} with pictures: {self.pictures} needs items with {what}; name a source of such"
            )
        return found

    def _asked(
        self,
        seeds: Sequence[Seed],
        accepted: Sequence[Seed],
        pictures: Sequence[AnnotatedItem],
        place: tuple[int, int],
    ) -> tuple[Request, list[Seed], AnnotatedItem | None]:
        """The request at a place, what is shown in it, and its picture."""
        seed, number = place
        chance = Stream(METHOD, *place)
        made = chance.sample(accepted, min(self.num_shown_made, len(accepted)))
        shown = [*made, *chance.sample(seeds, min(self.num_shown - len(made), len(seeds)))]
        chance.shuffle(shown)
        picture = pictures[_turn(number, len(pictures), seed)] if pictures else None
        text = self._told(
            "instructions", picture, first=str(len(shown) + 1), last=str(self.last_number), shown=_listed(shown)
        )
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return (
            say(text, how=how, seed=derive(METHOD, *place), number=number, media=self._media(picture)),
            shown,
            picture,
        )

    def _instructions(
        self,
        said: Said,
        shown: Sequence[Seed],
        picture: AnnotatedItem | None,
        *,
        pool: Pool,
        round: int,
        waiting: list[Accepted],
    ) -> Iterator[Made]:
        """Those that are refused; the others wait for their instances."""
        parents = (*((picture,) if picture else ()), *(seed.item for seed in shown))
        names = tuple(parent.id for parent in parents)
        found = one_a_line(said.text)
        problem = said.problem or ("reply cut off" if said.cut else "" if found else "no numbered list in the reply")
        if problem:
            yield pool.unread(said, problem, operation="instruction", round=round, parents=names)
            return
        for _, text in found:
            instruction = " ".join(text.split())
            verdict = pool.judge_early(Written(instruction=instruction, num_media=len(picture.media) if picture else 0))
            if verdict.keep:
                waiting.append(Accepted(text=instruction, parents=parents, picture=picture, round=round))
            else:
                yield pool.take(
                    Draft(
                        operation="instruction",
                        problem=verdict.reason,
                        reply=instruction,
                        model=said.model,
                        round=round,
                        parents=names,
                    )
                )

    def _complete(self, waiting: Sequence[Accepted], *, pool: Pool, model: LanguageModel) -> Iterator[Made]:
        """Instances for as many instructions at a time as there is room, so that none is paid for that nobody wants."""
        done = 0
        for some in pool.portions(waiting):
            done += len(some)
            for one, found in zip(some, self._answers(some, model=model), strict=True):
                yield from self._take(one, found, pool=pool)
        for one in waiting[done:]:
            yield pool.take(_draft(one, Instance(problem="enough (others came first)", said=one.text), item=None))

    def _answers(self, some: Sequence[Accepted], *, model: LanguageModel) -> Iterator[list[Instance]]:
        if self.pictures == "none":
            how = Instances(
                most=self.max_instances,
                classification=self.classification,
                about_kind=Sampling(max_tokens=8, extra=self.extra),
                about_instances=Sampling(max_tokens=self.max_instance_tokens, extra=self.extra),
            )
            yield from instances([one.text for one in some], model=model, how=how)
            return
        how_answered = Sampling(max_tokens=self.max_instance_tokens, extra=self.extra)
        asked = [
            say(
                self._told("answer", one.picture, instruction=one.text),
                how=how_answered,
                media=self._media(one.picture),
            )
            for one in some
        ]
        for one, said in zip(some, ask(model, asked), strict=True):
            yield [_answer(one, said)]

    def _take(self, one: Accepted, found: Sequence[Instance], *, pool: Pool) -> Iterator[Made]:
        pool.announce([instance.written for instance in found if instance.written])
        kept = 0
        for instance in found:
            item = self._item(one, instance.written) if instance.written else None
            if item is not None and kept >= self.max_instances:
                item, instance = (
                    None,
                    Instance(
                        problem=f"enough of this task ({kept})",
                        said=instance.written.output if instance.written else "",
                    ),
                )
            made = pool.take(_draft(one, instance, item=item))
            kept += made.verdict.keep
            yield made

    def _item(self, one: Accepted, written: Written) -> AnnotatedItem:
        if one.picture is not None:
            return make_item(written, method=METHOD, parents=one.parents, media=one.picture.media)
        wordings = list(_laid_out(written)) if self.layouts else []
        return make_item(written, method=METHOD, parents=one.parents, wordings=wordings)

    def _told(self, name: str, picture: AnnotatedItem | None, **values: str) -> str:
        if self.pictures == "described" and picture is not None:
            return prompts(METHOD).fill(f"{name}_described", picture=in_words(picture), **values)
        return prompts(METHOD).fill(f"{name}_picture" if picture is not None else name, **values)

    def _media(self, picture: AnnotatedItem | None) -> Sequence[Any]:
        return picture.media if picture is not None and self.pictures == "shown" else ()


def _turn(number: int, size: int, seed: int) -> int:
    """Every picture once before any comes again."""
    return Permutation(size, METHOD, seed, number // size)[number % size]


def _listed(shown: Sequence[Seed]) -> str:
    texts = (" ".join(one.written.instruction.split()) for one in shown)
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))


def _first_of_each(pool: Pool) -> list[Seed]:
    """What was made, an instruction once."""
    found: dict[str, Seed] = {}
    for made in pool.kept:
        written = written_of(made.item) if made.item else None
        if made.item and written:
            found.setdefault(written.instruction, Seed(made.item, written))
    return list(found.values())


def _draft(one: Accepted, instance: Instance, *, item: AnnotatedItem | None) -> Draft:
    kind = {} if instance.is_classification is None else {"classification": instance.is_classification}
    return Draft(
        operation="instance",
        item=item,
        problem=instance.problem,
        parents=tuple(parent.id for parent in one.parents),
        reply=instance.said,
        model=instance.model,
        round=one.round,
        details={"instruction": one.text, **kind} if item is None else kind,
    )


def _answer(one: Accepted, said: Said) -> Instance:
    text = said.text.strip()
    told = "cannot be told from the picture" if text.lower().rstrip(".").endswith(NOT_TOLD) else ""
    problem = said.problem or ("reply cut off" if said.cut else told)
    if problem:
        return Instance(problem=problem, said=text, model=said.model)
    media = one.picture.media if one.picture else ()
    return Instance(written=Written(instruction=one.text, output=text, num_media=len(media)), model=said.model)


def _laid_out(written: Written) -> Iterator[str]:
    """Instruction and input in other layouts than the first."""
    texts = prompts(METHOD)
    values = {"instruction": written.instruction, **({"input": written.input} if written.input else {})}
    for name in texts.among("with_input_" if written.input else "without_input_"):
        text = texts.fill(name, **values)
        if text != "\n".join([written.instruction, *([written.input] if written.input else [])]):
            yield text
