"""Figures with their intervals: units are drawn again with replacement and the figures computed from the new sums."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.evaluate.corpus._protocol import Answer, CorpusMetric, Tally, corpus_metrics
from sayso.evaluate.corpus.mean_of import MeanOf
from sayso.evaluate.intervals import Bootstrap, Estimate, resample_counts
from sayso.evaluate.means import bounds
from sayso.evaluate.metrics import metrics
from sayso.evaluate.sensitivity import Floats

__all__ = ["corpus_metric", "measure", "Measured"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures of a metric by name, None where one has no value, and the tally they were made from."""

    figures: dict[str, Estimate | None]
    tally: Tally


def corpus_metric(name: str, options: dict[str, object] | None = None) -> CorpusMetric:
    """The corpus metric of that name, or the mean of the metric of single predictions of that name.

    Raises:
        ConfigError: there is neither.
    """
    if name in corpus_metrics.names():
        return corpus_metrics.build(name, options or {})
    if name.isidentifier() and name not in metrics.names():
        known = sorted({*corpus_metrics.names(), *metrics.names()})
        raise ConfigError(f"no metric named {name!r}{did_you_mean(name, known)}")
    return MeanOf(metrics.build(name, options or {}))


def measure(metric: CorpusMetric, answers: Sequence[Answer], *, bootstrap: Bootstrap, name: str) -> Measured:
    """Every figure over the answers; `name` seeds the draws, so that equal units are drawn alike for all that share it.

    Raises:
        DataError: there is no answer, or one lacks what the metric needs.
    """
    if not answers:
        raise DataError(f"{name}: there is no answer to measure")
    tally = metric.tally(answers)
    sums = tally.statistics.sum(axis=0, keepdims=True)
    counts = resample_counts(len(tally.units), bootstrap=bootstrap, name=name)
    points, spreads = metric.figures(sums), metric.figures(counts @ tally.statistics)
    figures = {
        card.name: _estimate(float(points[card.name][0]), spreads[card.name], bootstrap=bootstrap, n=len(tally.units))
        for card in metric.cards
    }
    return Measured(figures=figures, tally=tally)


def _estimate(point: float, spread: Floats, *, bootstrap: Bootstrap, n: int) -> Estimate | None:
    if np.isnan(point) or np.isnan(spread).all():
        return None
    low, high = bounds(spread, confidence=bootstrap.confidence)
    return Estimate(mean=point, low=low, high=high, n=n)
