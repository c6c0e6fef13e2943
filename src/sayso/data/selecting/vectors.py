"""Features for a pool, kept by row like columns: vectors of a featuriser, asked CHUNK rows at a time about those that nobody asked about before."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sayso.config import PluginConfig
from sayso.data.features import Featuriser, featurisers
from sayso.data.features._protocol import Vectors
from sayso.data.scorers import Scoring
from sayso.data.selecting.columns import CHUNK, SAVED_EVERY_S, pool_name
from sayso.data.selecting.identity import by_row, identity, options_of
from sayso.data.selecting.parts import Part, Parts, find_keys
from sayso.data.selecting.rows import Keys, Rows
from sayso.data.selecting.samples import View
from sayso.data.selectors._protocol import Ints
from sayso.errors import ConfigError, blame

__all__ = ["feature_maker"]

TOGETHER = 8192
"""Vectors that are copied at a time."""


def feature_maker(
    rows: Rows, *, scoring: Scoring, around: Mapping[str, Any]
) -> Callable[[PluginConfig, Ints], Vectors]:
    """A function that gives the vectors of some rows, (n,), as the featuriser of a config makes them, (n, d)."""
    made: dict[str, tuple[Ints, Vectors]] = {}

    def features(plugin: PluginConfig, chosen: Ints) -> Vectors:
        name = plugin.model_dump_json()
        if name not in made or not np.array_equal(made[name][0], chosen):
            made[name] = (chosen, _features(plugin, rows=rows, chosen=chosen, scoring=scoring, around=around))
        return made[name][1]

    return features


def _features(
    plugin: PluginConfig, *, rows: Rows, chosen: Ints, scoring: Scoring, around: Mapping[str, Any]
) -> Vectors:
    with blame(ConfigError, f"features {plugin.name!r}"):
        featuriser = featurisers.build(plugin.name, options_of(plugin))
        key = identity(plugin, registry=featurisers, made=featuriser, around=dict(around), seed=scoring.seed)
        folder = scoring.columns / key
        if not by_row(featuriser):
            folder /= pool_name(rows.keys[chosen])
        kept = Parts(folder)
        _make_missing(rows, chosen, featuriser=featuriser, kept=kept, scoring=scoring)
        return _assembled(kept.read(), keys=rows.keys[chosen])


def _make_missing(rows: Rows, chosen: Ints, *, featuriser: Featuriser, kept: Parts, scoring: Scoring) -> None:
    missing = chosen[find_keys([part.keys for part in kept.read()], rows.keys[chosen]) < 0]
    step = CHUNK if by_row(featuriser) else max(len(chosen), 1)
    missing = missing if by_row(featuriser) or not len(missing) else chosen
    scoring.progress.start("features", total=len(missing))
    pending, saved = list[tuple[Ints, Vectors]](), -math.inf
    try:
        for start in range(0, len(missing), step):
            chunk = missing[start : start + step]
            pending.append((chunk, _checked(featuriser.features(View(rows.samples, chunk), scoring=scoring), chunk)))
            scoring.progress.advance(len(chunk))
            if time.monotonic() - saved > SAVED_EVERY_S:
                _save(pending, keys=rows.keys, kept=kept)
                saved = time.monotonic()
    finally:
        _save(pending, keys=rows.keys, kept=kept)


def _checked(found: Vectors, chunk: Ints) -> Vectors:
    vectors: Vectors = np.asarray(found, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(chunk):
        raise ConfigError(f"vectors of the shape {vectors.shape} for {len(chunk)} rows; give ({len(chunk)}, d)")
    if not np.isfinite(vectors).all():
        raise ConfigError("vectors with NaN or infinite numbers; a row without a feature has zeros")
    return vectors


def _save(pending: list[tuple[Ints, Vectors]], *, keys: Keys, kept: Parts) -> None:
    if pending:
        rows = np.concatenate([one for one, _ in pending])
        kept.add(Part(keys=keys[rows], values=np.concatenate([one for _, one in pending]), facts={}))
        pending.clear()


def _assembled(parts: list[Part], *, keys: Keys) -> Vectors:
    """The vectors of the keys in their order, copied a little at a time, so that no second copy is in memory."""
    if not parts:
        return np.zeros((0, 0), dtype=np.float32)
    at = find_keys([part.keys for part in parts], keys)
    starts = np.cumsum([0, *(len(part.keys) for part in parts)])
    found: Vectors = np.empty((len(keys), parts[0].values.shape[1]), dtype=np.float32)
    for part, start, end in zip(parts, starts[:-1], starts[1:], strict=True):
        places = np.flatnonzero((at >= start) & (at < end))
        for first in range(0, len(places), TOGETHER):
            some = places[first : first + TOGETHER]
            found[some] = part.values[at[some] - start]
    return found
