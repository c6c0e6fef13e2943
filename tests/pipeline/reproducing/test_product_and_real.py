"""The plans beyond the papers: what they compare is what they say, and a small run of them gives every number they ask for."""

import json
from itertools import combinations
from math import isfinite
from pathlib import Path

import pytest

from sayso.config import SourceConfig, make_recipe
from sayso.data.walk import split_of
from sayso.pipeline.reproducing.contrasts import terms_of
from sayso.pipeline.reproducing.deciding import findings
from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.measuring import measure_run
from sayso.pipeline.reproducing.preparing import Design, check_design
from sayso.pipeline.running import run_recipe
from sayso.recipes.reproductions import find_plans
from sayso.records import AnnotatedItem
from sayso.sources import sources

ROOT = Path(__file__).parents[3]
PLANS = {name: find_plans(name)[0] for name in ("product", "real")} | {
    "one_claim": ROOT / "docs" / "tutorials" / "one_claim.yaml"
}
LEVERS = {
    "many": "augment.max_wordings=40",
    "l2t": "train.objective={name: l2t}",
    "worst": "train.losses=[{name: worst_wording, num_wordings: 4}]",
    "lora": "train.learning_rate=3e-3",
}
TINY = [
    "train.model={name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 600}",
    "train.max_steps=2",
    "train.preflight=false",
    "evaluate.max_examples_per_task=8",
]


def plan_of(name):
    return load_plan(PLANS[name]).plan


def design_of(name, folder, overrides=()):
    return Design.of(
        load_plan(PLANS[name]), size="cpu", seeds=(3, 4), overrides=tuple(overrides), templates=folder / "others.jsonl"
    )


def run_arm(design, arm, folder):
    """One run of one arm, in this process, and its measures."""
    changes = (*design.changes(arm, 3), "seed=3")
    recipe = make_recipe(design.recipe(3), path=design.loaded.path, lines={}, overrides=changes)
    run_recipe(recipe, out=folder)
    return measure_run(folder, arm=arm, seed=3, evaluate="evaluate", measures=design.plan.measures)


@pytest.mark.parametrize(
    ("name", "size", "data"), [("product", "cpu", False), ("product", "gpu", True), ("real", "cpu", True)]
)
def test_every_arm_is_a_recipe_at_both_scales(name, size, data, tmp_path, monkeypatch):
    monkeypatch.setenv("SAYSO_DATA", str(tmp_path) if data else "")
    (tmp_path / "others.jsonl").write_text("")
    check_design(Design.of(load_plan(PLANS[name]), size=size, templates=tmp_path / "others.jsonl"))


def test_the_plan_of_the_tutorial_needs_no_data_and_is_a_recipe(tmp_path, monkeypatch):
    monkeypatch.delenv("SAYSO_DATA", raising=False)
    design = design_of("one_claim", tmp_path)
    check_design(design)
    assert design.missing == ()


def test_the_primary_grid_is_small():
    plan = plan_of("product")
    assert [name for name, arm in plan.arms.items() if arm.primary] == ["one", "five", "many", "many_l2t"]


def factorial(plan):
    """The levels of every arm that is made of the four levers and nothing else, read from its changes."""
    single = set(LEVERS.values()) | {"augment.max_wordings=5"}
    with_them = {"train.per_device_train_batch_size=28"}
    parts = [change for arm in plan.arms.values() for change in arm.changes if change.startswith("train.parts=")]
    allowed = single | with_them | set(parts)
    return {
        name: {lever: change in arm.changes for lever, change in LEVERS.items()}
        for name, arm in plan.arms.items()
        if set(arm.changes) <= allowed and ("augment.max_wordings=5" in arm.changes) != (LEVERS["many"] in arm.changes)
    }


def signs(plan, claim):
    return {term.arm: term.weight for term in terms_of(plan.claims[claim])}


def test_the_factorial_is_whole():
    levels = factorial(plan_of("product"))
    assert len(levels) == 16
    assert len({tuple(one.values()) for one in levels.values()}) == 16


@pytest.mark.parametrize("lever", LEVERS)
def test_a_main_effect_is_the_half_with_it_less_the_half_without(lever):
    plan = plan_of("product")
    expected = {name: 1 / 8 if on[lever] else -1 / 8 for name, on in factorial(plan).items()}
    assert signs(plan, f"main_{lever}") == expected
    if lever in ("many", "worst"):  # lower is better
        assert signs(plan, f"calm_{lever}") == {name: -weight for name, weight in expected.items()}


@pytest.mark.parametrize(("one", "other"), list(combinations(LEVERS, 2)))
def test_gains_that_add_have_no_interaction_and_those_that_do_not_have_what_is_missing(one, other):
    """Each lever gains its own on top of a level; together these two lack 3 points of the sum."""
    plan, own = plan_of("product"), {"many": 0.05, "l2t": 0.02, "worst": -0.01, "lora": 0.03}
    levels = factorial(plan)
    for missing in (0.0, 0.03):
        values = {
            name: 0.5 + sum(own[lever] for lever in on if on[lever]) - (missing if on[one] and on[other] else 0)
            for name, on in levels.items()
        }
        weights = signs(plan, f"adds_{one}_{other}")
        assert sum(weight * values[arm] for arm, weight in weights.items()) == pytest.approx(-missing)


def test_the_levers_that_are_compared_by_the_minute_take_the_same_work():
    """In rows of forward and backward, three forwards each: 16 rows, or 28 that are scored and 7 of them trained on."""
    plan = plan_of("product")
    key = "train.per_device_train_batch_size="
    (batch,) = (int(change.removeprefix(key)) for change in plan.arms["five_worst"].changes if change.startswith(key))
    assert batch / 3 + batch / 4 == pytest.approx(plan.recipe["train"]["per_device_train_batch_size"], rel=0.05)


PROMISE = {"one": (0.12, 0.9), "five": (0.08, 0.9), "many": (0.03, 0.905)}


def runs(**many):
    """Three seeds of the three arms of the promise, a hair apart; `many` changes what the third arm has."""
    for seed in (1, 2, 3):
        for arm, (sensitivity, score) in PROMISE.items():
            own = {"held_in": score, "unseen": score - 0.005, "true_sensitivity": sensitivity, "worst_gap": 0.02}
            own |= many if arm == "many" else {}
            measures = {name: value + seed / 10_000 for name, value in own.items()}
            yield ArmRun(arm=arm, seed=seed, measures=measures, train_s=1, total_s=1, steps=1)


def verdicts(**many):
    return {one.claim: one.verdict for one in findings(plan_of("product"), runs(**many))}


def test_the_promise_holds_where_all_of_it_does():
    assert verdicts()["promise"] == "holds"


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"true_sensitivity": 0.045}, {"third_of_one", "half_of_five"}),
        ({"worst_gap": 0.04}, {"worst_within_three"}),
        ({"unseen": 0.89}, {"seen_to_unseen"}),
        ({"held_in": 0.892, "unseen": 0.89}, {"held_in_kept"}),
    ],
)
def test_the_promise_breaks_with_each_of_its_parts(changed, broken):
    found = verdicts(**changed)
    parts = plan_of("product").claims["promise"].all_of
    assert found["promise"] == "does not hold"
    assert {part for part in parts if found[part] == "does not hold"} == broken


def test_what_is_said_of_a_set_is_of_its_arms_alone():
    plan = plan_of("real")
    for name, claim in plan.claims.items():
        arms = {arm.partition("_")[0] for arm in claim.contrast}
        assert arms <= {name.partition("_")[0]}


def test_on_every_set_calm_counts_only_where_something_is_learned():
    plan = plan_of("real")
    for data in ("nlvr", "emoji", "rad"):
        assert plan.claims[f"{data}_calmer_and_learns"].all_of[0] == f"{data}_learns"
        assert set(plan.claims[f"{data}_learns"].all_of) == {f"{data}_beats_blind", f"{data}_looks"}


def test_a_small_run_of_the_product_has_every_measure(tmp_path, monkeypatch):
    monkeypatch.setenv("SAYSO_DATA", str(tmp_path))
    asks = ["Say this of the picture: {question} {options}", "{question} Choose one of these: {options}"]
    rows = [{"task": "object_detection", "template": ask, "held_out": True} for ask in asks]
    (tmp_path / "others.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = ["object_detection", "counting"]
    small = [f"build.tasks={json.dumps(few)}", f"augment.tasks={json.dumps(few)}", "build.sources.0.count=40"]
    design = design_of("product", tmp_path, [*TINY, *small, "build.sources.1.count=10"])
    found = run_arm(design, "five_l2t_worst_lora", tmp_path / "run")
    assert {name for name, value in found.run.measures.items() if value is None or not isfinite(value)} == set()
    assert found.reasons == {}
    assert found.run.steps == 2


@pytest.mark.parametrize("data", ["emoji", "rad"])
def test_a_small_run_on_real_pictures_has_every_measure(data, sayso_data, tmp_path):
    held_out = {"template": "Tell me: {question} {options}", "held_out": True}
    rows = [{"task": task, **held_out} for task in ("object_detection", "object_recognition")]
    (tmp_path / "others.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    small = [*TINY, "stages.look.max_steps=2", "stages.look.warmup_steps=1", "build.sources.0.max_items=120"]
    found = run_arm(design_of("real", tmp_path, small), f"{data}_many", tmp_path / "run")
    lacking = {name for name, value in found.run.measures.items() if value is None}
    assert lacking <= {"true_sensitivity"}  # of one foreign wording there is none
    assert found.run.steps == 4


def test_no_concept_of_the_emoji_is_on_both_sides(sayso_data):
    config = SourceConfig(name="emoji", use="split", test_fraction=0.2)
    sides: dict[str, set[str]] = {}
    for item in sources.build("emoji", {"path": str(sayso_data / "emoji" / "emoji.jsonl")}).items():
        assert isinstance(item, AnnotatedItem)
        sides.setdefault(item.captions[0], set()).add(split_of(item, config=config, seed=1))
    assert {len(found) for found in sides.values()} == {1}
    assert 0.15 < sum(found == {"test"} for found in sides.values()) / len(sides) < 0.25
