"""`sayso reproduce`: plans are checked, registered, run and told.

All plans are loaded and checked before anything is written, and registered before anything is run. Primary arms of all plans come first, then further arms in the order of the plans. What
was found so far is written whenever a part of the grid is over, and also when it is stopped; the same command goes on.
"""

import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import Progress, write_json, write_jsonl
from sayso.errors import ConfigError
from sayso.instructions.foreign import foreign_wordings
from sayso.pipeline.reproducing.cells import ArmCell, Kept, cells_of, kept_runs
from sayso.pipeline.reproducing.combined import write_combined
from sayso.pipeline.reproducing.deciding import findings, read_at
from sayso.pipeline.reproducing.found import Results
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.page import write_pages
from sayso.pipeline.reproducing.plan import Plan
from sayso.pipeline.reproducing.preparing import DATA, Design, check_design
from sayso.pipeline.reproducing.registering import draft, plan_as_run, plan_text, register
from sayso.pipeline.running import locked
from sayso.pipeline.studying.grid import run_cells

__all__ = ["Reproduced", "Reproduction", "reproduce", "told_plans"]

LONG_S = 60.0
"""What a run may take at the scale `cpu`, with its evaluation."""


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What is asked for: plans, their scale, and how long it may take.

    Without `hours` primary arms are run at the scale `cpu`, and all arms at any other; with it all are, and no run is begun when the hours are over.
    """

    plans: tuple[Path, ...]
    scale: str = "cpu"
    seeds: tuple[int, ...] = ()
    hours: float | None = None
    jobs: int | None = None
    overrides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.hours is not None and not self.hours > 0:
            raise ConfigError(f"--hours {self.hours:g}: give more than 0, or leave it out to run the primary arms")
        if self.jobs is not None and self.jobs < 1:
            raise ConfigError(f"--jobs {self.jobs}; use 1 or more")

    def command(self, plan: str | Path) -> str:
        """What one types for one of the plans."""
        seeds = ["--seeds", *map(str, self.seeds)] if self.seeds else []
        hours = [] if self.hours is None else ["--hours", f"{self.hours:g}"]
        changes = ["--set", *self.overrides] if self.overrides else []
        return shlex.join(["sayso", "reproduce", str(plan), "--scale", self.scale, *seeds, *hours, *changes])

    @property
    def further(self) -> bool:
        """Whether arms that are not primary are run too."""
        return self.hours is not None or self.scale != "cpu"

    def designs(self, out: Path) -> list[Design]:
        """The plans, checked and ready to run; nothing is written.

        Raises:
            ConfigError: one of them cannot be run as it is.
        """
        designs = [
            Design.of(
                load_plan(path),
                size=self.scale,
                seeds=self.seeds,
                overrides=self.overrides,
                templates=out / "multi_instruct_templates.jsonl",
            )
            for path in self.plans
        ]
        names = [design.plan.name for design in designs]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ConfigError(f"two plans are named {twice!r}, and both would be in {out / twice}; rename one")
        for design in designs:
            check_design(design)
        return designs


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """A plan with what is found of it so far."""

    plan: Plan
    results: Results
    folder: Path

    @property
    def long_runs(self) -> tuple[tuple[str, int, float], ...]:
        """Arm, seed and seconds of runs that took longer than they may at the scale `cpu`, the longest first."""
        slow = [(run.arm, run.seed, run.total_s) for run in self.results.runs if run.total_s > LONG_S]
        return tuple(sorted(slow, key=lambda run: (-run[2], run[0], run[1])))

    def as_json(self) -> dict[str, Any]:
        """What `--json` says of it."""
        return {
            "plan": self.results.plan,
            "scale": self.results.scale,
            "digest": self.results.digest,
            "runs": len(self.results.runs),
            "long_runs": [{"arm": arm, "seed": seed, "total_s": took} for arm, seed, took in self.long_runs],
            "findings": [msgspec.to_builtins(finding) for finding in self.results.findings],
            "page": str(self.folder / "page.html"),
        }


def told_plans(asked: Reproduction, *, out: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What would be registered for each plan, as text and as JSON; nothing is written or run."""
    for design in asked.designs(out):
        made = draft(design)
        yield plan_text(plan_as_run(design), made), msgspec.to_builtins(made)


def reproduce(asked: Reproduction, *, out: Path, progress: Progress | None = None) -> list[Reproduced]:
    """Register and run plans in `out`, one folder each, and write what was found; `index.html` is of all together, where there are several.

    Raises:
        ConfigError: a plan cannot be run, or its folder holds another one.
        SaysoError: a run failed; what was found until then is written, and the same command goes on.
    """
    until = None if asked.hours is None else time.monotonic() + 3600 * asked.hours
    designs = asked.designs(out)
    if any(design.wants_templates and DATA not in design.missing for design in designs):
        write_jsonl(out / "multi_instruct_templates.jsonl", foreign_wordings(Path(os.environ[DATA])))
    with ExitStack() as locks:
        for design in designs:
            locks.enter_context(locked(out / design.plan.name))
        grids = [_Grid(design, asked, out=out, progress=progress or Progress()) for design in designs]
        try:
            for primary in (True, False) if asked.further else (True,):
                for grid in grids:
                    grid.run(primary=primary, until=until)
        finally:
            found = [grid.told() for grid in grids]
            if len(found) > 1:
                write_combined([(one.plan, one.results) for one in found], out=out)
    return found


class _Grid:
    """The cells of one registered plan."""

    def __init__(self, design: Design, asked: Reproduction, *, out: Path, progress: Progress) -> None:
        self._design, self._asked, self._progress = design, asked, progress
        self._shared, self._folder = out / "shared-stages", out / design.plan.name
        self._registration = register(design, folder=self._folder)
        self._cells = list(cells_of(design, folder=self._folder, digest=self._registration.digest))

    def run(self, *, primary: bool, until: float | None) -> None:
        """Run what is not over yet of the primary arms or of the others, up to each look and then on; results are written after each."""
        done, arms = 0, self._design.plan.arms
        for look in read_at(self._design.scale):
            seeds = self._design.seeds[done:look]
            todo = [
                cell
                for cell in self._cells
                if cell.seed in seeds and arms[cell.value].primary == primary and cell.kept() is None
            ]
            if todo:
                self._run(todo, what="runs" if primary else "runs of further arms", until=until)
            done = look

    def _run(self, cells: Sequence[ArmCell], *, what: str, until: float | None) -> None:
        self._progress.note(f"{self._design.plan.name}: {len(cells)} {what}")
        run_cells(
            cells,
            recipe=self._design.loaded.path,
            shared=self._shared,
            jobs=self._asked.jobs or min(2, os.cpu_count() or 1),
            progress=self._progress,
            may_begin=lambda: until is None or time.monotonic() < until,
        )
        self.told()
        if left := sum(cell.kept() is None for cell in cells):
            self._progress.note(f"the hours are over, {left} {what} are left; the same command goes on")

    def told(self) -> Reproduced:
        """Write `results.json` and the pages from the runs that are over."""
        made, kept, plan = self._registration, kept_runs(self._cells), plan_as_run(self._design)
        runs, looks = tuple(one.run for one in kept), read_at(self._design.scale)
        found = findings(
            plan,
            runs,
            confidence=made.confidence,
            looks=len(looks),
            read_at=looks,
            missing=_reasons(self._design, kept),
        )
        results = Results(
            plan=plan.name,
            scale=made.scale,
            version=made.version,
            digest=made.digest,
            registered=made.registered,
            confidence=made.confidence,
            runs=runs,
            findings=found,
            command=self._asked.command(_shipped(self._design)),
        )
        write_json(self._folder / "results.json", msgspec.to_builtins(results))
        write_pages(plan, results, out=self._folder)
        return Reproduced(plan=plan, results=results, folder=self._folder)


def _shipped(design: Design) -> str | Path:
    """What names the plan on the command line: shipped ones have a name, others the path they were given by."""
    path = design.loaded.path
    return design.plan.name if path.parent.name == "reproductions" and path.stem == design.plan.name else path


def _reasons(design: Design, kept: Sequence[Kept]) -> Mapping[str, str]:
    """Why arms were not run and measures not had, by arm and `ARM/MEASURE`."""
    reasons = {f"{one.run.arm}/{name}": why for one in kept for name, why in one.reasons.items()}
    for name, arm in design.plan.arms.items():
        if lacking := design.lacks(name):
            reasons[name] = f"the arm '{arm.label}' needs {' and '.join(lacking)}, which was not set"
    return reasons
