"""Projections keep inner products, are the same everywhere, and cost what they say."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.models.gradients import Moments, estimate_moments, project_by
from sayso.models.gradients.projecting import _words
from sayso.seeds import Stream

NUM = 16_000


def uneven(count, *, seed=0):
    """Vectors as gradients are: few coordinates of a structure hold most of the length, and all share a part."""
    chance = np.random.default_rng(seed)
    scale = np.exp(1.5 * chance.standard_normal(NUM)) * (1 + 20 * (np.arange(NUM) % 128 == 5))
    shared = chance.standard_normal(NUM)
    mixed = [w * shared + chance.standard_normal(NUM) for w in np.linspace(0, 2, count)]
    return torch.from_numpy(np.stack(mixed) * scale).float()


def cosines(rows):
    unit = torch.nn.functional.normalize(rows.double(), dim=1)
    return (unit @ unit.T)[*torch.triu_indices(len(rows), len(rows), offset=1)]


@pytest.mark.parametrize("kind", ["sketch", "rademacher"])
def test_cosines_are_kept_within_two_per_cent(kind):
    """The mean over 190 pairs of vectors whose cosines are between 0 and 0.9; one over the root of 8192 is 1.1 %."""
    rows = uneven(20)
    made = project_by(kind, num_weights=NUM, dimensions=8192, seed=1)
    off = cosines(made.project(rows)) - cosines(rows)
    assert cosines(rows).max() > 0.7
    assert cosines(rows).min() < 0.1
    assert off.abs().mean() < 0.02
    assert abs(off.mean()) < 0.01


def test_few_dimensions_are_reached_in_two_sketches():
    rows = torch.cat([uneven(20), uneven(20, seed=1)[:, :1000]], dim=1)
    made = project_by("sketch", num_weights=rows.shape[1], dimensions=512, seed=1)
    basis = made.project(torch.eye(rows.shape[1])[::50])
    assert torch.equal(basis.abs().sum(1), torch.ones(len(basis)))
    assert made.dimensions == 512
    off = cosines(made.project(rows)) - cosines(rows)
    assert off.square().mean().sqrt() < 1.5 * 512**-0.5
    assert abs(off.mean()) < 0.02


@given(seed=st.integers(0, 2**63), num=st.integers(20, 200))
def test_every_coordinate_goes_to_one_place_with_one_sign(seed, num):
    made = project_by("sketch", num_weights=num, dimensions=16, seed=seed)
    basis = made.project(torch.eye(num))
    assert torch.equal(basis.abs().sum(1), torch.ones(num))
    for start in range(0, num, 16):
        assert basis[start : start + 16].abs().sum(0).max() <= 1  # those of one block never meet


def test_projections_are_linear_and_depend_on_seed_and_place_alone():
    rows = uneven(3)[:, :5000]
    for kind in ("sketch", "rademacher"):
        made = project_by(kind, num_weights=5000, dimensions=256, seed=7)
        again = project_by(kind, num_weights=5000, dimensions=256, seed=7)
        assert torch.equal(made.project(rows), again.project(rows))
        assert torch.allclose(
            made.project(rows).sum(0), made.project(rows.sum(0, keepdim=True))[0], rtol=1e-3, atol=1e-2
        )
        other = project_by(kind, num_weights=5000, dimensions=256, seed=8)
        assert not torch.allclose(made.project(rows), other.project(rows))


def test_signs_are_those_of_the_project_s_own_chance():
    """The vectorised words are SplitMix64's, so that a projection is the same in any library version."""
    stream = Stream("any", 1)
    assert [int(word) for word in _words(5, start=0, seed=stream._state)] == [stream.word() for _ in range(5)]


def test_short_vectors_are_left_alone():
    rows = uneven(2)[:, :100]
    for kind in ("sketch", "rademacher", "none"):
        assert torch.equal(project_by(kind, num_weights=100, dimensions=100, seed=0).project(rows), rows)
    assert project_by("none", num_weights=100, dimensions=10, seed=0).dimensions == 100
    with pytest.raises(ConfigError, match="dimensions is 0"):
        project_by("sketch", num_weights=100, dimensions=0, seed=0)


def test_adam_s_step_is_the_formula():
    moments = Moments(first=torch.tensor([1.0, 0.0]), second=torch.tensor([4.0, 0.0]), betas=(0.5, 0.75), eps=1e-4)
    found = moments.step(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
    wanted = torch.tensor([[1.5 / (4 + 1e-4) ** 0.5, 0.0], [0.5 / (3 + 1e-4) ** 0.5, 0.5 / (0.25 + 1e-4) ** 0.5]])
    assert torch.allclose(found, wanted)


def test_adam_s_step_is_the_optimizer_s_but_for_bias_correction():
    weight = torch.nn.Parameter(torch.zeros(6))
    adam = torch.optim.Adam([weight], lr=1.0, eps=0.0)
    for number in range(3):
        weight.grad = torch.linspace(-1, 1, 6) * (number + 1) + 0.1
        adam.step()
    state, gradient = adam.state[weight], torch.linspace(2, -1, 6)
    moments = Moments(first=state["exp_avg"].clone(), second=state["exp_avg_sq"].clone(), eps=0.0)
    before = weight.detach().clone()
    weight.grad = gradient
    adam.step()
    corrected = (before - weight.detach()) * (1 - 0.9**4) / (1 - 0.999**4) ** 0.5
    assert torch.allclose(moments.step(gradient[None])[0], corrected, rtol=1e-4)


def test_moments_are_estimated_from_examples():
    found = estimate_moments([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -2.0]])], num_weights=2)
    assert found.first.tolist() == [2.0, 0.0]
    assert found.second.tolist() == [5.0, 4.0]
