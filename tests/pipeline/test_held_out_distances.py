"""Held-out wordings of three distances, from the recipe to what is asked in the test: none of them, nor anything like them, is trained on."""

import json

import pytest

from sayso.config import EvaluateConfig
from sayso.data.folder import BuildFolder
from sayso.evaluate.plan import make_plans
from sayso.instructions.filters.wording import overlap

RECIPE = """
    seed: 3
    augment:
      tasks: [counting, color_recognition, "counting+yes_no"]
      max_wordings: 40
      templates: FILE
      held_out: {fraction: 0.2, operations: [politeness]}
    build:
      sources: [{name: shapes, count: 40, use: split, test_fraction: 0.4}]
      tasks: [counting, color_recognition, "counting+yes_no"]
"""
OTHERS = ["How numerous are they? {question}", "Figure out the quantity wanted in: {question}"]


@pytest.fixture
def built(kitchen):
    file = kitchen.folder / "others.jsonl"
    rows = [{"task": "counting", "template": text, "held_out": True} for text in OTHERS]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    kitchen.run(text=RECIPE.replace("FILE", str(file)))
    return BuildFolder(kitchen.out / "build")


def test_each_distance_is_asked_and_each_wording_says_which_it_is(built):
    plans = {plan.task.name: plan for plan in make_plans(built, config=EvaluateConfig(), seed=3)}
    asked = {name: {t.distance for t in plan.templates if t.held_out} for name, plan in plans.items()}
    assert asked == {
        "counting": {"L1", "L2", "L3"},
        "color_recognition": {"L1", "L2"},
        "counting+yes_no": {"L1", "L2"},
    }
    for plan in plans.values():
        generated = [t for t in plan.templates if t.lineage]
        assert {t.distance for t in generated} == {"L1", "L2"}
        assert all(("politeness" in t.lineage.operation) == (t.distance == "L2") for t in generated)
    assert {t.text for t in plans["counting"].templates if t.distance == "L3"} == set(OTHERS)


def test_training_draws_none_of_them_and_nothing_generated_that_is_near_one(built):
    sampler = built.sampler()
    for name in ("counting", "color_recognition", "counting+yes_no"):
        kept = sampler.templates(name, held_out=True)
        trained = sampler.wheel(name).items
        assert not {t.id for t in kept} & {t.id for t in trained}
        for template in (t for t in trained if t.lineage):
            assert "politeness" not in template.lineage.operation
            assert max(overlap(template.text, other.text) for other in kept) < 0.75
