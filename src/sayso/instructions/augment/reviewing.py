"""A person's verdicts on a pool, applied to it: they win over every filter.

A rejected wording is out, an accepted one is in, an edited one gives way to its new text. What cannot win is what would break a
run: a text that lacks a slot of its task, or one that is trained on and held out at once. A verdict belongs to a wording by
its id and text, or by its text alone where ids have moved. An accepted text that nobody proposes any more joins the pool all the
same, so a review outlives the run that it was made from.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from sayso.errors import DataError, did_you_mean
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.augment.review_file import Decision, read_review, text_key
from sayso.instructions.filters.wording import key
from sayso.instructions.template import check_slots, parse
from sayso.records import Lineage, Template, Verdict

__all__ = ["apply", "is_reviewed", "match", "read_checked"]

ORIGIN = "review"


def read_checked(path: str | None, *, tasks: Collection[str]) -> dict[str, tuple[Decision, ...]]:
    """The decisions of a recipe's review by task; nothing where it has none.

    Raises:
        DataError: the file cannot be read, an entry is wrong, or its task is none of `tasks`; names file and line.
    """
    found = read_review(Path(path)) if path else {}
    for name, decisions in found.items():
        if decisions and name not in tasks:
            raise DataError(f"{decisions[0].place}: unknown task {name!r}{did_you_mean(name, list(tasks))}")
    return found


def is_reviewed(row: JudgedTemplate) -> bool:
    """Whether the wording is there only because a review says so."""
    return row.template.origin == ORIGIN


def match(
    rows: Sequence[JudgedTemplate], decisions: Iterable[Decision]
) -> tuple[dict[int, Decision], tuple[Decision, ...]]:
    """Which row each decision is about, by the row's position; and the decisions that are about none."""
    exact = {
        (row.template.id, text_key(row.template.text)): position for position, row in reversed(list(enumerate(rows)))
    }
    by_text = {text: position for (_, text), position in reversed(exact.items())}
    matched: dict[int, Decision] = {}
    left = []
    for one in decisions:
        position = exact.get((one.id, one.key), by_text.get(one.key))
        if position is None:
            left.append(one)
        else:
            matched[position] = one
    return matched, tuple(left)


def apply(
    rows: Iterable[JudgedTemplate], decisions: Sequence[Decision], *, slots: Mapping[str, str]
) -> Iterator[JudgedTemplate]:
    """The rows of one task as its reviewer wants them; what was edited or added has the origin `review`.

    Raises:
        DataError: a text lacks a slot or has one too many, is trained on and held out at once, or nothing is left; names file and line.
    """
    every = list(rows)
    matched, left = match(every, decisions)
    decided = [_decided(row, matched.get(position), slots) for position, row in enumerate(every)]
    found = [row for several in decided for row in several]
    found += [_added(one, slots) for one in left if one.kind != "reject"]
    if decisions:
        _refuse_leaks(found, decisions)
        _refuse_nothing(every, found, decisions)
    yield from found


def _decided(row: JudgedTemplate, decision: Decision | None, slots: Mapping[str, str]) -> tuple[JudgedTemplate, ...]:
    if decision is None:
        return (row,)
    if decision.kind == "reject":
        return (_with_verdict(row, "rejected", keep=False),)
    _check(decision, row, slots)
    if decision.kind == "edit":
        return _with_verdict(row, "edited", keep=False), _edited(row, decision)
    return (_with_verdict(row, "accepted", keep=True) if row.verdict else row,)


def _with_verdict(row: JudgedTemplate, word: str, *, keep: bool) -> JudgedTemplate:
    before = row.verdict
    overruled = f" (over: {before.reason})" if before and before.keep != keep else ""
    verdict = Verdict(keep=keep, reason=f"review: {word}{overruled}", score=before.score if before else None)
    return JudgedTemplate(template=row.template, verdict=verdict)


def _check(decision: Decision, row: JudgedTemplate | None, slots: Mapping[str, str]) -> None:
    """Refuse a text that no example could fill: the slots of the task, or of the text before it where there is no card.

    Raises:
        DataError: its slots are not those; names file and line.
    """
    try:
        decision.text.encode()
        if slots:
            check_slots(decision.text, slots=slots)
        elif row and decision.kind == "edit":
            _check_same(row.template.text, decision.text)
        if not parse(decision.text).pieces or not decision.text.strip():
            raise DataError(f"the text {decision.text!r} has no words; write reject to drop it")
    except (UnicodeEncodeError, DataError) as error:
        raise DataError(f"{decision.place}: {error}") from error


def _check_same(before: str, after: str) -> None:
    wanted, found = Counter(parse(before).slots), Counter(parse(after).slots)
    if wanted != found:
        raise DataError(f"text {after!r} names the slots {sorted(found.elements())}, not {sorted(wanted.elements())}")


def _edited(row: JudgedTemplate, decision: Decision) -> JudgedTemplate:
    template = msgspec.structs.replace(
        row.template,
        id=f"{row.template.id}~edited",
        text=decision.text,
        origin=ORIGIN,
        lineage=Lineage(parent=row.template.id, operation="edit"),
    )
    return JudgedTemplate(template=template, verdict=Verdict(keep=True, reason="review: edited"))


def _added(decision: Decision, slots: Mapping[str, str]) -> JudgedTemplate:
    """A wording that a person wants and nobody proposes any more."""
    _check(decision, None, slots)
    template = Template(
        id=f"{decision.id}~review{decision.key}",
        task=decision.task,
        text=decision.text,
        origin=ORIGIN,
        lineage=Lineage(parent=decision.id, operation=decision.operation or "edit"),
    )
    return JudgedTemplate(template=template, verdict=Verdict(keep=True, reason="review: accepted (not proposed now)"))


def _refuse_leaks(rows: Sequence[JudgedTemplate], decisions: Sequence[Decision]) -> None:
    """A wording that is trained on would make the test on unseen wordings a lie."""
    usable = [row.template for row in rows if row.verdict is None or row.verdict.keep]
    trained = {key(template.text) for template in usable if not template.held_out}
    both = trained & {key(template.text) for template in usable if template.held_out}
    for one in decisions:
        if one.kind != "reject" and key(one.text) in both:
            raise DataError(
                f"{one.place}: {one.text!r} equals a held-out wording of {one.task}; write another text, or reject it"
            )


def _refuse_nothing(
    before: Sequence[JudgedTemplate], after: Sequence[JudgedTemplate], decisions: Sequence[Decision]
) -> None:
    trained = [
        any((row.verdict is None or row.verdict.keep) and not row.template.held_out for row in rows)
        for rows in (before, after)
    ]
    if trained == [True, False]:
        raise DataError(f"{decisions[0].place}: every wording of {decisions[0].task} is rejected; accept or edit one")
