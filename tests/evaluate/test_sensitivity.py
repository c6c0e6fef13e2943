import math

import numpy as np
import pytest

from sayso.evaluate.sensitivity import coefficient_of_variation, sensitivity, wording_means


def scores(*means, n=10):
    """A row per mean: so many ones among n examples."""
    return np.array([[1.0] * round(mean * n) + [0.0] * (n - round(mean * n)) for mean in means])


def test_hand_computed_value_for_two_tasks():
    # means .5 and .7: std (ddof=1) sqrt(.02), mean .6; means .4 .5 .6: std .1, mean .5
    value, undefined = sensitivity([scores(0.5, 0.7), scores(0.4, 0.5, 0.6)])
    assert value == pytest.approx((math.sqrt(0.02) / 0.6 + 0.1 / 0.5) / 2)
    assert undefined == 0


def test_equal_scores_under_every_wording_give_zero():
    assert sensitivity([scores(0.3, 0.3, 0.3)]) == (0.0, 0)


def test_a_task_that_scores_nothing_is_left_out_and_counted():
    value, undefined = sensitivity([scores(0.0, 0.0), scores(0.5, 0.7)])
    assert value == pytest.approx(math.sqrt(0.02) / 0.6)
    assert undefined == 1


def test_one_wording_has_no_spread():
    assert sensitivity([scores(0.5)]) == (None, 1)
    assert sensitivity([]) == (None, 0)


def test_an_unscored_example_counts_for_no_wording_it_is_missing_under():
    values = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, np.nan]])
    assert wording_means(values) == pytest.approx([0.5, math.nan], nan_ok=True)
    assert math.isnan(coefficient_of_variation(wording_means(values)))


def test_the_scale_of_the_metric_does_not_matter():
    values = np.array([[0.2, 0.4], [0.6, 0.3]])
    assert sensitivity([values])[0] == pytest.approx(sensitivity([values / 10])[0])
