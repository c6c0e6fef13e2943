"""Rubric: the judge rates an answer from 1 to `points` by a criterion, and says why.

    judge: {name: rubric, criterion: "Is it right, and grounded in the picture?", points: 5, model: {name: chat, model: ...}}

A reply counts where it has exactly one "Rating: N" with a whole number in range; any other is None and counted. The wording is ours. The idea of rating by a language model
on a scale: Zheng et al. 2023, arXiv 2306.05685, section 3.1, single answer grading.
"""

from functools import partial

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.corpus.rating import Rating
from sayso.evaluate.judges._asking import Single, asked, judge_model, marked
from sayso.evaluate.judges._protocol import Case, judges
from sayso.lm import Request

__all__ = ["CRITERION", "rubric"]

CRITERION = "Is the answer right, complete, and free of anything that the picture does not show?"
TASK = """Somebody was asked a question about a picture. You rate the answer by one criterion, from 1 (fails it wholly) to {points} (nothing could be better).

Criterion: {criterion}"""
END = """Length, style and confidence earn nothing. First say in a sentence or two what decides. Then end with a line of this form, and \
use the word only there:
Rating: N"""


@judges.register("rubric")
def rubric(
    *,
    model: PluginConfig | None = None,
    criterion: str = CRITERION,
    points: int = 5,
    store: str = "",
    progress: Progress | None = None,
) -> Single:
    """Ratings by `criterion` from 1 to `points`.

    Raises:
        ConfigError: no language model is given, or the scale has no two points.
    """
    if points < 2:
        raise ConfigError(f"points is {points}; a scale has at least 2")
    opened = judge_model(model, judge="rubric", store=store, progress=progress)
    known = [str(one) for one in range(1, points + 1)]
    return Single(
        model=opened,
        ask=partial(_question, task=TASK.replace("{points}", str(points)).replace("{criterion}", criterion)),
        read=partial(marked, marker="rating", known=known),
        metric=Rating(low=1, high=points, judge=opened.name),
    )


def _question(case: Case, *, task: str) -> Request:
    return asked(task, case, answers={"Answer": case.answer}, end=END)
