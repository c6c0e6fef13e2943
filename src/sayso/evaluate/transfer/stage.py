"""The stage `transfer`: evaluations of train stages in their order -> what was kept, what was forgotten, what came ahead of its time.

It reads the predictions of every evaluate stage in its `from:` and decodes nothing. It is about stages that follow one another; to compare
models that are alternatives is another matter.
"""

from typing import Any

from sayso.artifacts import StageContext, write_json, write_text
from sayso.config import TransferConfig
from sayso.errors import DataError
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.transfer.figure import draw
from sayso.evaluate.transfer.matrix import Matrix
from sayso.evaluate.transfer.reading import Row, read_rows
from sayso.evaluate.transfer.words import render

__all__ = ["run"]


def run(context: StageContext) -> dict[str, Any]:
    """Write transfer.json, transfer.md and transfer.svg; returns the counts of the manifest.

    Raises:
        ConfigError: the inputs are no sequence of evaluations.
        DataError: two of them cannot be compared, or nothing of them could be scored.
    """
    config: TransferConfig = context.config
    rows = read_rows(context)
    bootstrap = Bootstrap(seed=context.seed, num_resamples=config.num_resamples, confidence=config.confidence)
    both = {
        "trained": Matrix(rows, bootstrap=bootstrap, trained_only=True),
        "all": Matrix(rows, bootstrap=bootstrap, trained_only=False),
    }
    if not both["all"].tasks:
        raise DataError(
            f"stage {context.node!r}: no task of {', '.join(row.evaluation for row in rows)} could be scored in all"
        )
    found: dict[str, Any] = {
        "name": context.node,
        "confidence": config.confidence,
        "num_resamples": config.num_resamples,
        "stages": [_stage(row) for row in rows],
        "wordings": {name: matrix.as_json() for name, matrix in both.items()},
    }
    write_json(context.folder / "transfer.json", found)
    write_text(context.folder / "transfer.md", render(found))
    labels = [row.label for row in rows]
    title = f"Scores in per cent after each stage of {context.node}: {', '.join(labels)}"
    write_text(
        context.folder / "transfer.svg", draw(found["wordings"]["all"]["by_category"], stages=labels, title=title)
    )
    summary = found["wordings"]["all"]["summary"]
    return {
        "num_stages": sum(not row.before for row in rows),
        "num_tasks": len(both["all"].tasks),
        **{name: value and round(value["mean"], 4) for name, value in summary.items()},
    }


def _stage(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "train": row.name,
        "evaluation": row.evaluation,
        "before": row.before,
        "trained": sorted(row.trained),
    }
