"""Everything people see: progress and messages on standard error, results on standard output."""

import json
import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sayso.artifacts import Progress, strict

__all__ = ["be_quiet", "ConsoleProgress", "print_json", "stderr", "stdout"]

stderr = Console(stderr=True, highlight=False, soft_wrap=True)
"""Messages and progress."""
stdout = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
"""Results."""


def be_quiet() -> None:
    """Print nothing but failures; another process of the same launch speaks."""
    stdout.quiet = stderr.quiet = True


def print_json(value: Any) -> None:
    """One JSON value as the last line of standard output."""
    if stdout.quiet:
        return
    sys.stdout.write(json.dumps(strict(value), ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


class ConsoleProgress(Progress):
    """A bar on a terminal; elsewhere a line now and then, so that logs stay readable."""

    LINE_EVERY_S = 20.0

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._label, self._total, self._done = "", 0, 0
        self._started = self._said = 0.0

    def __enter__(self) -> "ConsoleProgress":
        if stderr.is_terminal:
            self._bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=stderr,
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def start(self, label: str, *, total: int | None = None) -> None:
        """Begin a new line or bar."""
        self._label, self._total, self._done = label, total or 0, 0
        self._started = self._said = time.monotonic()
        if self._bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(label, total=total)
        else:
            stderr.print(f"  {label} ...")

    def advance(self, steps: int = 1) -> None:
        """Move the bar, or say how far it is every 20 s."""
        self._done += steps
        if self._bar and self._task is not None:
            self._bar.advance(self._task, steps)
        elif time.monotonic() - self._said > self.LINE_EVERY_S:
            self._said = time.monotonic()
            of = f" of {self._total:,}" if self._total else ""
            stderr.print(f"  {self._label}: {self._done:,}{of} after {self._said - self._started:.0f} s")

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        stderr.print(f"  {text}", markup=False)

    def show(self, markup: str) -> None:
        """Print it above the bar, on a terminal alone."""
        if stderr.is_terminal:
            stderr.print(markup)
