"""Refusal: how strongly an answer declines, talks of being a model or moralises, in [0, 1]; by the patterns of the rule `refusal`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sayso.data.scorers._protocol import Column, Columns, Scoring, scorers
from sayso.data.scorers._said import written_of
from sayso.instructions.synthesize.rules.refusal import refusal_of
from sayso.records import Sample

__all__ = ["RefusalScorer"]


@scorers.register("refusal")
@dataclass(frozen=True, kw_only=True)
class RefusalScorer:
    """Column `refusal`: 1 declines, 0.9 cannot see or asks for what it was given, 0.8 talks of being a model, 0.5 moralises, 0 answers."""

    per_row: bool = field(default=True, init=False)

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """The strength for each sample; an empty answer is no refusal."""
        del scoring
        values = np.array([refusal_of(written_of(one))[0] for one in samples], dtype=np.float64)
        return {"refusal": Column(values=values, higher_is_better=False)}
