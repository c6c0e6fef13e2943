"""Tasks: each is a card and a function from an annotated item to examples, one file per category.

    for task in select(["counting", "object_*"]):
        if meets(task, item):
            yield from make_examples(task, item=item, seed=7)

All 62 tasks of MultiInstruct are here, nine of them held out as there, and two of our own: one that warms a small model up
and one without pictures. Names are those of its figure in snake_case (Xu, Shen and Huang 2023); the names in its repository are
aliases. Variations (`sayso.tasks.variations`) are further tasks made of these. What an example asks for is a fact here; how it is asked is a template elsewhere (`sayso.instructions.library`).
"""

from sayso.tasks._brought import AS_WRITTEN, CONVERSATION, brought_task
from sayso.tasks._catalog import catalog, find, get, is_pattern, matches, names, select, varied
from sayso.tasks._needs import NEEDS, QUESTION_KINDS, in_words, meets, provides
from sayso.tasks._protocol import Draft, Output, SlotType, Task, TaskFunction, make_examples, task

__all__ = [
    "AS_WRITTEN",
    "brought_task",
    "catalog",
    "CONVERSATION",
    "Draft",
    "find",
    "get",
    "in_words",
    "is_pattern",
    "make_examples",
    "matches",
    "meets",
    "names",
    "NEEDS",
    "Output",
    "provides",
    "QUESTION_KINDS",
    "select",
    "SlotType",
    "Task",
    "task",
    "TaskFunction",
    "varied",
]
