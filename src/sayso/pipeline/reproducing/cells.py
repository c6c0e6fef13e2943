"""The grid of a reproduction: a run for each arm and seed, in a folder of its own, measured as soon as it is over.

`cells/ARM-seedN/` is the folder of `sayso run` with the recipe of its seed (`recipes/seed-N.yaml`) and the changes of its arm, and `run.json` in it holds the measures. It is written last,
so a cell that has one is done and is not asked again; whoever deletes the folder has it made anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.artifacts import write_json
from sayso.errors import DataError
from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.measuring import measure_run
from sayso.pipeline.reproducing.plan import Measure
from sayso.pipeline.reproducing.preparing import Design
from sayso.pipeline.studying.grid import Cell
from sayso.records import Record

__all__ = ["ArmCell", "cells_of", "Kept", "kept_runs"]

NAME = "run.json"


class Kept(Record, frozen=True, kw_only=True):
    """What `run.json` holds: a run under the registration with this digest, and why measures of it are None."""

    digest: str
    run: ArmRun
    reasons: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ArmCell(Cell):
    """One run of an arm; `measures` are those that can be had here, `absent` says why the others cannot."""

    recipe: Path
    evaluate: str
    measures: Mapping[str, Measure]
    absent: Mapping[str, str]
    digest: str

    def command(self, recipe: Path, *, shared: Path) -> list[str]:
        """What one would type to run it alone; the recipe is its own."""
        return super().command(self.recipe, shared=shared)

    def finished(self) -> None:
        """Measure it and write down what was found."""
        found = measure_run(self.folder, arm=self.value, seed=self.seed, evaluate=self.evaluate, measures=self.measures)
        measures = {**found.run.measures, **dict.fromkeys(self.absent)}
        kept = Kept(
            digest=self.digest,
            run=msgspec.structs.replace(found.run, measures=measures),
            reasons={**found.reasons, **self.absent},
        )
        write_json(self.folder / NAME, msgspec.to_builtins(kept))

    def kept(self) -> Kept | None:
        """What was found, or None where the run is not over.

        Raises:
            DataError: it cannot be read, or is of another registration.
        """
        path = self.folder / NAME
        if not path.exists():
            return None
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=Kept)
        except (OSError, msgspec.MsgspecError) as error:
            raise DataError(f"{path} cannot be read ({error}); delete {self.folder}") from error
        if kept.digest != self.digest:
            raise DataError(
                f"{path} is of another plan (digest {kept.digest}, not {self.digest}); delete {self.folder}"
            )
        return kept


def cells_of(design: Design, *, folder: Path, digest: str) -> Iterator[ArmCell]:
    """A cell for each arm that can be run and each seed, arms in the order of the plan; writes the recipes that they take."""
    recipes = {seed: folder / "recipes" / f"seed-{seed}.yaml" for seed in design.seeds}
    for seed, path in recipes.items():
        write_json(path, design.recipe(seed))  # JSON is YAML, and leaves no doubt which texts are numbers
    measures = design.plan.measures
    absent = {name: _absence(measure, design.missing) for name, measure in measures.items()}
    for arm, written in design.plan.arms.items():
        if not design.lacks(arm):
            for seed in design.seeds:
                yield ArmCell(
                    value=arm,
                    seed=seed,
                    changes=design.changes(arm, seed),
                    folder=folder / "cells" / f"{arm}-seed{seed}",
                    recipe=recipes[seed],
                    evaluate=written.evaluate,
                    measures={name: one for name, one in measures.items() if not absent[name]},
                    absent={name: why for name, why in absent.items() if why},
                    digest=digest,
                )


def _absence(measure: Measure, missing: Sequence[str]) -> str:
    lacking = [name for name in measure.needs if name in missing]
    return f"'{measure.label}' needs {' and '.join(lacking)}, which was not set" if lacking else ""


def kept_runs(cells: Sequence[ArmCell]) -> list[Kept]:
    """All that are over, in the order of the cells."""
    return [kept for cell in cells if (kept := cell.kept()) is not None]
