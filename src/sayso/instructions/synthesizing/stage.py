"""The stage `synthesize`: what its sources give to training becomes new items, each with a verdict; a build that reads the stage trains on them.

It writes `items.jsonl`, what was kept, `tasks.jsonl`, the cards of new tasks, and `candidates.jsonl`, everything that was made with its verdict and what it was made
from. The replies of language models lie beside it in `RUN/calls.sqlite`: a run that was killed asks none of them again, nor does one with other rules, and
comes out the same.
"""

from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext, write_jsonl
from sayso.config import SynthesizeConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.synthesizing.making import (
    Making,
    Production,
    build_synthesizer,
    counts_of,
    most_given,
    produce,
)
from sayso.instructions.synthesizing.reviewing import apply_review, read_decisions
from sayso.instructions.synthesizing.seeds import Seeds, read_seeds
from sayso.lm import language_models

__all__ = ["CANDIDATES", "check_synthesize", "ITEMS", "run", "TASKS"]

STORE = "calls.sqlite"
"""The file beside a stage where the replies of language models are kept, the same as that of augmentation."""
ITEMS, TASKS, CANDIDATES = "items.jsonl", "tasks.jsonl", "candidates.jsonl"


def run(context: StageContext) -> dict[str, Any]:
    """Make the items of a recipe; returns the counts for the manifest.

    Raises:
        ConfigError: there is no source, or a plugin, an option or a model is wrong or missing.
        DataError: a source or the review cannot be read, or nothing was kept.
        BackendError: a language model gave up; the same command goes on.
    """
    config: SynthesizeConfig = context.config
    check_synthesize(config)
    seeds = read_seeds(config.sources, seed=context.seed)
    trained = tuple(folder / "model" for folder in context.inputs_of("train"))
    making = Making(
        config=config,
        seed=context.seed,
        store=context.folder.parent / STORE,
        trained=trained,
        progress=context.progress,
    )
    production = produce(seeds.items, making, prefix=f"{context.node}/")
    production = apply_review(production, read_decisions(config.review))
    write_jsonl(context.folder / CANDIDATES, production.made)
    if not production.items:
        raise DataError(_nothing(context.node, production))
    write_jsonl(context.folder / TASKS, production.cards)
    write_jsonl(context.folder / ITEMS, production.items.values())
    return {**_counts(seeds, production), **_warnings(seeds, production, config)}


def check_synthesize(config: SynthesizeConfig) -> None:
    """Verify what `run` would use, without asking a model.

    Raises:
        ConfigError: there is no source, or a plugin or one of its options is unknown.
        DataError: the review cannot be read.
    """
    if not config.sources:
        raise ConfigError(
            f"synthesize.sources is {list(config.sources)}; name what it is made from, as in build.sources"
        )
    if tested := [one.name for one in config.sources if one.use == "test"]:
        raise ConfigError(
            f"synthesize.sources: {tested[0]!r} has use: test, and what is made is trained on; leave it out"
        )
    build_synthesizer(config)
    for model in (config.model, *config.others.values()):
        if model is not None:
            language_models.build(model.name, model.options)
    read_decisions(config.review)


def _counts(seeds: Seeds, production: Production) -> dict[str, Any]:
    items = production.items.values()
    return {
        "num_seeds": len(seeds.items),
        "num_items": len(items),
        "num_tasks": len(production.cards),
        **counts_of(production),
        **production.calls,
        "licenses": sorted({item.license for item in items}),
        "num_bad_rows": sum(seeds.bad_rows.values()),
    }


def _warnings(seeds: Seeds, production: Production, config: SynthesizeConfig) -> dict[str, list[str]]:
    told = []
    if seeds.bad_rows:
        listed = "; ".join(seeds.places)
        told.append(f"{sum(seeds.bad_rows.values()):,} rows of the sources cannot be used: {listed}")
    if config.synthesizer is not None and (found := len(production.items)) < config.max_items:
        told.append(f"{found:,} of {config.max_items:,} items were kept, then nothing more came; see {CANDIDATES}")
    if config.synthesizer is None and (most := most_given(config)) is not None and len(seeds.items) > most:
        told.append(f"only the first {most:,} of {len(seeds.items):,} items were taken; raise synthesize.max_items")
    return {"warnings": told} if told else {}


def _nothing(node: str, production: Production) -> str:
    counts = counts_of(production)
    reasons = "; ".join(f"{number} x {reason}" for reason, number in counts["refused"].items()) or "nothing was made"
    return (
        f"stage {node!r} kept none of {counts['candidates']:,} candidates ({reasons}); they are in {Path(node + '.partial') / CANDIDATES}: "
        "look at what the model answers, or give other rules"
    )
