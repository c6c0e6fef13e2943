"""The wordings that ship with sayso: for every task several instructions of our own, as data beside this file.

`<category>.yaml` maps a task to `held_in` wordings, which training may see, and `held_out` ones, which it never does. Each
held-out wording says how far it is from the others: L1, another sentence of the same kind; L2, a manner of asking that
no held-in wording of the task has (first person, conditional, formal, a scene set first).
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import msgspec
import yaml

from sayso.errors import DataError, SaysoError
from sayso.instructions.template import check_slots
from sayso.records import Template
from sayso.tasks import Task

__all__ = ["load_templates"]

# libyaml's loader reads the same language ten times faster; it is missing where PyYAML was built without it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Text = Annotated[str, msgspec.Meta(min_length=1)]


class HeldOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wording that training never sees, and its distance from those it sees."""

    text: Text
    distance: Literal["L1", "L2", "L3"]


class Wordings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entry of one task."""

    held_in: tuple[Text, ...]
    held_out: tuple[HeldOut, ...] = ()


@cache
def _read(category: str) -> dict[str, Wordings]:
    file = files(__name__).joinpath(f"{category}.yaml")
    if not file.is_file():
        return {}
    try:
        content = yaml.load(file.read_bytes(), Loader=LOADER)
        return msgspec.convert(content, dict[str, Wordings])
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise DataError(f"instructions/library/{category}.yaml: {error}") from error


def load_templates(task: Task) -> tuple[Template, ...]:
    """The library's wordings of `task`, ids `task/0` ... and, held out, `task/h0` ...; empty for a task it lacks.

    Raises:
        DataError: a wording does not use the task's slots, or the file is malformed.
    """
    wordings = _read(_file_of(task)).get(task.variation or task.name)
    templates = tuple(_templates(task.name, wordings)) if wordings else ()
    for template in templates:
        _check(template, task)
    return templates


def _file_of(task: Task) -> str:
    """Variations of one kind share their wordings, whatever task they are made of."""
    return "variations" if task.variation else task.category


def _templates(name: str, wordings: Wordings) -> Iterator[Template]:
    for number, text in enumerate(wordings.held_in):
        yield Template(id=f"{name}/{number}", task=name, text=text)
    for number, entry in enumerate(wordings.held_out):
        yield Template(id=f"{name}/h{number}", task=name, text=entry.text, held_out=True, distance=entry.distance)


def _check(template: Template, task: Task) -> None:
    try:
        check_slots(template.text, slots=task.slots)
    except SaysoError as error:
        raise DataError(f"instructions/library/{_file_of(task)}.yaml: {template.id}: {error}") from error
