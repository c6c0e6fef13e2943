"""Resamples and swaps: shared by the runs, whole examples at a time, the same on every machine."""

import numpy as np
import pytest
from score_files import block

from sayso.evaluate.comparing.resampling import pair_means, swap_draws, swapped
from sayso.evaluate.intervals import Bootstrap, resampled_mean
from sayso.seeds import Stream

BOOTSTRAP = Bootstrap(seed=3, num_resamples=40)


def random_values(shape, *, seed=0):
    return (np.random.default_rng(seed).random(shape) < 0.6).astype(float)


def test_swaps_are_fair_and_the_same_every_time():
    drawn = np.concatenate(list(swap_draws(70, number=3000, seed=1, name="t")))
    assert drawn.shape == (3000, 70)
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert abs(drawn.mean() - 0.5) < 0.005
    assert np.abs(np.corrcoef(drawn[:, :8].T) - np.eye(8)).max() < 0.08
    assert np.array_equal(drawn, np.concatenate(list(swap_draws(70, number=3000, seed=1, name="t"))))
    stream = Stream(1, "swaps", "t")
    for row in drawn[:20]:
        words = [stream.word(), stream.word()]
        assert row.tolist() == [float(words[place // 64] >> (place % 64) & 1) for place in range(70)]


def test_swaps_in_pieces_are_those_in_one_piece():
    """More rows than fit into a piece begin with the rows of fewer."""
    few = np.concatenate(list(swap_draws(5000, number=5, seed=1, name="t")))
    many = np.concatenate(list(swap_draws(5000, number=900, seed=1, name="t")))
    assert np.array_equal(many[:5], few)


def test_a_swap_exchanges_an_example_with_all_its_wordings():
    values = random_values((2, 3, 9))
    first, second = swapped(values[0], values[1], number=25, seed=2, name="t")
    (draws,) = swap_draws(9, number=25, seed=2, name="t")
    for row, draw in enumerate(draws, start=1):
        chosen = np.where(draw, values[1], values[0])
        other = np.where(draw, values[0], values[1])
        assert first[row] == pytest.approx(chosen.mean(axis=1))
        assert second[row] == pytest.approx(other.mean(axis=1))
    assert first[0] == pytest.approx(values[0].mean(axis=1))


def test_what_has_no_score_is_moved_by_no_swap():
    values = random_values((2, 2, 6))
    values[:, 0, 1] = np.nan
    first, second = swapped(values[0], values[1], number=30, seed=2, name="t")
    assert not np.isnan(first).any()
    assert first[:, 0] + second[:, 0] == pytest.approx(np.nansum(values[:, 0], axis=None) / 5)


def test_both_runs_share_a_draw_and_it_is_that_of_the_intervals():
    values = random_values((3, 2, 20))
    means = pair_means(block(values), place=2, bootstrap=BOOTSTRAP, num_swaps=10)
    for run, drawn in ((0, means.resampled[0]), (2, means.resampled[1])):
        assert drawn.mean(axis=1) == pytest.approx(resampled_mean(values[run], bootstrap=BOOTSTRAP, name="t"))
    same = pair_means(block(np.stack([values[0]] * 2)), place=1, bootstrap=BOOTSTRAP, num_swaps=10)
    assert np.array_equal(*same.resampled)
    assert np.array_equal(*same.swapped)
