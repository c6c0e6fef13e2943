"""Alpaca's form of Self-Instruct: three tasks are shown, and one reply writes all further ones up to number 20, each with input and output.

Checked in the authors' code (Taori et al. 2023, tatsu-lab/stanford_alpaca): the numbers, temperature 1 and top_p 1, 3072 tokens, five requests at a time, the same rules about words as
Self-Instruct and ROUGE-L <= 0.7 with everything before; the last task of a reply that was cut off is dropped; seeds alone are shown. Our own: the wording of the
request, for models that follow instructions in place of ones that continue text, and the form of a task.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sayso.config import PluginConfig
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import Seed, make_item, seeds_of
from sayso.instructions.synthesize._parsing import Unread, blank_if_none, blocks, sections
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import RULE_SETS, Written
from sayso.lm import Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive

__all__ = ["Alpaca"]

METHOD = "alpaca"
LABELS = ("Instruction", "Input", "Output")


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class Alpaca:
    """The synthesizer; the fields are the options of a recipe. So many rounds in a row without anything new are the end."""

    num_shown: int = 3
    last_number: int = 20
    requests_per_round: int = 5
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 3072
    extra: dict[str, Any] = field(default_factory=dict)
    patience: int = 3
    rules: tuple[PluginConfig, ...] = RULE_SETS["self_instruct"]
    """What a recipe without rules of its own takes; Alpaca's code has those about instructions, the others are Self-Instruct's."""

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Tasks in the order of the requests and their replies."""
        model = needed(synthesis.model, method=METHOD)
        seeds = seeds_of(items, method=METHOD)
        pool = Pool(METHOD, synthesis=synthesis, given=[seed.written for seed in seeds])
        for round in pool.rounds(patience=self.patience):
            numbers = [round * self.requests_per_round + place for place in range(self.requests_per_round)]
            shown = [self._shown(seeds, synthesis.seed, number) for number in numbers]
            requests = [
                self._request(some, synthesis.seed, number) for some, number in zip(shown, numbers, strict=True)
            ]
            for some, said in zip(shown, ask(model, requests), strict=True):
                yield from self._read(said, some, pool=pool, round=round)

    def _shown(self, seeds: Sequence[Seed], *names: int) -> list[Seed]:
        return Stream(METHOD, *names).sample(seeds, min(self.num_shown, len(seeds)))

    def _request(self, shown: Sequence[Seed], seed: int, number: int) -> Request:
        tasks = "\n\n".join(_told(number, one.written) for number, one in enumerate(shown, start=1))
        numbers = {"first": str(len(shown) + 1), "last": str(self.last_number), "num_shown": str(len(shown))}
        text = prompts(METHOD).fill("ask", shown=tasks, **numbers)
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return say(text, how=how, seed=derive(METHOD, seed, number), number=number)

    def _read(self, said: Said, shown: Sequence[Seed], *, pool: Pool, round: int) -> Iterator[Made]:
        parents = tuple(seed.id for seed in shown)
        found = blocks(said.text)
        if said.problem or not found:
            yield pool.unread(
                said, said.problem or "no task in the reply", operation="write", round=round, parents=parents
            )
        for place, (number, text) in enumerate(found):
            written = _written(text)
            cut = said.cut and place == len(found) - 1
            yield pool.take(
                Draft(
                    operation="write",
                    item=None
                    if cut or isinstance(written, Unread)
                    else make_item(written, method=METHOD, parents=[one.item for one in shown]),
                    problem="reply cut off" if cut else written.reason if isinstance(written, Unread) else "",
                    parents=parents,
                    reply=text if cut or isinstance(written, Unread) else "",
                    model=said.model,
                    round=round,
                    details={"number": number},
                )
            )


def _told(number: int, written: Written) -> str:
    return prompts(METHOD).fill(
        "shown",
        number=str(number),
        instruction=written.instruction,
        input=written.input or "None",
        output=written.output,
    )


def _written(text: str) -> Written | Unread:
    found = sections(text, LABELS)
    if isinstance(found, Unread):
        return found
    instruction, given, output = (found[label] for label in LABELS)
    return Written(instruction=instruction, input=blank_if_none(given), output=output)
