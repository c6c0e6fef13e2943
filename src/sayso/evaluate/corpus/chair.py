"""CHAIR: how many of the objects that a caption names are not in the picture.

Figures: `chair_i` (hallucinated mentions among all mentions, pooled over captions), `chair_s` (captions with at least one among all captions), `chair_recall` (objects of the pictures that
are named) and `chair_length` (words a caption), all fractions but the last. Look at the last two as well: a shorter caption invents less.

What is in a picture is what its instances say and what its reference captions name, through the same list of words (`_objects`); one of the two alone makes CHAIR look worse than it
is. References are the captions. `Answer.about` needs `objects`, the categories of the picture's instances with commas between them (may be empty); `image` makes several captions of a
picture one unit. An answer that could not be read has no caption: it counts in recall alone, with nothing named, and its reason is counted.

Numbers shift with the list of words and with how plurals are undone. `words` names another list, such as the published one, or `shapes`, for drawn scenes; the card has the hash of the list.

Source: Rohrbach et al. 2018, arXiv 1809.02156, section 3.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sayso.errors import DataError, did_you_mean
from sayso.evaluate.corpus._binary import group_sums, unit_of
from sayso.evaluate.corpus._objects import LISTS, Things, read_things, words
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["Chair", "chair"]


@dataclass(frozen=True)
class Chair:
    """Four figures under one list of words."""

    things: Things
    list_name: str

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """Mentions first."""
        source = f"CHAIR, arXiv 1809.02156; list of words {self.list_name}, SHA-256 {self.things.digest[:12]}"
        cut = "lower case, runs of a-z, own singulars"
        return (
            MetricCard(name="chair_i", source=source, higher_is_better=False, tokeniser=cut),
            MetricCard(name="chair_s", source=source, higher_is_better=False, tokeniser=cut),
            MetricCard(name="chair_recall", source=source, tokeniser=cut),
            MetricCard(name="chair_length", source="words a caption", high=float("inf"), tokeniser="white space"),
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Hallucinated mentions, mentions, captions with one, captions, objects named, objects, words."""
        rows: dict[str, list[list[float]]] = defaultdict(list)
        for answer in answers:
            rows[unit_of(answer)].append(self._row(answer))
        units, statistics = group_sums(rows)
        reasons = Counter(answer.reason or "no answer found" for answer in answers if answer.text is None)
        return Tally(units=units, statistics=statistics, reasons=reasons)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Ratios of sums."""
        invented, mentions, bad, captions, named, objects, length = sums_RK.T
        return {
            "chair_i": ratio(invented, mentions),
            "chair_s": ratio(bad, captions),
            "chair_recall": ratio(named, objects),
            "chair_length": ratio(length, captions),
        }

    def _row(self, answer: Answer) -> list[float]:
        there = self._there(answer)
        if answer.text is None:
            return [0, 0, 0, 0, 0, len(there), 0]
        said = self.things.mentions(answer.text)
        invented = sum(one not in there for one in said)
        length = len(answer.text.split())
        return [invented, len(said), invented > 0, 1, len(there & set(said)), len(there), length]

    def _there(self, answer: Answer) -> set[str]:
        """What is in the picture."""
        if "objects" not in answer.about:
            raise DataError(f"{answer.example}: CHAIR needs the categories of its instances; give `objects` in about")
        given = {name.strip().lower() for name in answer.about["objects"].split(",") if name.strip()}
        for name in given:
            if (category := self.things.names.get(tuple(words(name)))) != name:
                known = sorted(self.things.categories)
                raise DataError(
                    f"{answer.example}: {name!r} is no category of {self.list_name}{did_you_mean(category or name, known)}"
                )
        return given.union(*(self.things.mentions(reference) for reference in answer.references))


@corpus_metrics.register("chair")
def chair(*, words: str = "coco") -> Chair:
    """CHAIR with the list `words`: `coco` or `shapes` of the package, or a file.

    Raises:
        ConfigError: the file cannot be read, or says two things of one word.
    """
    path = LISTS.get(words) or Path(words)
    return Chair(read_things(path), path.name)
