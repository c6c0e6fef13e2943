"""A plan made ready to run at one scale: its recipe for each seed, what each arm changes, and what cannot be run here.

What a plan leaves open is filled in: the seed and lists drawn with it (`filling`), and `{multi_instruct_templates}`, the file of MultiInstruct's own templates. A text that
is changed by that is read as YAML, so that `"10{seed}"` is a number. Where the data for these templates are not there, the key that names
them is left out of the recipe, and an arm that changes it is not run; nor is one that names an environment variable which is not set.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from sayso.config import Recipe, make_recipe, variables_in
from sayso.errors import ConfigError, blame, did_you_mean
from sayso.pipeline.patterns import check_inputs
from sayso.pipeline.plugins import check_plugins
from sayso.pipeline.reproducing.filling import fill
from sayso.pipeline.reproducing.loading import Loaded, check_seeds
from sayso.pipeline.reproducing.plan import Arm, Plan, Scale

__all__ = ["check_design", "DATA", "Design", "TEMPLATES"]

TEMPLATES = "{multi_instruct_templates}"
DATA = "SAYSO_DATA"
"""Where the templates are read from."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """A plan at one scale with the seeds and further changes that were asked for; `templates` is where the file of templates will be."""

    loaded: Loaded
    size: str
    seeds: tuple[int, ...]
    overrides: tuple[str, ...]
    templates: Path

    @staticmethod
    def of(
        loaded: Loaded, *, size: str, seeds: tuple[int, ...] = (), overrides: tuple[str, ...] = (), templates: Path
    ) -> "Design":
        """`seeds` are the scale's where empty.

        Raises:
            ConfigError: the plan has no such scale, or a seed is wrong.
        """
        scales: Mapping[Any, Scale] = loaded.plan.scales
        if size not in scales:
            raise ConfigError(f"{loaded.path}: no scale {size!r}{did_you_mean(size, list(scales))}")
        if seeds:
            check_seeds(seeds, place="--seeds")
        return Design(
            loaded=loaded,
            size=size,
            seeds=seeds or scales[size].seeds,
            overrides=overrides,
            templates=templates.absolute(),
        )

    @property
    def plan(self) -> Plan:
        """What was written."""
        return self.loaded.plan

    @property
    def scale(self) -> Scale:
        """The scale, with the seeds that were asked for; looks at as many of them or more are no looks."""
        scales: Mapping[Any, Scale] = self.plan.scales
        scale = scales[self.size]
        looks = tuple(look for look in scale.looks if look < len(self.seeds))
        return scale.model_copy(update={"seeds": self.seeds, "looks": looks})

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Environment variables that the plan has use for and that are not set."""
        asked = {name for arm in self.plan.arms.values() for name in self._needs(arm)}
        asked |= {name for measure in self.plan.measures.values() for name in measure.needs}
        asked |= {DATA} if self.wants_templates else set()
        return tuple(sorted(name for name in asked if not os.environ.get(name)))

    @property
    def wants_templates(self) -> bool:
        """Whether anything in the plan names MultiInstruct's templates."""
        return TEMPLATES in json.dumps(self.plan.model_dump(mode="json"))

    def lacks(self, arm: str) -> tuple[str, ...]:
        """Environment variables for want of which the arm cannot be run."""
        return tuple(name for name in self._needs(self.plan.arms[arm]) if name in self.missing)

    def _needs(self, arm: Arm) -> list[str]:
        changes = [*self.scale.changes, *arm.changes, *self.overrides]
        named = variables_in(json.dumps(self.plan.recipe, default=str) + " ".join(changes))
        return sorted({*arm.needs, *named, *([DATA] if TEMPLATES in " ".join(changes) else [])})

    def changes(self, arm: str, seed: int) -> tuple[str, ...]:
        """What the run of an arm with a seed changes in the recipe of that seed."""
        place = self.loaded.place("arms", arm, "changes")
        written = (*self.scale.changes, *self.plan.arms[arm].changes, *self.overrides)
        return tuple(self._fill(text, seed, place=place) for text in written)

    def recipe(self, seed: int) -> dict[str, Any]:
        """The recipe of a seed, as plain values."""
        filled = self._filled(self.plan.recipe, seed)
        assert isinstance(filled, dict)  # noqa: S101 - for the type checker
        return filled

    def _filled(self, value: Any, seed: int) -> Any:
        if isinstance(value, Mapping):
            return {key: self._filled(inner, seed) for key, inner in value.items() if not self._left_out(inner)}
        if isinstance(value, list | tuple):
            return [self._filled(inner, seed) for inner in value if not self._left_out(inner)]
        if not isinstance(value, str) or value == TEMPLATES:
            return str(self.templates) if value == TEMPLATES else value
        text = self._fill(value, seed, place=self.loaded.place("recipe"))
        return value if text == value else yaml.safe_load(text)

    def _left_out(self, value: Any) -> bool:
        return bool(value == TEMPLATES and DATA in self.missing)

    def _fill(self, text: str, seed: int, *, place: str) -> str:
        with blame(ConfigError, place):
            return fill(text, seed=seed, drawn=self.plan.drawn).replace(TEMPLATES, str(self.templates))


def check_design(design: Design) -> None:
    """Load the recipe of every arm that can be run, so that what cannot is refused before hours of what can.

    Raises:
        ConfigError: a key, value, plugin or stage is wrong; names the arm.
    """
    recipes: dict[str, Recipe] = {}
    for name, arm in design.plan.arms.items():
        if not design.lacks(name):
            with blame(ConfigError, f"arm {name!r} of {design.plan.name}"):
                recipes[name] = _recipe_of(design, name)
                _check_evaluated(recipes[name], arm)
    if recipes:
        _check_paths(design, {node.name for recipe in recipes.values() for node in recipe.nodes})


def _recipe_of(design: Design, arm: str) -> Recipe:
    seed = design.seeds[0]
    lines = {place[1:]: line for place, line in design.loaded.lines.items() if len(place) > 1 and place[0] == "recipe"}
    overrides = (*design.changes(arm, seed), f"seed={seed}")
    recipe = make_recipe(design.recipe(seed), path=design.loaded.path, lines=lines, overrides=overrides)
    for node in recipe.nodes:
        check_plugins(node)
        check_inputs(node, recipe)
    return recipe


def _check_evaluated(recipe: Recipe, arm: Arm) -> None:
    kind = recipe.node(arm.evaluate).kind
    if kind != "evaluate":
        known = [node.name for node in recipe.of_kind("evaluate")]
        raise ConfigError(f"evaluate: stage {arm.evaluate!r} is of kind {kind!r}{did_you_mean(arm.evaluate, known)}")


def _check_paths(design: Design, stages: set[str]) -> None:
    for name, stage in _stages_read(design.plan):
        if stage not in stages:
            place = design.loaded.place("measures", name)
            raise ConfigError(f"{place}: no arm has a stage {stage!r}{did_you_mean(stage, sorted(stages))}")


def _stages_read(plan: Plan) -> Iterator[tuple[str, str]]:
    for name, measure in plan.measures.items():
        if measure.read == "manifest":
            yield name, measure.path.partition(".")[0]
