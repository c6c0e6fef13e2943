"""Which units are task templates, by how often they recur.

The L2T paper (arXiv:2503.22215) counts sentences over the whole corpus and takes the most frequent. Where it cuts and which sentences
it took are open in the paper, so every number here is a setting of ours.

    templates = ((the first `top` by count) or (share of turns >= min_share)), each at least min_count times
                + the shipped list + `include` - `exclude` - questions (unless these are masked too)

A question that recurs ("Who wrote this book?") is what the instruction asks, not how it is to be answered: it stays a target, unless
`questions` says mask. Units just below the thresholds are told too, for a person to see where the cut was made.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from sayso.errors import ConfigError
from sayso.instructions.task_templates.counting import Seen, UnitCounter
from sayso.instructions.task_templates.known import known_units
from sayso.instructions.task_templates.units import is_prefix, is_question, key_of

__all__ = ["find_units", "FoundUnit", "Settings"]

SHOWN_BELOW = 20
NOT_SEEN = Seen(text="", example="")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the cut is made; all numbers are open in the paper and ours.

    `top` most frequent units are templates, and those in at least `min_share` of all turns; none of them with fewer than `min_count`.
    `questions` says whether units that ask are masked like other templates. `option_labels` says whether `A.` and `(A)` before
    options are. `include` and `exclude` win over all counts.
    """

    top: int = 20
    min_share: float = 0.002
    min_count: int = 5
    questions: Literal["keep", "mask"] = "keep"
    option_labels: Literal["keep", "mask"] = "keep"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse numbers that cannot be.

        Raises:
            ConfigError: one of them.
        """
        if self.top < 0:
            raise ConfigError(f"--top is {self.top}; give 0 or more")
        if not 0 < self.min_share <= 1:
            raise ConfigError(f"--min-share is {self.min_share}; give a share of turns above 0, up to 1")
        if self.min_count < 1:
            raise ConfigError(f"--min-count is {self.min_count}; give 1 or more")
        if both := sorted({key_of(one) for one in self.include} & {key_of(one) for one in self.exclude}):
            raise ConfigError(f"{both[0]!r} is both in --include and in --exclude; leave it in one of them")


class FoundUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the reviewable file: `mask` is what training goes by, all else informs the person who edits it.

    `share` is that of all turns, `verdict` what was proposed and `why` for which reason; `example` is the id of a conversation that has it.
    """

    mask: bool
    text: str
    kind: Literal["sentence", "prefix"]
    count: int
    share: float
    verdict: Literal["template", "question", "kept"]
    why: str
    example: str = ""


def find_units(counter: UnitCounter, *, settings: Settings) -> list[FoundUnit]:
    """The units of the corpus that recur, templates and others, by count; then those on a list that were not seen.

    Raises:
        ConfigError: a setting that cannot be.
    """
    settings.check()
    ranked = sorted((key for key in counter.counts if counter.counts[key] > 1), key=lambda k: (-counter.counts[k], k))
    judge = _Judge(counter, settings)
    found = [judge.unit(key, rank=rank) for rank, key in enumerate(ranked, start=1) if judge.is_told(key, rank=rank)]
    known = set(ranked)
    listed = {key_of(text): text for text in (*judge.shipped.values(), *settings.include)}
    return found + [
        judge.unit(key, rank=0, text=text)
        for key, text in listed.items()
        if key not in known and (key in counter.counts or key in judge.included)
    ]


class _Judge:
    """The rules, one unit at a time."""

    def __init__(self, counter: UnitCounter, settings: Settings) -> None:
        known = known_units()
        self.counter, self.settings = counter, settings
        self.included = {key_of(text) for text in settings.include}
        self.excluded = {key_of(text) for text in settings.exclude}
        self.shipped = {key_of(entry.text): entry.text for entry in known.templates}
        self.asked = {key_of(entry.text) for entry in known.questions}
        self.num_below = 0

    def is_told(self, key: str, *, rank: int) -> bool:
        """Whether a person should see the unit: it is in, or was taken out, or is one of the first below the cut."""
        if self._listed(key) or self._frequent(key, rank=rank):
            return True
        self.num_below += 1
        return self.num_below <= SHOWN_BELOW

    def unit(self, key: str, *, rank: int, text: str = "") -> FoundUnit:
        count = self.counter.counts.get(key, 0)
        seen = self.counter.seen.get(key, NOT_SEEN)
        verdict, why = self._verdict(key, rank=rank)
        return FoundUnit(
            mask=verdict == "template" or (verdict == "question" and self.settings.questions == "mask"),
            text=seen.text or text,
            kind="prefix" if is_prefix(key) else "sentence",
            count=count,
            share=round(count / max(1, self.counter.num_turns), 6),
            verdict=verdict,
            why=why,
            example=seen.example,
        )

    def _listed(self, key: str) -> bool:
        return key in self.included or key in self.excluded or key in self.shipped

    def _verdict(self, key: str, *, rank: int) -> tuple[Literal["template", "question", "kept"], str]:
        if key in self.included:
            return "template", "include"
        if key in self.excluded:
            return "kept", "exclude"
        if key in self.shipped:
            return "template", "shipped list"
        why = next(self._reasons(key, rank=rank), "")
        if not why:
            return "kept", "below the thresholds"
        return ("question" if is_question(key) or key in self.asked else "template"), why

    def _frequent(self, key: str, *, rank: int) -> bool:
        return any(True for _ in self._reasons(key, rank=rank))

    def _reasons(self, key: str, *, rank: int) -> Iterator[str]:
        count, chosen = self.counter.counts.get(key, 0), self.settings
        if count < chosen.min_count:
            return
        if count >= chosen.min_share * self.counter.num_turns:
            yield f"in {count / self.counter.num_turns:.2%} of turns"
        if 0 < rank <= chosen.top:
            yield f"number {rank} by count"
