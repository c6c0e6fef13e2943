"""What every objective promises, whoever wrote it."""

import inspect
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_losses import make_rows

from sayso.errors import ConfigError
from sayso.records import ROLES
from sayso.train.objectives import objectives

NEEDED = {"prompt_loss_weight": {"weight": 0.1}, "wit": {"prompt": 0.3, "response": 0.9}}
"""Values for options that have no default."""
NAMES = [name for name in objectives.names() if ":" not in name]
PAGE = (Path(__file__).parents[2] / "docs" / "objectives.md").read_text()

each_objective = pytest.mark.parametrize("name", NAMES)
samples = st.lists(st.sampled_from(ROLES[1:]), min_size=1, max_size=12)
switches = st.fixed_dictionaries(
    {
        "normaliser": st.sampled_from(["weights", "nonzero", "response_tokens", "sequence_mean", "sum"]),
        "instr_turns": st.sampled_from(["all", "first"]),
        "instr_on_text_only": st.booleans(),
        "unanswered": st.just("skip"),
        "options": st.sampled_from([0, 0.5, 1]),
    }
)


def make(name, **options):
    return objectives.build(name, NEEDED.get(name, {}) | options)


@each_objective
def test_weights_are_of_known_roles_and_a_response_has_some(name):
    weights = make(name).weights
    assert set(weights) <= set(ROLES)
    assert all(math.isfinite(weight) and weight >= 0 for weight in weights.values())
    assert weights["response"] > 0
    assert weights["resp_end"] > 0
    assert not any(weights.get(role) for role in ("pad", "bos", "media"))


@each_objective
def test_options_have_a_weight_that_can_be_changed_alone(name):
    made, changed = make(name), make(name, options=0.125)
    assert "options" in made.weights
    assert changed.weights == {**made.weights, "options": 0.125}


@each_objective
@given(roles=samples, options=switches)
def test_a_sample_has_a_finite_weight_for_every_token_and_none_for_the_first(name, roles, options):
    (row,) = make_rows(roles)
    weighed = make(name, **options).weigh(row)
    assert weighed.weights.dtype == np.float32
    assert weighed.weights.shape == (len(roles),)
    assert np.isfinite(weighed.weights).all()
    assert (weighed.weights >= 0).all()
    assert weighed.weights[0] == 0
    assert not any(weighed.weights[n] for n, role in enumerate(roles) if role in {"pad", "media"})


@each_objective
@given(roles=samples, options=switches)
def test_there_is_something_to_divide_by_wherever_there_is_a_target(name, roles, options):
    (row,) = make_rows(roles)
    weighed = make(name, **options).weigh(row)
    assert isinstance(weighed.count, float)
    assert math.isfinite(weighed.count)
    assert weighed.count > 0 if weighed.weights.any() else weighed.count >= 0


@each_objective
@given(roles=samples, options=switches)
def test_a_sample_is_weighed_alike_every_time_and_in_every_process(name, roles, options):
    (row,) = make_rows(roles)
    objective = make(name, **options)
    elsewhere = pickle.loads(pickle.dumps(objective.weigh))
    before = row.roles.copy()
    first, again, other = objective.weigh(row), objective.weigh(row), elsewhere(row)
    assert first.weights.tolist() == again.weights.tolist() == other.weights.tolist()
    assert first.count == again.count == other.count
    assert row.roles.tolist() == before.tolist()


@each_objective
def test_responses_of_all_turns_weigh_alike(name):
    (row,) = make_rows(["bos", "instr", *(["response", "resp_end", "instr"] * 3), "response", "resp_end"])
    weights = make(name, instr_turns="first").weigh(row).weights
    responses = weights[[n for n, code in enumerate(row.roles) if ROLES[code] == "response"]]
    assert len(set(responses.tolist())) == 1


@each_objective
def test_it_says_what_options_weigh_and_is_documented(name):
    told = inspect.getdoc(objectives.get(name)) or ""
    assert "`options`" in told or "same as `response_only`" in told
    assert f"`{name}`" in PAGE


@each_objective
def test_an_unknown_option_is_refused(name):
    with pytest.raises(ConfigError, match=f"objective '{name}' has no option 'weigth'"):
        make(name, weigth=1.0)
