"""The most probable set of a determinantal point process, greedily: rows that span the largest volume, weighed against quality.

Wang et al. (2024) choose instruction data so. The determinant of the kernel of the chosen rows grows by d^2 of each new one, its squared distance
to the span of those before; d^2 of all rows is kept up to date by one row of an incremental Cholesky factor for each choice (Chen, Zhang and
Zhou 2018). In each step the row with the largest

    theta log q + (1 - theta) log d^2

comes next, until d^2 is under 1e-10: what is left lies in the span of what was chosen. Quality q has to be positive, since it has a logarithm
(of a column that is better low 1 / q is taken). Equal to the greedy choice for L = diag(q^a) S diag(q^a), a = theta / (2 (1 - theta)).

Memory is rows kept x rows of the pool x 8 bytes; for a large pool choose per task, or thin it first.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import Ranked, Which, free_rows, need_bound, ranked
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._kernels import Kernel, likeness
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, featured, products, unit
from sayso.errors import ConfigError

__all__ = ["Determinant", "DppSelector"]

LEAST = 1e-10
DIGITS = 9
"""Gains are compared to so many decimals: below lies what differs from machine to machine."""


@selectors.register("dpp")
@dataclass(frozen=True, kw_only=True)
class DppSelector:
    """Keeps what is unlike all that is kept, and good.

    Raises:
        ConfigError: `theta` over 0 without a column `by`.
    """

    needs_budget = True

    by: str | None = None
    """The column of quality, or a product of columns; none where `theta` is 0."""
    theta: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """0 is diversity alone; towards 1 quality alone."""
    keep: Which | None = None
    features: PluginConfig = SENTENCE
    kernel: Kernel = "rbf"
    width: Annotated[float, Field(gt=0)] = 0.5
    """Of `rbf`."""
    gamma: Annotated[float, Field(gt=0)] = 8.0
    """Of `exponential`."""
    jitter: Annotated[float, Field(ge=0)] = 0.0
    """Added to the kernel's diagonal; with 1e-5, rows in the span of others are chosen too, last."""

    def __post_init__(self) -> None:
        if self.theta > 0 and self.by is None:
            raise ConfigError(f"selector 'dpp' with theta {self.theta} weighs quality; add by: COLUMN, or set theta: 0")

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows in the order of choice, each with its gain."""
        need_bound(budget, name="dpp")
        found = featured(pool, self.features)
        quality, why = self._quality(pool)
        rows = found.rows[np.isfinite(quality[found.rows])]
        gain = Determinant(unit(found.vectors), quality, selector=self)
        for row in found.chosen.tolist():
            gain.add(row)
        picked, values = greedy(gain, rows, budget=budget)
        spanned = np.setdiff1d(rows[np.isneginf(gain.gains(rows))], picked)
        why |= dict.fromkeys(spanned.tolist(), f"it adds nothing to what is kept: d^2 is under {LEAST:g}")
        return Picked(rows=picked, by="gain in log-determinant", scores=values, why={**why, **found.why})

    def _quality(self, pool: Pool) -> tuple[Floats, dict[int, str]]:
        """Logarithms of quality, NaN where there is none, and why."""
        if self.theta == 0 or self.by is None:
            return np.zeros(len(pool)), {}
        column = ranked(pool, self.by, keep=self.keep)
        return _logarithms(column), dict(column.why) | _without_logarithm(column, free_rows(pool), by=self.by)


class Determinant:
    """The gain of `dpp`; `log_quality` is (N,), `vectors` unit vectors, (N, d)."""

    submodular = False  # it is, but every d^2 is up to date anyhow

    def __init__(self, vectors: Floats, log_quality: Floats, *, selector: DppSelector) -> None:
        self._vectors = vectors
        self._quality = log_quality
        self._options = selector
        self._squares = np.full(len(vectors), 1.0 + selector.jitter)
        self._factor = np.empty((16, len(vectors)))
        self._size = 0

    def gains(self, rows: Ints) -> Floats:
        """The logarithm of what each would multiply the determinant by, weighed with quality, (k,)."""
        squares = self._squares[rows]
        theta = self._options.theta
        logs = np.log(np.maximum(squares, LEAST))
        gains = np.round(theta * self._quality[rows] + (1 - theta) * logs, DIGITS)
        return np.asarray(np.where(squares >= LEAST, gains, -np.inf))

    def add(self, row: int) -> None:
        """One more row of the factor; a row in the span of those before adds none."""
        if self._squares[row] < LEAST:
            return
        self._grow()
        options = self._options
        kernel = likeness(
            self._vectors[row][None], self._vectors, kernel=options.kernel, width=options.width, gamma=options.gamma
        )[0]
        kernel[row] += options.jitter
        above = self._factor[: self._size]
        self._factor[self._size] = (kernel - products(above[:, row], above)) / np.sqrt(self._squares[row])
        self._squares -= self._factor[self._size] ** 2
        self._squares[row] = 0.0
        self._size += 1

    def _grow(self) -> None:
        if self._size == len(self._factor):
            self._factor = np.concatenate([self._factor, np.empty_like(self._factor)])


def _logarithms(column: Ranked) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(column.values)
    logs = np.where(np.isfinite(logs), logs, np.nan)
    return logs if column.highest else -logs


def _without_logarithm(column: Ranked, rows: Ints, *, by: str) -> dict[int, str]:
    values = column.values[rows]
    return {
        row: f"{by} {value:g} is not above 0, and dpp takes its logarithm"
        for row, value in zip(rows.tolist(), values.tolist(), strict=True)
        if value <= 0
    }
