"""The numbers a run ends with."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sayso.pipeline.running import StageResult
from sayso.report.headline import HEADLINE, headline_rows

__all__ = ["headline", "headline_rows"]


def headline(results: Sequence[StageResult], *, run_dir: Path) -> dict[str, Any]:
    """What `--json` ends with: run_dir, report_html, and each score as mean, low, high, n (null where there is none)."""
    summary: dict[str, Any] = {}
    page = None
    for result in results:
        if result.manifest.kind == "evaluate":
            summary = json.loads((result.folder / "summary.json").read_text(encoding="utf-8"))
        if result.manifest.kind == "report":
            page = str(result.folder / "report.html")
    scores = {key: summary.get(key) for key in HEADLINE}
    stages = {result.manifest.node: str(result.folder) for result in results}
    return {"run_dir": str(run_dir), "report_html": page, **scores, "stages": stages}
