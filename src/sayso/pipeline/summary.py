"""The numbers a run ends with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.pipeline.running import StageResult
from sayso.report.headline import BY_DISTANCE, HEADLINE, headline_rows

__all__ = ["headline", "headline_rows", "read_summary"]


def headline(results: Sequence[StageResult], *, run_dir: Path) -> dict[str, Any]:
    """What `--json` ends with: run_dir, report_html, and each score as mean, low, high, n (null where there is none).

    What is known of held-out wordings by their distance stands beside it, whose the headline is (`model`), and a row for each suite and model.

    Raises:
        DataError: an evaluate stage has no readable summary.
    """
    summary: dict[str, Any] = {}
    page = None
    for result in results:
        if result.manifest.kind == "evaluate":
            summary = read_summary(result.folder)
        if result.manifest.kind == "report":
            page = str(result.folder / "report.html")
    scores = {key: summary.get(key) for key in (*HEADLINE, *BY_DISTANCE, "model")}
    stages = {result.manifest.node: str(result.folder) for result in results}
    return {
        "run_dir": str(run_dir),
        "report_html": page,
        **scores,
        "suites": summary.get("suites", []),
        "stages": stages,
    }


def read_summary(folder: Path) -> dict[str, Any]:
    """What `summary.json` of an evaluate stage holds.

    Raises:
        DataError: it is missing, or cannot be read.
    """
    path = folder / "summary.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{path} cannot be read ({error}); delete {folder} and run its recipe again") from error
