"""Options differ from one another as a reader sees them, and every answer is one of them."""

from collections.abc import Iterator

from sayso.evaluate.proof._protocol import Finding, Level, Proof, Seen, Subject, proofs
from sayso.evaluate.proof._tally import Tally, many
from sayso.instructions.render import options_of
from sayso.records import Example, Region

__all__ = ["OptionsDiffer"]


@proofs.register("options")
class OptionsDiffer(Proof):
    """What a build would refuse is an error; what only case or blanks tell apart is one too."""

    summary = "answers stand among the options, and options differ by more than case and blanks"

    def __init__(self) -> None:
        self._found: Tally[tuple[str, str]] = Tally()

    def see_unusable(self, subject: Subject, example: Example, reason: str) -> None:
        """The reason of the build."""
        self._found.add((subject.task.name, f"cannot be used: {reason}"), example.id)

    def see(self, seen: Seen) -> None:
        """Compare options folded."""
        options = options_of(seen.example)
        if options is None:
            return
        folded = [_fold(item) for item in options.items]
        if len(set(folded)) < len(folded):
            reason = "have options that only case, blanks or a hair's breadth tell apart"
            self._found.add((seen.subject.task.name, reason), seen.example.id)

    def findings(self) -> Iterator[Finding]:
        """One per task and reason."""
        for (task, reason), count, ids in self._found:
            level: Level = "error"
            yield Finding(
                check="options",
                level=level,
                task=task,
                count=count,
                examples=ids,
                text=f"{many(count, 'example')} {reason}",
                remedy="correct these rows; a build puts what it cannot use into quarantine",
            )


def _fold(item: str | Region) -> object:
    if isinstance(item, str):
        return " ".join(item.casefold().split())
    return item.medium, *(round(side, 3) for side in (item.x1, item.y1, item.x2, item.y2))
