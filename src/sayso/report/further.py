"""What an evaluation may have measured besides its tasks, for the page: what the model kept of what it could before."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import DataError, blame
from sayso.report.view import Estimate, RetentionView

__all__ = ["read_retention", "retention_cells", "RETENTION_HEADINGS"]

RETENTION_HEADINGS = ("Text", "Untuned", "Tuned", "Change", "Interval", "n", "Perplexity")
"""Of the cells of a retention, in order; all but the last in nats a token."""


def read_retention(folder: Path) -> tuple[RetentionView, ...]:
    """What `retention.json` of an evaluate stage says; nothing where there is none.

    Raises:
        DataError: it cannot be read.
    """
    path = folder / "retention.json"
    if not path.exists():
        return ()
    with blame(DataError, str(path)):
        found: Mapping[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        return tuple(
            msgspec.convert({"text": name.removeprefix("retention_"), **row}, RetentionView)
            for name, row in found.items()
        )


def retention_cells(one: RetentionView) -> tuple[str, ...]:
    """As RETENTION_HEADINGS name them."""
    change = one.change
    low = "–" if change is None or change.low is None else f"{change.low:.3f} to {change.high:.3f}"
    numbers = (_nats(one.untuned), _nats(one.tuned), _nats(change))
    count = "–" if change is None or change.n is None else f"{change.n:,}"
    return (one.text, *numbers, low, count, f"{_perplexity(one.untuned)} to {_perplexity(one.tuned)}")


def _nats(value: Estimate | None) -> str:
    return "–" if value is None else f"{value.mean:.3f}"


def _perplexity(value: Estimate | None) -> str:
    return "–" if value is None else f"{math.exp(-value.mean):,.1f}"
