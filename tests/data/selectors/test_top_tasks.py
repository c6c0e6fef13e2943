"""Whole tasks are kept, the best by what their rows amount to."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from toy_pools import sample, select, toy_pool

TASKS = ["a", "b", "a", "c", "b", "c", "d"]
VALUES = [0.1, 0.9, 0.3, 0.5, 0.1, 0.4, float("nan")]


def pool(*, chosen=(), low=(), options=()):
    made = toy_pool(u=VALUES, chosen=chosen, low=low)
    samples = [
        structs.replace(sample(number, task=task), options=("x", "y") if task in options else ())
        for number, task in enumerate(TASKS)
    ]
    return replace(made, tasks=TASKS, samples=samples)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"count": 1}, [1, 4]),  # means: a 0.2, b 0.5, c 0.45
        ({"count": 2}, [1, 4, 3, 5]),
        ({"count": 1, "keep": "lowest"}, [0, 2]),
        ({"count": 9}, [1, 4, 3, 5, 0, 2]),
        ({"count": 1, "aggregate": "max"}, [1, 4]),
    ],
)
def test_the_best_tasks_are_kept_whole(options, wanted):
    assert select("top_tasks", pool(), by="u", **options).rows.tolist() == wanted


def test_a_column_that_is_better_low_keeps_its_low_end():
    picked = select("top_tasks", pool(low=("u",)), by="u", count=1)
    assert picked.rows.tolist() == [0, 2]
    assert picked.scores == pytest.approx([0.2, 0.2])


def test_every_row_that_is_left_out_has_its_reason():
    picked = select("top_tasks", pool(), by="u", count=1)
    assert picked.why[6] == "cannot score u: too long"
    assert picked.why[3] == picked.why[5] == "its task c has u 0.45, place 2 of 3 tasks"
    assert set(picked.why) == {0, 2, 3, 5, 6}


def test_tasks_that_were_chosen_before_do_not_compete():
    assert select("top_tasks", pool(chosen=(1, 4)), by="u", count=1).rows.tolist() == [3, 5]


def test_a_budget_cuts_the_last_task():
    assert select("top_tasks", pool(), rows=3, by="u", count=2).rows.tolist() == [1, 4, 3]


@pytest.mark.parametrize(
    ("count", "fraction", "wanted"),
    [
        (1, 1.0, [3, 5]),  # only c shows options
        (2, 0.5, [1, 4, 3, 5]),
        (2, 0.0, [1, 4, 0, 2]),
        (2, 1.0, [1, 4, 3, 5]),  # there is no second one with options
        (3, 0.0, [1, 4, 3, 5, 0, 2]),
    ],
)
def test_a_share_of_the_tasks_shows_options(count, fraction, wanted):
    picked = select("top_tasks", pool(options="c"), by="u", count=count, choice_fraction=fraction)
    assert picked.rows.tolist() == wanted


def test_nothing_to_rank_is_nothing_kept():
    made = toy_pool(u=[float("nan")])
    picked = select("top_tasks", made, by="u", count=1)
    assert not len(picked.rows)
    assert picked.why == {0: "cannot score u: too long"}
    assert picked.rows.dtype == np.int64
