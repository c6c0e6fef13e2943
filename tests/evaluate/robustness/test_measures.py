"""Measures under the definitions of others, by hand."""

import math

import numpy as np
import pytest

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.metrics import Context
from sayso.evaluate.robustness.agreement import agreement, read_answer
from sayso.evaluate.robustness.extremes import extremes, halved, shrunk
from sayso.evaluate.robustness.moments import proportions
from sayso.evaluate.robustness.spread import measures

BOOTSTRAP = Bootstrap(seed=1, num_resamples=300)


def test_each_measure_is_what_its_paper_says():
    found = measures(np.array([0.8, 0.5, 0.2]))
    assert found.as_dict() == pytest.approx(
        {
            "prompt_sensitivity": math.sqrt(0.06),  # numpy's std, as NeMo-Skills takes it: ddof = 0
            "value_range": 0.6,
            "avg_p": 0.5,
            "max_p": 0.8,
            "saturation": 0.7,
            "cps": 0.56,
            "drop_rate": 1 - 0.35 / 0.8,
        }
    )


def test_what_has_no_value_is_none():
    assert measures(np.array([np.nan])) is None
    assert measures(np.array([0.0, 0.4])).drop_rate is None
    assert measures(np.array([0.4])).drop_rate is None
    assert measures(np.array([0.4, np.nan])).avg_p == 0.4


def test_consistency_is_a_third_for_a_a_c():
    found = agreement([["a"], ["a"], ["c"]])
    assert (found.rate, found.num_pairs, found.right) == (pytest.approx(1 / 3), 3, None)


def test_no_answer_agrees_with_nothing_and_is_counted():
    found = agreement([["a", None], ["a", None]])
    assert (found.rate, found.unanswered) == (0.5, 0.5)


def test_equal_and_right_needs_both():
    found = agreement([["a", "b", "c"], ["a", "b", "d"]], scores_WN=np.array([[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]))
    assert (found.rate, found.right) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_rows_of_other_lengths_are_refused_and_one_row_has_no_pair():
    assert agreement([["a", "b"]]) is None
    with pytest.raises(ValueError, match=r"rows of \[1, 2\] answers"):
        agreement([["a"], ["a", "b"]])


@pytest.mark.parametrize(
    ("output", "read"), [("Red.", "red"), ("B", "blue"), ("(b) blue", "blue"), ("who knows", "who knows"), (" ", None)]
)
def test_an_answer_is_the_option_that_it_names(output, read):
    assert read_answer(output, context=Context(options=("red", "blue"), labels=("A", "B"))) == read


def test_the_worst_and_best_of_equal_wordings_are_worth_the_same_elsewhere():
    """Over 20 draws of 20 wordings that are all right half of the time."""
    draws = np.random.default_rng(4).integers(0, 2, size=(20, 20, 60)).astype(float)
    found = np.array([halved(scores, bootstrap=Bootstrap(seed=1, num_resamples=100), name="t") for scores in draws])
    assert draws.mean(axis=2).min(axis=1).mean() < 0.4 < 0.6 < draws.mean(axis=2).max(axis=1).mean()
    assert found.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.035)


def test_a_wording_that_is_truly_bad_stays_bad():
    scores = np.random.default_rng(5).integers(0, 2, size=(6, 60)).astype(float)
    scores[3] = 0.0
    worst, _ = extremes(scores.mean(axis=1), wordings="abcdef", expected=halved(scores, bootstrap=BOOTSTRAP, name="t"))
    assert (worst.wording, worst.score, worst.expected) == ("d", 0.0, 0.0)


def test_shares_are_drawn_towards_their_mean_by_the_part_of_chance():
    shares = np.array([0.45, 0.55, 0.5, 0.5])
    low, high = shrunk(shares, moments=proportions(shares, counts_W=np.full(4, 100)))
    assert (low, high) == (0.5, 0.5)
    low, high = shrunk(np.array([0.1, 0.9]), moments=proportions(np.array([0.1, 0.9]), counts_W=np.full(2, 100)))
    assert 0.1 < low < 0.11
    assert 0.89 < high < 0.9


def test_nothing_has_no_extremes():
    assert extremes(np.array([np.nan]), wordings=["a"], expected=None) is None
    assert halved(np.ones((2, 3)), bootstrap=BOOTSTRAP, name="t") is None
