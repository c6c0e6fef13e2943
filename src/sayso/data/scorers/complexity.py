"""Complexity: how much the instruction asks, rated from 1 to 6 by a judge, or as DEITA does by expectation over a model's rating tokens.

    {name: complexity, judge: {name: chat, model: NAME, base_url: URL}}
    {name: complexity, model: {name: auto, path: RATER}}

The response is not shown. All else is as for `quality`.

Source: DEITA, Liu et al. 2024, arXiv 2312.15685.
"""

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import scorers
from sayso.data.scorers._rating import Rated
from sayso.data.scorers._rubrics import COMPLEXITY, own_words

__all__ = ["complexity"]


@scorers.register("complexity")
def complexity(
    *,
    judge: PluginConfig | None = None,
    model: PluginConfig | None = None,
    request: str = "",
    without_pictures: bool = False,
    batch_size: int = 16,
) -> Rated:
    """The column `complexity`.

    Raises:
        ConfigError: a judge and a model are given, or the request has no place for the instruction.
    """
    return Rated(
        rubric=own_words(COMPLEXITY, request=request, judge=judge, model=model),
        judge=judge,
        model=model,
        without_pictures=without_pictures,
        batch_size=batch_size,
    )
