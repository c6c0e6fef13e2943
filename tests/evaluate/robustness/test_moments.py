"""Figures of chance against covariance matrices written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sayso.evaluate.robustness.moments import apart, paired, proportions

shapes = st.tuples(st.integers(2, 7), st.integers(3, 9))
matrices = shapes.flatmap(lambda shape: arrays.arrays(np.float64, shape, elements=st.floats(0, 1, width=16)))


def written_out(means, covariance):
    """The same figures by matrices."""
    W = len(means)
    centring = np.eye(W) - 1 / W
    off = centring @ means
    unit = off / max(np.linalg.norm(off), 1e-300)
    trace = np.trace(centring @ covariance)
    if means.var() < 1e-9:
        return {"mean": means.mean(), "noise": trace / (W - 1), "level": covariance.sum() / W**2}
    return {
        "mean": means.mean(),
        "spread": means.var(ddof=1),
        "noise": trace / (W - 1),
        "along": unit @ covariance @ unit / (W - 1),
        "level": covariance.sum() / W**2,
        "cross": unit @ covariance @ np.ones(W) / W / np.sqrt(W - 1),
    }


@given(matrices)
def test_shared_examples_are_their_covariance(scores):
    found = paired(scores)
    expected = written_out(scores.mean(axis=1), np.cov(scores) / scores.shape[1])
    assert {name: float(getattr(found, name)) for name in expected} == pytest.approx(expected, abs=1e-9)


@given(matrices)
def test_noise_of_shared_examples_is_the_residual_mean_square_of_the_table(scores):
    W, N = scores.shape
    residual = scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True) + scores.mean()
    assert float(paired(scores).noise) == pytest.approx((residual**2).sum() / (W - 1) / (N - 1) / N, abs=1e-9)


@given(
    arrays.arrays(np.float64, 6, elements=st.floats(0, 1, width=16)),
    st.lists(st.integers(2, 90), min_size=6, max_size=6),
)
def test_wordings_with_samples_of_their_own_have_a_diagonal(shares, counts):
    variances = shares * (1 - shares) / (np.array(counts) - 1)
    found = proportions(shares, counts_W=np.array(counts))
    expected = written_out(shares, np.diag(variances))
    assert {name: float(getattr(found, name)) for name in expected} == pytest.approx(expected, abs=1e-9)
    centred = (np.eye(6) - 1 / 6) @ np.diag(variances)
    assert float(found.wobble) == pytest.approx(np.trace(centred @ centred) / 25, abs=1e-12)
    assert found == apart(shares, variances_W=variances)


def test_the_wobble_of_shared_examples_is_that_of_the_spread():
    """Twice it is the variance of the spread less its noise over many draws of examples, here with wordings that are not equally correlated."""
    random = np.random.default_rng(3)
    root = random.normal(size=(6, 6)) * np.linspace(0.3, 2, 6)
    draws = np.einsum("wv,svn->swn", root, random.normal(size=(4000, 6, 12)))
    found = paired(draws)
    assert found.wobble.mean() == pytest.approx((found.spread - found.noise).var() / 2, rel=0.1)
    assert found.noise.mean() == pytest.approx(found.spread.mean(), rel=0.05)


def test_more_wordings_than_examples_go_the_other_way_round():
    scores = np.random.default_rng(1).random((9, 4))
    centred = np.cov(scores - scores.mean(axis=0)) / 4
    found, free = paired(scores), 3
    square = (np.trace(centred @ centred) - np.trace(centred) ** 2 / free) * free**2 / ((free - 1) * (free + 2))
    least = np.trace(centred) ** 2 / 8
    assert float(found.wobble) == pytest.approx(max(square, least) / 64 * 4 / 3)


def test_a_single_wording_or_example_is_refused():
    for shape in ((1, 5), (5, 1)):
        with pytest.raises(ValueError, match=f"{shape[0]} wordings x {shape[1]} examples"):
            paired(np.zeros(shape))


def test_the_last_bits_of_equal_scores_are_no_noise_and_no_spread():
    third = np.tile([1 / 3, 0.1, 0.7, 0.2, 2 / 7], (7, 1))
    one = paired(third + 0.0)
    assert (one.spread, one.noise, one.wobble) == (0.0, 0.0, 0.0)
