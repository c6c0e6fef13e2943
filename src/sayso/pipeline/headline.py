"""The numbers a run ends with."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sayso.pipeline.running import StageResult

__all__ = ["headline", "headline_rows", "SCORES"]

SCORES = {
    "held_in": "held-in tasks",
    "held_in_untuned": "  untuned model",
    "held_in_blind": "  blind majority",
    "held_in_shuffled": "  shuffled images",
    "held_out_wordings": "held-out wordings",
    "held_out_tasks": "held-out tasks",
    "held_out_categories": "held-out categories",
    "sensitivity": "Sensitivity (lower is better)",
}
"""Headline keys and what they are called on a terminal."""


def headline(results: Sequence[StageResult], *, run_dir: Path) -> dict[str, Any]:
    """What `--json` ends with: run_dir, report_html, and each score as mean, low, high, n (null where there is none)."""
    summary: dict[str, Any] = {}
    page = None
    for result in results:
        if result.manifest.kind == "evaluate":
            summary = json.loads((result.folder / "summary.json").read_text(encoding="utf-8"))
        if result.manifest.kind == "report":
            page = str(result.folder / "report.html")
    scores = {key: summary.get(key) for key in SCORES}
    stages = {result.manifest.node: str(result.folder) for result in results}
    return {"run_dir": str(run_dir), "report_html": page, **scores, "stages": stages}


def headline_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and text of each score there is, such as `0.812 [0.790, 0.833]  n=960`."""
    return [(label, _score_text(summary[key])) for key, label in SCORES.items() if summary.get(key)]


def _score_text(score: Mapping[str, float]) -> str:
    return f"{score['mean']:.3f}  [{score['low']:.3f}, {score['high']:.3f}]  n={score['n']}"
