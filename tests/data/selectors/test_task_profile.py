"""The profile of a task: three terms in one greedy choice, equal to looking at every row in every step."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_pools import sample, select, toy_pool, unit_rows
from toy_targets import TARGETS

from sayso.data.selectors._vectors import on_grid
from sayso.errors import ConfigError

FEATURES = {"name": "toy_targets:WrittenDown"}


def profile(vectors, targets, *, chosen=(), **columns):
    TARGETS.clear()
    TARGETS.update({f"s{number}": row for number, row in enumerate(targets)})
    made = toy_pool(vectors=vectors, chosen=chosen, **columns)
    found = {
        "a": [sample(n) for n in range(len(targets) // 2)],
        "b": [sample(n) for n in range(len(targets) // 2, len(targets))],
    }
    return replace(made, scoring=replace(made.scoring, target=found))


def z(values):
    values = np.array(values)
    return (values - values.mean()) / values.std() if values.std() else np.zeros(len(values))


def brute(vectors, targets, columns, weights, *, rows, chosen=()):
    """Every row looked at in every step, in plain numbers."""
    cosines = np.maximum(on_grid(vectors).astype(np.float64) @ on_grid(targets).astype(np.float64).T, 0)
    scale = weights[1] / cosines.mean(axis=1).std() if weights[1] else 0.0

    def worth(some):
        covered = cosines[[*chosen, *some]].max(axis=0, initial=0).mean() if some or chosen else 0.0
        return weights[0] * z(columns[0])[some].sum() + weights[2] * z(columns[1])[some].sum() + scale * covered

    taken = []
    while len(taken) < rows:
        gains = {row: worth([*taken, row]) for row in range(len(vectors)) if row not in taken and row not in chosen}
        best = max(gains.values())
        taken.append(min(row for row, gain in gains.items() if gain > best - 1e-9))
    return taken, worth


@given(seed=st.integers(0, 10**6), weights=st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, 3.0])] * 3).filter(any))
def test_it_is_the_greedy_choice_of_the_formula(seed, weights):
    chance = np.random.default_rng(seed)
    vectors, targets = unit_rows(9, 5, seed=seed), unit_rows(4, 5, seed=seed + 1)
    columns = [chance.standard_normal(9).round(2), chance.standard_normal(9).round(2)]
    pool = profile(vectors, targets, insta=columns[0].tolist(), less=columns[1].tolist())
    named = dict(zip(("similarity", "coverage", "influence"), weights, strict=True))
    picked = select("task_profile", pool, rows=4, weights=named, features=FEATURES)
    wanted, worth = brute(vectors, targets, columns, weights, rows=4)
    assert picked.rows.tolist() == wanted
    assert picked.scores.sum() == pytest.approx(worth(wanted), abs=1e-6)


def test_coverage_alone_covers_what_the_target_has():
    """Two targets at right angles: one row near each is taken, though both rows near the first are nearer than any to the second."""
    vectors = np.array([[1, 0, 0], [0.98, -0.2, 0], [0.3, 0.8, 0.5], [0, 0, 1]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    targets = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    only = {"weights": {"similarity": 0, "influence": 0}, "features": FEATURES}
    best = max(combinations(range(4), 2), key=lambda some: (vectors[list(some)] @ targets.T).max(axis=0).sum())
    assert set(select("task_profile", profile(vectors, targets), rows=2, **only).rows.tolist()) == set(best) == {0, 2}
    after = profile(vectors, targets, chosen=(0,))
    assert select("task_profile", after, rows=1, **only).rows.tolist() == [2]


def test_weights_move_the_choice():
    vectors, targets = unit_rows(6, 4, seed=3), unit_rows(2, 4, seed=4)
    columns = {"insta": [1, 2, 3, 4, 5, 6], "less": [6, 5, 4, 3, 2, 1]}
    pool = profile(vectors, targets, **columns)
    for weights, best in (({"coverage": 0, "influence": 0}, 5), ({"coverage": 0, "similarity": 0}, 0)):
        picked = select("task_profile", pool, rows=1, weights=weights, features=FEATURES)
        assert picked.rows.tolist() == [best]


def test_rows_without_a_value_are_left_out_with_its_reason():
    vectors, targets = unit_rows(3, 4), unit_rows(2, 4, seed=1)
    pool = profile(vectors, targets, insta=[1, float("nan"), 2], less=[1, 2, float("nan")])
    picked = select("task_profile", pool, rows=3, features=FEATURES)
    assert picked.rows.tolist() == [0]
    assert picked.why == {1: "cannot score insta: too long", 2: "cannot score less: too long"}


def test_where_all_rows_cover_alike_the_other_terms_decide():
    """Ten equal numbers may have a standard deviation of 1e-17, and coverage over that would be all there is."""
    values = np.random.default_rng(26).standard_normal(10).round(3)
    for seed in range(20, 32):
        vectors = np.tile(unit_rows(1, 5, seed=seed), (10, 1))
        pool = profile(vectors, unit_rows(3, 5, seed=seed + 100), insta=values.tolist(), less=values.tolist())
        picked = select("task_profile", pool, rows=10, features=FEATURES)
        assert picked.rows.tolist() == np.argsort(-values).tolist()
        assert abs(picked.scores).max() < 100


def test_what_it_lacks_is_said():
    vectors = unit_rows(3, 4)
    made = profile(vectors, unit_rows(2, 4), insta=[1, 2, 3])
    features = {"features": FEATURES}
    with pytest.raises(ConfigError, match="no column 'less'"):
        select("task_profile", made, rows=1, **features)
    with pytest.raises(ConfigError, match="needs a budget"):
        select("task_profile", made, **features)
    with pytest.raises(ConfigError, match="one of them a weight over 0"):
        select("task_profile", made, rows=1, weights={"similarity": 0, "coverage": 0, "influence": 0}, **features)
    bare = replace(made, scoring=replace(made.scoring, target={}))
    with pytest.raises(ConfigError, match="has 0 targets to cover"):
        select("task_profile", bare, rows=1, weights={"influence": 0}, **features)
    assert select("task_profile", bare, rows=1, weights={"influence": 0, "coverage": 0}, **features).rows.tolist() == [
        2
    ]
    with pytest.raises(ConfigError, match="weights"):
        select("task_profile", made, rows=1, weights={"coverage": -1}, **features)
