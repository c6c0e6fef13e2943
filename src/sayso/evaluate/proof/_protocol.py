"""What a check is: it sees every row once, in one pass over the data, and says in the end what it found.

    @proofs.register("my_check")
    class MyCheck(Proof):
        summary = "no question is empty"

        def see(self, seen: Seen) -> None: ...
        def findings(self) -> Iterator[Finding]: ...

A check keeps counts and a few ids, never the rows. It belongs to one run, so its state may live in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sayso.config import PromptConfig
from sayso.evaluate.blindness import Blindness
from sayso.records import AnnotatedItem, Example, Record, Sample, Template
from sayso.registry import Registry
from sayso.sources import BadRow
from sayso.tasks import Task

__all__ = ["Finding", "Level", "LEVELS", "Proof", "proofs", "Seen", "Subject"]

Level: TypeAlias = Literal["error", "warning", "note"]
"""`error`: the task is wrong on these data; `warning`: it will mislead somebody; `note`: worth knowing."""
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


class Finding(Record, frozen=True, kw_only=True):
    """What a check found: `text` says what and how many, `remedy` what to do; `examples` are the first ids or places.

    `task` is empty where it concerns the data whatever the task. `count` counts rows, pictures or templates, as `text` says.
    """

    check: str
    level: Level
    text: str
    remedy: str = ""
    task: str = ""
    count: int = 1
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A task on trial, with every wording it has; `brought` if the data define it. `seed` is for checks that draw."""

    task: Task
    templates: tuple[Template, ...]
    brought: bool = False
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One usable example with its renderings.

    `prompts` are samples without an answer, one a template, in the prompt `config`; `failures` maps the ids of templates that could
    not render it to the reason. `full` where all templates were tried, and not one in turn. `group` is that of the item: what must stay on one side of a split.
    """

    subject: Subject
    example: Example
    prompts: tuple[Sample, ...]
    config: PromptConfig = field(default_factory=PromptConfig)
    failures: Mapping[str, str] = field(default_factory=dict)
    full: bool = True
    group: str = ""


class Proof:
    """Base of every check; overrides what it wants to see. `summary` is what holds when it finds nothing."""

    summary = ""

    def start(self, subject: Subject) -> None:
        """A task, before any row."""

    def see_item(self, item: AnnotatedItem) -> None:
        """A row of a source, once, whatever its tasks."""

    def see_bad_row(self, row: BadRow) -> None:
        """A row that its source could not use."""

    def see(self, seen: Seen) -> None:
        """A usable example."""

    def see_failure(self, subject: Subject, item: AnnotatedItem, error: Exception) -> None:
        """An item on which the task's function raised an error."""

    def see_unusable(self, subject: Subject, example: Example, reason: str) -> None:
        """An example that a build would put aside."""

    def findings(self) -> Iterator[Finding]:
        """What was found, after the last row."""
        raise NotImplementedError(f"{type(self).__name__} has no findings(); every check says what it found")

    def blindness(self, task: str) -> Blindness | None:
        """What of a task can be told without pictures, from the check that measures it."""
        del task
        return None


proofs: Registry[Proof] = Registry("check", "sayso.evaluate.proof")
"""Checks by name; a factory takes no options: every run makes each check anew."""
