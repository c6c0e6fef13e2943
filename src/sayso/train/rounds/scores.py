"""What evaluate stages among the parents of a train stage scored each task, read from their summaries."""

import json
from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext
from sayso.errors import DataError

__all__ = ["scores_of"]


def scores_of(context: StageContext) -> dict[str, dict[str, float]]:
    """Stage -> task -> its score under the trained wordings, or under all where it was never trained on.

    Raises:
        DataError: a summary cannot be read.
    """
    return {folder.name: _scores(folder / "summary.json") for folder in context.inputs_of("evaluate")}


def _scores(path: Path) -> dict[str, float]:
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text())["by_task"]
        found = {row["task"]: _mean(row) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} cannot be read ({error!r}); delete its stage and run the recipe again") from error
    return {task: score for task, score in found.items() if score is not None}


def _mean(row: dict[str, Any]) -> float | None:
    trained: float | None = row["held_in_wordings"]
    everything: float | None = row["mean"]
    return everything if trained is None else trained
