"""What runs are compared in, against plain arithmetic; effect sizes against their formulas."""

import math
from itertools import product

import numpy as np
import pytest
from score_files import block

from sayso.evaluate.comparing.effects import effect_sizes, smallest_visible
from sayso.evaluate.comparing.quantities import QUANTITIES, difference_in, of_task, of_wording
from sayso.evaluate.comparing.resampling import pair_means
from sayso.evaluate.intervals import Bootstrap, paired_difference
from sayso.evaluate.sensitivity import coefficient_of_variation

BOOTSTRAP = Bootstrap(seed=3, num_resamples=400)
RANDOM = np.random.default_rng(4)
SCORES = {
    "seen": block(RANDOM.random((2, 3, 10)), task="seen", distances=(None, None, "L1")),
    "task": block(RANDOM.random((2, 2, 8)), task="task", group="held_out_task"),
    "category": block(RANDOM.random((2, 1, 6)), task="category", group="held_out_category"),
    "suite": block(RANDOM.random((2, 1, 6)), task="suite", group="suite"),
}
PAIRS = [pair_means(one, place=1, bootstrap=BOOTSTRAP, num_swaps=600) for one in SCORES.values()]


def found(name, pairs=PAIRS):
    return difference_in(QUANTITIES[name], pairs, confidence=0.95)


def change(task, rows=slice(None)):
    values = SCORES[task].values[:, rows]
    return values[1].mean() - values[0].mean()


@pytest.mark.parametrize(
    ("name", "expected", "num_tasks"),
    [
        ("overall", np.mean([change(task) for task in SCORES]), 4),
        ("held_in", change("seen", slice(0, 2)), 1),
        ("held_out_wordings", change("seen", slice(2, 3)), 1),
        ("held_out_tasks", change("task"), 1),
        ("held_out_categories", change("category"), 1),
        ("unseen", np.mean([change("seen", slice(2, 3)), change("task"), change("category")]), 3),
        ("suites", change("suite"), 1),
        ("wording_gap", change("seen", slice(0, 2)) - change("seen", slice(2, 3)), 1),
    ],
)
def test_a_mean_is_over_tasks_of_the_mean_over_wordings(name, expected, num_tasks):
    one = found(name)
    assert one.mean == pytest.approx(expected)
    assert one.second - one.first == pytest.approx(expected)
    assert one.num_tasks == num_tasks
    assert one.low <= one.mean <= one.high


def test_the_worst_wording_may_be_another_in_each_run():
    worst = [[scores.values[run].mean(axis=1).min() for scores in SCORES.values()] for run in (0, 1)]
    assert found("worst_wording").mean == pytest.approx(np.mean(worst[1]) - np.mean(worst[0]))


def test_sensitivity_is_over_tasks_with_several_wordings():
    spread = [
        [coefficient_of_variation(SCORES[task].values[run].mean(axis=1)) for task in ("seen", "task")] for run in (0, 1)
    ]
    one = found("sensitivity")
    assert (one.first, one.second) == (pytest.approx(np.mean(spread[0])), pytest.approx(np.mean(spread[1])))
    assert one.num_tasks == 2


def test_the_interval_is_that_of_the_paired_bootstrap():
    known = paired_difference(
        {name: one.values[1] for name, one in SCORES.items()},
        {name: one.values[0] for name, one in SCORES.items()},
        bootstrap=BOOTSTRAP,
    )
    one = found("overall")
    assert (one.mean, one.low, one.high) == (
        pytest.approx(known.mean),
        pytest.approx(known.low),
        pytest.approx(known.high),
    )


def test_what_no_task_has_is_none():
    assert found("suites", PAIRS[:3]) is None
    assert found("sensitivity", PAIRS[2:]) is None
    assert found("wording_gap", PAIRS[1:]) is None


def test_a_task_without_a_mean_has_no_sensitivity_and_is_not_counted():
    zero = pair_means(block(np.zeros((2, 2, 5)), task="zero"), place=1, bootstrap=BOOTSTRAP, num_swaps=50)
    assert found("sensitivity", [zero]) is None
    assert found("sensitivity", [PAIRS[0], zero]).num_tasks == 1


def test_p_is_the_share_of_all_exchanges_that_are_as_far():
    """Of the 2^8 ways to exchange eight examples, against 20,000 drawn ones."""
    values = RANDOM.random((2, 3, 8)) + np.array([0.0, 0.12])[:, None, None]
    one = difference_in(
        QUANTITIES["overall"],
        [pair_means(block(values), place=1, bootstrap=BOOTSTRAP, num_swaps=20000)],
        confidence=0.95,
    )
    each = (values[1] - values[0]).mean(axis=0)
    totals = np.array([(np.array(signs) * each).mean() for signs in product((1, -1), repeat=8)])
    assert one.p.greater == pytest.approx((totals >= each.mean() - 1e-12).mean(), abs=0.01)
    assert one.p.both == pytest.approx((abs(totals) >= abs(each.mean()) - 1e-12).mean(), abs=0.01)


def test_right_or_wrong_under_one_wording_is_mcnemars():
    values = (RANDOM.random((2, 2, 30)) < 0.5).astype(float)
    pair = pair_means(block(values[:, :1]), place=1, bootstrap=BOOTSTRAP, num_swaps=50)
    assert of_task(pair, confidence=0.95).p.test == "mcnemar"
    both = pair_means(block(values), place=1, bootstrap=BOOTSTRAP, num_swaps=50)
    assert of_task(both, confidence=0.95).p.test == "swaps"
    assert of_wording(both, 0, confidence=0.95).p.both == of_task(pair, confidence=0.95).p.both
    graded = pair_means(block(values / 2), place=1, bootstrap=BOOTSTRAP, num_swaps=50)
    assert of_wording(graded, 0, confidence=0.95).p.test == "swaps"


def test_a_wording_is_compared_on_its_own_examples():
    values = RANDOM.random((2, 2, 9))
    values[:, 1, :4] = np.nan
    one = of_wording(pair_means(block(values), place=1, bootstrap=BOOTSTRAP, num_swaps=50), 1, confidence=0.95)
    assert one.mean == pytest.approx((values[1, 1, 4:] - values[0, 1, 4:]).mean())
    assert one.n == 5


def test_effect_sizes_are_cohens():
    values = (RANDOM.random((2, 2, 40)) < np.array([0.7, 0.5])[:, None, None]).astype(float)
    sizes = effect_sizes(pair_means(block(values), place=1, bootstrap=BOOTSTRAP, num_swaps=10))
    each = (values[1] - values[0]).mean(axis=0)
    assert sizes["cohens_dz"] == pytest.approx(each.mean() / each.std(ddof=1))
    first, second = values.mean(axis=(1, 2))
    assert sizes["cohens_h"] == pytest.approx(2 * (math.asin(second**0.5) - math.asin(first**0.5)))
    assert (sizes["num_better"], sizes["num_worse"]) == ((values[1] > values[0]).sum(), (values[1] < values[0]).sum())
    assert sizes["discordant_odds"] == pytest.approx(sizes["num_better"] / sizes["num_worse"])


def test_effect_sizes_that_are_not_defined_are_none():
    same = effect_sizes(pair_means(block(np.ones((2, 1, 5))), place=1, bootstrap=BOOTSTRAP, num_swaps=10))
    assert (same["cohens_dz"], same["cohens_h"], same["discordant_odds"]) == (None, 0.0, None)
    graded = effect_sizes(PAIRS[0])
    assert (graded["cohens_h"], graded["num_better"]) == (None, None)
    assert (
        smallest_visible(
            [PAIRS[0], pair_means(block(np.ones((2, 1, 1))), place=1, bootstrap=BOOTSTRAP, num_swaps=9)], alpha=0.05
        )
        is None
    )


def test_the_smallest_visible_difference_is_found_four_times_in_five():
    """Differences of that size, drawn with the spread that was seen, are significant at the level in 80 of 100 tries."""
    random = np.random.default_rng(5)
    first = random.random((1, 1, 80))
    noise = random.normal(0, 0.2, (1, 1, 80))
    pair = pair_means(block(np.concatenate([first, first + noise])), place=1, bootstrap=BOOTSTRAP, num_swaps=9)
    size, spread = smallest_visible([pair], alpha=0.05), float(noise.std(ddof=1))
    samples = random.normal(size, spread, (4000, 80))
    found = abs(samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / 80**0.5)) > 1.99
    assert found.mean() == pytest.approx(0.8, abs=0.03)


def test_a_sparse_table_has_intervals_too():
    """Wordings that a resample may miss altogether."""
    values = np.full((2, 4, 8), np.nan)
    for row in range(4):
        values[:, row, 2 * row : 2 * row + 2] = RANDOM.random((2, 2))
    pair = pair_means(block(values), place=1, bootstrap=BOOTSTRAP, num_swaps=50)
    for name in ("overall", "worst_wording", "sensitivity"):
        one = difference_in(QUANTITIES[name], [pair], confidence=0.95)
        assert one.low < one.high


def test_retention_is_compared_by_itself_alone():
    lost = pair_means(
        block(-5 - RANDOM.random((2, 1, 6)), task="retention_text", group="retention"),
        place=1,
        bootstrap=BOOTSTRAP,
        num_swaps=50,
    )
    for name in ("overall", "worst_wording", "sensitivity"):
        assert found(name, [*PAIRS, lost]).mean == pytest.approx(found(name).mean)
    assert found("overall", [lost]) is None
    assert of_task(lost, confidence=0.95).first < -5
