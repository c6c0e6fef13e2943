"""Greedy selectors beside brute force, and what makes them the same in blocks, in any order and on any machine."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_pools import select, toy_pool, unit_rows

from sayso.data.selectors import Budget
from sayso.data.selectors._coverage import Coverage, Neighbours, coverage
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._kernels import likeness
from sayso.data.selectors._vectors import nearest, on_grid, unit
from sayso.data.selectors.dpp import Determinant, DppSelector
from sayso.errors import ConfigError

some_vectors = st.builds(
    unit_rows, st.integers(1, 12), st.integers(2, 6), seed=st.integers(0, 10_000), positive=st.booleans()
)
with_copies = st.builds(
    lambda rows, copies: np.concatenate([rows, rows[[copy % len(rows) for copy in copies]]]),
    some_vectors,
    st.lists(st.integers(0, 11), max_size=4),
)


def cosines(vectors):
    grid = on_grid(unit(vectors)).astype(np.float64)
    return grid @ grid.T


def angles(vectors):
    """Cosines of what is on the grid, whose vectors are no longer of length 1."""
    grid = unit(on_grid(unit(vectors)))
    return grid @ grid.T


def covered(likenesses, rows):
    return likenesses[:, sorted(rows)].max(axis=1).sum() if len(rows) else 0.0


def by_force(size, count, *, gain):
    """Greedy as one would write it on a blackboard: what adds most, the lower of equals."""
    chosen = []
    while len(chosen) < min(count, size):
        rest = [row for row in range(size) if row not in chosen]
        chosen.append(max(rest, key=lambda row: (gain(chosen, row), -row)))
    return chosen


@settings(deadline=None, max_examples=60)
@given(vectors=with_copies, count=st.integers(1, 6))
def test_facility_location_equals_brute_force(vectors, count):
    likenesses = cosines(vectors)
    picked = select("facility_location", toy_pool(vectors=vectors), rows=count)
    wanted = by_force(
        len(vectors), count, gain=lambda A, a: covered(likenesses, [*A, a]) - (covered(likenesses, A) if A else 0.0)
    )
    assert picked.rows.tolist() == wanted
    assert picked.scores.sum() == pytest.approx(covered(likenesses, wanted), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(vectors=some_vectors, count=st.integers(1, 4))
def test_facility_location_reaches_its_share_of_the_best_possible(vectors, count):
    likenesses = cosines(vectors) + 1.5
    got = covered(likenesses, select("facility_location", toy_pool(vectors=vectors), rows=count).rows)
    best = max(covered(likenesses, rows) for rows in combinations(range(len(vectors)), min(count, len(vectors))))
    assert got >= (1 - 1 / np.e) * best - 1e-9
    if count == 1:
        assert got == pytest.approx(best)


@settings(deadline=None, max_examples=60)
@given(
    vectors=with_copies,
    count=st.integers(1, 6),
    alpha=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    scale=st.sampled_from(["means", "sums"]),
    seed=st.integers(0, 99),
)
def test_qdit_equals_brute_force(vectors, count, alpha, scale, seed):
    size, likenesses = len(vectors), cosines(vectors)
    quality = np.random.default_rng(seed).integers(0, 4, size).astype(float)
    spread = quality.std() or 1.0
    scaled = (quality - quality.mean()) / spread

    def gain(A, a):
        before = covered(likenesses, A) if A else -1.5 * size
        weight = (1 - alpha) * (min(count, size) if scale == "means" else 1)
        return weight * ((covered(likenesses, [*A, a]) - before) / size) + alpha * scaled[a]

    among = toy_pool(vectors=vectors, q=quality)
    picked = select("qdit", among, rows=count, by="q", alpha=alpha, scale=scale)
    weight = (1 - alpha) * (min(count, size) if scale == "means" else 1)
    total = weight * covered(likenesses, picked.rows) / size + alpha * scaled[picked.rows].sum()
    assert picked.scores.sum() == pytest.approx(total, abs=1e-9)
    assert picked.rows.tolist() == by_force(size, count, gain=lambda A, a: round(gain(A, a), 12))


def test_qdit_at_its_ends_is_coverage_and_quality():
    vectors = unit_rows(30, 5)
    quality = np.random.default_rng(0).standard_normal(30)
    among = toy_pool(vectors=vectors, q=quality)
    assert (
        select("qdit", among, rows=9, by="q", alpha=0).rows.tolist()
        == select("facility_location", among, rows=9).rows.tolist()
    )
    assert (
        select("qdit", among, rows=9, by="q", alpha=1).rows.tolist()
        == select("top", among, rows=9, by="q").rows.tolist()
    )
    assert select("qdit", among, rows=1, by="q", alpha=1, keep="lowest").rows.tolist() == [int(quality.argmin())]


@settings(deadline=None, max_examples=60)
@given(vectors=with_copies, count=st.integers(1, 6), seed=st.integers(0, 20))
def test_k_center_equals_brute_force(vectors, count, seed):
    grid = on_grid(unit(vectors)).astype(np.float64)
    squares = (grid**2).sum(1)
    away = squares[:, None] + squares - 2 * grid @ grid.T
    picked = select("k_center", toy_pool(vectors=vectors, seed=seed), rows=count)
    first = int(picked.rows[0])
    wanted = by_force(
        len(vectors), count, gain=lambda A, a: min(away[a, b] for b in A) if A else (1.0 if a == first else 0.0)
    )
    assert picked.rows.tolist() == wanted
    assert np.isnan(picked.scores[0])
    assert (np.diff(picked.scores[1:]) <= 0).all()


@settings(deadline=None, max_examples=40)
@given(vectors=some_vectors, count=st.integers(1, 4))
def test_k_center_is_at_most_twice_as_far_as_the_best_possible(vectors, count):
    away = np.sqrt(np.maximum(0, 2 - 2 * cosines(vectors)))
    got = away[:, select("k_center", toy_pool(vectors=vectors), rows=count).rows].min(1).max()
    size = len(vectors)
    best = min(away[:, list(rows)].min(1).max() for rows in combinations(range(size), min(count, size)))
    assert got <= 2 * best + 0.05


@settings(deadline=None, max_examples=60)
@given(
    vectors=with_copies,
    count=st.integers(1, 6),
    kernel=st.sampled_from(["rbf", "exponential", "linear"]),
    theta=st.sampled_from([0.0, 0.4, 0.9]),
    seed=st.integers(0, 99),
)
def test_dpp_takes_what_adds_most_at_every_step(vectors, count, kernel, theta, seed):
    size = len(vectors)
    likenesses = likeness(unit(vectors), unit(vectors), kernel=kernel)
    quality = np.random.default_rng(seed).integers(1, 4, size).astype(float)
    options = {"by": "q", "theta": theta} if theta else {}
    picked = select("dpp", toy_pool(vectors=vectors, q=quality), rows=count, kernel=kernel, **options)

    def adds(A):
        """What each row multiplies the determinant by."""
        if not len(A):
            return np.diag(likenesses)
        spanned = np.linalg.solve(likenesses[np.ix_(A, A)], likenesses[A])
        return np.diag(likenesses) - (likenesses[A] * spanned).sum(axis=0)

    for number, row in enumerate(picked.rows.tolist()):
        before = picked.rows[:number]
        squares = np.maximum(adds(before), 1e-12)
        if squares[row] < 1e-6:
            break  # brute force itself is not exact any more
        gains = theta * np.log(quality) + (1 - theta) * np.log(squares)
        gains[before] = -np.inf
        assert gains[row] >= gains.max() - 1e-6
        assert all(
            gains[lower] < gains[row]
            for lower in range(row)
            if (vectors[lower] == vectors[row]).all() and quality[lower] == quality[row]
        )
        assert picked.scores[number] == pytest.approx(gains[row], abs=1e-5)
    left = np.setdiff1d(np.arange(size), picked.rows)
    if len(picked.rows) < min(count, size):
        assert (adds(picked.rows)[left] < 1e-6).all()
        assert all(picked.why[row].startswith("it adds nothing to what is kept") for row in left.tolist())


@settings(deadline=None, max_examples=40)
@given(
    vectors=with_copies,
    jitter=st.sampled_from([0.0, 1e-5, 0.1]),
    kernel=st.sampled_from(["rbf", "exponential", "linear"]),
)
def test_gains_of_a_dpp_sum_to_the_log_determinant_of_what_is_picked(vectors, jitter, kernel):
    picked = select("dpp", toy_pool(vectors=vectors), rows=6, jitter=jitter, kernel=kernel)
    chosen = unit(vectors[picked.rows])
    block = likeness(chosen, chosen, kernel=kernel) + jitter * np.eye(len(chosen))
    sign, logdet = np.linalg.slogdet(block)
    assert sign == 1
    assert picked.scores.sum() == pytest.approx(logdet, rel=1e-5, abs=1e-5)
    assert len(picked.rows) == min(6, len(vectors)) or jitter == 0


def test_a_dpp_takes_no_copy_unless_jitter_lets_it():
    vectors = np.repeat(unit_rows(4, 8), 3, axis=0)
    assert sorted(select("dpp", toy_pool(vectors=vectors), rows=12).rows.tolist()) == [0, 3, 6, 9]
    assert len(select("dpp", toy_pool(vectors=vectors), rows=12, jitter=1e-5).rows) == 12


def test_quality_leads_a_dpp_and_must_be_above_zero():
    vectors = unit_rows(6, 8)
    among = toy_pool(vectors=vectors, q=[1, 1, 50, 0, 1, float("nan")], low=[])
    picked = select("dpp", among, rows=6, by="q", theta=0.8)
    assert picked.rows[0] == 2
    assert picked.why[3] == "q 0 is not above 0, and dpp takes its logarithm"
    assert picked.why[5] == "cannot score q: too long"
    assert (
        select("dpp", toy_pool(vectors=vectors, q=[4, 4, 1, 4, 4, 4], low=["q"]), rows=1, by="q", theta=0.8).rows[0]
        == 2
    )
    with pytest.raises(ConfigError, match=r"theta 0.5 weighs quality; add by: COLUMN"):
        select("dpp", among, rows=2, theta=0.5)


@settings(deadline=None, max_examples=50)
@given(
    vectors=with_copies,
    count=st.integers(1, 12),
    best=st.sampled_from([None, 3]),
    tokens=st.one_of(st.none(), st.integers(1, 12)),
)
def test_lazy_is_plain_greedy_to_the_last_bit(vectors, count, best, tokens):
    grid = on_grid(unit(vectors))
    costs = np.arange(len(vectors)) % 4 + 1
    budget = Budget(rows=count, tokens=tokens, costs=costs)
    nobody = np.empty(0, dtype=np.int64)
    rows = np.arange(len(vectors))
    one, other = (
        greedy(coverage(grid, neighbours=best, chosen=nobody), rows, budget=budget, lazy=lazy) for lazy in (True, False)
    )
    assert one[0].tolist() == other[0].tolist()
    assert one[1].tolist() == other[1].tolist()
    assert tokens is None or costs[one[0]].sum() <= tokens


def test_lazy_looks_at_few_rows_again():
    asked = {True: 0, False: 0}

    class Counted(Neighbours):
        def gains(self, rows):
            asked[lazy] += len(rows)
            return super().gains(rows)

    vectors = on_grid(unit_rows(300, 24, positive=True))
    for lazy in (True, False):
        gain = Counted(vectors, count=10, chosen=np.empty(0, dtype=np.int64))
        greedy(gain, np.arange(300), budget=Budget(rows=30), lazy=lazy)
    assert asked[True] < asked[False] / 4


@settings(deadline=None, max_examples=40)
@given(vectors=with_copies, order=st.permutations(range(12)), data=st.data())
def test_coverage_so_far_is_coverage_from_scratch(vectors, order, data):
    grid = on_grid(unit(vectors))
    likenesses = grid.astype(np.float64) @ grid.T.astype(np.float64)
    chosen = [row for row in order if row < len(vectors)][: data.draw(st.integers(1, 4))]
    gain = Coverage(grid, chosen=np.empty(0, dtype=np.int64))
    for row in chosen:
        gain.add(row)
    again = Coverage(grid, chosen=np.array(chosen))
    rows = np.arange(len(vectors))
    wanted = [covered(likenesses, {*chosen, row}) - covered(likenesses, chosen) for row in rows]
    assert gain.gains(rows).tolist() == again.gains(rows).tolist() == wanted


def test_blocks_change_no_bit():
    vectors = on_grid(unit_rows(5000, 16))  # more than one block of rows
    rows = np.arange(0, 5000, 7)
    gain = Coverage(vectors, chosen=np.array([3]))
    whole = (
        np.maximum(vectors[rows] @ vectors.T - np.maximum(vectors @ vectors[3], -1.5), 0).astype(np.float64).sum(axis=1)
    )
    assert gain.gains(rows).tolist() == whole.tolist()
    assert gain.gains(rows[50:51]).tolist() == whole[50:51].tolist()
    assert nearest(vectors[:9], vectors[9:]).tolist() == (vectors[:9] @ vectors[9:].T).max(axis=1).tolist()


def test_inner_products_on_the_grid_are_exact():
    grid = on_grid(unit_rows(40, 700))
    whole = np.rint(grid.astype(np.float64) * 2048).astype(np.int64)
    exact = whole @ whole.T
    assert ((grid @ grid.T).astype(np.float64) * 2048**2 == exact).all()
    near = unit_rows(40, 700).astype(np.float64)
    assert np.abs(grid @ grid.T - near @ near.T).max() < 1e-3


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), name=st.sampled_from(["facility_location", "qdit", "dpp", "similarity_capped"]))
def test_the_order_of_the_pool_does_not_matter(seed, name):
    vectors = unit_rows(12, 6, seed=seed)
    chance = np.random.default_rng(seed)
    quality = chance.permutation(12).astype(float) + 1
    options = {"facility_location": {}, "dpp": {"by": "q", "theta": 0.3}}.get(name, {"by": "q"})
    here = select(name, toy_pool(vectors=vectors, q=quality), rows=5, **options).rows
    order = chance.permutation(12)
    there = select(name, toy_pool(vectors=vectors[order], q=quality[order]), rows=5, **options).rows
    assert order[there].tolist() == here.tolist()


def test_neighbours_that_are_all_rows_are_all_cosines():
    among = toy_pool(vectors=unit_rows(40, 6, positive=True))
    every = select("facility_location", among, rows=12)
    assert select("facility_location", among, rows=12, neighbours=40).rows.tolist() == every.rows.tolist()
    few = select("facility_location", among, rows=12, neighbours=8)
    assert covered(cosines(among.features(None)), few.rows) > 0.95 * every.scores.sum()


def test_neighbours_are_the_nearest_rows_in_both_directions():
    vectors = on_grid(unit_rows(9, 3, positive=True))
    gain = Neighbours(vectors, count=3, chosen=np.empty(0, dtype=np.int64))
    likenesses = vectors @ vectors.T
    near = [set(sorted(range(9), key=lambda other: (-likenesses[row, other], other))[:3]) for row in range(9)]
    for row in range(9):
        both = near[row] | {other for other in range(9) if row in near[other]}
        assert gain.gains(np.array([row]))[0] == pytest.approx(sum(likenesses[row, other] for other in both))


@pytest.mark.parametrize(
    "name", ["facility_location", "k_center", "dpp", "qdit", "similarity_capped", "cluster_balanced"]
)
def test_what_was_chosen_counts_and_is_not_chosen_again(name):
    vectors = np.concatenate([unit_rows(3, 9, seed=1)] * 2)
    options = {"by": "q"} if name in ("qdit", "similarity_capped") else {}
    options |= {"alpha": 0.1} if name == "qdit" else {}
    among = toy_pool(vectors=vectors, q=[1] * 6, chosen=[0, 1])
    picked = select(name, among, rows=2, **options)
    assert not {0, 1} & set(picked.rows.tolist())
    assert picked.rows.tolist()[0] in (2, 5)


@pytest.mark.parametrize("name", ["facility_location", "k_center", "dpp", "qdit", "windowed", "similarity_capped"])
def test_what_was_chosen_and_has_no_feature_is_near_nothing(name):
    vectors = unit_rows(7, 3, seed=1)
    vectors[0] = 0
    options = {"by": "q"} if name in ("qdit", "windowed", "similarity_capped") else {}
    options |= {"max_similarity": -0.1} if name == "similarity_capped" else {}
    for bound in ({"rows": 4}, {"radius": 1.2}) if name == "k_center" else ({"rows": 4},):
        alone = select(name, toy_pool(vectors=vectors, q=range(7)), **options, **bound)
        after = select(name, toy_pool(vectors=vectors, q=range(7), chosen=[0]), **options, **bound)
        assert len(alone.rows)
        assert after.rows.tolist() == alone.rows.tolist()
        assert after.scores == pytest.approx(alone.scores, nan_ok=True)


@pytest.mark.parametrize("most", [1, 0.9999])
def test_copies_are_alike_whatever_the_grid_makes_of_their_length(most):
    vectors = np.concatenate([unit_rows(40, 64, seed=3)] * 2)
    pool = toy_pool(vectors=vectors, q=[1] * 80)
    capped = select("similarity_capped", pool, by="q", max_similarity=most).rows.tolist()
    assert capped == list(range(80 if most == 1 else 40))
    pool = toy_pool(vectors=vectors)
    assert select("embedding_duplicates", pool, threshold=most).rows.tolist() == list(range(40))


def test_a_row_without_a_feature_or_a_value_is_left_out_with_its_reason():
    vectors = unit_rows(5, 4)
    vectors[2] = 0
    among = toy_pool(vectors=vectors, q=[1, 2, 3, float("nan"), 5])
    for name in ("qdit", "similarity_capped", "cluster_balanced"):
        picked = select(name, among, rows=5, by="q", features="image")
        assert sorted(picked.rows.tolist()) == [0, 1, 4]
        assert picked.why == {2: "it has no feature 'image'", 3: "cannot score q: too long"}


@pytest.mark.parametrize("vectors", [np.zeros((3, 2)), np.zeros(4), np.full((4, 2), np.nan)])
def test_features_of_another_shape_or_no_numbers_are_refused(vectors):
    with pytest.raises(ConfigError, match=r"feature 'sentence' gave an array of shape .* for 4 samples"):
        select("facility_location", toy_pool(vectors=vectors, q=[0] * 4), rows=1)


def test_an_empty_pool_has_no_neighbours():
    nothing = toy_pool(vectors=np.zeros((0, 3)), q=[])
    assert select("facility_location", nothing, rows=2, neighbours=4).rows.tolist() == []


def test_a_radius_ends_k_center_without_a_budget():
    vectors = np.repeat(unit_rows(5, 8), 4, axis=0)
    picked = select("k_center", toy_pool(vectors=vectors), radius=0.01)
    assert {row // 4 for row in picked.rows.tolist()} == set(range(5))
    assert len(picked.rows) == 5
    assert len(picked.why) == 15
    assert set(picked.why.values()) == {"it is within 0.01 of a kept sample"}


def test_the_first_centre_is_one_that_fits():
    for seed in range(8):
        among = toy_pool(vectors=unit_rows(6, 4), seed=seed)
        assert select("k_center", among, tokens=5, costs=[9, 9, 9, 3, 2, 9]).rows.tolist() in ([3, 4], [4, 3])
    assert select("k_center", among, tokens=1, costs=[9] * 6).rows.tolist() == []


def test_a_factor_grows_past_its_first_size():
    vectors = unit_rows(60, 40)
    gain = Determinant(unit(vectors), np.zeros(60), selector=DppSelector(width=0.3))
    rows, values = greedy(gain, np.arange(60), budget=Budget(rows=40))
    block = likeness(unit(vectors[rows]), unit(vectors[rows]), kernel="rbf", width=0.3)
    assert values.sum() == pytest.approx(np.linalg.slogdet(block)[1], abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(vectors=with_copies, count=st.integers(1, 8), most=st.sampled_from([-0.2, 0.5, 0.9]), seed=st.integers(0, 99))
def test_similarity_capped_equals_one_by_one(vectors, count, most, seed):
    likenesses = angles(vectors)
    values = np.random.default_rng(seed).integers(0, 5, len(vectors)).astype(float)
    kept = []
    for row in sorted(range(len(vectors)), key=lambda row: (-values[row], row)):
        if len(kept) < count and all(likenesses[row, other] <= most for other in kept):
            kept.append(row)
    picked = select("similarity_capped", toy_pool(vectors=vectors, q=values), rows=count, by="q", max_similarity=most)
    assert picked.rows.tolist() == kept


def test_similarity_capped_over_many_blocks():
    vectors = unit_rows(900, 3)
    likenesses = angles(vectors)
    picked = select("similarity_capped", toy_pool(vectors=vectors, q=np.arange(900.0)), by="q", max_similarity=0.97)
    kept = []
    for row in range(899, -1, -1):
        if not kept or likenesses[row, kept].max() <= 0.97:
            kept.append(row)
    assert picked.rows.tolist() == kept
    assert all(reason.endswith("over 0.97") for reason in picked.why.values())
    assert len(picked.why) == 900 - len(kept)


@pytest.mark.parametrize("name", ["facility_location", "qdit", "k_center", "dpp", "cluster_balanced"])
def test_a_budget_is_needed(name):
    with pytest.raises(ConfigError, match=rf"selector '{name}' needs a budget and got None"):
        select(name, toy_pool(vectors=unit_rows(4, 3), q=[1] * 4), **({"by": "q"} if name == "qdit" else {}))
