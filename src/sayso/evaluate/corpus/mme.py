"""MME: fourteen categories, two questions a picture, each category worth up to 200 points.

The points of a category are 100 times the accuracy over its questions plus 100 times the share of pictures with both questions right (acc+). Figures:
`mme_perception` (ten categories, at most 2000), `mme_cognition` (four, at most 800) and `mme_CATEGORY` for each. A total has no value where one of its categories has no
answer. A picture that has not exactly two questions does not count for acc+, and is counted. An answer that could not be read is wrong and counted; one without a
reference is left out and counted.

References are `yes` or `no`. `Answer.about` needs `category` and `image`. A picture of a category is one unit.

Source: Fu et al. 2023, arXiv 2306.13394, sections 2.2 and 2.3. Published numbers are for the parser `mme`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.errors import DataError, did_you_mean
from sayso.evaluate.corpus._binary import truth_of, unread, yes_or_no
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["COGNITION", "Mme", "mme", "PERCEPTION"]

PERCEPTION = (
    "existence",
    "count",
    "position",
    "color",
    "posters",
    "celebrity",
    "scene",
    "landmark",
    "artwork",
    "ocr",
)
COGNITION = ("commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning")
ALL = PERCEPTION + COGNITION
SOURCE = "MME, arXiv 2306.13394: 100 accuracy + 100 accuracy+ a category"


@dataclass(frozen=True)
class Mme:
    """Points."""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """Perception, cognition, then each category."""
        totals = {"mme_perception": 200.0 * len(PERCEPTION), "mme_cognition": 200.0 * len(COGNITION)}
        most = {**totals, **{f"mme_{category}": 200.0 for category in ALL}}
        return tuple(MetricCard(name=name, source=SOURCE, high=high) for name, high in most.items())

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """For the picture's category: right answers, answers, both right, pairs; zeros for all others."""
        pictures: dict[tuple[str, str], list[float]] = defaultdict(list)
        for answer in answers:
            right = pictures[_category(answer), _image(answer)]
            if answer.references:
                right.append(float(yes_or_no(answer.text) == truth_of(answer)))
        statistics = np.zeros((len(pictures), len(ALL), 4))
        for row, ((category, _), some) in enumerate(pictures.items()):
            pair = len(some) == 2
            statistics[row, ALL.index(category)] = sum(some), len(some), pair and all(some), pair
        reasons = Counter(filter(None, map(unread, answers)))
        if odd := sum(len(some) not in {0, 2} for some in pictures.values()):
            reasons["a picture without exactly two questions, left out of accuracy+"] = odd
        units = tuple(f"{category}/{image}" for category, image in pictures)
        return Tally(units=units, statistics=statistics.reshape(len(pictures), -1), reasons=reasons)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Points by category, and the two totals."""
        sums_RC4 = sums_RK.reshape(len(sums_RK), len(ALL), 4)
        points = 100 * ratio(sums_RC4[..., 0], sums_RC4[..., 1]) + 100 * ratio(sums_RC4[..., 2], sums_RC4[..., 3])
        cut = len(PERCEPTION)
        totals = {"mme_perception": points[:, :cut].sum(axis=1), "mme_cognition": points[:, cut:].sum(axis=1)}
        return {**totals, **{f"mme_{category}": points[:, place] for place, category in enumerate(ALL)}}


def _category(answer: Answer) -> str:
    given = answer.about.get("category", "")
    name = given.strip().lower().replace(" ", "_")
    if name not in ALL:
        raise DataError(f"{answer.example}: category {given!r} is none of MME's{did_you_mean(name, list(ALL))}")
    return name


def _image(answer: Answer) -> str:
    image = answer.about.get("image", "")
    if not image:
        raise DataError(f"{answer.example}: MME needs the picture of each question; give `image` in {answer.about}")
    return image


@corpus_metrics.register("mme")
def mme() -> Mme:
    """MME's points."""
    return Mme()
