"""Examples that share a picture are one unit: in resamples, in swaps, in tests."""

from dataclasses import replace

import numpy as np
import pytest
from score_files import block, write_csv

from sayso.evaluate.comparing import Options, compare, parse_gate, read_run
from sayso.evaluate.comparing.effects import smallest_visible
from sayso.evaluate.comparing.gates import judge
from sayso.evaluate.comparing.quantities import of_task
from sayso.evaluate.comparing.resampling import pair_means, swapped
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.values import shared_pictures
from sayso.records import Media

EACH = 10


def means(values, *, units=(), seed=0):
    given = replace(block(values), units=units)
    return pair_means(given, place=1, bootstrap=Bootstrap(seed=seed, num_resamples=50), num_swaps=199)


def alike(random, *, pictures):
    """Two equal models; what one of them sees in a picture, it sees in all questions to it."""
    seen = np.repeat(random.random((2, 1, pictures)) < 0.5, EACH, axis=2)
    return np.where(random.random((2, 2, pictures * EACH)) < 0.9, seen, ~seen).astype(float)


def units(pictures):
    return tuple(f"p{place // EACH}" for place in range(pictures * EACH))


def test_questions_to_one_picture_are_swapped_together():
    values = np.random.default_rng(1).random((2, 3, 8))
    unit_N = np.array([0, 0, 1, 1, 1, 2, 2, 2])
    first, _ = swapped(values[0], values[1], number=60, seed=1, name="t", unit_N=unit_N)
    possible = [np.where(np.array(bits)[unit_N], values[1], values[0]).mean(axis=1) for bits in np.ndindex(2, 2, 2)]
    assert all(any(np.allclose(row, one) for one in possible) for row in first)
    assert len({tuple(np.round(row, 9)) for row in first}) == 8


def test_they_are_drawn_together():
    values = np.zeros((2, 1, 6))
    values[:, :, :3] = 1.0
    found = means(values, units=("a", "a", "a", "b", "b", "b")).resampled[0]
    assert set(np.round(found[:, 0], 9)) <= {0.0, 0.5, 1.0}


def test_a_gate_that_knows_the_pictures_is_right_and_one_that_does_not_is_not():
    """100 pairs of equal models, seed 2."""
    fired = {"known": 0, "unknown": 0}
    for seed in range(100):
        values = alike(np.random.default_rng([2, seed]), pictures=20)
        for name, given in (("known", units(20)), ("unknown", ())):
            pair = [("b", [means(values, units=given, seed=seed)])]
            (found,) = judge([parse_gate("overall < 0")], pair, alpha=0.05, strict=False, confidence=0.95)
            fired[name] += found["fired"]
    assert fired["known"] <= 10
    assert fired["unknown"] > 20


def test_mcnemars_test_is_for_examples_of_their_own():
    values = (np.random.default_rng(3).random((2, 1, 20)) < 0.5).astype(float)
    assert of_task(means(values), confidence=0.95).p.test == "mcnemar"
    assert of_task(means(values, units=units(2)), confidence=0.95).p.test == "swaps"


def test_the_smallest_difference_is_larger_where_pictures_are_shared():
    values = alike(np.random.default_rng(4), pictures=20)
    own, shared = means(values), means(values, units=units(20))
    assert smallest_visible([shared], alpha=0.05) > 1.5 * smallest_visible([own], alpha=0.05)
    one = tuple(str(place) for place in range(200))
    assert smallest_visible([means(values, units=one)], alpha=0.05) == smallest_visible([own], alpha=0.05)
    assert smallest_visible([means(values, units=("p",) * 200)], alpha=0.05) is None


@pytest.mark.parametrize("column", ["picture", "image"])
def test_a_table_may_name_them(tmp_path, column):
    rows = [("t", f"q{place}", f"p{place // 4}", float(place % 3 > 0)) for place in range(24)]
    paths = [write_csv(tmp_path / f"{name}.csv", ("task", "example", column, "score"), *rows) for name in "ab"]
    first, second = (read_run(str(path)) for path in paths)
    assert first.pictures["t", "q5"] == "p1"
    found = compare([first, second], options=Options(num_resamples=20, num_swaps=19))
    assert found["difference"]["test"] == "swaps"


def test_only_what_several_examples_show_has_a_name():
    one, other = Media(path="a.png", width=1, height=1), Media(data=b"x", width=1, height=1)
    found = shared_pictures({"q1": (one,), "q2": (one,), "q3": (other,), "q4": (one, other), "q5": (), "q6": ()})
    assert set(found) == {"q1", "q2"}
    assert found["q1"] == found["q2"] != ""
    again = shared_pictures({"q1": (other,), "q2": (Media(data=b"x", width=1, height=1),)})
    assert again["q1"] == again["q2"]
