"""Plans from YAML files, checked before anything is made: every name in a claim is one that the plan has.

What is wrong is an error that names file and line and the nearest name that would do. Whether the arms' recipes can be run is checked in `preparing`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sayso.config import read_yaml
from sayso.errors import ConfigError, did_you_mean
from sayso.pipeline.reproducing.deciding import findings
from sayso.pipeline.reproducing.plan import Arm, Claim, Curve, Measure, Plan, Scale

__all__ = ["load_plan", "Loaded"]

NAME = re.compile(r"\w[\w.-]*\Z")
PARTS: Mapping[str, type[BaseModel]] = {
    "arms": Arm,
    "measures": Measure,
    "claims": Claim,
    "curves": Curve,
    "scales": Scale,
}
WHERE = ("group", "distance", "task", "condition", "model")
PATHS = ("summary", "manifest")
Lines = Mapping[tuple[str | int, ...], int]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A plan and where it was written: `lines` are those of its keys in the file."""

    plan: Plan
    path: Path
    lines: Lines

    def place(self, *location: str | int) -> str:
        """`FILE, line 12, claims.L3`, of the nearest key that the file has."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return f"{self.path}, line {self.lines[location[:length]]}, {'.'.join(map(str, location))}"
        return f"{self.path}, {'.'.join(map(str, location))}"


def load_plan(path: Path) -> Loaded:
    """Read a plan and check all that it says of itself.

    Raises:
        ConfigError: the file, a key, a value or a name is wrong.
    """
    raw, lines = read_yaml(path, what="plan")
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: a plan is a mapping of keys to values, this is {type(raw).__name__}")
    try:
        plan = Plan.model_validate(raw)
    except ValidationError as error:
        blank = Loaded(plan=Plan.model_construct(), path=path, lines=lines)
        raise ConfigError("\n".join(_problems(error, blank))) from error
    loaded = Loaded(plan=plan, path=path, lines=lines)
    _check_names(loaded)
    for size, scale in plan.scales.items():
        _check_scale(scale, place=loaded.place("scales", size))
    for name, measure in plan.measures.items():
        _check_measure(measure, place=loaded.place("measures", name))
    for name in plan.claims:
        _check_claim(name, loaded)
    for title, curve in plan.curves.items():
        _check_curve(curve, plan=plan, place=loaded.place("curves", title))
    try:
        findings(plan, ())  # what became of each before anything was run; asks for all that claims are made of
    except ConfigError as error:
        raise ConfigError(f"{loaded.place('claims')}: {error}") from error
    return loaded


def _problems(error: ValidationError, loaded: Loaded) -> Iterator[str]:
    for problem in error.errors():
        location = tuple(part for part in problem["loc"] if part != "[key]")
        place, key = loaded.place(*location), str(location[-1])
        if problem["type"] == "extra_forbidden":
            model = PARTS.get(str(location[0]), Plan) if len(location) > 1 else Plan
            yield f"{place}: unknown key {key!r}{did_you_mean(key, list(model.model_fields))}"
        elif problem["type"] == "missing":
            yield f"{place}: {key} is missing; every plan says it"
        else:
            yield f"{place}: {problem['msg'].replace('valid tuple', 'list')}, got {problem['input']!r}"


def _check_names(loaded: Loaded) -> None:
    plan = loaded.plan
    if not NAME.match(plan.name):
        raise ConfigError(f"{loaded.place('name')}: {plan.name!r} names a folder; use letters, digits, . - and _")
    parts: dict[str, Mapping[str, Any]] = {"arms": plan.arms, "measures": plan.measures, "claims": plan.claims}
    for part, named in parts.items():
        if not named:
            raise ConfigError(f"{loaded.place(part)}: there are none; a plan has arms, measures and claims")
        if wrong := next((name for name in named if not NAME.match(name)), None):
            raise ConfigError(f"{loaded.place(part, wrong)}: use letters, digits, . - and _ in the name {wrong!r}")
    if not any(arm.primary for arm in plan.arms.values()):
        raise ConfigError(f"{loaded.place('arms')}: none is primary; say so of those that every reproduction runs")
    if not plan.scales:
        raise ConfigError(f"{loaded.place('scales')}: there is none; write at least cpu: {{}}")


def check_seeds(seeds: Sequence[int], *, place: str) -> None:
    """Refuse none, one twice, or a negative one."""
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        raise ConfigError(f"{place}: seeds {list(seeds)}; name at least one, each once, from 0")


def _check_scale(scale: Scale, *, place: str) -> None:
    check_seeds(scale.seeds, place=place)
    if wrong := [look for look in scale.looks if not 2 <= look < len(scale.seeds)]:
        raise ConfigError(
            f"{place}: a look at {wrong[0]} of {len(scale.seeds)} seeds; looks are at 2 or more and fewer than all"
        )


def _check_measure(measure: Measure, *, place: str) -> None:
    if wrong := next((key for key in measure.where if key not in WHERE), None):
        raise ConfigError(f"{place}: where has {wrong!r}{did_you_mean(wrong, list(WHERE))}")
    if (measure.read in PATHS) != bool(measure.path):
        told = (
            f"{measure.read!r} reads the number at a path" if measure.read in PATHS else f"{measure.read!r} has no path"
        )
        raise ConfigError(f"{place}: {told}, got path {measure.path!r}; {' and '.join(PATHS)} need one")
    if measure.read in PATHS and measure.where:
        raise ConfigError(f"{place}: {measure.read!r} reads one number, so where has nothing to choose; leave it out")
    if measure.read == "manifest" and "." not in measure.path:
        raise ConfigError(f"{place}: path {measure.path!r} is not STAGE.KEY, such as train.wall_s")


def _check_curve(curve: Curve, *, plan: Plan, place: str) -> None:
    if curve.measure not in plan.measures:
        known = did_you_mean(curve.measure, list(plan.measures))
        raise ConfigError(f"{place}: no measure {curve.measure!r} in the plan{known}")
    for arm in (arm for amounts in curve.lines.values() for arm in amounts):
        if arm not in plan.arms:
            raise ConfigError(f"{place}: no arm {arm!r} in the plan{did_you_mean(arm, list(plan.arms))}")


def _check_claim(name: str, loaded: Loaded) -> None:
    """What only a person can have meant otherwise."""
    plan, place = loaded.plan, loaded.place("claims", name)
    claim = plan.claims[name]
    if claim.contrast and claim.all_of:
        raise ConfigError(f"{place}: it has both a contrast and all_of; a claim is one or the other")
    if bare := [arm for arm in claim.contrast if "/" not in arm and not claim.measure]:
        raise ConfigError(f"{place}: of which measure is {bare[0]!r}? give measure:, or write {bare[0]}/MEASURE")
    if claim.measure and claim.measure not in plan.measures:
        raise ConfigError(
            f"{place}: no measure {claim.measure!r} in the plan{did_you_mean(claim.measure, list(plan.measures))}"
        )
    if claim.contrast and not any(claim.contrast.values()):
        raise ConfigError(f"{place}: all weights are 0, which compares nothing")
