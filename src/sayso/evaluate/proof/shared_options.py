"""Options that belong to another task: the same list under several tasks whose right answers never meet.

In MultiInstruct's release the rows of three MEDIC tasks offer the twelve labels of all three, so that most options
cannot be right and the task can be told by exclusion. Lists of yes, no and not sure are shared by nature.
"""

from collections import Counter
from collections.abc import Iterator

from sayso.evaluate.proof._protocol import Finding, Proof, Seen, proofs
from sayso.evaluate.proof._tally import field_key
from sayso.instructions.render import options_of

__all__ = ["SharedOptions"]

VERDICTS = frozenset(
    ("yes", "no", "true", "false", "unknown", "not sure", "maybe", "neutral", "entailment", "contradiction")
)
FEWEST = 3
KEPT = 2000


@proofs.register("shared_options")
class SharedOptions(Proof):
    """Tasks that offer one list in half of their rows or more are compared by list."""

    summary = "no two tasks with different answers offer the same list of options"

    def __init__(self) -> None:
        self._lists: dict[str, Counter[str]] = {}
        self._rows: Counter[str] = Counter()
        self._gold: dict[str, set[str]] = {}
        self._ids: dict[tuple[str, str], str] = {}

    def see(self, seen: Seen) -> None:
        """Count its list."""
        options, name = options_of(seen.example), seen.subject.task.name
        if options is None or len(options.items) < FEWEST or not all(isinstance(item, str) for item in options.items):
            return
        words = field_key(options)
        if set(words.split(" | ")) <= VERDICTS:
            return
        self._rows[name] += 1
        lists = self._lists.setdefault(name, Counter())
        if words in lists or len(lists) < KEPT:
            lists[words] += 1
        self._gold.setdefault(name, set()).update(field_key(answer) for answer in seen.example.references)
        self._ids.setdefault((name, words), seen.example.id)

    def findings(self) -> Iterator[Finding]:
        """One per list."""
        usual: dict[str, list[str]] = {}
        for name, lists in self._lists.items():
            words, count = lists.most_common(1)[0]
            if 2 * count >= self._rows[name]:
                usual.setdefault(words, []).append(name)
        for words, names in usual.items():
            apart = sorted(name for name in names if self._apart(name, names))
            if len(apart) > 1:
                yield self._finding(words, apart)

    def _apart(self, name: str, names: list[str]) -> bool:
        return all(other == name or not self._gold[name] & self._gold[other] for other in names)

    def _finding(self, words: str, names: list[str]) -> Finding:
        right = "; ".join(f"{name}: {', '.join(sorted(self._gold[name])[:4])}" for name in names)
        return Finding(
            check="shared_options",
            level="error",
            task=names[0],
            count=sum(self._rows[name] for name in names),
            examples=tuple(self._ids[name, words] for name in names),
            text=f"{len(names)} tasks offer the same {words.count(' | ') + 1} options and never share a right answer ({right}): "
            "each offers the labels of the others",
            remedy="offer each task its own labels",
        )
