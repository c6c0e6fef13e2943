"""Scorers and selectors for tests of what stands around them; recipes name them as `toy_choices:...`."""

import numpy as np

from sayso.data.scorers import Column
from sayso.data.selectors import Picked

ASKED: list[list[str]] = []
"""The samples of every call of `Words`, by id."""
LIFE = {"dies_at": -1}
"""After how many samples `Words` dies, whatever its options say."""


class Words:
    """Words of the answer; NaN for answers with `without` in them. Dies before sample number `dies_at` of its life."""

    def __init__(
        self, *, without: str = "", dies_at: int = -1, per_row: bool = True, names: str = "words", reads: bool = True
    ) -> None:
        self.without, self.dies_at, self.per_row, self.names = without, dies_at, per_row, names.split("+")
        self.reads_trained = reads

    def score(self, samples, *, scoring):
        del scoring
        texts = [sample.messages[-1].text for sample in samples]
        done = sum(map(len, ASKED))
        if any(0 <= end < done + len(texts) for end in (self.dies_at, LIFE["dies_at"])):
            raise KeyboardInterrupt
        ASKED.append([sample.example for sample in samples])
        bad = {row: f"says {self.without!r}" for row, text in enumerate(texts) if self.without and self.without in text}
        values = np.array([np.nan if row in bad else len(text.split()) for row, text in enumerate(texts)], dtype=float)
        return {name: Column(values=values * (number + 1), why=bad) for number, name in enumerate(self.names)}


words = Words
"""The same under the name of a plugin."""


class Vectors:
    """One of four directions for each sample, by the length of its answer."""

    def __init__(self, *, per_row: bool = True) -> None:
        self.per_row = per_row

    def features(self, samples, *, scoring):
        del scoring
        ASKED.append([sample.example for sample in samples])
        return np.eye(4, dtype=np.float32)[[len(sample.messages[-1].text) % 4 for sample in samples]]


def vectors(*, per_row: bool = True) -> Vectors:
    return Vectors(per_row=per_row)


class Seen:
    """Keeps the first rows, and remembers what it was shown."""

    def __init__(self, *, features: str = "", rows: str = "", by: str = "order") -> None:
        self.wanted, self.rows, self.by = features, rows, by
        self.pools, self.budgets, self.vectors = [], [], []

    def select(self, pool, *, budget):
        from sayso.config import PluginConfig

        self.pools.append(pool)
        self.budgets.append(budget)
        if self.wanted:
            self.vectors.append(pool.features(PluginConfig(name=self.wanted)))
        rows = np.array([int(row) for row in self.rows.split("+")]) if self.rows else np.arange(len(pool))
        return Picked(rows=rows, by=self.by, scores=-rows.astype(float))


def seen(*, features: str = "", rows: str = "", by: str = "order") -> Seen:
    return Seen(features=features, rows=rows, by=by)
