"""Contrasts by seed, their intervals, and the smallest effect that a design can see."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.pipeline.reproducing.contrasts import contrast_values, estimate, level_of, smallest_visible, terms_of
from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.plan import Claim

NUMBERS = st.lists(st.floats(-1, 1), min_size=2, max_size=8)


def run(arm, seed, **measures):
    return ArmRun(arm=arm, seed=seed, measures=measures, train_s=1, total_s=2, steps=3)


def by_cell(*runs):
    return {(one.arm, one.seed): one for one in runs}


def claim(contrast, measure="m"):
    return Claim(says="", paper="", measure=measure, contrast=contrast)


def test_a_contrast_is_a_weighted_sum_per_seed():
    runs = by_cell(run("a", 1, m=0.5), run("b", 1, m=0.7), run("a", 2, m=0.1), run("b", 2, m=0.4))
    assert contrast_values(terms_of(claim({"b": 1, "a": -0.5})), runs) == pytest.approx({1: 0.45, 2: 0.35})


def test_an_arm_can_name_another_measure():
    runs = by_cell(run("a", 1, m=0.5, n=0.25))
    assert contrast_values(terms_of(claim({"a": 1, "a/n": -1})), runs) == {1: 0.25}


@pytest.mark.parametrize("hole", [None, float("nan"), float("inf")])
def test_a_seed_counts_only_where_every_arm_is_there_and_measured(hole):
    whole = [run("a", 1, m=0.5), run("b", 1, m=0.7)]
    runs = by_cell(*whole, run("a", 2, m=0.5), run("b", 2, m=hole), run("b", 3, m=0.9), run("a", 4), run("b", 4, m=1.0))
    assert contrast_values(terms_of(claim({"b": 1, "a": -1})), runs) == pytest.approx({1: 0.2})


def test_an_interval_by_hand():
    found = estimate([0.01, 0.02, 0.03], against=0.0)
    half = 4.302653 * 0.01 / math.sqrt(3)
    assert (found.mean, found.low, found.high) == pytest.approx((0.02, 0.02 - half, 0.02 + half), abs=1e-6)
    assert found.p == pytest.approx(0.0742, abs=1e-4)


@given(NUMBERS, st.floats(-1, 1), st.sampled_from([0.9, 0.95, 0.99]))
def test_p_is_below_the_level_where_the_interval_leaves_the_bound_out(values, against, confidence):
    found = estimate(values, against=against, confidence=confidence)
    if found.spread < 1e-6 or min(abs(found.low - against), abs(found.high - against)) < 1e-6:
        return
    assert (found.p < 1 - confidence) == (not found.low <= against <= found.high)


@given(NUMBERS)
def test_a_larger_level_is_a_wider_interval_around_the_same_mean(values):
    narrow, wide = estimate(values, confidence=0.9), estimate(values, confidence=0.99)
    assert wide.low <= narrow.low <= narrow.mean == wide.mean <= narrow.high <= wide.high


def test_values_that_do_not_vary_are_certain_and_one_value_is_not():
    assert estimate([0.1 + 0.2 - 0.3] * 4).p == 1.0
    assert estimate([0.02] * 4).p == 0.0
    alone = estimate([0.4])
    assert (alone.mean, alone.low, alone.p) == (0.4, None, None)


def test_looks_share_the_level():
    assert level_of(0.95) == pytest.approx(0.95)
    assert level_of(0.95, looks=2) == pytest.approx(0.975)


def test_what_five_seeds_can_see():
    assert smallest_visible(0.02, n=5, confidence=0.95) == pytest.approx(0.02 * 1.682, abs=1e-5)
    assert smallest_visible(0.02, n=5, confidence=0.975) > smallest_visible(0.02, n=5, confidence=0.95)
    assert smallest_visible(0.02, n=1, confidence=0.95) is None
