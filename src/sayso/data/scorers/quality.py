"""Quality: how good the response is, rated by a judge, or as DEITA does by expectation over a model's rating tokens.

    {name: quality, judge: {name: chat, model: NAME, base_url: URL}}
    {name: quality, model: {name: auto, path: RATER}}

Without either, the last trained model of the stage rates. `rubric: five_points` is a scale of five steps with a sentence each, for filters that keep 4 and more.
`request` puts the user's words in place of ours, with {instruction} and {response} where the texts are to stand: a scorer that was trained with a form of its own is asked in that form.

Conversations of several turns have the sum over their turns. For DEITA's product with complexity turn by turn, see the scorer `deita`.

Source: DEITA, Liu et al. 2024, arXiv 2312.15685; five points: AlpaGasus, Chen et al. 2023, arXiv 2307.08701, and EasyInstruct's GPT score.
"""

from typing import Literal

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import scorers
from sayso.data.scorers._rating import Rated
from sayso.data.scorers._rubrics import FIVE_POINTS, QUALITY, own_words

__all__ = ["quality"]


@scorers.register("quality")
def quality(
    *,
    judge: PluginConfig | None = None,
    model: PluginConfig | None = None,
    rubric: Literal["six", "five_points"] = "six",
    request: str = "",
    without_pictures: bool = False,
    batch_size: int = 16,
) -> Rated:
    """The column `quality`.

    Raises:
        ConfigError: a judge and a model are given, or the request has no place for the instruction.
    """
    chosen = FIVE_POINTS if rubric == "five_points" else QUALITY
    return Rated(
        rubric=own_words(chosen, request=request, judge=judge, model=model),
        judge=judge,
        model=model,
        without_pictures=without_pictures,
        batch_size=batch_size,
    )
