"""LLaVA's data: a model that cannot see reads the annotations of a picture and writes as if it did: a conversation, a description, a question that takes reasoning.

Checked in the authors' prompts (Liu et al. 2023, arXiv 2304.08485): the picture as its captions and lines of things with boxes, one message of the system for each of the three types, examples, and
a description as the answer to one of a fixed list of requests. From memory: what the messages say (only what is certain, as if seen, nothing of the captions). Ours: their wording and the example; marked
questions and answers, of which a conversation is refused as a whole where one is incomplete; what names its captions or boxes is refused (`leaked_markers`), and so is a conversation that asks the
same twice; which request a description answers is drawn by seed and item.

What comes out are conversations with the picture, its group and its license, in LLaVA's sizes where `types` is weighed by the recipe (58 : 23 : 77 thousand there): three stages, each with one type and its `max_items`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._asking import Said, Sampling, ask, needed, say
from sayso.instructions.synthesize._items import make_item, messages
from sayso.instructions.synthesize._parsing import Unread, blocks, sections
from sayso.instructions.synthesize._pictures import in_words, pictured
from sayso.instructions.synthesize._pool import Draft, Pool
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize._protocol import Made, Synthesis, synthesizers
from sayso.instructions.synthesize.rules import Written
from sayso.instructions.synthesize.rules.leaked_markers import MARKERS as OF_CHATS
from sayso.lm import Request
from sayso.records import AnnotatedItem
from sayso.seeds import Stream, derive

__all__ = ["LLaVA", "TYPES"]

METHOD = "llava"
TYPES = ("conversation", "detail", "reasoning")
MARKERS = (
    "the caption",
    "captions",
    "bounding box",
    "coordinates",
    "annotation",
    "the description says",
    "what is in the picture:",
)
_BOX = re.compile(r"[\[(]\s*[01]?\.\d+\s*,")
_LABELS = ("Question", "Answer")


@synthesizers.register(METHOD)
@dataclass(frozen=True, kw_only=True)
class LLaVA:
    """The synthesizer; the fields are the options of a recipe. Every item gets one record of each of `types`."""

    types: tuple[str, ...] = TYPES
    boxes: bool = True
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    extra: dict[str, Any] = field(default_factory=dict)
    rules: tuple[PluginConfig, ...] = (
        PluginConfig.model_validate({"name": "leaked_markers", "markers": [*OF_CHATS, *MARKERS, "### "]}),
        PluginConfig(name="empty_output"),
        PluginConfig(name="refusal"),
    )

    def __post_init__(self) -> None:
        if unknown := [name for name in self.types if name not in TYPES]:
            raise ConfigError(f"types: {unknown[0]!r} is none of {', '.join(TYPES)}")

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Records in the order of items, and of `types` for each."""
        model = needed(synthesis.model, method=METHOD)
        told = [item for item in items if pictured(item)]
        if not told:
            raise ConfigError(
                f"synthesizer {METHOD!r} needs pictures with captions or objects; of {len(items):,} items none has any"
            )
        pool = Pool(METHOD, synthesis=synthesis)
        for some in pool.portions([(item, kind) for item in told for kind in self.types]):
            requests = [self._request(item, kind, synthesis.seed) for item, kind in some]
            for (item, kind), said in zip(some, ask(model, requests), strict=True):
                yield pool.take(_draft(item, kind, said, seed=synthesis.seed))

    def _request(self, item: AnnotatedItem, kind: str, seed: int) -> Request:
        texts = prompts(METHOD)
        text = texts.fill(f"ask_{kind}", view=in_words(item, boxes=self.boxes))
        how = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, extra=self.extra)
        return say(text, how=how, seed=derive(METHOD, seed, item.id, kind), system=texts.fill(f"system_{kind}"))


def _draft(item: AnnotatedItem, kind: str, said: Said, *, seed: int) -> Draft:
    turns = Unread(said.fault) if said.fault else _turns(said.text, kind, item, seed)
    if isinstance(turns, Unread):
        return Draft(operation=kind, problem=turns.reason, parents=(item.id,), reply=said.text, model=said.model)
    asked, answered = zip(*turns, strict=True)
    everything = Written(instruction="\n".join(asked), output="\n".join(answered), num_media=len(item.media))
    told = [message for one in turns[1:] for message in messages(Written(instruction=one[0], output=one[1]))]
    first = Written(instruction=asked[0], output=answered[0], num_media=len(item.media))
    made = make_item(first, method=METHOD, parents=[item], media=item.media)
    return Draft(
        operation=kind,
        item=msgspec.structs.replace(made, conversation=(*made.conversation, *told)),
        written=everything,
        problem="a box in the text" if _BOX.search(f"{everything.instruction}\n{everything.output}") else "",
        parents=(item.id,),
        model=said.model,
        details={"turns": len(turns)},
    )


def _turns(text: str, kind: str, item: AnnotatedItem, seed: int) -> list[tuple[str, str]] | Unread:
    """Questions with their answers."""
    if kind == "detail":
        requests = prompts(METHOD).among("request_")
        name = Stream(METHOD, seed, item.id, "request").choice(requests)
        return [(prompts(METHOD).fill(name), text.strip())]
    pieces = [piece for _, piece in blocks(text)] if kind == "conversation" else [text]
    found = [_pair(piece) for piece in pieces]
    if unread := next((one for one in found if isinstance(one, Unread)), None):
        return unread
    turns = [one for one in found if not isinstance(one, Unread)]
    if not turns:
        return Unread("no question in the reply")
    asked = {" ".join(question.lower().split()) for question, _ in turns}
    return turns if len(asked) == len(turns) else Unread("the same question twice")


def _pair(text: str) -> tuple[str, str] | Unread:
    found = sections(text, _LABELS)
    if isinstance(found, Unread):
        return found
    empty = next((label for label in _LABELS if not found[label]), "")
    return Unread(f"nothing after {empty!r}") if empty else (found["Question"], found["Answer"])
