"""Diversity in numbers, beside what they are on sets that can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_pools import unit_rows

from sayso.data.selecting.diversity import (
    distinct_ngrams,
    log_determinant_distance,
    neighbour_similarity,
    sphere,
    vendi_score,
)


def test_points_on_the_sphere_are_uniform():
    points = sphere(20_000, 3, seed=1)
    assert np.linalg.norm(points, axis=1) == pytest.approx(1)
    assert np.abs(points.mean(axis=0)).max() < 0.02
    assert points.T @ points / len(points) == pytest.approx(np.eye(3) / 3, abs=0.02)
    heights = np.sort(points[:, 2])  # uniform on the line for a sphere in three dimensions (Archimedes)
    assert np.abs(heights - np.linspace(-1, 1, len(points))).max() < 0.03
    assert (sphere(20_000, 3, seed=1)[:5] == points[:5]).all()
    assert not (sphere(5, 3, seed=2) == sphere(5, 3, seed=1)).any()


@pytest.mark.parametrize("kernel", ["rbf", "exponential", "linear"])
def test_ldd_is_near_zero_for_uniform_points_and_grows_with_copies(kernel):
    uniform = unit_rows(200, 16, seed=5)
    near = log_determinant_distance(uniform, kernel=kernel)
    narrow = log_determinant_distance(uniform * 0.3 + 1, kernel=kernel)
    copies = log_determinant_distance(np.repeat(uniform[:20], 10, axis=0), kernel=kernel)
    assert abs(near) < 0.1
    assert near < narrow
    assert near < copies


def test_ldd_is_what_its_formula_says():
    vectors = unit_rows(7, 5, seed=3).astype(float)

    def logdet(points):
        squares = ((points[:, None] - points) ** 2).sum(-1)
        return np.linalg.slogdet(np.exp(-squares / (2 * 0.5**2)) + 1e-5 * np.eye(7))[1]

    wanted = (logdet(sphere(7, 5, seed=4)) - logdet(vectors)) / 7
    assert log_determinant_distance(vectors, seed=4) == pytest.approx(wanted)


def test_a_large_set_is_measured_on_a_part_of_it():
    vectors = unit_rows(500, 8)
    part = log_determinant_distance(vectors, most=100)
    assert part == log_determinant_distance(vectors, most=100)
    assert part != log_determinant_distance(vectors, most=100, seed=1)
    assert part == pytest.approx(log_determinant_distance(vectors, most=100, seed=1), abs=0.3)


def test_the_vendi_score_counts_what_is_different():
    assert vendi_score(np.eye(6)) == pytest.approx(6)
    assert vendi_score(np.repeat(np.eye(6)[:3], 5, axis=0)) == pytest.approx(3)
    assert vendi_score(np.ones((9, 4))) == pytest.approx(1)


@settings(deadline=None, max_examples=30)
@given(size=st.integers(2, 12), dimensions=st.integers(2, 12), seed=st.integers(0, 99))
def test_the_vendi_score_is_the_entropy_of_eigenvalues(size, dimensions, seed):
    vectors = unit_rows(size, dimensions, seed=seed).astype(float)
    values = np.linalg.eigvalsh(vectors @ vectors.T / size)
    values = values[values > 1e-9]
    assert vendi_score(vectors) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-4)


@settings(deadline=None, max_examples=30)
@given(size=st.integers(2, 30), seed=st.integers(0, 99))
def test_the_similarity_of_neighbours_leaves_a_vector_itself_out(size, seed):
    vectors = unit_rows(size, 4, seed=seed)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    assert neighbour_similarity(vectors) == pytest.approx(cosines.max(axis=1).mean(), abs=1e-3)
    assert neighbour_similarity(np.repeat(vectors, 2, axis=0)) == pytest.approx(1, abs=1e-3)


def test_neighbours_are_looked_for_in_the_whole_set():
    vectors = np.repeat(unit_rows(3000, 6), 2, axis=0)  # more than one block, and a copy of each
    assert neighbour_similarity(vectors, most=50) == pytest.approx(1, abs=1e-3)


def test_distinct_ngrams():
    assert distinct_ngrams(["the cat", "the cat", "the dog"]) == pytest.approx(2 / 3)
    assert distinct_ngrams(["the cat", "the cat", "the dog"], length=1) == pytest.approx(3 / 6)
    assert distinct_ngrams(["a b c", "d e f"], length=3) == 1


def test_nothing_has_no_diversity():
    nothing = np.zeros((3, 4))
    assert np.isnan(
        [log_determinant_distance(nothing), vendi_score(nothing), neighbour_similarity(np.eye(4)[:1])]
    ).all()
    assert np.isnan(distinct_ngrams(["one"], length=2))
    assert np.isnan(distinct_ngrams([]))


def test_rows_without_a_feature_do_not_count():
    vectors = unit_rows(40, 6)
    padded = np.concatenate([vectors, np.zeros((5, 6), dtype=np.float32)])
    assert vendi_score(padded) == pytest.approx(vendi_score(vectors))
    assert log_determinant_distance(padded) == pytest.approx(log_determinant_distance(vectors))
    assert neighbour_similarity(padded) == pytest.approx(neighbour_similarity(vectors))
