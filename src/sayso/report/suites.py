"""Published test sets, for the page: the table of suites, in per cent where a figure is a share and in points else."""

from typing import Any

import msgspec

__all__ = ["HEADINGS", "SUITES", "SuiteView"]

HEADINGS = ("Score", "Interval", "n", "Sensitivity", "corrected", "Lowest", "Highest", "Wordings", "Not parsed")
"""Of the cells of a suite, in order."""
SUITES = (
    "Published test sets under their published prompt, figures in per cent or in points; lowest and highest are those of the wordings. "
    "Corrected is Sensitivity without the noise of finitely many examples; figures of a whole corpus have none. "
    "Numbers with the same digest were asked, read and measured alike."
)
"""What the table says."""


class SuiteView(msgspec.Struct, frozen=True, kw_only=True):
    """A published test set on one model: its headline figure under the published prompt, and how much the wording moves it."""

    label: str
    model: str
    figure: str
    parser: str
    digest: str
    is_share: bool = True
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    sensitivity: float | None = None
    sensitivity_corrected: dict[str, Any] | None = None
    lowest: float | None = None
    highest: float | None = None
    num_wordings: int = 0
    predictions: int = 0
    unparsed: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """Score, interval, n, Sensitivity as measured and corrected, lowest and highest wording, wordings, share not parsed: as text."""
        low, high, better = self._number(self.low), self._number(self.high), self.sensitivity_corrected
        return (
            self._number(self.mean),
            f"{low} to {high}" if self.low is not None else "–",
            "–" if self.n is None else f"{self.n:,}",
            "–" if self.sensitivity is None else f"{100 * self.sensitivity:.1f}",
            "–"
            if better is None
            else f"{100 * better['mean']:.1f} ({100 * better['low']:.1f} to {100 * better['high']:.1f})",
            self._number(self.lowest),
            self._number(self.highest),
            str(self.num_wordings),
            f"{100 * self.unparsed / self.predictions:.1f}" if self.predictions else "–",
        )

    def _number(self, value: float | None) -> str:
        return "–" if value is None else f"{(100 if self.is_share else 1) * value:.1f}"
