"""Columns that are filled row by row: a number, or the reason that there is none."""

import math
from collections.abc import Mapping

import numpy as np

from sayso.data.scorers._protocol import Column, Columns

__all__ = ["Filling"]


class Filling:
    """Columns by name, in the order given, with whether more is better."""

    def __init__(self, names: Mapping[str, bool]) -> None:
        self._better = dict(names)
        self._values: dict[str, list[float]] = {name: [] for name in names}
        self._why: dict[str, dict[int, str]] = {name: {} for name in names}

    def add(self, found: Mapping[str, float | str] | str) -> None:
        """The next row: by name a number, or the reason that it has none; one reason for all where it is a text."""
        for name, values in self._values.items():
            value = found if isinstance(found, str) else found[name]
            if isinstance(value, float) and not math.isfinite(value):
                value = f"the number is {value}"
            if isinstance(value, str):
                self._why[name][len(values)] = value
            values.append(math.nan if isinstance(value, str) else value)

    def columns(self) -> Columns:
        """What was filled in."""
        return {
            name: Column(
                values=np.array(values, dtype=np.float64), why=self._why[name], higher_is_better=self._better[name]
            )
            for name, values in self._values.items()
        }
