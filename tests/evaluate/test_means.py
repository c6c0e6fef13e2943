"""Means and quantiles in the presence of what is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.means import bounds, known_mean, ratio, resampled_means

NAN = float("nan")
rows = st.lists(st.lists(st.sampled_from([0.0, 0.25, 1.0, NAN]), min_size=3, max_size=3), min_size=1, max_size=4)


def test_a_ratio_over_nothing_is_nan_and_not_0():
    found = ratio(np.array([1.0, 0.0, 3.0]), np.array([2.0, 0.0, -1.0]))
    assert found[0] == 0.5
    assert np.isnan(found[1:]).all()


@given(rows)
def test_the_mean_is_over_what_is_known(values):
    table = np.array(values)
    for axis in (0, 1):
        for got, line in zip(known_mean(table, axis=axis), np.moveaxis(table, axis, 1), strict=True):
            known = line[~np.isnan(line)]
            assert np.isnan(got) if not len(known) else got == pytest.approx(known.mean())


@given(rows, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_counting_an_example_twice_is_having_it_twice(values, counts):
    table = np.array(values)
    repeated = np.repeat(table, counts, axis=1)
    got = resampled_means(table, counts_RN=np.array([counts], dtype=float))[0]
    assert got == pytest.approx(known_mean(repeated), nan_ok=True)


def test_bounds_leave_out_what_is_missing():
    drawn = np.array([*np.linspace(0, 100, 101), NAN])
    assert bounds(drawn, confidence=0.9) == pytest.approx((5.0, 95.0))
    assert np.isnan(bounds(np.array([NAN, NAN]), confidence=0.9)).all()
