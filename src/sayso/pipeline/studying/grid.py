"""The grid of a study or a reproduction: a run for each value (or arm) and seed, side by side in processes of their own, each resumable.

A cell is `sayso run` with the changes of its value. Stages that cells have in common (a base model, say) are made once and shared.
A grid that was killed goes on where its cells were.
"""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Any

import msgspec

from sayso.artifacts import Progress, read_jsonl
from sayso.errors import BackendError, ConfigError, DataError, GateError, SaysoError

__all__ = ["Cell", "run_cells"]

ERRORS = {kind.exit_code: kind for kind in (SaysoError, ConfigError, DataError, GateError)}
POLL_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One run: a value of the axis, a seed, and what they change in the recipe."""

    value: str
    seed: int
    changes: tuple[str, ...]
    folder: Path

    def command(self, recipe: Path, *, shared: Path) -> list[str]:
        """What one would type to run it alone."""
        head = [sys.executable, "-m", "sayso", "run", str(recipe), "--out", str(self.folder), "--shared", str(shared)]
        return [*head, "--set", *self.changes, f"seed={self.seed}"]

    def finished(self) -> None:
        """Called when its run is over and went well; nothing more is to be done here."""

    def summary(self, evaluate: str) -> dict[str, Any]:
        """`summary.json` of the finished run, whose evaluate stage has that name, and under `wordings` the rows of `scores.jsonl`.

        Raises:
            DataError: one of the two is missing or damaged.
        """
        folder = self.folder / evaluate
        path = folder / "summary.json"
        try:
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError) as error:
            raise DataError(f"{path} cannot be read ({error}); delete {self.folder} and run the study again") from error
        return found | {"wordings": list(read_jsonl(folder / "scores.jsonl", dict[str, Any]))}


def run_cells(
    cells: Sequence[Cell],
    *,
    recipe: Path,
    shared: Path,
    jobs: int,
    progress: Progress,
    may_begin: Callable[[], bool] = lambda: True,
) -> None:
    """Run all cells, `jobs` at a time; each has its share of the cores. One that may not begin when its turn comes is left out.

    Raises:
        SaysoError: of the kind that the first failing run ended with; the others are stopped, and all go on next time.
        KeyboardInterrupt: the study was told to end, by Ctrl-C or SIGTERM; its runs have ended too.
    """
    stop = Event()
    progress.start("runs", total=len(cells))
    threads = max(1, (os.cpu_count() or 1) // jobs)
    with _stopped_by_sigterm(), ThreadPoolExecutor(max_workers=jobs) as pool:
        runs = [
            pool.submit(_run, cell, cell.command(recipe, shared=shared), threads, stop, may_begin)
            for cell in _in_turn(cells)
        ]
        for run in runs:
            run.add_done_callback(lambda _: progress.advance())
        try:
            done, _ = wait(runs, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    for run in done:
        run.result()


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """A study that is told to end (by a scheduler, say) ends its runs first, as with Ctrl-C; only a main thread hears of it."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _in_turn(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Seed by seed beside one another, so that runs at the same time seldom wait for the same shared stage."""
    seeds = list(dict.fromkeys(cell.seed for cell in cells))
    rows = [[cell for cell in cells if cell.seed == seed] for seed in seeds]
    for number in range(max(map(len, rows), default=0)):
        yield from (row[number] for row in rows if number < len(row))


def _run(cell: Cell, command: list[str], threads: int, stop: Event, may_begin: Callable[[], bool]) -> None:
    if stop.is_set() or not may_begin():
        return
    cell.folder.mkdir(parents=True, exist_ok=True)
    _wait_for_earlier(cell.folder / ".lock", stop)
    log = cell.folder / "log.txt"
    with log.open("w") as output:
        environment = {"OMP_NUM_THREADS": str(threads), **os.environ}
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        code = _wait(process, stop)
    if code != 0 and not stop.is_set():
        stop.set()
        last = log.read_text(errors="replace").strip()[-2000:]
        failure = ERRORS.get(code, BackendError)
        raise failure(f"the run of {cell.value} with seed {cell.seed} failed (exit code {code}); {log} ends:\n{last}")
    if code == 0:
        cell.finished()


def _wait_for_earlier(lock: Path, stop: Event) -> None:
    """A run goes on when the grid that began it is killed, and would be in the way of its successor, which goes on where it ends."""
    with lock.open("w") as handle:
        while not stop.is_set():
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stop.wait(POLL_S)
            else:
                return


def _wait(process: subprocess.Popen[bytes], stop: Event) -> int:
    while True:
        try:
            return process.wait(timeout=POLL_S)
        except subprocess.TimeoutExpired:
            if stop.is_set():
                process.terminate()
