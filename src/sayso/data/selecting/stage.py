"""The stage `select`: training examples of a build -> those worth training on, in a folder that is a build itself, with a verdict for every example.

    examples/ cards.json templates.jsonl prompt.json   as a build has them
    verdicts.jsonl                                     every training example: kept or not, why, its score and all its values
    columns.parquet                                    the same numbers as a table
    selection.json, extremes/                          what the report shows: reasons, spreads, diversity, and rows at either end with their pictures

Values and features are kept in `RUN/columns.cache`, replies of language models in `RUN/calls.sqlite`: a run that was killed asks for none of them again. All else is done
again, and is a pure function of the examples, the config, the seed and the values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from sayso.artifacts import StageContext, write_json, write_jsonl
from sayso.config import SelectConfig
from sayso.data.scorers import Scoring
from sayso.data.selecting.chain import Around, Fates, Step, build_selectors, run_chain
from sayso.data.selecting.columns import Named, Scored, build_scorers, score_rows
from sayso.data.selecting.costs import cost_of
from sayso.data.selecting.figures import Describing, select_figures
from sayso.data.selecting.parents import Parents, read_parents
from sayso.data.selecting.reading import columns_read
from sayso.data.selecting.rows import Rows, look_at
from sayso.data.selecting.samples import BuildSamples
from sayso.data.selecting.told import EXTREMES, FIGURES
from sayso.data.selecting.vectors import feature_maker
from sayso.data.selecting.verdicts import RowVerdict, count_reasons, row_verdict, scattered, write_columns
from sayso.data.selecting.writing import Kept, write_build
from sayso.data.selection import trained_tasks
from sayso.data.selectors._protocol import Ints
from sayso.errors import DataError

__all__ = ["run"]

COLUMNS = "columns.cache"
STORE = "calls.sqlite"
"""Beside the stages of a run, as augment stages have it."""
OTHER_TASK = "of a task that is not chosen from"


def run(context: StageContext) -> dict[str, Any]:
    """Choose, and write the build with what is kept; returns the counts of the manifest.

    Raises:
        ConfigError: a plugin, option, column, task or parent is not there.
        DataError: nothing is left, or an example cannot be read.
        BackendError: a model or the disk gave up; the same command goes on.
    """
    config: SelectConfig = context.config
    named = build_scorers(config.scorers, where=context.node)
    steps = build_selectors(config, where=context.node)
    parents = read_parents(context)
    pool = _pool(context, parents=parents)
    chosen = _chosen(pool, parents=parents, node=context.node)
    made = _Choosing(context=context, pool=pool, parents=parents, steps=steps, scoring=_scoring(context, parents))
    scored, fates = _choose(made, named=named, chosen=chosen)
    if not fates.keep.any() and not pool.others:
        raise DataError(f"stage {context.node!r} keeps nothing of {len(pool.rows)} examples: {_commonest(fates)}")
    counts = write_build(context.folder, build=parents.build, kept=_kept(pool, fates), progress=context.progress)
    _write_verdicts(context, pool=pool, fates=fates, scored=scored)
    _write_figures(made, fates=fates, scored=scored)
    return {**_told(pool, fates), **counts, **_unscored(scored)}


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """The rows that are chosen among, the samples that they are of, and the tasks that are kept whole, with their sizes."""

    samples: BuildSamples
    rows: Rows
    others: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class _Choosing:
    """A stage at work."""

    context: StageContext
    pool: _Pool
    parents: Parents
    steps: Sequence[Step]
    scoring: Scoring


def _pool(context: StageContext, *, parents: Parents) -> _Pool:
    config: SelectConfig = context.config
    cards = trained_tasks(parents.build.cards, patterns=config.tasks, where=f"{context.node}.tasks")
    tasks = [card.name for card in cards]
    samples = BuildSamples(parents.build, tasks=tasks)
    cost = cost_of(config.scorers, trained=parents.trained) if config.max_tokens is not None else None
    rows = look_at(samples, progress=context.progress, cost=cost)
    if not len(rows):
        listed = "; ".join(list(rows.unusable.values())[:3])
        raise DataError(f"stage {context.node!r}: none of {len(samples)} examples can be rendered: {listed}")
    others = {card.name: card.num_train for card in parents.build.cards if card.name not in tasks and card.num_train}
    return _Pool(samples=samples, rows=rows, others=others)


def _chosen(pool: _Pool, *, parents: Parents, node: str) -> Ints:
    """The rows that earlier selections among the parents kept.

    Raises:
        DataError: one of them is not in the pool.
    """
    if not parents.chosen:
        return np.empty(0, dtype=np.int64)
    known = {name: row for row, name in enumerate(zip(pool.rows.tasks, pool.rows.ids, strict=True))}
    found: set[int] = set()
    for build in parents.chosen:
        for example in build.store("train").iter():
            if example.task in pool.others:
                continue
            if (example.task, example.id) not in known:
                raise DataError(
                    f"stage {node!r}: {build.path.name} kept {example.id!r}, which {parents.build.path.name} does not have; choose from what it chose from"
                )
            found.add(known[example.task, example.id])
    return np.array(sorted(found), dtype=np.int64)


def _scoring(context: StageContext, parents: Parents) -> Scoring:
    run_folder = context.folder.parent
    return Scoring(
        seed=context.seed,
        store=run_folder / STORE,
        columns=run_folder / COLUMNS,
        trained=parents.trained,
        target=parents.target,
        progress=context.progress,
    )


def _choose(made: _Choosing, *, named: Sequence[Named], chosen: Ints) -> tuple[Scored, Fates]:
    rows, scoring, known = made.pool.rows, made.scoring, made.parents.around
    read = [name for step in made.steps for name in columns_read(step.config)]
    scored = score_rows(rows, named=named, scoring=scoring, around=known, read=read)
    around = Around(
        columns=scored.by_any_name,
        other_names=scored.other_names,
        features=feature_maker(rows, scoring=scoring, around=known),
        scoring=scoring,
    )
    return scored, run_chain(rows, steps=made.steps, config=made.context.config, around=around, chosen=chosen)


def _kept(pool: _Pool, fates: Fates) -> Kept:
    """By task which examples are kept; a row that cannot be rendered is not."""
    keep = np.zeros(len(pool.samples), dtype=bool)
    keep[pool.rows.numbers] = fates.keep
    kept: dict[str, Any] = dict.fromkeys(pool.others)
    start = 0
    for task, size in pool.samples.sizes.items():
        own = keep[start : start + size]
        kept[task] = None if own.all() else own
        start += size
    return kept


def _write_verdicts(context: StageContext, *, pool: _Pool, fates: Fates, scored: Scored) -> None:
    write_jsonl(context.folder / "verdicts.jsonl", _verdicts(pool, fates, scored))
    size = len(pool.samples)
    keep = scattered(fates.keep.astype(np.float64), numbers=pool.rows.numbers, size=size) == 1
    texts = {"id": [""] * size, "task": [""] * size}
    for number, name, task in zip(pool.rows.numbers.tolist(), pool.rows.ids, pool.rows.tasks, strict=True):
        texts["id"][number], texts["task"][number] = name, task
    for number in pool.rows.unusable:
        example = pool.samples.example(number)
        texts["id"][number], texts["task"][number] = example.id, example.task
    columns = {
        name: scattered(column.values, numbers=pool.rows.numbers, size=size) for name, column in scored.columns.items()
    }
    write_columns(context.folder / "columns.parquet", texts=texts, columns=columns, keep=keep)


def _write_figures(made: _Choosing, *, fates: Fates, scored: Scored) -> None:
    context = made.context
    described = Describing(
        node=context.node,
        rows=made.pool.rows,
        fates=fates,
        scored=scored,
        steps=made.steps,
        scoring=made.scoring,
        folder=context.folder / EXTREMES,
        num_extremes=context.config.num_extremes,
    )
    context.progress.start("figures")
    write_json(context.folder / FIGURES, msgspec.to_builtins(select_figures(described)))


def _verdicts(pool: _Pool, fates: Fates, scored: Scored) -> Iterator[RowVerdict]:
    """In the order of the pool; after it, one for every example of the tasks that are kept whole."""
    places = {number: row for row, number in enumerate(pool.rows.numbers.tolist())}
    for number in range(len(pool.samples)):
        if (row := places.get(number)) is None:
            example, reason = pool.samples.example(number), f"cannot be rendered: {pool.rows.unusable[number]}"
            yield RowVerdict(row=number, id=example.id, task=example.task, keep=False, reason=reason)
        else:
            told = {"id": pool.rows.ids[row], "task": pool.rows.tasks[row]}
            yield row_verdict(fates, row, columns=scored.columns, row=number, told=told)
    store, number = pool.samples.store, len(pool.samples)
    for task in pool.others:
        for example in store.iter(task):
            yield RowVerdict(row=number, id=example.id, task=task, keep=True, reason=OTHER_TASK)
            number += 1


def _told(pool: _Pool, fates: Fates) -> dict[str, Any]:
    """How many were chosen from, and what became of them by reason."""
    unusable = ("cannot be rendered" for _ in pool.rows.unusable)
    kept = (reason for reason, keep in zip(fates.reasons, fates.keep.tolist(), strict=True) if keep)
    refused = (reason for reason, keep in zip(fates.reasons, fates.keep.tolist(), strict=True) if not keep)
    return {
        "num_rows": len(pool.samples),
        "num_kept": int(fates.keep.sum()),
        "kept": count_reasons(kept),
        "refused": count_reasons([*refused, *unusable]),
        "left": fates.left,
    }


def _unscored(scored: Scored) -> dict[str, Any]:
    """Rows without a value by column, and a word where a column has none at all."""
    missing = scored.num_missing
    empty = [name for name, count in missing.items() if count == len(scored.columns[name].values)]
    told = [f"no row has a value of {name}: {next(iter(scored.columns[name].why.values()), '')}" for name in empty]
    return {"unscored": missing, **({"warnings": told} if told else {})}


def _commonest(fates: Fates) -> str:
    reasons = count_reasons(fates.reasons)
    return "; ".join(f"{count} x {reason}" for reason, count in list(reasons.items())[:3]) or "there are none"
