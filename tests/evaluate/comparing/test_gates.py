"""Gates: a small language that is parsed, a test that equal models pass, and power against real drops."""

import numpy as np
import pytest
from score_files import block

from sayso.errors import ConfigError
from sayso.evaluate.comparing.gates import judge, parse_gate
from sayso.evaluate.comparing.resampling import pair_means
from sayso.evaluate.intervals import Bootstrap

FEW = Bootstrap(seed=1, num_resamples=20)


def pairs(*values, swaps=999, **options):
    return [
        pair_means(block(one, task=f"t{n}", **options), place=1, bootstrap=FEW, num_swaps=swaps)
        for n, one in enumerate(values)
    ]


def verdicts(conditions, *runs, strict=False, alpha=0.05):
    gates = [parse_gate(text) for text in conditions]
    named = [(f"run{number}", tasks) for number, tasks in enumerate(runs, start=1)]
    return judge(gates, named, alpha=alpha, strict=strict, confidence=0.95)


def fired(conditions, *runs, **options):
    return [one["fired"] for one in verdicts(conditions, *runs, **options)]


def coins(random, *, tasks=3, wordings=3, examples=40, drop=0.0):
    """Two models' right and wrong answers, correlated within an example; the second's chances are `drop` lower."""
    for _ in range(tasks):
        logits = random.normal(0.5, 1.5, (1, examples)) + random.normal(0, 0.6, (wordings, examples))
        chances = 1 / (1 + np.exp(-logits))
        yield np.stack([random.random(chances.shape) < chances - lost for lost in (0.0, drop)]).astype(float)


@pytest.mark.parametrize(
    ("text", "quantity", "sign", "threshold", "subject"),
    [
        ("held_in < -1", "held_in", "<", -0.01, ""),
        ("any_task<-2", "any_task", "<", -0.02, ""),
        ("sensitivity > +1", "sensitivity", ">", 0.01, ""),
        ("  worst_wording <= -3.5 points ", "worst_wording", "<=", -0.035, ""),
        ("unseen < 0", "unseen", "<", 0.0, ""),
        ("any_wording < -.5pp", "any_wording", "<", -0.005, ""),
        ("task:my task/2 < -1", "task", "<", -0.01, "my task/2"),
    ],
)
def test_conditions_are_parsed(text, quantity, sign, threshold, subject):
    gate = parse_gate(text)
    assert (gate.quantity, gate.sign, gate.subject) == (quantity, sign, subject)
    assert gate.threshold == pytest.approx(threshold)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("held_in", "is no condition; type it like 'held_in < -1'"),
        ("held_in < one", "is no condition"),
        ("__import__('os').system('true') < 0", "unknown quantity"),
        ("held_in == 0", "is no condition"),
        ("held-in < -1", "did you mean 'held_in'"),
        ("sensitivty > 1", "did you mean 'sensitivity'"),
        ("task: < -1", "unknown quantity 'task:'"),
        ("held_in < 2", "asks for a gain; .* such as 'held_in < -2'"),
        ("sensitivity > -1", "asks for a gain"),
    ],
)
def test_what_is_no_condition_is_told(text, told):
    with pytest.raises(ConfigError, match=told):
        parse_gate(text)


def test_a_clear_drop_fires_and_says_by_how_much():
    values = np.zeros((2, 2, 20))
    values[0] = 1.0
    (one,) = verdicts(["overall < -5"], pairs(values))
    assert one["fired"]
    assert one["found"][0]["mean"] == -1.0
    assert one["p_adjusted"] == pytest.approx(1 / 1000)


def test_a_drop_that_is_not_beyond_the_threshold_does_not_fire():
    values = np.ones((2, 1, 400))
    values[1, 0, :12] = 0.0
    assert fired(["overall < -2", "overall < -4"], pairs(values)) == [True, False]
    assert fired(["overall < -2", "overall < -4"], pairs(values), strict=True) == [True, False]


def test_a_drop_that_chance_explains_fires_only_where_strict():
    values = np.ones((2, 1, 10))
    values[1, 0, :2] = 0.0
    assert fired(["overall < -5"], pairs(values)) == [False]
    assert fired(["overall < -5"], pairs(values), strict=True) == [True]


def test_a_rise_is_no_drop():
    values = np.ones((2, 1, 50))
    values[0] = 0.0
    assert fired(["overall < 0", "any_task < 0", "any_wording < 0"], pairs(values), strict=True) == [False] * 3


def test_the_family_is_corrected_inside_a_gate_and_over_gates():
    values = np.ones((2, 1, 20))
    values[1, 0, :5] = 0.0  # one-sided 1 / 32
    same = np.ones((2, 1, 20))
    assert fired(["overall < 0"], pairs(values)) == [True]
    assert fired(["any_task < 0"], pairs(values, same)) == [False]
    assert verdicts(["any_task < 0"], pairs(values, same))[0]["p_adjusted"] == pytest.approx(2 / 32)
    assert [v["p_adjusted"] for v in verdicts(["task:t0 < 0", "task:t1 < 0"], pairs(values, same))] == [
        pytest.approx(2 / 32),
        1.0,
    ]
    assert fired(["overall < 0"], pairs(values), pairs(same)) == [False, False]


def test_the_right_wording_and_task_are_named():
    values = np.ones((2, 3, 40))
    values[1, 1] = 0.0
    (one,) = verdicts(["any_wording < -50"], pairs(np.ones((2, 3, 40)), values))
    assert (one["fired"], one["num_found"], one["num_tests"]) == (True, 1, 6)
    assert one["found"][0]["name"] == "t1, wording w1"
    (task,) = verdicts(["task:t1 < -5"], pairs(np.ones((2, 3, 40)), values))
    assert task["fired"]


def test_a_gate_about_what_is_not_there_is_an_error():
    tasks = pairs(np.ones((2, 1, 5)))
    with pytest.raises(ConfigError, match=r"nothing that these runs share is 'suites'; they have overall, held_in"):
        verdicts(["suites < 0"], tasks)
    with pytest.raises(ConfigError, match="no compared task 't9'; known: t0"):
        verdicts(["task:t9 < 0"], tasks)


SEVERAL = ("overall < 0", "any_task < -1", "any_wording < -1", "worst_wording < 0", "sensitivity > 0")


def test_equal_models_pass_a_gate_nineteen_times_in_twenty():
    """100 pairs of models that throw coins of the same chances; four times the level would be 20."""
    random = np.random.default_rng(2)
    families = {"one": ("overall < 0",), "any": ("any_task < 0",), "several": SEVERAL}
    counts = dict.fromkeys(families, 0)
    strict = 0
    for _ in range(100):
        tasks = pairs(*coins(random), swaps=399)
        for name, conditions in families.items():
            counts[name] += any(fired(conditions, tasks))
        strict += any(fired(["overall < 0"], tasks, strict=True))
    assert max(counts.values()) <= 8, counts
    assert 30 <= strict <= 70


def test_two_runs_with_the_same_answers_never_fire():
    random = np.random.default_rng(3)
    for _ in range(20):
        same = [np.stack([one[0], one[0]]) for one in coins(random)]
        assert not any(fired(SEVERAL, pairs(*same, swaps=99)))
        assert not any(fired(SEVERAL, pairs(*same, swaps=99), strict=True))


def test_real_drops_are_found():
    random = np.random.default_rng(4)
    found = [any(fired(["overall < -1"], pairs(*coins(random, drop=0.12), swaps=399))) for _ in range(20)]
    assert sum(found) >= 17
