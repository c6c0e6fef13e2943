"""The order of a run is computed, not replayed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import ConfigError
from sayso.records import ROLES
from sayso.train.objectives import Objective, objectives
from sayso.train.samples.order import RunOrder, RunSampler

SIZES = {"counting": 7, "color": 5}


@given(seed=st.integers(0, 10**6), epoch=st.integers(0, 10**6))
def test_an_epoch_holds_every_example_once(seed: int, epoch: int) -> None:
    order = RunOrder(SIZES, seed=seed)
    places = [order[epoch * 12 + k] for k in range(12)]
    assert {place.epoch for place in places} == {epoch}
    assert Counter(place.task for place in places) == SIZES
    assert len({(place.task, place.position) for place in places}) == 12


@given(k=st.integers(0, 10**12))
def test_any_place_is_reached_without_the_ones_before(k: int) -> None:
    fresh, used = RunOrder(SIZES, seed=3), RunOrder(SIZES, seed=3)
    _ = [used[j] for j in range(30)]
    assert fresh[k] == used[k]


def test_epochs_differ() -> None:
    order = RunOrder(SIZES, seed=3)
    assert [order[k][1:] for k in range(12)] != [order[12 + k][1:] for k in range(12)]


def test_a_sampler_counts_up_to_a_whole_number_of_pieces() -> None:
    assert list(RunSampler(5)) == [0, 1, 2, 3, 4]
    assert list(RunSampler(5, multiple=4)) == list(range(8))
    assert len(RunSampler(8, multiple=4)) == 8


def test_vit_is_response_only() -> None:
    assert objectives.build("vit", {}) == objectives.build("response_only", {})
    assert set(objectives.build("vit", {}).weights) <= set(ROLES)


@pytest.mark.parametrize("weights", [{"answer": 1.0}, {"response": -1.0}])
def test_an_objective_of_unknown_roles_or_negative_weights_is_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"unknown role 'answer'|with -1.0"):
        Objective(weights=weights)
