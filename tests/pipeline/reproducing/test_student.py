"""Student's t against printed tables, against scipy where it is there, and against what it must be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.pipeline.studying.student import quantile, two_sided_p, visible_in_deviations

TABLE = {(0.95, 1): 12.7062, (0.95, 2): 4.3027, (0.95, 4): 2.7764, (0.95, 9): 2.2622, (0.95, 30): 2.0423,
         (0.99, 4): 4.6041, (0.975, 4): 3.4954, (0.8, 4): 1.5332, (0.95, 120): 1.9799}  # fmt: skip


@pytest.mark.parametrize(("confidence", "degrees"), TABLE)
def test_quantiles_are_those_of_printed_tables(confidence, degrees):
    assert quantile(confidence, degrees) == pytest.approx(TABLE[confidence, degrees], abs=6e-5)


@given(st.integers(1, 60), st.floats(0.01, 0.999))
def test_a_quantile_has_the_p_value_that_is_left(degrees, confidence):
    assert two_sided_p(quantile(confidence, degrees), degrees) == pytest.approx(1 - confidence, abs=1e-9)


@given(st.integers(1, 60), st.floats(0, 50), st.floats(0, 50))
def test_p_values_fall_with_distance_and_know_no_sign(degrees, first, second):
    near, far = sorted((first, second))
    assert 0 <= two_sided_p(far, degrees) <= two_sided_p(near, degrees) + 1e-15
    assert two_sided_p(0, degrees) == 1
    assert two_sided_p(-far, degrees) == two_sided_p(far, degrees)


def test_two_values_are_told_by_the_law_of_cauchy():
    assert two_sided_p(3, 1) == pytest.approx(1 - 2 / math.pi * math.atan(3))


def test_the_visible_effect_is_near_published_sample_sizes():
    """Sample sizes of the one-sample t test at 5 % and 80 % power: 10 for an effect of 1.0, 34 for 0.5 (Cohen 1988 gives 33 to 34)."""
    assert visible_in_deviations(10, confidence=0.95, power=0.8) == pytest.approx(1.0, abs=0.01)
    assert visible_in_deviations(34, confidence=0.95, power=0.8) == pytest.approx(0.5, abs=0.01)


@given(st.integers(2, 40), st.sampled_from([0.9, 0.95, 0.99]), st.sampled_from([0.5, 0.8, 0.95]))
def test_more_values_show_less_and_more_certainty_needs_more(n, confidence, power):
    shown = visible_in_deviations(n, confidence=confidence, power=power)
    assert visible_in_deviations(n + 1, confidence=confidence, power=power) < shown
    assert visible_in_deviations(n, confidence=(1 + confidence) / 2, power=power) > shown
    assert visible_in_deviations(n, confidence=confidence, power=(1 + power) / 2) > shown


def test_all_of_it_is_what_scipy_says():
    stats = pytest.importorskip("scipy.stats")
    for degrees in (1, 2, 3, 4, 7, 10, 41):
        for confidence in (0.8, 0.95, 0.975, 0.999):
            assert quantile(confidence, degrees) == pytest.approx(stats.t.ppf((1 + confidence) / 2, degrees), rel=1e-8)
        assert two_sided_p(2.5, degrees) == pytest.approx(2 * stats.t.sf(2.5, degrees), abs=1e-12)
        shift = visible_in_deviations(degrees + 1, confidence=0.95, power=0.8) * math.sqrt(degrees + 1)
        assert stats.nct.sf(quantile(0.95, degrees), degrees, shift) == pytest.approx(0.8, abs=1e-6)
