"""P-values against their definitions, written out."""

from itertools import pairwise, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.comparing.significance import benjamini_hochberg, holm, mcnemar, swap_test

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def coin(at_least, total):
    return sum(comb(total, k) for k in range(at_least, total + 1)) / 2**total


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_binomial_test_on_discordant_pairs(better, worse):
    first = np.array([0.0] * better + [1.0] * worse + [1.0, 0.0, np.nan])
    second = np.array([1.0] * better + [0.0] * worse + [1.0, 0.0, np.nan])
    found = mcnemar(first, second)
    assert found.less == pytest.approx(coin(worse, better + worse))
    assert found.greater == pytest.approx(coin(better, better + worse))
    assert found.both == pytest.approx(min(1.0, 2 * min(found.less, found.greater)))


def test_mcnemar_on_a_textbook_case():
    """Ten discordant pairs, nine one way: 2 (10 + 1) / 1024."""
    first, second = np.array([1.0] * 9 + [0.0]), np.array([0.0] * 9 + [1.0])
    assert mcnemar(first, second).both == pytest.approx(22 / 1024)


def test_no_discordant_pair_is_no_evidence():
    same = np.array([1.0, 0.0, 1.0])
    assert (mcnemar(same, same).both, mcnemar(same, same).less) == (1.0, 1.0)


def test_the_swap_test_counts_those_at_least_as_far_and_the_measured_one():
    differences = np.array([-2.0, -3.0, -2.0, 0.0, 1.0, 2.0, np.nan, 0.5, 0.1, 0.0])
    found = swap_test(differences)
    assert found.less == (1 + 3) / 10  # -3, -2 and the undefined one
    assert found.greater == (1 + 8) / 10
    assert found.both == (1 + 4) / 10
    assert found.test == "swaps"


def holm_by_hand(p_values):
    order = np.argsort(p_values, kind="stable")
    steps = [min(1.0, (len(p_values) - rank) * p_values[place]) for rank, place in enumerate(order)]
    return {place: max(steps[: rank + 1]) for rank, place in enumerate(order)}


@given(P_VALUES)
def test_holm_steps_down(p_values):
    expected = holm_by_hand(p_values)
    assert holm(p_values) == pytest.approx([expected[place] for place in range(len(p_values))])


@given(P_VALUES, st.floats(0.001, 0.5))
def test_benjamini_hochberg_calls_what_its_rule_calls(p_values, alpha):
    ordered = sorted(p_values)
    line = [p for rank, p in enumerate(ordered, start=1) if p * len(ordered) / rank <= alpha]
    limit = max(line, default=-1.0)
    assert [q <= alpha for q in benjamini_hochberg(p_values)] == [p <= limit for p in p_values]


@given(P_VALUES)
def test_corrections_never_help_and_keep_the_order(p_values):
    for corrected in (holm(p_values), benjamini_hochberg(p_values)):
        assert all(q >= p - 1e-12 and q <= 1 for p, q in zip(p_values, corrected, strict=True))
        pairs = sorted(zip(p_values, corrected, strict=True))
        assert all(a[1] <= b[1] + 1e-12 for a, b in pairwise(pairs))


def test_none_of_no_tests():
    assert (holm([]), benjamini_hochberg([])) == ([], [])


def test_mcnemar_is_what_swapping_every_pair_gives():
    """All 2^n exchanges of six pairs, counted: the two tests are one where there is one wording and right or wrong."""
    first, second = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    change = second - first
    totals = [float((np.array(signs) * change).sum()) for signs in product((1, -1), repeat=6)]
    assert mcnemar(first, second).less == pytest.approx(np.mean([t <= change.sum() for t in totals]))
