"""`sayso synthesize`: new items from seeds, for a recipe or for a file of records."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Common
from sayso.cli.run import run_kind
from sayso.errors import ConfigError

__all__ = ["synthesize"]

SHOWN = 8
"""Reasons that are told."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Seeds:
    """A file in place of a recipe."""

    method: str | None = None
    """self_instruct, alpaca, unnatural_instructions, evol_instruct, back_translation, or another synthesizer by name."""
    seeds: Path | None = None
    """Conversations in a known format, released rows of Unnatural Instructions, or JSON lines with `text` to translate back."""
    images: Path | None = None
    """Folder of the seeds' pictures; by default that of the file."""
    candidates: Path | None = None
    """Where everything that was made goes with its verdict; beside --out where left out."""
    to: Literal["auto", "alpaca", "llava", "unnatural_instructions"] = "auto"
    """The rows of --out: alpaca's for text, llava's where there are pictures or several turns."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who writes, and how much."""

    model: str | None = None
    """The name of an endpoint's model, or the folder of a local one."""
    base_url: str | None = None
    max_items: int | None = None
    """So many are to be kept; 100 where left out."""
    seed: int = 0

    def section(self) -> Iterator[tuple[str, Any]]:
        """The same as keys of a recipe's section."""
        if self.model is not None:
            local = self.base_url is None and Path(self.model).is_dir()
            named = {"name": "local", "path": self.model} if local else {"name": "chat", "model": self.model}
            yield "model", named | ({"base_url": self.base_url} if self.base_url else {})
        if self.max_items is not None:
            yield "max_items", self.max_items


def synthesize(
    recipe: str | None = None,
    *,
    seeds: Seeds = Seeds(),
    writer: Writer = Writer(),
    common: Common = Common(),  # noqa: B008
) -> None:
    """Make new items with a language model, each with a verdict: as a recipe says, or from a file of seeds by one method."""
    if recipe is not None:
        if seeds != Seeds() or writer != Writer():
            raise ConfigError(f"recipe {recipe!r} says how by itself; change it with --set synthesize.KEY=VALUE")
        run_kind("synthesize", recipe, common)
        return
    if seeds.method is None or seeds.seeds is None or common.out is None:
        missing = [
            name
            for name, value in (("--method", seeds.method), ("--seeds", seeds.seeds), ("--out", common.out))
            if value is None
        ]
        raise ConfigError(
            f"no recipe, and no {', '.join(missing)}; type sayso synthesize RECIPE, or "
            "sayso synthesize --method self_instruct --seeds IN.jsonl --model NAME --base-url URL --out OUT.jsonl"
        )
    section = {"synthesizer": {"name": seeds.method}, **dict(writer.section())}
    files = pipeline.SynthesisFiles(
        seeds=seeds.seeds, out=common.out, candidates=seeds.candidates, images=seeds.images, to=seeds.to
    )
    with ConsoleProgress() as progress:
        made = pipeline.synthesize_seeds(files, section, seed=writer.seed, overrides=common.set, progress=progress)
    _tell(made)
    if common.json:
        print_json(made)


def _tell(made: dict[str, Any]) -> None:
    for place in made["bad_places"]:
        stderr.print(f"not read: {place}", markup=False, style="yellow")
    for word, key in (("refused", "refused"), ("not written", "left_out")):
        for reason, number in sorted(made[key].items(), key=lambda one: -one[1])[:SHOWN]:
            stdout.print(f"{word}: {number:,} x {reason}", markup=False)
    stdout.print(
        f"{made['num_seeds']:,} seeds, {made['num_items']:,} new items of {made['candidates']:,} candidates written to {made['out']}; "
        f"every candidate is in {made['candidates_file']}",
        markup=False,
    )
