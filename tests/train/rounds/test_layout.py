"""Rounds with other weights: places are computed as if walked, nothing comes again before the rest came, and what is held back never comes."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_stock import SIZES, stock

from sayso.data.orders import orders
from sayso.train.rounds.held_back import HeldBack
from sayso.train.rounds.layout import Layout, Round, rounds_of

SHARES = {"colors": 3, "counting": 0, "reading": 1}
answers = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any), min_size=1, max_size=4)


def laid(shares, *, every=25, total=None, sizes=SIZES, seed=3, held_back=0):
    """A shuffled run whose weights change every so many places."""
    kept = HeldBack(sizes, count=held_back, seed=seed)
    phases = orders.build("shuffled", {}).phases(stock(kept.sizes))
    total = every * len(shares) if total is None else total
    rounds = rounds_of(phases, total=total, asked_at=[every * n for n in range(len(shares))])
    layout = Layout(phases, rounds=rounds, held_back=kept, seed=seed)
    for given_ in shares:
        layout.add(given_)
    return layout


@given(shares=answers)
def test_every_round_holds_the_shares_of_its_policy(shares):
    layout = laid(shares)
    for number, wanted in enumerate(shares):
        counts = Counter(layout[number * 25 + k].task for k in range(25))
        for task, share in zip(SIZES, wanted, strict=True):
            assert abs(counts[task] - 25 * share / sum(wanted)) <= 0.5 + share / sum(wanted) * 1.5


@given(shares=answers)
def test_whatever_the_weights_a_task_is_gone_through_before_any_of_it_comes_again(shares):
    layout = laid(shares)
    seen: dict[str, list[int]] = {task: [] for task in SIZES}
    for k in range(25 * len(shares)):
        place = layout[k]
        assert place.epoch == len(seen[place.task]) // SIZES[place.task]
        seen[place.task].append(place.position)
    for task, positions in seen.items():
        counts = Counter(positions)
        assert set(counts.values()) <= {len(positions) // SIZES[task], len(positions) // SIZES[task] + 1}


@given(shares=answers, k=st.integers(0, 99))
def test_a_place_is_reached_without_the_ones_before(shares, k):
    k = min(k, 25 * len(shares) - 1)
    walked = laid(shares)
    assert [walked[n] for n in range(k + 1)][-1] == laid(shares)[k]


@given(first=answers, second=answers, k=st.integers(0, 24))
def test_what_is_decided_later_changes_nothing_before(first, second, k):
    one, other = [first[0], *first], [first[0], *second]
    assert laid(one)[k] == laid(other)[k]


def test_the_last_round_has_no_end_and_undecided_ones_are_by_size():
    shares = list(SHARES.values())
    assert Counter(laid([shares])[25 + k].task for k in range(40)) == {"colors": 30, "reading": 10}
    ahead = laid([shares], every=28, total=56)
    ahead.rounds.append(Round(number=1, first=28, places=28, phase=0, asked=1))
    guessed = Layout(ahead.phases, rounds=ahead.rounds, held_back=HeldBack(SIZES, count=0, seed=3), seed=3)
    guessed.add(shares)
    assert Counter(guessed[28 + k].task for k in range(28)) == SIZES


def test_laps_are_shuffled_in_another_way():
    layout = laid([[1, 0, 0]], every=18)
    laps = [[layout[9 * lap + k].position for k in range(9)] for lap in range(2)]
    assert sorted(laps[0]) == sorted(laps[1]) == list(range(9))
    assert laps[0] != laps[1]


@settings(max_examples=20)
@given(sizes=st.dictionaries(st.sampled_from(sorted(SIZES)), st.integers(1, 40), min_size=1), count=st.integers(0, 20))
def test_what_is_held_back_is_never_trained_on_and_the_rest_is(sizes, count):
    kept = HeldBack(sizes, count=count, seed=7)
    for task, size in sizes.items():
        back = kept.positions[task]
        assert len(back) == min(count, size // 4)
        trained = [kept.trained(task, n) for n in range(kept.sizes[task])]
        assert sorted([*back, *trained]) == list(range(size))
    assert HeldBack(sizes, count=count, seed=7).positions == kept.positions


def test_rounds_end_where_a_phase_or_an_answer_ends():
    phases = orders.build("modality_stages", {}).phases(stock())
    rounds = rounds_of(phases, total=56, asked_at=[0, 20, 40])
    assert [(one.first, one.places, one.phase, one.asked) for one in rounds] == [
        (0, 20, 0, 0),
        (20, 6, 0, 1),
        (26, 14, 1, 1),
        (40, 2, 1, 2),
        (42, 14, 2, 2),
    ]


def test_a_phase_goes_on_where_its_last_round_ended():
    phases = orders.build("modality_stages", {}).phases(stock())
    rounds = rounds_of(phases, total=28, asked_at=[0, 7])
    layout = Layout(phases, rounds=rounds, held_back=HeldBack(SIZES, count=0, seed=3), seed=3)
    for one in rounds:
        layout.add([len(pool) for pool in phases[one.phase].pools.values()])
    text = [layout[k] for k in range(13)]
    assert sorted(place.position for place in text) == list(range(13))


def test_subjects_rotate_and_levels_rise_place_by_place():
    options = {"level": "field:bloom", "levels": [["remember"], ["understand"], ["apply"]], "subject": "task"}
    phases = orders.build("corgi", options).phases(stock())
    rounds = rounds_of(phases, total=28, asked_at=[0])
    layout = Layout(phases, rounds=rounds, held_back=HeldBack(SIZES, count=0, seed=3), seed=3)
    for one in rounds:
        layout.add([len(pool) for pool in phases[one.phase].pools.values()])
    walked = [layout[k] for k in range(28)]
    levels = [place.position % 3 for place in walked]
    assert levels == sorted(levels)
    assert [place.task for place in walked[:6]] == ["colors", "counting", "reading"] * 2


@pytest.mark.parametrize("k", [10**9, 10**12])
def test_far_places_cost_no_walk(k):
    sizes = {"colors": 5_000_000, "counting": 12, "reading": 900_000}
    phases = orders.build("shuffled", {}).phases(stock(sizes))
    layout = Layout(
        phases,
        rounds=rounds_of(phases, total=10**13, asked_at=[0, 10**8]),
        held_back=HeldBack(sizes, count=32, seed=1),
        seed=1,
    )
    layout.add([1, 1, 1])
    layout.add([5, 1, 2])
    assert layout[k] == layout[k]
