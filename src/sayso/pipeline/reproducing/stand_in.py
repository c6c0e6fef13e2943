"""A language model made of rules, for the arms of a reproduction that need one where none is at hand.

It rewrites what it is asked to with the operation of the grammar that the meta-prompt names. As models do, it goes further down the list the
warmer it is asked, and spoils some of its replies: it asks for another task, gives an answer away, asks for the contrary, rambles, refuses, or
loses a slot. So strategies spend calls on something that repeats itself and errs, and filters have something to find, known in kind and
number. The kinds and shares are ours and say nothing of any real model. What it says depends on the request alone.

In a recipe: `paraphraser: {name: model, model: {name: "sayso.pipeline.reproducing.stand_in:stand_in", spoil: 0.3}}`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from sayso.instructions.augment.meta_prompts import meta_prompts
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import OPERATIONS, Grammar
from sayso.instructions.protect import SENTINEL
from sayso.lm import Answered, Reply, Request
from sayso.records import Template, TextPart
from sayso.seeds import Stream

__all__ = ["SPOILED", "stand_in", "StandIn"]

_MOST = 40
"""Wordings of one text by one operation that are ever looked at."""
_OTHER_REQUESTS = (
    "Count everything that is shown.",
    "Name the colors from left to right.",
    "Translate this into French.",
    "Write a short story about it.",
    "Give the box of the largest thing.",
    "Repeat what is written here, word for word.",
    "Say which of two pictures is brighter.",
)
_ANSWERS = ("yes", "no", "red", "two", "a blue circle", "the first one")
_CONTRARY = ("Do the opposite of this", "Choose what is wrong here", "Never do as this says")


def _another_task(text: str, chance: Stream) -> str:
    return " ".join([chance.choice(_OTHER_REQUESTS), *SENTINEL.findall(text)])


def _answer_given(text: str, chance: Stream) -> str:
    return f"{text} The answer is {chance.choice(_ANSWERS)}."


def _contrary(text: str, chance: Stream) -> str:
    return f"{chance.choice(_CONTRARY)}: {text}"


def _rambling(text: str, chance: Stream) -> str:
    return (
        f"{text} Before that, think of a place where you have been, of what was there, of who went with you and why, "
        "and tell all of it at length without leaving anything out."
    )


def _refusal(text: str, chance: Stream) -> str:
    return "I am sorry, I am not able to do this."


def _slot_lost(text: str, chance: Stream) -> str:
    return SENTINEL.sub("it", text, count=1)


SPOILED: Mapping[str, Callable[[str, Stream], str]] = MappingProxyType(
    {
        "another_task": _another_task,
        "answer_given": _answer_given,
        "contrary": _contrary,
        "rambling": _rambling,
        "refusal": _refusal,
        "slot_lost": _slot_lost,
    }
)
"""What becomes of a text in a spoiled reply, by the kind of the fault; each is as likely as any other."""


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """`spoil` is the share of replies that are spoiled at temperature 1; at another one it is in proportion to that."""

    spoil: float = 0.3
    name: str = "stand_in"

    @property
    def identity(self) -> list[Any]:
        """What its replies depend on, beside the request."""
        return [self.name, self.spoil]

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """A reply to each request, good or spoiled."""
        for one in requests:
            text = self._said(one)
            read, written = len(_text(one, -1).split()), len(text.split())
            reply = Reply(text=text, model=self.name, prompt_tokens=read, completion_tokens=written)
            yield Answered(request=one, reply=reply)

    def _said(self, one: Request) -> str:
        asked = _text(one, -1)
        chance = Stream("stand in", one.seed, one.number, one.temperature, asked)
        found = _rewritten(asked, _operation(_text(one, 0)))
        # 0.6 is warm enough for the first fifteen, 1 for all forty.
        text = found[chance.below(min(len(found), 1 + int(_MOST * one.temperature**2)))] if found else asked
        spoiled = chance.uniform() < self.spoil * one.temperature
        return SPOILED[chance.choice(sorted(SPOILED))](text, chance) if spoiled else text


def stand_in(*, spoil: Annotated[float, Field(ge=0, le=1)] = 0.3) -> StandIn:
    """The language model `sayso.pipeline.reproducing.stand_in:stand_in`."""
    return StandIn(spoil=spoil)


def _text(one: Request, position: int) -> str:
    return "".join(part.text for part in one.messages[position].parts if isinstance(part, TextPart))


def _operation(system: str) -> str:
    """The one whose meta-prompt the system message begins with; empty where it is none of them."""
    return next((one.operation for one in meta_prompts() if system.startswith(one.text)), "")


@lru_cache(maxsize=4096)
def _rewritten(asked: str, operation: str) -> tuple[str, ...]:
    """What the grammar makes of a text by one operation, or by any where that is none of its own."""
    others = [name for name in OPERATIONS if name != operation] if operation in OPERATIONS else ["perspective"]
    template = Template(id="asked", task="asked", text=asked.replace("{", "{{").replace("}", "}}"))
    proposals = Grammar(without=others).propose(template, count=_MOST, stream=Stream("stand in", operation))
    return tuple(one.text.replace("{{", "{").replace("}}", "}") for one in proposals)
