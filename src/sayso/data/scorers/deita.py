"""DEITA's score: complexity times quality of every turn, summed over the turns; with both sums as columns of their own.

    {name: deita, judge: {name: chat, model: NAME, base_url: URL}}
    {name: deita, complexity: {name: auto, path: A}, quality: {name: auto, path: B}}

Of conversations of one turn this is the product of the columns `quality` and `complexity`; of longer ones it is not. A turn that lacks one of both ratings leaves the row NaN.

Source: DEITA, Liu et al. 2024, arXiv 2312.15685, and its code (hkust-nlp/deita).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Columns, Scoring, scorers
from sayso.data.scorers._rating import Rated, column_of, rates_of
from sayso.data.scorers._rubrics import COMPLEXITY, QUALITY, own_words
from sayso.records import Sample

__all__ = ["deita", "Deita"]


@dataclass(kw_only=True)
class Deita:
    """Columns `deita`, `quality` and `complexity`."""

    quality: Rated
    complexity: Rated
    per_row: bool = True
    reads_target: bool = False

    @property
    def reads_trained(self) -> bool:
        """As either of both."""
        return self.quality.reads_trained or self.complexity.reads_trained

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """Three columns.

        Raises:
            ConfigError: there is no model to rate with.
            BackendError: the judge gave up; what it answered is kept.
        """
        good, hard = (
            rates_of(samples, rate=one.rate(scoring), rubric=one.rubric, without_pictures=one.without_pictures)
            for one in (self.quality, self.complexity)
        )
        both = [[_product(*pair) for pair in zip(*row, strict=True)] for row in zip(good, hard, strict=True)]
        return {"deita": column_of(both), "quality": column_of(good), "complexity": column_of(hard)}


def _product(good: float | str, hard: float | str) -> float | str:
    lost = next((one for one in (good, hard) if isinstance(one, str)), None)
    return lost if lost is not None else float(good) * float(hard)


@scorers.register("deita")
def deita(
    *,
    judge: PluginConfig | None = None,
    quality: PluginConfig | None = None,
    complexity: PluginConfig | None = None,
    without_pictures: bool = False,
    batch_size: int = 16,
) -> Deita:
    """DEITA's score by one judge, or by a model each; the last trained model where there is neither.

    Raises:
        ConfigError: a judge and a model are given.
    """
    good, hard = (
        Rated(
            rubric=own_words(rubric, request="", judge=judge, model=model),
            judge=judge,
            model=model,
            without_pictures=without_pictures,
            batch_size=batch_size,
        )
        for rubric, model in ((QUALITY, quality), (COMPLEXITY, complexity))
    )
    return Deita(quality=good, complexity=hard)
