"""The loop of a build: rows in, examples out, in memory that does not grow with either.

    for each source, for each row:  bad -> quarantine;  item -> every task whose needs it meets -> examples -> writer

Every CHECKPOINT rows the files are flushed and the state is saved; a killed build skips the rows before that and goes on. What is
written depends on rows, seed and caps alone, never on where a build was stopped.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, Self

import msgspec

from sayso import tasks
from sayso.artifacts import Progress
from sayso.config import BuildConfig, SourceConfig
from sayso.data.ids import IdLog, repeated_id
from sayso.data.plan import TaskPlan, example_problem
from sayso.data.progress import IDS, QUARANTINE, BuildState, save_state
from sayso.data.walk import walk
from sayso.data.writer import ExampleWriter
from sayso.errors import DataError, blame
from sayso.records import AnnotatedItem
from sayso.sources import BadRow

__all__ = ["Builder", "CHECKPOINT"]

CHECKPOINT = 4096
"""Rows between two saved states; at most so many are done again after a kill."""
PATIENCE = 2000
"""Items of a source after which a task that a pattern selected, and none of them suits, no longer keeps the build going."""
KEPT_PLACES = 5
KEPT_LICENSES = 200


class Builder:
    """Runs sources through tasks into `folder`, from `state` on, which it updates."""

    def __init__(
        self, folder: Path, *, config: BuildConfig, plans: list[TaskPlan], seed: int, state: BuildState
    ) -> None:
        self._folder, self._config, self._plans, self._seed = folder, config, plans, seed
        self.state = state
        self._writers = {
            split: ExampleWriter(folder, split=split, state=state.spools.get(split)) for split in ("train", "test")
        }
        self._quarantine = _Quarantine(folder / QUARANTINE, size=state.quarantine_bytes)
        self._ids = IdLog(folder / IDS, size=state.ids_bytes)
        self._suited = {frozenset(names): self._suits(frozenset(names)) for names in state.provided}
        self._caps = {"train": config.max_examples_per_task, "test": config.max_test_examples_per_task}

    def run(self, progress: Progress) -> Self:
        """Walk every row that is left, then write the last shards.

        Raises:
            DataError: a source cannot be read, a task failed, two items have one id, or there are too many bad rows.
            BackendError: the disk is full.
        """
        progress.start("rows")
        progress.advance(self.state.row)
        for source in self._config.sources[self.state.source :]:
            self._run_source(source, progress)
            self.state.source, self.state.row, self.state.num_seen = self.state.source + 1, 0, 0
            self._save()
        if problem := repeated_id(self._ids, sources=self._config.sources, seed=self._seed):
            raise DataError(problem)
        return self

    def finish(self) -> None:
        """Write the last shards."""
        for writer in self._writers.values():
            writer.close()

    def release(self) -> None:
        """Close every file, whatever happened."""
        for file in (self._quarantine, self._ids):
            with suppress(OSError):  # a full disk, which was told already
                file.close()
        for writer in self._writers.values():
            writer.release()

    def _run_source(self, source: SourceConfig, progress: Progress) -> None:
        if self._is_full(source):
            return
        rows = islice(walk(source, seed=self._seed), self.state.row, None)
        for number, row in enumerate(rows, start=self.state.row + 1):
            if isinstance(row, BadRow):
                self._reject(row, source=source.name)
            else:
                self._ids.add(row.id, source=self.state.source, row=number - 1)
                self._take(row, source=source.name)
            if number % 64 == 0:
                progress.advance(64)
                if self._is_full(source):
                    return
            if number % CHECKPOINT == 0:
                self.state.row = number
                self._save()

    def _take(self, item: AnnotatedItem, *, source: str) -> None:
        self.state.num_items += 1
        self.state.num_seen += 1
        for plan in self._plans_for(item):
            name = plan.task.name
            self.state.met[name] = self.state.met.get(name, 0) + 1
            if plan.held_out is None or item.split == "test":
                self._make(plan, item, source=source)

    def _make(self, plan: TaskPlan, item: AnnotatedItem, *, source: str) -> None:
        task, counts, cap = plan.task, self.state.examples[item.split], self._caps[item.split]
        writer = self._writers[item.split]
        if cap is not None and counts.get(task.name, 0) >= cap:
            return
        with blame(DataError, f"task {task.name!r} on item {item.id!r}"):
            examples = list(tasks.make_examples(task, item=item, seed=self._seed))
        for example in examples:
            if problem := example_problem(example, slots=task.slots, style=self._config.prompt.options):
                self._reject(BadRow(place=example.id, reason=f"task {task.name}: {problem}"), source=source)
            elif cap is None or counts.get(task.name, 0) < cap:
                writer.add(example)
                counts[task.name] = counts.get(task.name, 0) + 1
                self._count_license(example.license)

    def _count_license(self, name: str) -> None:
        counts = self.state.licenses
        if name not in counts and len(counts) >= KEPT_LICENSES:  # some corpora state another one in every row
            name = "other licenses"
        counts[name] = counts.get(name, 0) + 1

    def _plans_for(self, item: AnnotatedItem) -> list[TaskPlan]:
        provided = tasks.provides(item)
        if provided not in self._suited:
            self._suited[provided] = self._suits(provided)
            self.state.provided.append(sorted(provided))
        return self._suited[provided]

    def _suits(self, provided: frozenset[str]) -> list[TaskPlan]:
        return [plan for plan in self._plans if plan.task.needs <= provided]

    def _reject(self, row: BadRow, *, source: str) -> None:
        self._quarantine.add(row, source=source)
        counts, places = self.state.bad_rows, self.state.bad_places
        counts[row.reason] = counts.get(row.reason, 0) + 1
        if len(places) < KEPT_PLACES:
            places.append(f"{row.place}: {row.reason}")
        if self.state.num_bad_rows > self._config.max_bad_rows:
            raise DataError(_too_many(self.state, allowed=self._config.max_bad_rows, source=source))

    def _is_full(self, source: SourceConfig) -> bool:
        """Whether no task can take anything more from this source."""
        return all(self._plan_is_full(plan, source) for plan in self._plans)

    def _plan_is_full(self, plan: TaskPlan, source: SourceConfig) -> bool:
        name = plan.task.name
        if not plan.required and self.state.num_seen >= PATIENCE and name not in self.state.met:
            return any(cap is not None for cap in self._caps.values())
        return all(
            (cap := self._caps[split]) is not None and self.state.count(split, name) >= cap
            for split in _splits(plan, source)
        )

    def _save(self) -> None:
        self.state.spools = {split: writer.checkpoint() for split, writer in self._writers.items()}
        self.state.quarantine_bytes = self._quarantine.flush()
        self.state.ids_bytes = self._ids.flush()
        save_state(self._folder, self.state)


def _splits(plan: TaskPlan, source: SourceConfig) -> Iterator[str]:
    if source.use != "test" and plan.held_out is None:
        yield "train"
    if source.use != "train":
        yield "test"


def _too_many(state: BuildState, *, allowed: int, source: str) -> str:
    reasons = "; ".join(
        f"{count} x {reason}" for reason, count in sorted(state.bad_rows.items(), key=lambda pair: -pair[1])[:5]
    )
    places = "\n  ".join(state.bad_places)
    return (
        f"source {source!r}: {state.num_bad_rows} bad rows, {allowed} allowed ({reasons}). The first:\n  {places}\n"
        f"Mend them, or let them go to quarantine with build.max_bad_rows: {max(10, 2 * state.num_bad_rows)}"
    )


class _Quarantine:
    """Bad rows as JSON lines `{"source", "place", "reason"}`; anything after `size` bytes is cut off."""

    def __init__(self, path: Path, *, size: int) -> None:
        self._file: IO[bytes] = path.open("ab")
        self._file.truncate(size)
        self._encoder = msgspec.json.Encoder()

    def add(self, row: BadRow, *, source: str) -> None:
        line = {"source": source, "place": row.place, "reason": row.reason}
        self._file.write(self._encoder.encode(line) + b"\n")

    def close(self) -> None:
        self._file.close()

    def flush(self) -> int:
        self._file.flush()
        os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_size
