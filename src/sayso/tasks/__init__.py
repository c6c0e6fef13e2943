"""Tasks: each is a card and a function from an annotated item to examples, one file per category.

    for task in select(["counting", "object_*"]):
        if meets(task, item):
            yield from make_examples(task, item=item, seed=7)

Names are those of MultiInstruct's figure in snake_case (Xu, Shen and Huang 2023); the names in its repository are
aliases. What an example asks for is a fact here; how it is asked is a template elsewhere (`sayso.instructions.library`).
"""

from sayso.tasks._catalog import get, names, select
from sayso.tasks._needs import NEEDS, meets, provides
from sayso.tasks._protocol import Draft, Output, SlotType, Task, TaskFunction, make_examples, task

__all__ = [
    "Draft",
    "get",
    "make_examples",
    "meets",
    "names",
    "NEEDS",
    "Output",
    "provides",
    "select",
    "SlotType",
    "Task",
    "task",
    "TaskFunction",
]
