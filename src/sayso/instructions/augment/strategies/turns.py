"""What strategies have in common: wordings rewritten by rules in turn, and a round of asks of a language model."""

import math
from collections.abc import Generator, Iterator, Sequence

from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers._protocol import Ask, Writer
from sayso.instructions.augment.strategies._protocol import Outcome
from sayso.records import Template

__all__ = ["each_move", "in_turns", "Lines", "most_of", "of_given"]

Lines = Sequence[tuple[Template, Template]]
"""Wordings to rewrite, each with the given one that it descends from."""
_MAX_BATCH = 256


def of_given(task: Growing) -> Lines:
    """The given wordings, each its own ancestor."""
    return [(parent, parent) for parent in task.parents]


def each_move(lines: Lines, *, writer: Writer, temperature: float, round: int = 0) -> Iterator[Ask]:
    """Every move of a language model once on every wording, one wording after the other in turn."""
    for position, move in enumerate(writer.moves):
        number = writer.moves[:position].count(move)
        for parent, root in lines:
            yield Ask(parent=parent, root=root, move=move, temperature=temperature, round=round, number=number)


def most_of(*, room: int, lines: Lines) -> int:
    """How many proposals of one wording are looked at where rules may go on without end."""
    return 8 * math.ceil(room / len(lines)) + 8 if lines else 0


def in_turns(
    task: Growing, lines: Lines, *, room: int, round: int = 0
) -> Generator[Sequence[Ask], Sequence[Outcome], list[Outcome]]:
    """One proposal a wording in turn, until `room` more are accepted or rules have nothing more to say; returns what came of all.

    No more is asked at a time than there is room for, so that nothing is proposed in vain.
    """
    end = max(task.room - room, 0)
    most = most_of(room=room, lines=lines)
    live, so_far = list(lines), list[Outcome]()
    while live and (wanted := min(task.room - end, _MAX_BATCH)) > 0:
        turn = [live[place % len(live)] for place in range(wanted)]
        live = live[wanted % len(live) :] + live[: wanted % len(live)]
        outcomes = yield [Ask(parent=parent, root=root, round=round, most=most) for parent, root in turn]
        so_far += outcomes
        done = {outcome.ask.parent.id for outcome in outcomes if outcome.exhausted}
        live = [(parent, root) for parent, root in live if parent.id not in done]
    return so_far
