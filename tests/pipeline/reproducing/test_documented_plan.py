"""The plan that the documentation shows is one, and its recipe can be run as it stands."""

import re
from pathlib import Path

import yaml

from sayso.config import load_recipe
from sayso.pipeline.reproducing.deciding import findings
from sayso.pipeline.reproducing.plan import Plan

PAGE = Path(__file__).parents[3] / "docs" / "reproducing.md"


def test_the_documented_plan_is_complete_and_its_arms_are_recipes(tmp_path):
    (text,) = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    plan = Plan.model_validate(yaml.safe_load(text))
    assert [one.verdict for one in findings(plan, [])] == ["not run"]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(dict(plan.recipe)).replace("{seed}", "3").replace("'3'", "3"))
    for arm in plan.arms.values():
        recipe = load_recipe(path, overrides=[change.replace("{seed}", "3") for change in arm.changes])
        assert arm.evaluate in {node.name for node in recipe.nodes}
