"""Everything that is said of tasks of one model, whatever is known of their scores."""

import math

import numpy as np
import pytest

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.robustness.figures import robustness
from sayso.evaluate.robustness.scores import TaskScores, noise_of

BOOTSTRAP = Bootstrap(seed=1, num_resamples=100)
SCORES = np.random.default_rng(1).integers(0, 2, size=(5, 40)).astype(float)
NAMES = tuple("vwxyz")


def by_example(scores, *, name="t"):
    return TaskScores.of(name, scores, wordings=NAMES[: len(scores)])


def bare(*means, counts=None, name="t"):
    given = None if counts is None else np.array(counts, dtype=float)
    return TaskScores(task=name, wordings=NAMES[: len(means)], means=np.array(means), counts=given)


def test_scores_by_example_have_everything():
    found = robustness([by_example(SCORES)], bootstrap=BOOTSTRAP)
    better = found["sensitivity_corrected"]
    assert found["sensitivity"]["low"] < found["sensitivity"]["mean"] < found["sensitivity"]["high"]
    assert better["low"] <= better["mean"] <= better["high"]
    assert (better["method"], better["test"], better["n"]) == ("paired", "permutation", 40)
    assert found["sensitivity_noise_floor"]["mean"] > 0
    assert found["by_task"][0]["worst_wording"]["score"] == SCORES.mean(axis=1).min() == found["worst_wording"]["mean"]
    assert found["reasons"] == {}


def test_bare_scores_have_the_plain_value_alone_and_the_reason():
    found = robustness([bare(0.5, 0.7), bare(0.4, 0.5, 0.6, name="u")], bootstrap=BOOTSTRAP)
    assert found["sensitivity"]["mean"] == pytest.approx((math.sqrt(0.02) / 0.6 + 0.2) / 2)
    assert found["sensitivity"]["low"] is found["sensitivity_corrected"] is found["sensitivity_noise_floor"] is None
    assert sum(found["reasons"].values()) == 2
    assert "chance is not known" in next(iter(found["reasons"]))


def test_shares_of_n_are_corrected_as_independent_samples():
    found = robustness([bare(0.2, 0.5, 0.8, counts=(50, 50, 50))], bootstrap=BOOTSTRAP)
    noise = np.mean([0.2 * 0.8, 0.25, 0.2 * 0.8]) / 49
    better = found["sensitivity_corrected"]
    assert better["mean"] == pytest.approx(math.sqrt(0.09 - noise) / 0.5)
    assert (better["method"], better["test"]) == ("proportions", "normal")
    assert found["sensitivity_noise_floor"]["mean"] == pytest.approx(math.sqrt(noise) / 0.5, rel=0.15)


def test_shares_that_cannot_be_independent_get_a_bracket_and_the_reason():
    close = bare(*np.linspace(0.499, 0.501, 5), counts=[5000] * 5)
    tight = TaskScores(task="t", wordings=tuple(map(str, range(60))), means=np.full(60, 0.5), counts=np.full(60, 100.0))
    found = robustness([tight, close], bootstrap=BOOTSTRAP)
    assert found["sensitivity_corrected"]["method"] == "proportions, not independent"
    assert found["sensitivity_corrected"]["low"] == 0.0
    assert "wordings shared examples" in next(iter(found["reasons"]))


def test_a_mean_near_zero_is_named_and_not_corrected():
    noise = noise_of(bare(0.0, 0.01, 0.0, counts=(100, 100, 100)))
    assert noise.moments is None
    assert "above 100 %" in noise.reason
    assert "mean of 0" in noise_of(bare(0.0, 0.0, counts=(9, 9))).reason
    assert "n is 1" in noise_of(bare(0.5, 1.0, counts=(9, 1))).reason


def test_scores_that_never_vary_tell_nothing_of_chance():
    constant = np.array([[1.0] * 5, [0.0] * 5])
    assert "no trace" in noise_of(by_example(constant)).reason
    found = robustness([by_example(SCORES), by_example(constant, name="u")], bootstrap=BOOTSTRAP)
    assert found["sensitivity"]["num_tasks"] == 2
    assert found["sensitivity_corrected"]["num_tasks"] == 1


def test_what_to_expect_of_extremes_is_said_over_all_tasks_or_not_at_all():
    tasks = [bare(0.2, 0.6, counts=(50, 50)), bare(0.0, 0.0, counts=(50, 50), name="u")]
    assert robustness(tasks, bootstrap=BOOTSTRAP)["worst_wording"] == {"mean": 0.1, "expected": None}


def test_a_few_gaps_leave_the_complete_examples_and_many_none():
    few, apart = SCORES.copy(), np.full((2, 80), np.nan)
    few[0, :3] = np.nan
    apart[0, :40], apart[1, 40:] = SCORES[0], SCORES[1]
    assert noise_of(by_example(few)).complete.shape == (5, 37)
    found = noise_of(by_example(apart))
    assert (found.method, found.complete) == ("apart", None)
    assert float(found.moments.noise) == pytest.approx(SCORES[:2].var(axis=1, ddof=1).mean() / 40)


def test_a_wording_without_scores_and_a_task_with_one_are_left_out():
    holes = np.vstack([SCORES, np.full(40, np.nan)])
    whole = TaskScores.of("t", holes, wordings=tuple("abcdef"))
    assert whole.wordings == tuple("abcde")
    found = robustness([whole, by_example(SCORES[:1], name="one")], bootstrap=BOOTSTRAP)
    assert found["sensitivity"]["num_tasks"] == 1
    assert (found["num_undefined"], found["reasons"]) == (1, {"a single wording has no spread": 1})


def test_nothing_is_none():
    found = robustness([], bootstrap=BOOTSTRAP)
    assert found["sensitivity"] is found["sensitivity_corrected"] is found["worst_wording"] is None


def test_what_held_out_wordings_cost_is_told_by_distance():
    scores = np.array([[1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 0, 1]], dtype=float)
    task = TaskScores.of("t", scores, wordings=tuple("abc"), group="held_in", distances=(None, "L1", "L3"))
    found = robustness([task, by_example(SCORES, name="u")], bootstrap=BOOTSTRAP)["gap_by_distance"]
    assert (found["L1"]["mean"], found["L2"], found["L3"]["mean"], found["L3"]["num_tasks"]) == (0.25, None, 0.75, 1)
    assert robustness([by_example(SCORES)], bootstrap=BOOTSTRAP)["gap_by_distance"] is None
