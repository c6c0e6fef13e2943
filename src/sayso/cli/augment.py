"""`sayso augment`: more wordings, for the tasks of a recipe or for a file of templates."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Common
from sayso.cli.run import run_kind
from sayso.errors import ConfigError
from sayso.recipes import find_recipe

__all__ = ["augment"]

SHOWN = 5
"""Reasons that are told."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who rewrites, how, and how much; each changes the recipe."""

    paraphraser: str | None = None
    """grammar (offline), chat (an endpoint, with --base-url and --model) or local (a model's folder, with --model)."""
    strategy: str | None = None
    """single, multi_temperature, iterative or diverse."""
    max_wordings: int | None = None
    """Of a recipe: wordings per task. Of a file: new ones per given wording, 120 where left out."""
    seed: int | None = None
    model: str | None = None
    """The name of the endpoint's model, or the folder of a local one."""
    base_url: str | None = None

    def check(self, recipe: str | None) -> None:
        """A model and what asks it are named together.

        Raises:
            ConfigError: one of them is left out.
        """
        if self.paraphraser in {"chat", "local"} and self.model is None:
            what = "NAME --base-url URL" if self.paraphraser == "chat" else "FOLDER"
            raise ConfigError(f"--paraphraser {self.paraphraser} needs to know which model; add --model {what}")
        if self.paraphraser is None and recipe is None and (self.model or self.base_url):
            given = f"--model {self.model}" if self.model else f"--base-url {self.base_url}"
            raise ConfigError(f"{given} is not used without a paraphraser; add --paraphraser chat or local")

    def changes(self) -> Iterator[str]:
        """The same in the words of `--set`."""
        where = {"model": "path" if self.paraphraser == "local" else "model", "base_url": "base_url"}
        options = {key: value for name, key in where.items() if (value := getattr(self, name)) is not None}
        if self.paraphraser is not None:
            yield f"augment.paraphraser={json.dumps({'name': self.paraphraser, **options})}"
        else:
            yield from (f"augment.paraphraser.{key}={json.dumps(value)}" for key, value in options.items())
        if self.strategy is not None:
            yield f"augment.strategy={json.dumps({'name': self.strategy})}"
        if self.max_wordings is not None:
            yield f"augment.max_wordings={self.max_wordings}"
        if self.seed is not None:
            yield f"seed={self.seed}"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PlainFiles:
    """A file of templates in place of a recipe's tasks."""

    templates: Path | None = None
    """JSON lines {"task", "template"}, with anything in braces; new wordings go to --out."""
    candidates: Path | None = None
    """Where every candidate goes with its verdict; beside --out where left out."""
    max_bad_rows: int = 0
    """So many bad lines are set aside and told; one more is an error."""


def augment(
    recipe: str | None = None,
    *,
    files: PlainFiles = PlainFiles(),
    asking: Asking = Asking(),
    common: Common = Common(),  # noqa: B008
) -> None:
    """Make more wordings of each instruction, each with a verdict: for a recipe's tasks, or for a file of templates (a recipe then gives the settings)."""
    if not any(one.startswith("augment.paraphraser") for one in common.set):
        asking.check(recipe)
    common = replace(common, set=(*asking.changes(), *common.set))
    if files.templates is not None:
        _augment_file(files.templates, recipe=recipe, files=files, common=common)
    elif recipe is None or files != PlainFiles():
        raise ConfigError(
            f"recipe {recipe!r} and no templates: type sayso augment RECIPE, or sayso augment --templates IN.jsonl --out POOL.jsonl"
        )
    else:
        run_kind("augment", recipe, common)


def _augment_file(templates: Path, *, recipe: str | None, files: PlainFiles, common: Common) -> None:
    if common.out is None:
        raise ConfigError(f"the wordings of {templates} need a file to go to; add --out POOL.jsonl")
    if files.max_bad_rows < 0:
        raise ConfigError(f"--max-bad-rows is {files.max_bad_rows}; give 0 or more")
    asked = pipeline.Files(
        templates=templates, out=common.out, candidates=files.candidates, max_bad_rows=files.max_bad_rows
    )
    overrides = common.set if recipe else ("augment.max_wordings=120", *common.set)
    with ConsoleProgress() as progress:
        made = pipeline.augment_templates(
            asked, recipe=find_recipe(recipe or "wordings"), overrides=overrides, progress=progress
        )
    _tell(made)
    if common.json:
        print_json(made)


def _tell(made: dict[str, Any]) -> None:
    for place in made["bad_lines"]:
        stderr.print(f"set aside: {place}", markup=False, style="yellow")
    for reason, number in sorted(made["refused"].items(), key=lambda one: -one[1])[:SHOWN]:
        stdout.print(f"refused: {number:,} x {reason}", markup=False)
    stdout.print(
        f"{made['num_given']:,} given, {made['num_wordings']:,} new wordings ({made['times']} x) written to {made['out']}; "
        f"every candidate is in {made['candidates_file']}",
        markup=False,
    )
