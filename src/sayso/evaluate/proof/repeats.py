"""The same record more than once: the same pictures, the same fields, the same answers.

Rows that agree in everything but the answer are told apart from rows that are plain copies: the first may be two people's opinions.
Keeps a hash of each example.
"""

from collections.abc import Iterator

from sayso.evaluate.proof._protocol import Finding, Proof, Seen, proofs
from sayso.evaluate.proof._tally import Tally, field_key, media_key
from sayso.records import Example
from sayso.seeds import derive

__all__ = ["Repeats"]


@proofs.register("repeats")
class Repeats(Proof):
    """By task and split."""

    summary = "no record stands there twice"

    def __init__(self) -> None:
        self._first: dict[int, str] = {}
        self._asked: dict[int, int] = {}
        self._copies: Tally[tuple[str, str]] = Tally()
        self._disputed: Tally[str] = Tally()
        self._totals: dict[tuple[str, str], int] = {}

    def see(self, seen: Seen) -> None:
        """Compare its hash with those before."""
        example, name = seen.example, seen.subject.task.name
        if example.messages:
            return
        part = (name, example.split)
        self._totals[part] = self._totals.get(part, 0) + 1
        asked = _asked(example)
        answered = derive(asked, *sorted(field_key(answer) for answer in example.references))
        if answered in self._first:
            self._copies.add(part, example.id)
        elif asked in self._asked and self._asked[asked] != answered:
            self._disputed.add(name, example.id)
        self._first.setdefault(answered, example.id)
        self._asked.setdefault(asked, answered)

    def findings(self) -> Iterator[Finding]:
        """Copies are a warning, disputed answers a note."""
        for (name, split), count, ids in self._copies:
            total = self._totals[name, split]
            yield Finding(
                check="repeats",
                level="warning",
                task=name,
                count=count,
                examples=ids,
                text=f"{count:,} of {total:,} {split} examples repeat an earlier one: same media, same text, same answer "
                f"({total - count:,} are distinct)",
                remedy="drop the copies; they weigh double in training and make intervals too narrow",
            )
        for name, count, ids in self._disputed:
            yield Finding(
                check="repeats",
                level="note",
                task=name,
                count=count,
                examples=ids,
                text=f"{count:,} examples ask an earlier one's question about the same media and give another answer",
                remedy="look whether both are right; if so, one record may hold both as references",
            )


def _asked(example: Example) -> int:
    fields = (f"{name}={field_key(value)}" for name, value in sorted(example.fields.items()))
    return derive(example.task, example.split, *media_key(example), *fields)
