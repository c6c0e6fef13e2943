import pickle
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.data.order import MixedOrder

sizes = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 300), max_size=8)


@given(sizes=sizes, seed=st.integers(0, 5), epoch=st.integers(0, 5), window=st.integers(1, 200))
@settings(deadline=None)
def test_every_example_comes_exactly_once(sizes, seed, epoch, window):
    order = MixedOrder(sizes, seed=seed, epoch=epoch, window=window)
    steps = [order[k] for k in range(len(order))]
    assert sorted(steps) == sorted((task, i) for task, size in sizes.items() for i in range(size))


def test_the_order_depends_on_nothing_but_its_names():
    sizes = {"a": 5000, "b": 20000, "c": 7}
    forwards = MixedOrder(sizes, seed=3, epoch=1)
    other = MixedOrder(dict(reversed(sizes.items())), seed=3, epoch=1)
    asked = [24000, 3, 17000, 3, 0, 25006]
    assert (
        [forwards[k] for k in asked]
        == [other[k] for k in asked]
        == [pickle.loads(pickle.dumps(other))[k] for k in asked]
    )


def test_epochs_and_seeds_differ():
    steps = [
        tuple(MixedOrder({"a": 1000}, seed=seed, epoch=epoch)[k] for k in range(20))
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    assert len(set(steps)) == 3


def test_tasks_are_mixed_in_proportion_to_their_sizes():
    order = MixedOrder({"large": 90_000, "small": 10_000}, seed=0, epoch=0, window=1000)
    for start in range(0, 100_000, 1000):
        counts = Counter(order[k][0] for k in range(start, start + 1000))
        assert abs(counts["small"] - 100) <= 1


def test_a_window_reads_few_row_groups_and_each_once():
    order = MixedOrder({f"t{n}": 50_000 for n in range(10)}, seed=0, epoch=0)
    groups = {(task, index // 512) for task, index in (order[k] for k in range(16384))}
    assert len(groups) <= 16384 / 512 + 2 * 10


def test_the_short_last_window_is_another_one_each_epoch():
    last = [{MixedOrder({"a": 1100}, seed=0, epoch=e, window=1000)[k][1] for k in range(1000, 1100)} for e in range(3)]
    assert last[0] != last[1] != last[2]


def test_seeking_far_costs_what_seeking_near_costs():
    def seconds(step: int) -> float:
        started = time.process_time()
        order = MixedOrder({f"t{n}": 50_000 + n for n in range(20)}, seed=0, epoch=0)
        order[step]
        return time.process_time() - started

    near = min(seconds(10) for _ in range(5))
    far = min(seconds(900_000) for _ in range(5))
    assert far < 5 * near + 0.005


def test_steps_outside_and_sizes_below_nothing_are_refused():
    with pytest.raises(IndexError, match="step 3 of an order of 3"):
        MixedOrder({"a": 3}, seed=0, epoch=0)[3]
    with pytest.raises(ValueError, match="'a' has -1"):
        MixedOrder({"a": -1}, seed=0, epoch=0)
