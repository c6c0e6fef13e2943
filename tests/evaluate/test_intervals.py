import numpy as np
import pytest

from sayso.evaluate.intervals import (
    Bootstrap,
    mean_interval,
    paired_difference,
    resample_counts,
    sensitivity_interval,
)
from sayso.evaluate.sensitivity import sensitivity
from sayso.seeds import Stream

SMALL = Bootstrap(seed=3, num_resamples=200)


def coins(rng, *, chance, wordings=1, n=50):
    return (rng.random((wordings, n)) < chance).astype(float)


def test_draws_are_those_of_the_seed_module():
    stream = Stream(7, "bootstrap", "task")
    wanted = np.zeros((4, 5))
    for row in range(4):
        for _ in range(5):
            wanted[row, stream.below(5)] += 1
    assert (resample_counts(5, bootstrap=Bootstrap(seed=7, num_resamples=4), name="task") == wanted).all()


def test_every_resample_has_as_many_examples_as_the_test_set():
    assert (resample_counts(17, bootstrap=SMALL, name="x").sum(axis=1) == 17).all()


def test_the_mean_is_over_examples_then_wordings_then_tasks():
    tasks = {"a": np.array([[1.0, 0.0], [1.0, 1.0]]), "b": np.array([[0.0, 0.0, 0.0]])}
    found = mean_interval(tasks, bootstrap=SMALL)
    assert (found.mean, found.n, found.num_tasks) == (0.375, 5, 2)
    assert found.low <= found.mean <= found.high


def test_certain_scores_have_an_interval_without_width():
    found = mean_interval({"a": np.ones((2, 9))}, bootstrap=SMALL)
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


def test_unscored_examples_and_tasks_stay_out_of_every_mean():
    nan = np.nan
    tasks = {"a": np.array([[1.0, nan, 0.0], [nan, nan, nan]]), "b": np.full((2, 3), nan)}
    found = mean_interval(tasks, bootstrap=SMALL)
    assert (found.mean, found.num_tasks) == (0.5, 1)
    assert np.isfinite([found.low, found.high]).all()
    assert mean_interval({"b": tasks["b"]}, bootstrap=SMALL) is None
    assert mean_interval({}, bootstrap=SMALL) is None


def test_the_interval_depends_on_the_seed_and_nothing_else():
    tasks = {"a": coins(np.random.default_rng(0), chance=0.5)}
    again = {"a": tasks["a"].copy()}
    assert mean_interval(tasks, bootstrap=SMALL) == mean_interval(again, bootstrap=SMALL)
    other = mean_interval(tasks, bootstrap=Bootstrap(seed=4, num_resamples=200))
    assert other.mean == mean_interval(tasks, bootstrap=SMALL).mean
    assert other != mean_interval(tasks, bootstrap=SMALL)


def test_the_interval_of_a_mean_over_tasks_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(20)
    chances, hits = (0.3, 0.6, 0.8), 0
    for turn in range(400):
        tasks = {str(number): coins(rng, chance=chance, n=60) for number, chance in enumerate(chances)}
        found = mean_interval(tasks, bootstrap=Bootstrap(seed=turn, num_resamples=300))
        hits += found.low <= np.mean(chances) <= found.high
    assert 0.91 <= hits / 400 <= 0.98


def test_wordings_share_the_draw_so_a_constant_difference_has_no_noise():
    rng = np.random.default_rng(1)
    base = coins(rng, chance=0.5, n=40)
    tasks = {"a": base}
    found = paired_difference({"a": np.minimum(base + 0.25, 2.0)}, tasks, bootstrap=SMALL)
    assert (found.mean, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_a_paired_difference_is_narrower_than_the_two_intervals():
    rng = np.random.default_rng(2)
    first = coins(rng, chance=0.5, n=100)
    second = np.where(rng.random(first.shape) < 0.05, 1 - first, first)
    paired = paired_difference({"a": first}, {"a": second}, bootstrap=SMALL)
    alone = mean_interval({"a": first}, bootstrap=SMALL)
    assert paired.high - paired.low < (alone.high - alone.low) / 1.5


def test_a_paired_difference_needs_the_same_examples():
    with pytest.raises(ValueError, match="40 examples against 30"):
        paired_difference({"a": np.ones((1, 40))}, {"a": np.ones((1, 30))}, bootstrap=SMALL)


def test_sensitivity_lies_inside_its_interval_even_where_it_is_all_noise():
    rng = np.random.default_rng(5)
    tasks = {str(number): coins(rng, chance=0.6, wordings=8) for number in range(10)}
    found = sensitivity_interval(tasks, bootstrap=SMALL)
    assert found.mean == pytest.approx(sensitivity(tasks.values())[0])
    assert 0 <= found.low < found.mean < found.high


def test_the_sensitivity_interval_holds_the_value_expected_of_so_many_examples():
    rng = np.random.default_rng(6)
    chances = (0.5, 0.7, 0.8, 0.6)

    def draw():
        return {str(t): np.vstack([coins(rng, chance=c, n=60) for c in chances]) for t in range(4)}

    expected = np.mean([sensitivity(draw().values())[0] for _ in range(1000)])
    intervals = [sensitivity_interval(draw(), bootstrap=Bootstrap(seed=s, num_resamples=200)) for s in range(200)]
    assert 0.88 <= np.mean([found.low <= expected <= found.high for found in intervals]) <= 0.99
