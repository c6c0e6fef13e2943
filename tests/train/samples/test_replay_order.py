"""What comes back when: exact shares, computed, never drawn while a run goes on."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.records import Example, Region
from sayso.train.samples.order import ReplayedOrder, ReplayOrder, RunOrder
from sayso.train.strategies import EarlierTask, replays
from sayso.train.strategies._pools import GroupedPool, PlainPool

SIZES = {"new": 13, "newer": 4}


def made(fraction: str, *, seed: int = 3, weights: tuple[int, ...] = (1, 1), limit: int | None = None) -> ReplayedOrder:
    pools = [
        (name, build, weight, PlainPool(size, limit=limit, name=(seed, name)))
        for (name, build, size), weight in zip((("old", 1, 9), ("older", 2, 30)), weights, strict=True)
    ]
    old = ReplayOrder(pools, seed=seed)
    return ReplayedOrder(RunOrder(SIZES, seed=seed), old=old, fraction=Fraction(fraction), seed=seed)


fractions = st.integers(1, 99).map(lambda percent: f"0.{percent:02}")


@given(fraction=fractions, start=st.integers(0, 10**9), length=st.integers(0, 300), seed=st.integers(0, 99))
def test_any_window_holds_its_share_to_the_last_sample(fraction: str, start: int, length: int, seed: int) -> None:
    order = made(fraction, seed=seed)
    replayed = sum(order[k].build > 0 for k in range(start, start + length))
    assert abs(replayed - length * Fraction(fraction)) < 1
    assert replayed == order.num_replayed(start + length) - order.num_replayed(start)


@given(k=st.integers(0, 10**12), fraction=fractions)
def test_any_place_is_reached_without_the_ones_before(k: int, fraction: str) -> None:
    fresh, used = made(fraction), made(fraction)
    _ = [used[j] for j in range(20)]
    assert fresh[k] == used[k]


@given(fraction=fractions, seed=st.integers(0, 99))
def test_new_places_are_those_of_a_run_without_replay_in_the_same_order(fraction: str, seed: int) -> None:
    order, plain = made(fraction, seed=seed), RunOrder(SIZES, seed=seed)
    new = [place for place in (order[k] for k in range(60)) if not place.build]
    assert new == [plain[k] for k in range(len(new))]


@given(fraction=fractions, num_new=st.integers(0, 500))
def test_so_many_places_hold_so_many_new_ones_and_no_fewer_do(fraction: str, num_new: int) -> None:
    order = made(fraction)
    k = order.places_of(num_new)
    assert k - order.num_replayed(k) == num_new
    assert k == 0 or k - 1 - order.num_replayed(k - 1) < num_new


@given(weights=st.tuples(st.integers(1, 9), st.integers(1, 9)), turn=st.integers(0, 50))
def test_every_turn_replays_each_task_by_its_weight(weights: tuple[int, int], turn: int) -> None:
    pools = [
        ("a", 1, weights[0], PlainPool(7, limit=None, name=("a",))),
        ("b", 2, weights[1], PlainPool(5, limit=None, name=("b",))),
    ]
    order = ReplayOrder(pools, seed=1)
    total = sum(weights)
    tasks = Counter(order[j].task for j in range(turn * total, (turn + 1) * total))
    assert tasks == {"a": weights[0], "b": weights[1]}


def test_one_name_in_two_builds_is_two_tasks() -> None:
    pools = [("same", build, 1, PlainPool(3, limit=None, name=(build,))) for build in (1, 2)]
    order = ReplayOrder(pools, seed=1)
    assert Counter(order[j].build for j in range(10)) == {1: 5, 2: 5}


@given(total=st.integers(1, 40), limit=st.none() | st.integers(1, 50), lap=st.integers(0, 5))
def test_a_pool_gives_all_that_it_keeps_before_anything_twice(total: int, limit: int | None, lap: int) -> None:
    pool = PlainPool(total, limit=limit, name=("task",))
    assert pool.size == min(total, limit or total)
    laps = [pool[n] for n in range(lap * pool.size, (lap + 1) * pool.size)]
    assert {number for number, _ in laps} == {lap}
    positions = [position for _, position in laps]
    assert len(set(positions)) == pool.size
    assert set(positions) == {pool[n][1] for n in range(pool.size)}
    assert all(0 <= position < total for position in positions)


groups_of = st.lists(st.sampled_from("aaaaaabbc"), min_size=1, max_size=40)


@given(groups=groups_of, turn=st.integers(0, 6))
def test_a_grouped_pool_takes_every_group_in_turn(groups: list[str], turn: int) -> None:
    pool = GroupedPool(groups, limit=None, name=("task",))
    kinds = len(set(groups))
    seen = [groups[pool[n][1]] for n in range(turn * kinds, (turn + 1) * kinds)]
    assert len(set(seen)) == kinds


@given(groups=groups_of, limit=st.integers(1, 12))
def test_a_small_memory_keeps_as_many_groups_as_fit(groups: list[str], limit: int) -> None:
    pool = GroupedPool(groups, limit=limit, name=("task",))
    kept = {pool[n][1] for n in range(400)}
    assert len(kept) == pool.size == min(limit, len(groups))
    assert len({groups[position] for position in kept}) == min(limit, len(set(groups)))


TASKS = [
    EarlierTask(name="a", build=1, size=100, stages_ago=3),
    EarlierTask(name="b", build=1, size=10, stages_ago=2),
    EarlierTask(name="c", build=2, size=50, stages_ago=1),
]


@pytest.mark.parametrize(
    ("name", "options", "shares"),
    [
        ("balanced", {}, (1 / 3, 1 / 3, 1 / 3)),
        ("diverse", {}, (1 / 3, 1 / 3, 1 / 3)),
        ("proportional", {}, (100 / 160, 10 / 160, 50 / 160)),
        ("recent", {}, (1 / 7, 2 / 7, 4 / 7)),
        ("recent", {"decay": 0.1}, (1 / 111, 10 / 111, 100 / 111)),
        ("recent", {"decay": 1}, (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_choices_share_as_they_say(name: str, options: dict, shares: tuple[float, ...]) -> None:
    weights = replays.build(name, options).weigh(TASKS)
    assert [weight / sum(weights) for weight in weights] == pytest.approx(shares)


def test_every_choice_is_known_by_its_file() -> None:
    assert replays.names() == ["balanced", "diverse", "proportional", "recent"]


@pytest.mark.parametrize("decay", [0, -1, 1.5])
def test_a_decay_that_does_not_fall_is_refused(decay: float) -> None:
    with pytest.raises(ConfigError, match="give a number above 0 and at most 1"):
        replays.build("recent", {"decay": decay})


@settings(max_examples=20)
@given(answer=st.text(min_size=1, max_size=5))
def test_answers_that_differ_in_case_alone_are_one_group(answer: str) -> None:
    group = replays.build("diverse", {}).group
    assert group is not None
    upper, lower = (
        Example(id="a", task="t", source="s", split="train", references=(r,)) for r in (f" {answer}", answer)
    )
    assert group(upper) == group(lower)
    box = Example(id="a", task="t", source="s", split="train", references=(Region(x1=0, y1=0, x2=1, y2=1),))
    assert group(box) != group(lower)
