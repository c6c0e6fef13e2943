"""The card of a packed model: how it was made, what it sees, and what was kept from it; all of it read from the run."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from sayso import __version__
from sayso.artifacts import Manifest, StageContext, read_manifest, serves_as
from sayso.config import PackConfig
from sayso.data.folder import BuildFolder

__all__ = ["write_card"]

LEARNING = ("sight", "train")
Table = Mapping[str, Mapping[str, Mapping[str, float | None]]]


def write_card(context: StageContext, *, table: Table, num_parameters: int, weights: Path) -> str:
    """The card in Markdown; `table` are the shares of the probes by features, set and kind, `weights` the packed file."""
    config: PackConfig = context.config
    stages = {path: read_manifest(path) for path in context.ancestors()}
    learned = {path.name: made for path, made in reversed(stages.items()) if made.kind in LEARNING}
    builds = [BuildFolder(path) for path in _read_by(learned, stages=stages)]
    lines = [
        f"# {config.title}",
        "",
        config.about.strip(),
        "",
        f"{num_parameters:,} parameters; sayso {__version__}, seed {context.seed}. Weights are in float16 and are meant to be computed with in float32.",
        f"SHA-256 of `{weights.name}`: `{sha256(weights.read_bytes()).hexdigest()}`.",
        "",
        "## How it was made",
        "",
        "| stage | digest | what | steps | minutes |",
        "|---|---|---|---|---|",
        *(_row(made) for made in learned.values()),
        "",
        "Sources, with their seeds, are in the recipe `tiny_base`, which makes it again.",
        "",
        "## What is linearly readable from its visual tokens",
        "",
        "Per cent right of one linear layer, on new scenes; in brackets the same layer on the pixels of the patch.",
        "",
        *_probe_table(table),
        "",
        "## What it never saw",
        "",
        *_kept(config, builds=builds),
    ]
    return "\n".join(lines) + "\n"


def _read_by(learned: Mapping[str, Manifest], *, stages: Mapping[Path, Manifest]) -> list[Path]:
    """The builds that a train stage learned from."""
    names = {name for made in learned.values() if made.kind == "train" for name in made.parents}
    return [path for path, made in stages.items() if serves_as(made.kind, "build") and path.name in names]


def _row(made: Manifest) -> str:
    what = ", ".join(f"{key} {value}" for key, value in _what(made))
    return f"| {made.node} | `{made.digest}` | {what} | {made.counts.get('steps', 0):,} | {made.wall_s / 60:.1f} |"


def _what(made: Manifest) -> Iterator[tuple[str, Any]]:
    if made.kind == "sight":
        yield "batches of", made.config["batch_size"]
        yield "pictures", f"{made.counts['num_pictures']:,}"
    else:
        yield "objective", made.config["objective"]["name"]
        yield "batches of", made.config["per_device_train_batch_size"]
    yield "rate", made.config["learning_rate"]


def _probe_table(table: Table) -> Iterator[str]:
    sets = list(table["tokens"])
    kinds = list(next(iter(table["tokens"].values())))
    yield "| | " + " | ".join(name.replace("_", " ") for name in sets) + " |"
    yield "|---" * (len(sets) + 1) + "|"
    for kind in kinds:
        cells = [_cell(table["tokens"][name][kind], table["pixels"][name][kind]) for name in sets]
        yield f"| {kind} | " + " | ".join(cells) + " |"


def _cell(tokens: float | None, pixels: float | None) -> str:
    return "-" if tokens is None or pixels is None else f"{100 * tokens:.1f} ({100 * pixels:.1f})"


def _kept(config: PackConfig, *, builds: list[BuildFolder]) -> Iterator[str]:
    yield from (f"- {sentence}" for sentence in config.never_saw)
    held_out = sorted({card.name for build in builds for card in build.cards if card.held_out})
    if held_out:
        yield f"- Tasks: {', '.join(held_out)}."
    wordings = {(one.task, one.text) for build in builds for one in build.templates if one.held_out}
    yield f"- Answers of any instruction task, and {len(wordings)} held-out wordings of tasks whose instructions it read."
