"""Every wording renders every example, and every slot is filled with something that can be read."""

from collections.abc import Iterator

from sayso.evaluate.proof._protocol import Finding, Proof, Seen, Subject, proofs
from sayso.evaluate.proof._tally import Tally, many
from sayso.records import AnnotatedItem, Options, Region, Regions, Sample, TextPart

__all__ = ["Rendering"]


@proofs.register("rendering")
class Rendering(Proof):
    """Looks at the rendered prompts themselves."""

    summary = "every task runs on every item, and every wording renders every example, with all slots filled"

    def __init__(self) -> None:
        self._broken: Tally[tuple[str, str]] = Tally()

    def see_failure(self, subject: Subject, item: AnnotatedItem, error: Exception) -> None:
        """The function of the task itself fails."""
        reason = f"could not be made: {type(error).__name__}: {error}".replace(item.id, "the item")
        self._broken.add((subject.task.name, reason), item.id)

    def see(self, seen: Seen) -> None:
        """Failures to render, blank slots, options that do not stand exactly once."""
        task, example = seen.subject.task, seen.example
        for template, reason in seen.failures.items():
            said = reason.replace(example.id, "the example")
            self._broken.add((task.name, f"cannot be rendered under wording {template}: {said}"), example.id)
        for name in task.slots:
            if _blank(example.fields.get(name, "")):
                self._broken.add((task.name, f"have nothing to read in slot {{{name}}}"), example.id)
        for sample in () if example.messages else seen.prompts:
            if missed := _misses(sample):
                self._broken.add((task.name, f"{missed} under wording {sample.template}"), example.id)

    def findings(self) -> Iterator[Finding]:
        """One per task and reason."""
        for (task, reason), count, ids in self._broken:
            yield Finding(
                check="rendering",
                level="error",
                task=task,
                count=count,
                examples=ids,
                text=f"{many(count, 'example')} {reason}",
                remedy="correct the wording or the rows",
            )


def _blank(value: object) -> bool:
    if isinstance(value, Options | Regions):
        return not value.items
    return not isinstance(value, Region) and not str(value).strip()


def _misses(sample: Sample) -> str | None:
    roles = [
        span.role
        for message in sample.messages
        for part in message.parts
        if isinstance(part, TextPart)
        for span in part.spans
    ]
    shown = roles.count("options")
    return f"show their options {shown} times" if shown != bool(sample.options) else None
