"""How far the calling is, for people: a bar, and now and then a line with rate, cost and time left."""

import time
from collections.abc import Callable, Iterable, Sized

from sayso.artifacts import Progress

__all__ = ["Meter"]

NOTE_EVERY_S = 30.0


class Meter:
    """Counts what one `answer` hands on; `spent` says what it cost so far."""

    def __init__(self, progress: Progress, *, label: str, requests: Iterable[object], spent: Callable[[], str]) -> None:
        self._progress, self._spent = progress, spent
        self._total = len(requests) if isinstance(requests, Sized) else None
        self._started = self._noted = time.monotonic()
        self.done = self.stored = self.failed = 0
        progress.start(f"asking {label}", total=self._total)

    def advance(self, *, stored: bool = False, failed: bool = False) -> None:
        """One more is answered: from the store, or not at all."""
        self.done += 1
        self.stored += stored
        self.failed += failed
        self._progress.advance(1)
        if self.done % 64 == 0 and time.monotonic() - self._noted > NOTE_EVERY_S:
            self._noted = time.monotonic()
            self._progress.note(self.told())

    def end(self) -> None:
        """A last line, where somebody waited long or something failed."""
        if self.failed or self._noted > self._started:
            self._progress.note(self.told())

    def told(self) -> str:
        """The line."""
        seconds = max(time.monotonic() - self._started, 1e-6)
        rate = (self.done - self.stored) / seconds
        of = f" of {self._total:,}" if self._total is not None else ""
        parts = [
            f"{self.done - self.failed:,}{of} answered, {self.stored:,} of them before",
            f"{self.failed:,} failed" if self.failed else "",
        ]
        parts += [f"{rate:,.3g} a second", self._spent()]
        if self._total is not None and rate and self.done < self._total:
            parts.append(f"{_minutes((self._total - self.done) / rate)} left")
        return ", ".join(filter(None, parts))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
