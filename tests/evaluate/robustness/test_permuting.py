"""Dealing scores out anew within examples."""

import itertools

import numpy as np
import pytest

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.robustness.permuting import noise_floor, shuffled_means

BOOTSTRAP = Bootstrap(seed=1, num_resamples=2000)
SCORES = np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])


def test_every_deal_keeps_the_scores_of_each_example():
    dealt = shuffled_means(np.arange(12.0).reshape(3, 4), bootstrap=Bootstrap(seed=1, num_resamples=50), name="t")
    assert dealt.mean(axis=1) == pytest.approx(np.full(50, 5.5))
    assert len({tuple(row) for row in dealt}) > 10


def test_the_mean_squared_spread_of_deals_is_the_variance_within_examples():
    dealt = shuffled_means(SCORES, bootstrap=BOOTSTRAP, name="t")
    expected = SCORES.var(axis=0, ddof=1).sum() / SCORES.shape[1] ** 2
    assert dealt.var(axis=1, ddof=1).mean() == pytest.approx(expected, rel=0.05)


def test_the_p_value_is_that_of_all_deals():
    """All 3^2 deals that matter here: a single 1 in one example, two in another."""
    columns = [sorted(set(itertools.permutations(column))) for column in SCORES.T]
    spreads = [np.array(deal).T.mean(axis=1).var() for deal in itertools.product(*columns)]
    exact = np.mean([spread >= SCORES.mean(axis=1).var() - 1e-12 for spread in spreads])
    assert noise_floor({"t": SCORES}, bootstrap=BOOTSTRAP).p_value == pytest.approx(exact, abs=0.03)


def test_tasks_count_the_same_in_the_test_and_their_floors_are_told():
    calm = np.random.default_rng(2).integers(0, 2, size=(4, 30)).astype(float)
    found = noise_floor({"a": calm, "b": np.tile(calm[:1], (4, 1)), "nothing": np.zeros((4, 5))}, bootstrap=BOOTSTRAP)
    assert set(found.by_task) == {"a", "b"}
    assert found.by_task["b"] == 0.0 < found.by_task["a"]
    assert found.mean == pytest.approx(found.by_task["a"] / 2)


def test_equal_answers_are_no_evidence_and_nothing_has_no_floor():
    assert noise_floor({"t": np.ones((3, 4))}, bootstrap=BOOTSTRAP).p_value == 1.0
    assert noise_floor({"t": np.zeros((3, 4)), "one": np.ones((1, 4))}, bootstrap=BOOTSTRAP) is None


def test_draws_are_the_same_again():
    first, second = (noise_floor({"t": SCORES}, bootstrap=BOOTSTRAP) for _ in range(2))
    assert first == second
    assert noise_floor({"t": SCORES}, bootstrap=Bootstrap(seed=2, num_resamples=2000)) != first


def test_scores_that_never_move_say_nothing_whatever_their_last_bits():
    still = {f"still{place}": np.tile([1 / 3, 0.1, 2 / 7][: place % 3 + 1], (7, 1)) for place in range(9)}
    alone, both = (noise_floor({"t": SCORES, **more}, bootstrap=BOOTSTRAP) for more in ({}, still))
    assert both.p_value == alone.p_value
