"""Bounds of a mean of roots from squares: exact where the inequalities behind them are."""

import numpy as np
import pytest

from sayso.evaluate.robustness.moments import Moments
from sayso.evaluate.robustness.pooling import Pooled, Squares, lower

TASKS = 12


def squares(roots, *, noise=1e-7):
    """Tasks whose squares are as they are, with a normal error of that variance."""
    roots = np.asarray(roots, dtype=float)
    return Squares(
        square=roots**2,
        calm=np.full_like(roots, noise),
        calm_third=np.zeros_like(roots),
        slope=np.zeros_like(roots),
        along=np.zeros_like(roots),
    )


def test_tasks_that_are_alike_leave_nothing_between_the_bounds():
    found = squares([0.1] * TASKS)
    assert float(lower(found)[0]) == pytest.approx(0.1, rel=1e-3)
    assert float(Pooled(found).estimate()) == pytest.approx(0.1)


def test_tasks_that_are_clear_have_the_mean_of_their_roots_on_both_sides():
    roots = np.linspace(0.05, 0.2, TASKS)
    found = squares(roots)
    assert float(lower(found)[0]) == pytest.approx(roots.mean(), rel=1e-3)
    assert float(Pooled(found).estimate()) == pytest.approx(roots.mean(), rel=1e-3)


def test_where_no_task_is_clear_the_bounds_are_those_of_hoelder_and_jensen():
    """Chance so large that all are drawn together; squares as measured are the mean of what could be."""
    roots = np.array([0.0, 0.2] * (TASKS // 2))
    found = squares(roots, noise=4e-4)
    first, second = (roots**2).mean(), (roots**4 - 4e-4).mean()
    value, error = lower(found)
    assert float(value) <= first**1.5 / second**0.5
    assert float(error) > 0
    assert float(Pooled(found, quadratic=True).estimate()) == pytest.approx(np.sqrt(first))


@pytest.mark.parametrize("roots", [(0.0,) * 20, (0.0, 0.1) * 10, (0.1,) * 20, tuple(np.linspace(0, 0.2, 20))])
def test_what_is_said_to_be_below_the_mean_is_so_as_often_as_it_says(roots):
    """Normal squares, 2,000 times, at two standard errors: 2.5 % is meant, some more is what the best s costs where all are alike."""
    roots = np.asarray(roots)
    noise = 2.5e-5
    random = np.random.default_rng(15)
    drawn = roots**2 + np.sqrt(noise) * random.normal(size=(2000, len(roots)))
    flat = np.full_like(drawn, noise)
    value, error = lower(Squares(square=drawn, calm=flat, calm_third=0 * flat, slope=0 * flat, along=0 * flat))
    assert (value - 1.96 * error > roots.mean()).mean() <= 0.07


def test_of_one_task_the_square_is_what_moments_say():
    one = Moments(
        **{name: np.array([0.5]) for name in ("mean", "spread", "noise", "wobble", "along", "level", "cross")}
    )
    assert Squares.of(one).square.tolist() == [0.0]


def test_of_several_tasks_the_chance_of_their_means_is_taken_off():
    names = ("wobble", "along", "cross")
    moments = Moments(
        mean=np.array([0.5, 0.5]),
        spread=np.array([0.02, 0.02]),
        noise=np.array([0.01, 0.01]),
        level=np.array([0.0, 0.01]),
        **{name: np.zeros(2) for name in names},
    )
    plain, lowered = Squares.of(moments).square
    assert plain == pytest.approx(0.04)
    assert lowered == pytest.approx(0.04 / 1.12)
