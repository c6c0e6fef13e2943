"""The corrected Sensitivity: hand cases, the distribution behind it, and whether its interval keeps its word."""

from statistics import NormalDist

import numpy as np
import pytest

from sayso.evaluate.robustness.corrected import bracket, correct, solve, stack, too_calm
from sayso.evaluate.robustness.moments import paired, proportions
from sayso.evaluate.robustness.pearson import chance, quantile
from sayso.evaluate.sensitivity import coefficient_of_variation

DEVIATES = (-1.96, -1.0, 0.0, 1.0, 1.96)


def drawn(means, *, examples, count, seed, shared=0.5):
    """Binary scores, (count, wordings, examples), whose wordings have these true means."""
    random = np.random.default_rng(seed)
    cut = np.array([NormalDist().inv_cdf(mean) for mean in means])[:, None]
    hard = np.sqrt(shared) * random.normal(size=(count, 1, examples))
    own = np.sqrt(1 - shared) * random.normal(size=(count, len(means), examples))
    return (hard + own < cut).astype(float)


def coverage(tasks, truth):
    found = solve(stack_many(tasks))
    return ((found.low <= truth) & (truth <= found.high)).mean(), found


def stack_many(tasks):
    one = [paired(scores) for scores in tasks]
    names = ("mean", "spread", "noise", "wobble", "along", "level", "cross")
    return type(one[0])(**{name: np.stack([getattr(task, name) for task in one], axis=-1) for name in names})


def test_the_estimate_is_the_spread_without_the_noise():
    scores = drawn((0.4, 0.5, 0.6, 0.7), examples=60, count=1, seed=1)[0]
    one = paired(scores)
    found = correct([one])
    expected = np.sqrt(one.spread - one.noise) / one.mean
    assert found.mean == found.untruncated == pytest.approx(float(expected))
    assert found.low < found.mean < found.high
    assert found.mean < coefficient_of_variation(scores.mean(axis=1))


def test_less_spread_than_noise_is_zero_and_the_estimate_below_it_is_kept():
    scores = np.array([[1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1], [1, 1, 0, 0, 0, 1]], dtype=float)
    found = correct([paired(scores)])
    assert (found.mean, found.low) == (0.0, 0.0)
    assert found.untruncated < 0
    assert found.p_value > 0.5


def test_the_unit_of_scores_does_not_matter():
    scores = drawn((0.4, 0.5, 0.6), examples=50, count=1, seed=2)[0]
    first, second = correct([paired(scores)]), correct([paired(scores / 10)])
    assert (first.mean, first.low, first.high) == pytest.approx((second.mean, second.low, second.high), rel=1e-6)


def test_wordings_with_the_same_answers_leave_nothing_to_chance():
    found = correct([paired(np.tile([1.0, 0.0, 1.0], (4, 1)))])
    assert (found.mean, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_tasks_that_score_nothing_are_left_out():
    good = paired(drawn((0.4, 0.6), examples=30, count=1, seed=3)[0])
    assert correct([paired(np.zeros((3, 5)))]) is None
    assert correct([paired(np.zeros((3, 5))), good]).num_tasks == 1


def test_one_clear_task_is_not_lost_among_others_without_spread():
    clear = paired(drawn((0.2, 0.5, 0.8), examples=200, count=1, seed=4)[0])
    rough = paired(drawn((0.5,) * 3, examples=15, count=1, seed=5)[0])
    assert correct([clear, rough]).low > correct([clear]).low / 3


@pytest.mark.parametrize("truth_sd", [0.02, 0.05, 0.1])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(truth_sd):
    """300 simulations with a fixed seed; `bench/sensitivity_coverage.py` has 1,000 of more sizes."""
    raw = np.random.default_rng(7).normal(size=8)
    means = 0.6 + truth_sd * (raw - raw.mean()) / raw.std(ddof=1)
    held, found = coverage([drawn(means, examples=50, count=300, seed=8)], truth_sd / 0.6)
    assert 0.92 <= held <= 0.98
    assert abs((found.low > truth_sd / 0.6).mean() - 0.025) < 0.025


def test_over_tasks_of_different_sensitivity_it_does_too():
    spreads, raw = (0.0, 0.02, 0.05, 0.1), np.random.default_rng(9).normal(size=6)
    shape = (raw - raw.mean()) / raw.std(ddof=1)
    tasks = [drawn(0.6 + sd * shape, examples=60, count=300, seed=seed) for seed, sd in enumerate(spreads)]
    held, found = coverage(tasks, np.mean(spreads) / 0.6)
    assert held >= 0.92
    square = np.sqrt(np.mean(np.square(spreads))) / 0.6
    assert 0.92 <= ((found.rms_low <= square) & (square <= found.rms_high)).mean() <= 0.98


def test_where_half_of_many_tasks_have_no_spread_the_interval_is_not_too_high():
    """Few examples and wordings: the root of the mean square, 0.118, would be far off."""
    raw = np.random.default_rng(14).normal(size=5)
    shape = (raw - raw.mean()) / raw.std(ddof=1)
    tasks = [drawn(0.6 + sd * shape, examples=20, count=200, seed=seed) for seed, sd in enumerate((0.0, 0.1) * 15)]
    held, found = coverage(tasks, 0.05 / 0.6)
    assert held >= 0.92
    assert (found.low > 0.05 / 0.6).mean() <= 0.06


def test_tasks_that_nothing_moves_count_as_zeros_and_no_more():
    rough = [paired(drawn((0.4, 0.5, 0.6), examples=40, count=1, seed=seed)[0]) for seed in range(6)]
    still = [paired(np.tile([1.0, 0.0, 1.0], (3, 1))), paired(np.ones((3, 5)))] * 3
    alone, both = correct(rough), correct(rough + still)
    assert both.rms == pytest.approx(alone.rms / np.sqrt(2), rel=0.05)
    assert both.mean == pytest.approx(alone.mean / 2, rel=0.05)
    assert both.high == pytest.approx(alone.high / 2, rel=0.05)
    assert both.p_value == pytest.approx(alone.p_value)


def test_the_mean_lies_below_the_root_of_the_mean_square_and_of_one_task_both_are_the_same():
    tasks = [paired(drawn(means, examples=200, count=1, seed=6)[0]) for means in ((0.3, 0.5, 0.7), (0.5, 0.5, 0.55))]
    both, one = correct(tasks), correct(tasks[:1])
    assert both.mean < both.rms < one.rms
    assert (one.mean, one.low, one.high) == (one.rms, one.rms_low, one.rms_high)


def test_a_true_zero_is_called_a_spread_as_often_as_allowed_and_the_interval_touches_zero():
    held, found = coverage([drawn((0.6,) * 8, examples=50, count=600, seed=10)], 0.0)
    assert held >= 0.95
    assert (found.p_value <= 0.05).mean() == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("free", [3, 9, 40])
def test_quantiles_are_those_of_a_chi_square(free):
    stats = pytest.importorskip("scipy.stats")
    cumulants = (np.array(2.0 * free), np.array(8.0 * free))
    for z in DEVIATES:
        expected = stats.chi2.ppf(NormalDist().cdf(z), free) - free
        assert float(quantile(z, cumulants=cumulants)) == pytest.approx(expected, abs=0.035 * np.sqrt(2 * free))


def test_the_distribution_at_a_spread_is_near_a_noncentral_chi_square():
    """With equally correlated wordings the squared spread is one; cumulants as `solve` takes them, for mean 1 and level 0."""
    stats = pytest.importorskip("scipy.stats")
    free, shift = 7, 12.0
    cumulants = (np.array(2 * (free + 2 * shift)), np.array(8 * (free + 3 * shift)))
    for z in DEVIATES:
        expected = stats.ncx2.ppf(NormalDist().cdf(z), free, shift) - free - shift
        assert float(quantile(z, cumulants=cumulants)) == pytest.approx(expected, abs=0.25)


@pytest.mark.parametrize("z", [-1.5, -0.5, 0.5, 2.5])
def test_chance_turns_a_quantile_round(z):
    cumulants = (np.array(14.0), np.array(56.0))
    assert float(chance(quantile(z, cumulants=cumulants), cumulants=cumulants)) == pytest.approx(
        NormalDist().cdf(-z), abs=1e-6
    )


def test_shares_that_lie_closer_than_independent_ones_could_are_noticed():
    counts = np.full(40, 100)
    together = proportions(np.full(40, 0.5) + 0.001 * np.arange(40) / 40, counts_W=counts)
    independent = proportions(np.random.default_rng(11).binomial(100, 0.5, size=40) / 100, counts_W=counts)
    assert too_calm([independent, together])
    assert not too_calm([independent])
    wide, narrow = bracket([together]), correct([together])
    assert narrow.high == 0.0
    assert wide.low == wide.mean == 0.0 < wide.high


def test_many_tasks_are_one_array():
    tasks = [paired(drawn((0.4, 0.6), examples=9, count=1, seed=seed)[0]) for seed in range(3)]
    assert stack(tasks).spread.tolist() == [float(one.spread) for one in tasks]
