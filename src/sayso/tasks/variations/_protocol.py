"""What a variation is: a task in, a new task on the same items out, or the reason why there is none.

    counting            how many circles are there?              3
    counting+yes_no     how many circles are there?  is it 2?    no
    counting+inverted   which question has the answer 3?         how many circles are there?

It has a gold function of its own, so it is no wording: a paraphrase that turned the one into the other would be wrong for every row. Its
name is that of its task and its own with a plus between. Patterns such as `*` never select it; `*+yes_no` or its full name do.
Whatever holds out its task holds out the variation too, which would otherwise train what is tested as unseen.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sayso.registry import Registry
from sayso.tasks._protocol import METRICS, Output, SlotType, Task, TaskFunction

__all__ = ["MARK", "new_task", "Variation", "variations", "vary"]

MARK = "+"
"""Stands between the name of a task and that of its variation."""

Variation: TypeAlias = Callable[[Task], Task | str]
"""A task, or why there is none, in a few words."""

variations: Registry[Variation] = Registry("variation", "sayso.tasks.variations")
"""Variations by name; their factories take no options, since a task's name says all about it."""


def vary(task: Task, *, kind: str) -> Task | str:
    """The variation of that kind, or why there is none.

    Raises:
        ConfigError: no such kind.
    """
    if task.variation:
        return "it is a variation itself"
    return variations.build(kind, {})(task)


def new_task(
    base: Task,
    *,
    kind: str,
    summary: str,
    slots: Mapping[str, SlotType],
    output: Output,
    function: TaskFunction,
) -> Task:
    """The card of a variation: category, needs and whether it is held out are those of the task it is made of."""
    return Task(
        name=f"{base.name}{MARK}{kind}",
        category=base.category,
        summary=f"{summary} ({base.name})",
        needs=base.needs | ({"boxes"} if output == "region" else set()),
        slots=slots,
        output=output,
        metrics=METRICS[output],
        held_out=base.held_out,
        analogue=base.analogue,
        base=base.name,
        variation=kind,
        function=function,
    )
