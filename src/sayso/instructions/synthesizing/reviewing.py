"""Made items as texts that a person can judge, and the verdicts applied: they win over rules and revisers.

In the review file (`sayso.instructions.augment.review_file`) an entry is a conversation as one text:

    User: Which of the two lamps is brighter?

    Assistant: The left one.

Its operation stands where a task's name does. What is rejected is out, what is accepted is in, and of what is edited the turns get the new text, while pictures
stay where they are. A verdict belongs to an item by its id and text, or by its text alone. What is no conversation, such as a row of a new task, can be
accepted or rejected. An entry that nobody proposes any more has no effect, since an item is more than its text; it is told.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.instructions.augment.review_file import Decision, ReviewEntry, read_review, text_key
from sayso.instructions.synthesize import Made
from sayso.instructions.synthesizing.making import Production
from sayso.records import AnnotatedItem, Filled, MediaPart, Message, Options, Span, TextPart, Verdict

__all__ = ["apply_review", "entries_of", "read_decisions", "text_of"]

Decisions = Mapping[str, Sequence[Decision]]
_NAMES = {"system": "System", "user": "User", "assistant": "Assistant"}
_ROLES = {"system": "system", "user": "instr", "assistant": "response"}
_TURN = re.compile(r"^(System|User|Assistant):[ \t]*", re.MULTILINE)


def read_decisions(path: str | None) -> Decisions:
    """The decisions of a recipe's review by operation; nothing where it has none.

    Raises:
        DataError: the file cannot be read, or an entry is wrong; names file and line.
    """
    return read_review(Path(path)).decisions if path else {}


def text_of(item: AnnotatedItem) -> str:
    """An item as the text of a review: its turns, or what it asks and answers."""
    if item.conversation:
        return "\n\n".join(f"{_NAMES[turn.role]}: {turn.text.strip()}" for turn in item.conversation)
    asked = [f"{question.text} -> {' | '.join(question.answers)}" for question in item.questions]
    return "\n".join([*asked, *map(_row, item.filled)]) or "\n".join(item.captions)


def _row(row: Filled) -> str:
    fields = "; ".join(f"{name}: {_value(value)}" for name, value in row.fields.items())
    return f"{row.task}: {fields} -> {' | '.join(map(str, row.references))}"


def _value(value: object) -> str:
    return " | ".join(map(str, value.items)) if isinstance(value, Options) else str(value)


def entries_of(made: Sequence[Made], decisions: Sequence[Decision], *, refused: bool) -> Iterator[ReviewEntry]:
    """The entries of one operation: what was kept, all that somebody decided about, and with `refused` everything that is an item.

    Raises:
        DataError: a decision could not be applied; names file and line.
    """
    matched, left = _match(made, decisions)
    for position, decided in matched.items():
        _decided(made[position], decided)
    for position, one in enumerate(made):
        if one.item is None or not (refused or one.verdict.keep or position in matched):
            continue
        decision = matched.get(position)
        text = text_of(one.item)
        yield ReviewEntry(
            id=one.id,
            text=decision.text if decision else text,
            key=text_key(text),
            state="kept" if one.verdict.keep else f"refused, {one.verdict.reason}",
            kind=decision.kind if decision else None,
            operation=one.operation,
            parent=", ".join(one.parents),
            score=one.verdict.score,
        )
    yield from map(ReviewEntry.of_decision, left)


def apply_review(production: Production, decisions: Decisions) -> Production:
    """What was made as its reviewer wants it.

    Raises:
        DataError: an edited text is no conversation of the same turns; names file and line.
    """
    items, made = dict(production.items), list(production.made)
    for operation, several in decisions.items():
        places = [place for place, one in enumerate(made) if one.operation == operation]
        matched, _ = _match([made[place] for place in places], several)
        for position, decision in matched.items():
            one = made[places[position]]
            made[places[position]] = changed = _decided(one, decision)
            if changed.item is None:
                continue
            if not changed.verdict.keep:
                items.pop(changed.item.id, None)
            elif decision.kind == "edit" or not one.verdict.keep:
                items[changed.item.id] = changed.item
    order = {one.item.id: place for place, one in reversed(list(enumerate(made))) if one.item is not None}
    ordered = {name: items[name] for name in sorted(items, key=lambda name: order[name])}
    return replace(production, made=made, items=ordered)


def _match(made: Sequence[Made], decisions: Iterable[Decision]) -> tuple[dict[int, Decision], tuple[Decision, ...]]:
    keys = {place: text_key(text_of(one.item)) for place, one in enumerate(made) if one.item is not None}
    exact = {(made[place].id, key): place for place, key in reversed(keys.items())}
    by_text = {key: place for place, key in reversed(keys.items())}
    matched, left = dict[int, Decision](), []
    for one in decisions:
        place = exact.get((one.id, one.key), by_text.get(one.key))
        if place is None:
            left.append(one)
        else:
            matched[place] = one
    return matched, tuple(left)


def _decided(one: Made, decision: Decision) -> Made:
    word = {"accept": "accepted", "reject": "rejected", "edit": "edited"}[decision.kind]
    keep = decision.kind != "reject"
    overruled = f" (over: {one.verdict.reason})" if one.verdict.keep != keep else ""
    verdict = Verdict(keep=keep, reason=f"review: {word}{overruled}", score=one.verdict.score)
    item = one.item
    if decision.kind == "edit" and item is not None:
        item = msgspec.structs.replace(item, conversation=tuple(_edited(item, decision)), wordings=())
    return msgspec.structs.replace(one, item=item, verdict=verdict)


def _edited(item: AnnotatedItem, decision: Decision) -> Iterator[Message]:
    """The turns with their new texts.

    Raises:
        DataError: there are other turns than before, or an empty one; names file and line.
    """
    pieces = _TURN.split(decision.text)
    names, texts = pieces[1::2], [text.strip() for text in pieces[2::2]]
    wanted = [_NAMES[turn.role] for turn in item.conversation]
    if names != wanted or pieces[0].strip() or not all(texts):
        told = ", ".join(f"{name}:" for name in wanted) or "no turn, so that it cannot be edited"
        raise DataError(
            f"{decision.place}: the text of {decision.id} has to keep its turns ({told}); mend it, or write reject"
        )
    for turn, text in zip(item.conversation, texts, strict=True):
        if text == turn.text.strip():
            yield turn
            continue
        media = tuple(part for part in turn.parts if isinstance(part, MediaPart))
        part = TextPart(text=text, spans=(Span(start=0, end=len(text), role=_ROLES[turn.role]),))
        yield Message(role=turn.role, parts=(*media, part))
