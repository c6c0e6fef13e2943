"""What every mixer promises, whoever wrote it."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.data.mixers import Mixing, TaskStats, mixers, to_shares, weigh_tasks

NAMES = "abcdef"
OPTIONS = {
    "fixed": {"shares": {"a": 2, "c*/*": 1}, "others": 0.5},
    "cotbal": {"mini": "mini", "probes": {task: f"probe-{task}" for task in NAMES}},
}
each_mixer = pytest.mark.parametrize("name", mixers.names())
sizes = st.lists(st.integers(1, 10**7), min_size=len(NAMES), max_size=len(NAMES))
losses = st.lists(st.one_of(st.none(), st.floats(0, 12)), min_size=len(NAMES), max_size=len(NAMES))


def scores():
    after = {i: {j: 0.9 if i == j else 0.3 + 0.05 * n for n, j in enumerate(NAMES)} for i in NAMES}
    return {"mini": dict.fromkeys(NAMES, 0.3), **{f"probe-{i}": after[i] for i in NAMES}}


def told(sizes, found, *, share=None):
    return [
        TaskStats(name=task, category=f"c{n % 2}", size=size, losses=(3.0, loss), share=share)
        for n, (task, size, loss) in enumerate(zip(NAMES, sizes, found, strict=True))
    ]


def weigh(name, tasks):
    mixer = mixers.build(name, OPTIONS.get(name, {}))
    mixing = Mixing(seed=3, round=1, num_rounds=4, scores=scores(), sources=lambda task: {"shapes": 1})
    return weigh_tasks(mixer, tasks, mixing=mixing, name=name)


@each_mixer
@given(sizes=sizes, found=losses)
def test_every_task_has_a_finite_weight_and_some_have_one_above_nothing(name, sizes, found):
    weights = weigh(name, told(sizes, found, share=1 / 6))
    assert list(weights) == list(NAMES)
    assert all(math.isfinite(weight) and weight >= 0 for weight in weights.values())
    assert any(weights.values())


@each_mixer
@given(sizes=sizes, found=losses, chance=st.randoms(use_true_random=False))
def test_a_weight_does_not_depend_on_where_its_task_stands(name, sizes, found, chance):
    tasks = told(sizes, found)
    known = weigh(name, tasks)
    chance.shuffle(tasks)
    again = weigh(name, tasks)
    assert again == pytest.approx(known)


@each_mixer
@given(sizes=sizes, found=losses)
def test_the_same_is_said_every_time(name, sizes, found):
    assert weigh(name, told(sizes, found)) == weigh(name, told(sizes, found))


@each_mixer
@given(sizes=sizes, found=losses)
def test_shares_are_whole_numbers_in_the_same_proportions_and_outlive_a_file(name, sizes, found):
    weights = weigh(name, told(sizes, found))
    shares = to_shares(weights)
    assert json.loads(json.dumps(shares)) == shares
    assert all(isinstance(share, int) for share in shares.values())
    assert all((share > 0) == (weights[task] > 0) for task, share in shares.items())
    total, whole = sum(shares.values()), sum(weights.values())
    assert all(abs(share / total - weights[task] / whole) <= 2e-6 for task, share in shares.items())


@each_mixer
def test_how_many_examples_are_held_back_is_a_number(name):
    measured = name in {"adaptive", "dynamic_average"}
    assert mixers.build(name, OPTIONS.get(name, {})).num_held_back == (32 if measured else 0)


def test_the_mixers_are_those_of_the_documentation():
    ours = [name for name in mixers.names() if ":" not in name]
    assert ours == [
        *("adaptive", "capped", "cotbal", "dynamic_average", "fixed"),
        *("proportional", "random_weights", "square_root", "temperature"),
    ]
