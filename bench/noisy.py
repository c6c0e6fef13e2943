"""A language model that is none: it rewrites with the grammar and spoils its replies as models do, the more the warmer it is asked.

What it says depends on the request alone. At temperature t it repeats itself less (it draws from the first `1 + 150 t^2` proposals)
and spoils a share of `spoil * t` of its replies: a slot lost, doubled or renamed, an echo of what was asked, chatter around the text, an
answer in place of the text, another meaning, a text far too long, a refusal. The shares are ours and say nothing of any real model.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sayso.instructions.augment.paraphrasers.grammar.paraphraser import Grammar
from sayso.instructions.protect import SENTINEL
from sayso.lm import Answered, Reply, Request
from sayso.records import Template, TextPart
from sayso.seeds import Stream

OPPOSITES = ("image", "question"), ("region", "sentence"), ("color", "number"), ("select", "ignore"), ("what", "who")


@dataclass(frozen=True, kw_only=True)
class Noisy:
    """`spoil` is the share of replies that are spoiled at temperature 1."""

    spoil: float = 0.45
    name: str = "noisy"

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """A reply to each request, good or spoiled."""
        for one in requests:
            yield Answered(request=one, reply=Reply(text=self._said(one), model=self.name))

    def _said(self, one: Request) -> str:
        asked = "".join(part.text for part in one.messages[-1].parts if isinstance(part, TextPart))
        stream = Stream("noisy", one.seed, one.number, one.temperature, asked)
        found = _rewritten(asked)
        text = found[stream.below(min(len(found), 1 + int(150 * one.temperature**2)))] if found else asked
        spoiled = stream.uniform() < self.spoil * one.temperature
        return stream.choice(SPOILING)(text, asked) if spoiled else text


@lru_cache(maxsize=4096)
def _rewritten(asked: str) -> tuple[str, ...]:
    template = Template(id="x", task="x", text=asked.replace("{", "{{").replace("}", "}}"))
    proposals = Grammar(without=("perspective",)).propose(template, count=150, stream=Stream("noisy"))
    return tuple(one.text.replace("{{", "{").replace("}}", "}") for one in proposals)


def _other_meaning(text: str, _: str) -> str:
    for one, other in OPPOSITES:
        text = text.replace(one, other) if one in text else text
    return f"Never {text[:1].lower()}{text[1:]}"


SPOILING: tuple[Callable[[str, str], str], ...] = (
    lambda text, _: SENTINEL.sub("it", text, count=1),
    lambda text, _: f"{text} {' '.join(SENTINEL.findall(text)[:1])}",
    lambda text, _: SENTINEL.sub("{input}", text, count=1),
    lambda _, asked: asked,
    lambda text, _: f"Sure! Here is the instruction in other words:\n\n{text}",
    lambda text, _: f"{text}\n\nLet me know if you would like another version!",
    lambda *_: "The answer is a red car.",
    _other_meaning,
    lambda text, _: f"{text} {text} Take your time, think about each part with care, and explain all of it.",
    lambda *_: "I am sorry, but I cannot help with that.",
)


def noisy(*, spoil: float = 0.45) -> Noisy:
    """For recipes and benches: `{name: "noisy:noisy"}` with this folder on PYTHONPATH."""
    return Noisy(spoil=spoil)
