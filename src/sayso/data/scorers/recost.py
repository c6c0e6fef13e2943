"""Relative predictive entropy with knowledge at hand, in the spirit of RECOST (Zhang et al. 2024); not a reproduction.

    relative(e) = PE(y | k trusted examples, I) / PE(y | I),   PE = mean negative log-probability of the response's tokens, in nats

Trusted examples are the stage's target; the k nearest to a row by the sentence vector of the instruction are shown as earlier turns, never the row itself. Low says that knowledge supports the answer. The paper re-ranks entropy by this
number, since what a model finds surprising may also be wrong. How it puts the two ranks together could not be read; here the column `recost` is the mean of both ranks among the rows of the pool,
each in [0, 1]: 1 is surprising and supported. Ours too: means in place of sums, whole examples in place of passages. Choosing unlike rows in windows of that ranking is the selector `windowed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Column, Columns, Floats, Scoring, scorers
from sayso.data.scorers._ratios import ratio
from sayso.data.scorers._with_model import WithModel
from sayso.errors import ConfigError
from sayso.instructions.prompting.few_shot import after_turns
from sayso.models.contexts import ContextReader
from sayso.models.encoders import Encoder, encoders
from sayso.records import Sample

__all__ = ["Recost"]

NAMES = {"recost_entropy": True, "recost_relative": False}
CHUNK = 64


@scorers.register("recost")
@dataclass(kw_only=True)
class Recost(WithModel):
    """Columns `recost`, `recost_entropy` (PE of the row alone) and `recost_relative`; two passes a row."""

    num_shown: Annotated[int, Field(ge=1)] = 3
    """How many trusted examples stand before a row."""
    encoder: PluginConfig = field(default_factory=lambda: PluginConfig(name="minilm"))

    per_row = False  # ranks are among the rows of the pool
    reads_target = True

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """No number where the response is empty, or the examples leave no room for the row.

        Raises:
            ConfigError: there are no trusted examples, or no model.
        """
        trusted = [one for some in scoring.target.values() for one in some]
        if not trusted:
            raise ConfigError(
                f"scorer 'recost' has {len(trusted)} trusted examples; add a build of them to from:, or target: FILE"
            )
        reader, encoder = self.reader(scoring), encoders.build(self.encoder.name, self.encoder.options)
        vectors = encoder.encode([_asked(one) for one in trusted])
        scoring.progress.start("recost", total=len(samples))
        filling = Filling(NAMES)
        for start in range(0, len(samples), CHUNK):
            some = [samples[row] for row in range(start, min(start + CHUNK, len(samples)))]
            shown = self._shown(some, trusted, encoder=encoder, vectors=vectors)
            for one in _entropies(some, shown, reader):
                filling.add(one)
            scoring.progress.advance(len(some))
        found = filling.columns()
        return {"recost": _both_ranks(found["recost_entropy"], found["recost_relative"]), **found}

    def _shown(
        self, samples: Sequence[Sample], trusted: Sequence[Sample], *, encoder: Encoder, vectors: np.ndarray
    ) -> list[list[Sample]]:
        """For each row the nearest trusted examples, the nearest last, so that it stands next to the row."""
        cosines = np.round((encoder.encode([_asked(one) for one in samples]) @ vectors.T).astype(np.float64), 6)
        found = []
        for one, row in zip(samples, cosines, strict=True):
            order = [place for place in np.argsort(-row, kind="stable").tolist() if trusted[place].id != one.id]
            found.append([trusted[place] for place in order[: self.num_shown]][::-1])
        return found


def _entropies(
    samples: Sequence[Sample], shown: Sequence[Sequence[Sample]], reader: ContextReader
) -> list[dict[str, float | str]]:
    alone = [found.mean("full") for found in reader.read(samples)]
    behind = [after_turns(one, some) for one, some in zip(samples, shown, strict=True)]
    told = [found.mean("full") for found in reader.read(behind)]
    return [
        {"recost_entropy": before, "recost_relative": ratio(after, before)}
        for before, after in zip(alone, told, strict=True)
    ]


def _both_ranks(entropy: Column, relative: Column) -> Column:
    ranks = (_ranks(entropy.values) + _ranks(-relative.values)) / 2
    return Column(values=ranks, why={**entropy.why, **relative.why})


def _ranks(values: Floats) -> Floats:
    """In [0, 1] among those that there are, 1 the largest; equal values have equal ranks."""
    known = np.isfinite(values)
    _, places, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - (counts + 1) / 2
    found: Floats = np.full(len(values), np.nan)
    found[known] = middles[places] / max(int(known.sum()) - 1, 1)
    return found


def _asked(sample: Sample) -> str:
    return next((message.text for message in sample.prompt if message.role == "user"), "")
