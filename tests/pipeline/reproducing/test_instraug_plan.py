"""The plan of `sayso reproduce instraug`: its arms differ in the wordings they are trained on, and all are tested on the same ones."""

import json
import math
from fnmatch import fnmatchcase
from importlib.resources import files
from itertools import islice
from pathlib import Path

import pytest
import yaml

from sayso.config import load_recipe
from sayso.data.folder import BuildFolder
from sayso.data.order import MixedOrder
from sayso.evaluate.plan import make_plans
from sayso.evaluate.values import read_values
from sayso.instructions.filters.wording import key, overlap
from sayso.pipeline import run_stages
from sayso.pipeline.plugins import check_plugins
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.preparing import Design

LOADED = load_plan(Path(str(files("sayso.recipes.reproductions"))) / "instraug.yaml")
PLAN = LOADED.plan
SAME_ROWS = ("one_wording", "original", "augmented", "unfiltered", "planted_unfiltered")
WORDINGS = {"one_wording": 1, "two_wordings": 2, "original": 5, "twenty_wordings": 20, "augmented": 150}
FEW = (
    "build.tasks=[counting, grounded_captioning, grounded_vqa, dense_description, plain_caption, plain_facts, plain_regions]",
    "augment.tasks=[counting, grounded_captioning]",
    "evaluate.tasks=[counting, grounded_captioning, grounded_vqa]",
    "build.max_examples_per_task=12",
)
OTHERS = ("How numerous are they? {question}", "Figure out the quantity wanted in: {question}")
TINY = (
    "train.model={name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 500}",
    "train.max_steps=2",
    "train.per_device_train_batch_size=4",
    "evaluate.max_examples_per_task=3",
    "evaluate.retention.max_examples=3",
)


def recipe_of(arm, folder, *, changes=(), seed=3):
    """What the arm runs with that seed, with two wordings of others in place of MultiInstruct's."""
    others = folder / "others.jsonl"
    rows = [{"task": "counting", "template": text, "held_out": True} for text in OTHERS]
    others.write_text("".join(json.dumps(row) + "\n" for row in rows))
    changed = (f"augment.templates={others}", *changes)  # whether or not the real ones are at hand
    design = Design.of(LOADED, size="cpu", overrides=changed, templates=others)
    path = folder / f"{arm}.yaml"
    path.write_text(yaml.safe_dump(design.recipe(seed), sort_keys=False))
    return load_recipe(path, overrides=[*design.changes(arm, seed), f"seed={seed}"])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The builds of some arms on two trained tasks."""
    folder = tmp_path_factory.mktemp("instraug")

    def build(arm):
        more = ("build.max_examples_per_task=120",) if arm.endswith("10x") else ()
        recipe = recipe_of(arm, folder, changes=(*FEW, *more))
        list(run_stages(recipe, out=folder / arm, only=("build",)))
        return BuildFolder(folder / arm / "build")

    return {arm: build(arm) for arm in (*SAME_ROWS, "original_10x", "two_wordings")}


@pytest.mark.parametrize("arm", PLAN.arms)
def test_the_recipe_of_every_arm_loads_with_plugins_that_are_there(arm, tmp_path):
    recipe = recipe_of(arm, tmp_path)
    for node in recipe.nodes:
        if node.kind != "train":  # the model comes with the base
            check_plugins(node)
    assert [node.kind for node in recipe.nodes] == ["augment", "build", "train", "evaluate"]


def test_arms_change_wordings_and_filters_and_how_many_examples_alone():
    changed = {change.partition("=")[0] for arm in PLAN.arms.values() for change in arm.changes}
    assert changed == {
        *("augment.max_wordings", "augment.paraphraser", "augment.strategy", "augment.filters"),
        *("build.max_wordings", "build.max_examples_per_task"),
    }
    assert sum(arm.primary for arm in PLAN.arms.values()) == 4
    assert {"[duplicate, held_out_leak]"} == {
        change.partition("=")[2]
        for arm in PLAN.arms.values()
        for change in arm.changes
        if change.startswith("augment.filters")
    }, "no arm may train on what is near a test wording"


def test_every_claim_is_a_difference():
    for name, claim in PLAN.claims.items():
        assert sum(claim.contrast.values()) == pytest.approx(0, abs=1e-9), name


@pytest.mark.parametrize("name", ["dose", "dose_L3", "dose_five"])
def test_the_trend_is_the_slope_over_the_logarithm_of_the_number_of_wordings(name):
    contrast = PLAN.claims[name].contrast
    line = {arm: 0.4 + 0.03 * math.log10(WORDINGS[arm]) for arm in contrast}
    assert sum(contrast[arm] * line[arm] for arm in contrast) == pytest.approx(0.03, rel=1e-3)


def test_all_arms_are_asked_the_same_examples_in_the_same_held_out_wordings(built):
    config = recipe_of("original", built["original"].path.parent, changes=FEW).node("evaluate").config
    found = {}
    for arm, build in built.items():
        plans = make_plans(build, config=config, seed=3)
        held = {plan.task.name: [(t.text, t.distance) for t in plan.templates if t.held_out] for plan in plans}
        samples = [
            (sample.example, [message.text for message in sample.messages])
            for plan in plans
            for sample in plan.samples(tuple(t for t in plan.templates if t.held_out))
        ]
        found[arm] = (held, samples)
    assert {distance for _, distance in found["original"][0]["counting"]} == {"L1", "L2", "L3"}
    assert all(one == found["original"] for one in found.values())


def test_no_arm_is_trained_on_what_it_is_tested_with_or_anything_generated_near_it(built):
    for build in built.values():
        sampler = build.sampler()
        for task in ("counting", "grounded_captioning"):
            held, trained = (sampler.templates(task, held_out=group) for group in (True, False))
            assert not {key(t.text) for t in held} & {key(t.text) for t in trained}
            near = [overlap(one.text, other.text) for one in trained if one.lineage for other in held]
            assert max(near, default=0) < 0.75


def test_more_wordings_take_in_fewer(built):
    for task in ("counting", "grounded_captioning"):
        texts = {arm: {t.text for t in b.sampler().templates(task, held_out=False)} for arm, b in built.items()}
        assert texts["one_wording"] < texts["two_wordings"] < texts["original"] < texts["augmented"]
        assert texts["original_10x"] == texts["original"] < texts["unfiltered"]
        assert [len(texts[arm]) for arm in ("one_wording", "two_wordings", "original")] == [1, 2, 5]
        assert 100 < len(texts["augmented"]) <= 150
        assert all(t.lineage is None for t in built["original"].sampler().templates(task, held_out=False))


def test_arms_of_the_same_rows_are_trained_on_the_same_samples_but_for_the_wording(built):
    def trained(arm):
        """Example, answer, options and everything that was filled in, in the order of training."""
        build = built[arm]
        store, sampler = build.store("train"), build.sampler()
        rows = {name: list(store.iter(name)) for name in sorted(store.task_sizes) if store.task_sizes[name]}
        order = MixedOrder({name: len(found) for name, found in rows.items()}, seed=3, epoch=0)
        for task, number in islice(map(order.__getitem__, range(len(order))), 24):
            sample = sampler.train_sample(rows[task][number], epoch=0)
            yield sample.example, sample.messages[-1].text, sample.options, sample.media

    first = list(trained("original"))
    assert len(first) == 24
    assert all(list(trained(arm)) == first for arm in SAME_ROWS)
    few, many = (list(built[arm].store("train").iter("counting")) for arm in ("original", "original_10x"))
    assert (len(few), len(many)) == (12, 120)
    assert many[:12] == few, "ten times as many, the same ones among them"


def test_a_run_gives_every_measure(tmp_path):
    recipe = recipe_of("augmented", tmp_path, changes=(*FEW, *TINY))
    list(run_stages(recipe, out=tmp_path / "run"))
    rows = read_values(tmp_path / "run" / "evaluate")
    for name, measure in PLAN.measures.items():
        where = {"model": "tuned", "condition": "plain", **measure.where}
        found = [row for row in rows if all(_is(getattr(row, field), wanted) for field, wanted in where.items())]
        assert found, name
        assert len({row.template for row in found}) >= (2 if where["group"] == "held_in" else 1), name


def _is(value, wanted):
    patterns = [wanted] if isinstance(wanted, str) else wanted
    return any(fnmatchcase(value or "none", pattern) for pattern in patterns)
