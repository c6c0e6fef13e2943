"""Every wording names what its task needs, and there are enough of them, all different."""

from collections.abc import Iterator

from sayso.errors import DataError
from sayso.evaluate.proof._protocol import Finding, Proof, Subject, proofs
from sayso.evaluate.proof._tally import plain
from sayso.instructions.template import check_slots, parse

__all__ = ["Wordings"]

HELD_IN, HELD_OUT = 5, 3


@proofs.register("wordings")
class Wordings(Proof):
    """Looks at templates alone, before any row."""

    summary = (
        f"every wording names each slot of its task once; {HELD_IN} to train on and {HELD_OUT} held out, all different"
    )

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def start(self, subject: Subject) -> None:
        """All wordings of a task."""
        name = subject.task.name
        for template in subject.templates:
            try:
                check_slots(template.text, slots=subject.task.slots)
            except DataError as error:
                self._add("error", name, str(error), ids=(template.id,), remedy="name every slot exactly once")
        self._alike(subject)
        held_out = sum(template.held_out for template in subject.templates)
        held_in = len(subject.templates) - held_out
        if subject.templates and not subject.brought and (held_in < HELD_IN or held_out < HELD_OUT):
            text = f"{held_in} wordings to train on and {held_out} held out; fewer than {HELD_IN} and {HELD_OUT} say little about spread"
            self._add("note", name, text, remedy="add wordings to the library, or an augment stage")

    def _alike(self, subject: Subject) -> None:
        first: dict[tuple[str, ...], str] = {}
        for template in subject.templates:
            try:
                key = (plain(template.text), *parse(template.text).slots)
            except DataError:
                continue
            if other := first.get(key):
                text = f"wordings {other} and {template.id} are the same but for marks and capitals"
                self._add("warning", subject.task.name, text, ids=(template.id,), remedy="reword or remove one")
            first.setdefault(key, template.id)

    def _add(self, level: str, task: str, text: str, *, remedy: str, ids: tuple[str, ...] = ()) -> None:
        known = "error" if level == "error" else "warning" if level == "warning" else "note"
        self._found.append(Finding(check="wordings", level=known, task=task, text=text, remedy=remedy, examples=ids))  # type: ignore[arg-type]

    def findings(self) -> Iterator[Finding]:
        """In the order of the tasks."""
        yield from self._found
