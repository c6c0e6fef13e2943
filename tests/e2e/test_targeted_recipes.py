"""The recipes of docs/targeted_selection.md for real, made small: every stage of them runs, and what is chosen is what the page says."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from sayso.config import load_recipe
from sayso.data.folder import BuildFolder
from sayso.data.scorers import scorers
from sayso.data.selectors import selectors
from sayso.pipeline import run_recipe

PAGE = Path(__file__).parents[2] / "docs" / "targeted_selection.md"
BLOCKS = {
    yaml.safe_load(block)["name"]: block for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
}
TINY = {
    "name": "tiny",
    "hidden_size": 32,
    "vision_hidden_size": 32,
    "num_layers": [1, 2],
    "num_heads": 2,
    "vocab_size": 512,
}
FAST = {
    "model": TINY,
    "max_steps": 8,
    "save_steps": 4,
    "report_to": [],
    "preflight": False,
    "per_device_train_batch_size": 8,
}


def small(name, **changes):
    """The recipe of that name with few scenes, a tiny model and few steps."""
    recipe = yaml.safe_load(BLOCKS[name])
    for node, stage in recipe["stages"].items():
        for source in stage.get("sources", []):
            source["count"] = min(source.get("count", 40), 40)
        if stage["kind"] == "train":
            stage |= FAST
        stage |= changes.get(node, {})
    recipe.pop("train", None)
    return recipe


def run(recipe, out):
    path = out / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False))
    run_recipe(load_recipe(path), out=out / "run")
    return out / "run"


def verdicts(stage):
    return [json.loads(line) for line in (stage / "verdicts.jsonl").read_text().splitlines()]


def tasks_of(stage):
    return Counter(example.task for example in BuildFolder(stage).store("train").iter())


def ids_of(stage):
    return {example.id for example in BuildFolder(stage).store("train").iter()}


def test_less_by_a_warm_up_and_a_second_build(tmp_path):
    changes = {"few": {"budget": 0.4}, "warm_up": {"num_train_epochs": 1}, "train": {"max_steps": 2}}
    out = run(small("less", **changes), tmp_path)
    told = verdicts(out / "chosen")
    kept = [row for row in told if row["keep"]]
    assert len(kept) == round(0.05 * len(told))
    assert min(row["score"] for row in kept) >= max(row["score"] for row in told if not row["keep"])
    assert len(list((out / "warm_up" / "checkpoints").glob("checkpoint-*"))) == 2
    assert tasks_of(out / "chosen").total() == len(kept)


def test_insta_keeps_whole_tasks_and_the_target_s_own_first(tmp_path):
    recipe = small("insta", train={"max_steps": 2})
    recipe["stages"]["near"]["scorers"] = [{"name": "insta", "encoder": {"name": "toy_encoder:letters"}}]
    out = run(recipe, tmp_path)
    kept, before = tasks_of(out / "near"), tasks_of(out / "build")
    assert len(kept) == 5
    assert "counting" in kept
    assert all(kept[task] == before[task] for task in kept)


def test_mods_keeps_its_seeds_and_adds_what_they_did_not_teach(tmp_path):
    reward, necessity = {"name": "toy_scorers:longer"}, {"name": "toy_scorers:known"}
    scenes = [{"name": "shapes", "use": "train", "count": 30}]
    changes = {
        "build": {"sources": scenes, "tasks": ["counting", "color_recognition"]},
        "good": {"scorers": [reward], "selectors": [{"name": "threshold", "by": "reward", "min": 4}]},
        "seeds": {"selectors": [{"name": "k_center", "features": "lexical"}], "budget": 8},
        "chosen": {"scorers": [necessity], "selectors": [{"name": "threshold", "by": "necessity", "max": -2.0}]},
    }
    out = run(small("mods", **changes), tmp_path)
    good, seeds, chosen = (ids_of(out / name) for name in ("good", "seeds", "chosen"))
    assert len(seeds) == 8
    assert seeds < chosen <= good < ids_of(out / "build")
    told = {row["id"]: row for row in verdicts(out / "chosen")}
    assert {told[name]["reason"] for name in seeds} == {"kept by an earlier selection"}
    assert all(told[name]["score"] <= -2.0 for name in chosen - seeds)


def test_active_tuning_adds_tasks_round_by_round(tmp_path):
    options = {"num_inputs": 2, "num_prompts": 2, "max_new_tokens": 3}
    scorer, selector = (
        {"name": "prompt_uncertainty", **options},
        {"name": "top_tasks", "by": "prompt_uncertainty", "count": 2},
    )
    tasks = ["counting", "color_recognition", "object_recognition", "image_captioning", "position_reasoning"]
    changes = {
        "build": {"sources": [{"name": "shapes", "use": "train", "count": 12}], "tasks": tasks},
        "round1": {"scorers": [scorer | {"model": {"name": "tiny_base"}}], "selectors": [selector]},
        "round2": {"scorers": [scorer], "selectors": [selector]},
        "model1": {"max_steps": 2},
        "model2": {"max_steps": 2},
    }
    out = run(small("active", **changes), tmp_path)
    first, second = tasks_of(out / "round1"), tasks_of(out / "round2")
    assert (len(first), len(second)) == (2, 4)
    assert all(second[task] == first[task] for task in first)


@pytest.mark.parametrize("name", BLOCKS)
def test_every_plugin_of_the_page_is_there(name):
    known = {"scorers": set(scorers.names()), "selectors": set(selectors.names())}
    for stage in yaml.safe_load(BLOCKS[name])["stages"].values():
        for kind, names in known.items():
            assert {one["name"] for one in stage.get(kind, [])} <= names
