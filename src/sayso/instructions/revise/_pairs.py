"""What revisers share: the pairs of an item's conversation, the item with other texts in their place, and what is told of it.

An item of one turn is one pair, and both its texts may change. In a conversation of several turns only answers change: later turns build on what was asked.
Pictures stay where they are, as does a system's text. Other wordings of an instruction that changed are left out, since they say what the old one said.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from sayso.errors import ConfigError, DataError
from sayso.instructions.exchanges import Exchange, exchanges
from sayso.instructions.synthesize import Made, Synthesis
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesize.rules import Remembering, Written, judge
from sayso.lm import LanguageModel, Request
from sayso.lm.judging import shown
from sayso.records import AnnotatedItem, Media, MediaPart, Message, Part, Span, TextPart, Verdict
from sayso.sources import sendable

__all__ = ["about", "KEPT", "made_of", "pairs_of", "refusal", "request_of", "revised", "UNREAD", "writer"]

KEPT = "as it was"
"""How the reason of an item that did not change begins."""
UNREAD = "not answered"
SPANS = {"user": "instr", "assistant": "response"}


def writer(model: LanguageModel | None, *, reviser: str, key: str = "model") -> LanguageModel:
    """The language model that revises or judges.

    Raises:
        ConfigError: there is none.
    """
    if model is None:
        raise ConfigError(
            f"reviser {reviser!r} needs a language model; add synthesize.{key}: {{name: chat, model: NAME, base_url: URL}}"
        )
    return model


def pairs_of(item: AnnotatedItem) -> list[Exchange]:
    """The exchanges of its conversation; none where it has none."""
    return exchanges(item.conversation)


def about(item: AnnotatedItem, one: Exchange, *, without_pictures: bool) -> tuple[Media, ...]:
    """The pictures that were shown by then."""
    return () if without_pictures else tuple(item.media[index] for index in one.media)


def request_of(text: str, *, media: Sequence[Media], max_tokens: int, number: int = 0) -> Request | str:
    """A request, or why a picture cannot be sent."""
    try:
        return shown(text, media=tuple(map(sendable, media)), max_tokens=max_tokens, number=number)
    except DataError as error:
        return str(error)


def revised(item: AnnotatedItem, texts: Mapping[int, str]) -> AnnotatedItem:
    """The item with the texts of some of its messages, by position, in place of what they said."""
    changed = {place: text for place, text in texts.items() if text != item.conversation[place].text}
    messages = tuple(
        _said(message, changed[place]) if place in changed else message
        for place, message in enumerate(item.conversation)
    )
    asked = any(item.conversation[place].role == "user" for place in changed)
    return structs.replace(item, conversation=messages, wordings=() if asked else item.wordings)


def _said(message: Message, text: str) -> Message:
    """Its pictures, and behind them the text; a text that stood before all pictures stays there."""
    spans = (Span(start=0, end=len(text), role=SPANS.get(message.role, "instr")),)
    pictures: list[Part] = [part for part in message.parts if isinstance(part, MediaPart)]
    first = bool(message.parts) and isinstance(message.parts[0], TextPart)
    part = TextPart(text=text, spans=spans)
    return Message(role=message.role, parts=(part, *pictures) if first else (*pictures, part))


def refusal(instruction: str, response: str, *, item: AnnotatedItem, synthesis: Synthesis) -> str:
    """Why the rules of the recipe refuse a revision, or nothing.

    Rules that compare with what was kept are not asked: a revision takes the place of something that was. An input that stands behind the instruction as before is judged as one.
    """
    chain = [(name, rule) for name, rule in synthesis.rules if not isinstance(rule, Remembering)]
    old = written_of(item)
    given = old.input if old is not None and old.input and instruction.endswith(f"\n{old.input}") else ""
    written = Written(
        instruction=instruction.removesuffix(f"\n{given}") if given else instruction,
        input=given,
        output=response,
        num_media=len(item.media),
    )
    verdict = judge(written, chain)
    return "" if verdict.keep else verdict.reason


def made_of(
    item: AnnotatedItem,
    new: AnnotatedItem,
    *,
    reviser: str,
    reason: str,
    details: Mapping[str, Any],
    told: tuple[str, str],
) -> Made:
    """What a reviser tells of an item; `told` is the last reply and whose it is. The item is kept either way, under its own id.

    A revised pair is told before and after, so that a file of what was made can teach a reviser (the source `revisions`).
    """
    changed = new != item
    pairs = _before_and_after(item, new) if changed else {}
    return Made(
        id=item.id,
        operation=reviser,
        verdict=Verdict(keep=True, reason="revised" if changed else f"{KEPT}: {reason}", score=details.get("score")),
        item=new,
        parents=(item.id,),
        reply=told[0].encode("utf-8", "backslashreplace").decode(),
        model=told[1],
        details={"revised": changed, **details, **pairs},
    )


def _before_and_after(item: AnnotatedItem, new: AnnotatedItem) -> dict[str, str]:
    """The texts of a conversation of one turn without pictures: these can be laid out again as they were asked about."""
    if len(pairs_of(item)) != 1 or item.media:
        return {}
    old, other = pairs_of(item)[0], pairs_of(new)[0]
    return {
        "raw_instruction": old.instruction,
        "raw_response": old.response,
        "revised_instruction": other.instruction,
        "revised_response": other.response,
    }
