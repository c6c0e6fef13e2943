"""What the manifest of an evaluation says: how much was asked, what could not be, why, and what a reader of the numbers must be told."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sayso.config import EvaluateConfig
from sayso.data import BuildFolder
from sayso.errors import few
from sayso.evaluate.plan import Unit
from sayso.evaluate.predicting import perturbed
from sayso.evaluate.scoring import ScoreTable

__all__ = ["count", "unmeasured"]


def count(work: Sequence[Unit], *, tables: Sequence[ScoreTable], build: BuildFolder, seed: int) -> dict[str, Any]:
    """What was predicted, what could not be, and why; `reasons` are per task and headline metric."""
    plans = {unit.plan.task.name: unit.plan for unit in work}
    reasons: Counter[str] = Counter()
    for table in tables:
        if table.metric == table.task.metrics[0]:
            reasons.update({f"{table.metric}: {reason}": times for reason, times in table.reasons.items()})
    changed = [unit for unit in work if unit.condition != "plain"]
    refused = {f"{unit.model}-{unit.condition}": Counter[str]() for unit in changed}
    for unit in changed:
        refused[f"{unit.model}-{unit.condition}"] += perturbed(unit, seed=seed)[1]
    return {
        "num_tasks": len(plans),
        "num_examples": sum(len(plan.examples) for plan in plans.values()),
        "num_wordings": sum(len(plan.templates) for plan in plans.values()),
        "num_predictions": sum(t.values.size for t in tables if t.metric == t.task.metrics[0]),
        "tasks_without_test": [card.name for card in build.cards if not card.num_test],
        "score_reasons": dict(reasons),
        "refused": {name: dict(counts) for name, counts in refused.items() if counts},
    }


def unmeasured(config: EvaluateConfig, *, summary: Mapping[str, Any]) -> Iterator[str]:
    """What was asked for and could not be done on any example, which tables would pass over in silence."""
    found = {row["condition"] for row in summary["conditions"] if row["mean"] is not None}
    if missing := [name for name in config.conditions if name not in {"plain", *found}]:
        yield f"no example could be changed so, see `refused`: {few(missing)}"
    if missing := [row["name"] for row in summary["ensembles"] if row["mean"] is None]:
        yield f"ensembles that no task has the answers for: {few(missing)}"
    if config.visual is not None and not summary["visual"]["contribution"]:
        yield "visual contribution was not measured: no example has a picture and an answer"
