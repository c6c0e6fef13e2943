"""What every order promises, whoever wrote it."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_stock import SIZES, places, stock

from sayso.data.orders import orders
from sayso.train.rounds.held_back import HeldBack
from sayso.train.rounds.layout import Layout, rounds_of

PLAINLY = [
    ("shuffled", {}),
    ("modality_stages", {}),
    ("modality_stages", {"reverse": True}),
    ("easy_to_hard", {"pacing": "bands"}),
    ("easy_to_hard", {"pacing": "bands", "within": "all", "descending": True, "num_phases": 7}),
    ("corgi", {}),
    ("corgi", {"levels": [["counting"], ["image/*", "reading"]], "subject": "task"}),
    ("corgi", {"variant": "block", "level": "field:bloom", "subject": "field:subject"}),
    ("corgi", {"variant": "clustering", "level": "field:bloom"}),
    ("corgi", {"variant": "spiral", "level": "field:bloom", "num_turns": 2}),
]
"""Orders in which every example comes in one phase."""
AGAIN = [
    ("modality_stages", {"keep": True}),
    ("easy_to_hard", {"by": "length"}),
    ("easy_to_hard", {"pacing": "linear", "num_phases": 2, "within": "all"}),
]
"""Orders in which some come in several."""
each_order = pytest.mark.parametrize(("name", "options"), PLAINLY + AGAIN)
each_plain_order = pytest.mark.parametrize(("name", "options"), PLAINLY)
sizes = st.fixed_dictionaries({task: st.integers(1, 40) for task in SIZES})


def laid(name, options, *, sizes=SIZES, total=None, seed=3):
    """The phases of an order, and a run through them by size."""
    phases = orders.build(name, options).phases(stock(sizes))
    total = sum(sizes.values()) if total is None else total
    rounds = rounds_of(phases, total=total, asked_at=[0])
    layout = Layout(phases, rounds=rounds, held_back=HeldBack(sizes, count=0, seed=seed), seed=seed)
    for one in rounds:
        layout.add([len(pool) for pool in phases[one.phase].pools.values()])
    return layout


@each_order
@settings(max_examples=8)
@given(sizes=sizes)
def test_phases_hold_every_example_and_none_is_empty(name, options, sizes):
    phases = orders.build(name, options).phases(stock(sizes))
    assert all(phase.num_examples for phase in phases)
    assert all(len(pool) for phase in phases for pool in phase.pools.values())
    found = [place for phase in phases for place in places(phase)]
    assert set(found) == {(task, n) for task, size in sizes.items() for n in range(size)}
    for phase in phases:
        assert len(set(places(phase))) == phase.num_examples, "none twice in a phase"
        if not phase.turns:
            assert all(set(pool.parts) == {task} for task, pool in phase.pools.items()), "a mixer weighs tasks"


@each_plain_order
@settings(max_examples=8)
@given(sizes=sizes, epochs=st.integers(1, 3))
def test_epochs_cover_everything(name, options, sizes, epochs):
    total = epochs * sum(sizes.values())
    layout = laid(name, options, sizes=sizes, total=total)
    seen = Counter((place.task, place.position) for place in map(layout.__getitem__, range(total)))
    assert set(seen.values()) == {epochs}
    assert len(seen) == sum(sizes.values())


@each_order
@settings(max_examples=8)
@given(k=st.integers(0, 500))
def test_a_place_does_not_depend_on_what_was_asked_before(name, options, k):
    walked = laid(name, options, total=120)
    assert [walked[n] for n in range(k + 1)][-1] == laid(name, options, total=120)[k]


@each_order
def test_seeds_shuffle_what_an_order_leaves_open(name, options):
    runs = {tuple(laid(name, options, seed=seed)[k] for k in range(28)) for seed in range(4)}
    assert len(runs) == 4


@each_order
def test_what_comes_again_comes_as_of_another_epoch(name, options):
    layout = laid(name, options, total=200)
    seen = [layout[k] for k in range(200)]
    assert len(set(seen)) == len(seen)


def test_the_orders_are_those_of_the_documentation():
    ours = [name for name in orders.names() if ":" not in name]
    assert ours == ["corgi", "easy_to_hard", "modality_stages", "shuffled"]
