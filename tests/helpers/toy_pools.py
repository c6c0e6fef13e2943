"""Small pools for selectors: columns and vectors as a test writes them."""

from pathlib import Path

import numpy as np

from sayso.data.scorers import Column, Scoring
from sayso.data.selectors import Budget, Pool, selectors
from sayso.records import Message, Sample, Span, TextPart


def text(role, words):
    part = TextPart(
        text=words, spans=(Span(start=0, end=len(words), role="response" if role == "assistant" else "instr"),)
    )
    return Message(role=role, parts=(part,) if words else ())


def sample(number, *, ask="Hi", answer="Hello", task="t", media=()):
    return Sample(
        id=f"s{number}",
        example=f"e{number}",
        task=task,
        template="w",
        messages=(text("user", ask), text("assistant", answer)),
        media=media,
    )


def scoring(folder=Path("."), **options):
    return Scoring(**{"seed": 7, "store": folder / "store.sqlite", "columns": folder / "columns", **options})


def toy_pool(*, chosen=(), low=(), seed=7, vectors=None, **values):
    """Columns by name, a NaN with the reason `too long`; `low` are better low; every feature is `vectors`."""
    size = len(next(iter(values.values()))) if values else len(vectors)
    columns = {
        name: Column(
            values=np.array(found, dtype=np.float64),
            why={row: "too long" for row, value in enumerate(found) if np.isnan(value)},
            higher_is_better=name not in low,
        )
        for name, found in values.items()
    }
    return Pool(
        samples=[sample(number) for number in range(size)],
        columns=columns,
        tasks=["t"] * size,
        features=lambda config: np.zeros((size, 1), dtype=np.float32) if vectors is None else vectors,
        scoring=scoring(seed=seed),
        chosen=np.array(chosen, dtype=np.int64),
    )


def select(name, among, *, rows=None, tokens=None, costs=None, **options):
    """What the selector of that name keeps of the pool."""
    budget = Budget(rows=rows, tokens=tokens, costs=None if costs is None else np.array(costs))
    return selectors.build(name, options).select(among, budget=budget)


def unit_rows(size, dimensions, *, seed=0, positive=False):
    """Random vectors of length 1, (size, dimensions)."""
    drawn = np.random.default_rng(seed).standard_normal((size, dimensions))
    drawn = np.abs(drawn) if positive else drawn
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
