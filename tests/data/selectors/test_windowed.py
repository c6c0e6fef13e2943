"""Windows down a ranking, unlike rows within each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from toy_pools import select, toy_pool, unit_rows

from sayso.data.selectors._vectors import on_grid


def brute(values, vectors, *, window, per_window, kept=()):
    vectors = on_grid(vectors).astype(np.float64)
    order = sorted((row for row in range(len(values)) if row not in kept), key=lambda row: (-values[row], row))
    taken = []
    for start in range(0, len(order), window):
        left = order[start : start + window]
        for _ in range(min(per_window, len(left))):
            held = [*kept, *taken]
            best = min(
                left, key=lambda row: (max((vectors[row] @ vectors[o] for o in held), default=-1.5), order.index(row))
            )
            left.remove(best)
            taken.append(best)
    return taken


@given(seed=st.integers(0, 10**6), window=st.integers(1, 6), per_window=st.integers(1, 4), copies=st.booleans())
def test_it_is_what_looking_at_every_row_gives(seed, window, per_window, copies):
    values = np.random.default_rng(seed).integers(0, 5, 11).astype(float).tolist()
    vectors = unit_rows(11, 3, seed=seed)
    if copies:
        vectors[5:] = vectors[:6]
    pool = toy_pool(q=values, vectors=vectors, chosen=(3,))
    picked = select("windowed", pool, rows=11, by="q", window=window, per_window=per_window)
    assert picked.rows.tolist() == brute(values, vectors, window=window, per_window=per_window, kept=(3,))


def test_the_budget_ends_it_and_the_rest_says_why():
    pool = toy_pool(q=[5, 4, 3, 2, 1, float("nan")], vectors=np.eye(6, dtype=np.float32)[[0, 0, 1, 2, 2, 3]])
    picked = select("windowed", pool, rows=3, by="q", window=3, per_window=2)
    assert picked.rows.tolist() == [0, 2, 3]
    assert picked.scores.tolist() == [5, 3, 2]
    assert picked.why[1] == "others of its window are less like what is kept"
    assert picked.why[5] == "cannot score q: too long"
    assert 4 not in picked.why  # the budget was full
