"""What a build may train on."""

import pytest

from sayso import tasks
from sayso.config import BuildConfig
from sayso.data.plan import plan_tasks
from sayso.errors import ConfigError


def levels(**config):
    return {plan.task.name: plan.held_out for plan in plan_tasks(BuildConfig(**config))}


def test_a_category_of_which_every_task_is_held_out_is_held_out_as_a_whole():
    found = {name: level for name, level in levels().items() if name in tasks.names()}
    whole = {task.category for task in map(tasks.get, found) if found[task.name] == "category"}
    assert "commonsense_reasoning" in whole
    assert all(found[name] == "category" for name in found if tasks.get(name).category in whole)
    assert any(level == "task" for level in found.values())
    assert any(level is None for level in found.values())


def test_a_recipe_holds_out_more():
    found = levels(held_out={"tasks": ["counting"], "categories": ["grounded_matching"]})
    assert found["counting"] == "task"
    assert found["object_matching"] == "category"


def test_a_task_that_is_named_is_required_and_one_that_matches_is_not():
    plans = {p.task.name: p.required for p in plan_tasks(BuildConfig(tasks=["counting", "object_*"]))}
    assert plans["counting"]
    assert not plans["object_matching"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"tasks": ["countin"]}, "did you mean 'counting'"),
        ({"held_out": {"categories": ["grounded_matchin"]}}, "did you mean 'grounded_matching'"),
    ],
)
def test_names_that_do_not_exist_are_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        levels(**config)
