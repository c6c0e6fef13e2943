"""Structural paraphrases: the sentence that asks is given every other form of its meaning; the sentences around it stay.

The asking sentence may be led by an adverbial (`Based on the image, ...`), which can move, or by a look
(`Look at the image and ...`), which can become a sentence of its own. The first sentence that is understood is the one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sayso.instructions.augment.grammar.english import IMAGE, capitalise, lower_first
from sayso.instructions.augment.grammar.frames import FRAMES, Frame, unframe
from sayso.instructions.augment.grammar.meanings import Command, Core
from sayso.instructions.augment.grammar.parsing import parse_command, parse_question
from sayso.instructions.augment.grammar.passage import Sentence, join, split
from sayso.instructions.augment.grammar.realise import Form, realise
from sayso.instructions.augment.protect import SENTINEL, Protected

__all__ = ["restructure", "Variant"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A paraphrase of a protected text and the operations that made it."""

    text: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """The sentence that asks, taken apart: what leads it, what it means, and how it ended."""

    lead: str
    look: str
    core: Core
    was_question: bool
    end: str


_THE_IMAGE = rf"(?:the|this) (?:given |provided |following |above )?{IMAGE}"
_LEAD = re.compile(
    rf"(?i)(?P<lead>(?:(?:based on|according to|given|using|looking at|considering|judging (?:by|from)|from|in|going by|with reference to) "
    rf"(?:{_THE_IMAGE}|the (?:context|text|dialogue|caption|passage|region|two regions) ?{SENTINEL.pattern}|{_THE_IMAGE} and {_THE_IMAGE}))), "
)
_LOOK = re.compile(
    rf"(?i)(?P<look>(?:please )?(?:look (?:carefully )?at|take a look at|examine|inspect|study|view|observe) {_THE_IMAGE}(?: carefully)?),? (?:and|then|and then) "
)
_MOVABLE = re.compile(rf"(?i)(?:based on|according to|going by|judging (?:by|from)|in) {_THE_IMAGE}\Z")
_TRAIL = re.compile(rf"(?P<core>.+?) (?P<lead>in {_THE_IMAGE}|based on {_THE_IMAGE}|according to {_THE_IMAGE})\Z")
_STUMP = re.compile(
    r"\b(?:is|are|was|shown|do|does|depicted|appears?|displayed|pictured|visible|present|located|contents?|described|found|of|to)\Z"
)
_OPENING = re.compile(r"(?i)in this task\b")
"""What can begin an instruction, but not go on with one."""
_OPEN_SLOT = re.compile(r"region|box|object|label|colou?r|name|shape|noun|class|category|thing|size|material|attribute")


def restructure(protected: Protected) -> Iterator[Variant]:
    """Every structural paraphrase, plainest first; nothing where no sentence is understood."""
    sentences = split(protected)
    has_options = any("option" in name for name in protected.names.values())
    for position, sentence in enumerate(sentences):
        asks = _understand(sentence)
        if asks and not _is_side_note(sentence, len(sentences)):
            yield from _variants(sentences, position, asks, protected, has_options)
            return


def _is_side_note(sentence: Sentence, count: int) -> bool:
    note = r"(?:look|take a look|examine|inspect|study|answer (?:with|yes|in)|reply (?:with|in)|respond (?:with|in)|use |note |if )"
    return count > 1 and re.match(note, sentence.body, re.IGNORECASE) is not None and " and " not in sentence.body


def _understand(sentence: Sentence) -> Ask | None:
    body, lead, look = sentence.body, "", ""
    if match := _LEAD.match(body):
        body, lead = body[match.end() :], match["lead"]
    elif match := _LOOK.match(body):
        body, look = body[match.end() :], re.sub(r"(?i)\Aplease ", "", match["look"])
    if re.search(r"\n|[.?!][A-Z]", body) or not body.strip():
        return None
    core, question = _core(body, sentence.end)
    if core is None or (isinstance(core, Command) and _compound(core.phrase)):
        return None
    return Ask(lead, look, core, question, sentence.end)


def _core(body: str, end: str) -> tuple[Core | None, bool]:
    if end.startswith("?") and (core := parse_question(body)):
        return core, True
    for bare in unframe(body):
        if core := parse_command(bare):
            return core, end.startswith("?")
    return None, False


def _compound(phrase: str) -> bool:
    """Whether a command holds what a frame would tear apart: another request, a condition, a label."""
    return bool(
        re.search(
            r"(?i)[:;]|\b(?:if not|otherwise|you (?:will|must|should)|if (?:you|there|it|no|none|not)|please|i will)\b|\bdo not\b(?! \w+ in)",
            phrase,
        )
    )


def _variants(
    sentences: tuple[Sentence, ...], position: int, asks: Ask, protected: Protected, has_options: bool
) -> Iterator[Variant]:
    politeness_elsewhere = any(re.search(r"(?i)\bplease\b", s.body) for i, s in enumerate(sentences) if i != position)
    allowed = _allowed(sentences, position, protected.names)
    follows = any(sentence.body.strip() for sentence in sentences[:position])
    for form in realise(asks.core, has_options=has_options):
        for text, end, operations in _sentences(form, asks, protected.names):
            if politeness_elsewhere and "politeness" in operations:
                continue
            if operations[0] not in allowed or (follows and _OPENING.match(text)):
                continue
            text = re.sub(r"\bi(?= (?:would|want|need) )", "I", text)
            changed = replace(sentences[position], body=text, end=end)
            whole = join((*sentences[:position], changed, *sentences[position + 1 :]))
            yield Variant(whole, operations)


def _allowed(sentences: tuple[Sentence, ...], position: int, names: dict[str, str]) -> frozenset[str]:
    """The forms that go with the other sentences: `What is it? Your task is to choose ...` reads as two tasks."""
    asked = {word for word, name in names.items() if name == "question"}
    if any(sentence.end.startswith("?") or sentence.body in asked for sentence in sentences[:position]):
        return frozenset({"command_form", "politeness"})
    if any(sentence.end.startswith("?") for sentence in sentences[position + 1 :]):
        return frozenset({"command_form", "politeness", "question_form", "synonyms"})
    return frozenset({frame.operation for frame in FRAMES} | {"synonyms"})


def _sentences(form: Form, asks: Ask, names: dict[str, str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Text, end mark and operations of each sentence made from one form."""
    for body, question, operation in _framed(form, asks):
        end = _end(body, question, asks, names)
        if end is None:
            continue
        for text, moved in _placed(body, asks, question):
            yield capitalise(text), end, (operation, *moved)


def _framed(form: Form, asks: Ask) -> Iterator[tuple[str, bool, str]]:
    if form.kind == "question":
        yield form.text, True, "synonyms" if asks.was_question else "question_form"
        return
    for frame in FRAMES:
        if _suits(frame, form.text, led=bool(asks.lead or asks.look)):
            yield frame.prefix + form.text, frame.question, frame.operation


def _suits(frame: Frame, phrase: str, *, led: bool) -> bool:
    """`Your task is to tell me` is odd; so is `Based on the image, in this task you need to`."""
    if led and frame.prefix.startswith(("in this", "the goal", "you are")):
        return False
    spoken = phrase.startswith(("tell me", "say "))
    return not (spoken and frame.operation in {"declarative_form", "formality", "perspective"})


def _end(body: str, question: bool, asks: Ask, names: dict[str, str]) -> str | None:
    """The end mark for a sentence, or None where a question cannot end as this one must."""
    last = re.search(rf"({SENTINEL.pattern})\Z", body)
    bare = asks.end.rstrip("?.!,:;")
    if question:
        if last and not asks.end and not _OPEN_SLOT.search(names.get(last[1], "")):
            return None
        return "?" + bare
    if asks.end.startswith("?"):
        return "." + bare
    return asks.end


def _placed(body: str, asks: Ask, question: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sentence with its lead or look where it was, moved, or made from its tail."""
    if asks.look:
        yield f"{asks.look}. {capitalise(body)}", ("split",)
        if not question and not re.match(r"your|the |in |you |i |please", body):
            yield f"{asks.look} and {body}", ()
        return
    if asks.lead:
        yield f"{asks.lead}, {body}", ()
        if _MOVABLE.match(asks.lead) and not _MOVABLE.search(body) and not re.search(rf"(?i)\b{IMAGE}\b", body):
            yield f"{body} {lower_first(asks.lead)}", ("reorder",)
        return
    yield body, ()
    yield from _fronted(body, question)


def _fronted(body: str, question: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    match = _TRAIL.fullmatch(body)
    if not match or _STUMP.search(match["core"]) or re.search(rf"\b{IMAGE}s?\b|\bnot\b", match["core"]):
        return
    if re.match(r"(?:in this task|i |your |the |you )", body):
        return
    image = re.search(rf"{_THE_IMAGE}\Z", match["lead"])
    if image is None:
        return
    asks_you = re.match(r"(?:can|could|would) you\b", match["core"])
    if (question and not asks_you) or match["lead"].startswith(("based", "according")):
        yield f"{match['lead']}, {match['core']}", ("reorder",)
    yield f"looking at {image.group()}, {match['core']}", ("context",) if question else ("context", "reorder")
    if question:
        yield f"look at {image.group()}. {capitalise(match['core'])}", ("context", "split")
    elif not re.match(r"can|could|would|please", body):
        yield f"look at {image.group()} and {match['core']}", ("context",)
