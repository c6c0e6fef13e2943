"""k-means, and shares that are equal."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_pools import select, toy_pool, unit_rows

from sayso.data.selectors._clusters import k_means
from sayso.data.selectors._vectors import on_grid, unit


def groups(sizes, *, seed=0):
    """Tight groups of vectors around random directions."""
    centres = np.eye(len(sizes), 12)
    around = np.repeat(centres, sizes, axis=0) + 0.05 * unit_rows(sum(sizes), 12, seed=seed)
    return unit(around).astype(np.float32)


def test_groups_are_found():
    clusters = k_means(on_grid(groups([5, 9, 3, 20])), 4, seed=3)
    assert sorted(len(rows) for rows in clusters.members) == [3, 5, 9, 20]
    assert [len(set(clusters.labels[rows])) for rows in np.split(np.arange(37), [5, 14, 17])] == [1] * 4


@settings(deadline=None, max_examples=40)
@given(size=st.integers(1, 30), count=st.integers(1, 8), seed=st.integers(0, 99))
def test_every_row_is_with_its_nearest_centre_and_centres_are_means(size, count, seed):
    vectors = on_grid(unit_rows(size, 4, seed=seed))
    found = k_means(vectors, count, seed=seed)
    away = ((vectors[:, None].astype(float) - found.centres) ** 2).sum(-1)
    assert found.labels.tolist() == away.argmin(1).tolist()
    assert found.squares == pytest.approx(away.min(1))
    for label, rows in enumerate(found.members):
        if len(rows):
            assert found.centres[label] == pytest.approx(vectors[rows].mean(0), abs=1 / 2048)
    assert k_means(vectors, count, seed=seed).labels.tolist() == found.labels.tolist()


def test_copies_leave_clusters_empty():
    found = k_means(on_grid(np.repeat(unit_rows(2, 3), 4, axis=0)), 5, seed=0)
    assert sorted(len(rows) for rows in found.members) == [0, 0, 0, 4, 4]


def test_shares_are_equal_until_a_cluster_is_used_up():
    among = toy_pool(vectors=groups([5, 9, 3, 20]))
    picked = select("cluster_balanced", among, clusters=4, rows=16)
    shares = Counter(np.digitize(picked.rows, [5, 14, 17]).tolist())
    assert shares[2] == 3
    assert sorted(shares.values()) == [3, 4, 4, 5]
    assert set(np.digitize(picked.rows[:4], [5, 14, 17]).tolist()) == {0, 1, 2, 3}


def test_what_was_chosen_counts_for_its_cluster():
    among = toy_pool(vectors=groups([6, 6, 6]), q=range(18), chosen=[0, 1, 2, 6])
    picked = select("cluster_balanced", among, clusters=3, by="q", rows=8).rows.tolist()
    assert [row // 6 for row in picked] == [2, 2, 1, 2, 1, 2, 1, 0]
    assert picked == [17, 16, 11, 15, 10, 14, 9, 5]


def test_the_nearest_to_the_centre_or_the_best_by_a_column_come_first():
    vectors = groups([6, 6])
    values = np.array([3, 1, 9, 1, 1, 1, 1, 1, 1, 7, 8, 1.0])
    among = toy_pool(vectors=vectors, q=values)
    assert select("cluster_balanced", among, clusters=2, by="q", rows=4).rows.tolist() == [2, 10, 9, 0]
    assert select("cluster_balanced", among, clusters=2, by="q", keep="lowest", rows=2).rows.tolist() == [1, 6]
    picked = select("cluster_balanced", among, clusters=2, rows=2)
    for row, members in zip(sorted(picked.rows.tolist()), (range(6), range(6, 12)), strict=True):
        centre = vectors[list(members)].mean(0)
        away = ((vectors[list(members)] - centre) ** 2).sum(1)
        assert away[row - members[0]] < away.min() + 1e-3


def test_without_any_feature_nothing_is_kept():
    picked = select("cluster_balanced", toy_pool(vectors=np.zeros((3, 2), dtype=np.float32)), rows=2)
    assert picked.rows.tolist() == []
    assert set(picked.why.values()) == {"it has no feature 'sentence'"}
