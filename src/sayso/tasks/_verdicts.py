"""Sentences with a verdict: yes, no, or not sure."""

from collections.abc import Iterator, Mapping

from sayso.records import AnnotatedItem, Options, Statement
from sayso.seeds import Stream
from sayso.tasks._objects import pick

__all__ = ["NOT_SURE", "statements", "VERDICTS"]

VERDICTS: Mapping[str, str] = {"true": "yes", "yes": "yes", "false": "no", "no": "no", "unknown": "not sure"}
"""What the labels of statements are called among options."""
NOT_SURE = Options(items=("no", "not sure", "yes"))
"""The choices where something may be left open."""


def statements(
    item: AnnotatedItem, stream: Stream, *, kind: str, among: Options = NOT_SURE
) -> Iterator[tuple[Statement, str]]:
    """One statement of a kind with its verdict, each verdict of `among` that the item has equally likely.

    None where the item has no such statement; a claim without its context is none.
    """
    by_verdict: dict[str, list[Statement]] = {}
    for said in item.statements:
        verdict = VERDICTS.get(said.label.strip().lower())
        told = said.text.strip() and (kind != "claim" or said.context.strip())
        if told and said.kind == kind and verdict in among.items:
            by_verdict.setdefault(verdict, []).append(said)
    for verdict in pick(sorted(by_verdict), stream, count=1):
        yield stream.choice(by_verdict[verdict]), verdict
