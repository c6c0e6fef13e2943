"""The plan of `sayso reproduce multi_instruct`: arms differ in what they are trained on, and all are asked the same."""

import re
from collections import Counter
from importlib.resources import files
from statistics import mean

import pytest
import yaml

from sayso import tasks
from sayso.artifacts import read_manifest
from sayso.config import load_recipe
from sayso.data import BuildFolder
from sayso.data.selection import pick_tasks
from sayso.evaluate.plan import make_plans
from sayso.evaluate.values import read_values
from sayso.pipeline import run_stages
from sayso.pipeline.plugins import check_plugins
from sayso.pipeline.reproducing.filling import fill
from sayso.pipeline.reproducing.plan import Plan

PLAN = Plan.model_validate(
    yaml.safe_load(files("sayso.recipes.reproductions").joinpath("multi_instruct.yaml").read_text("utf-8"))
)
TEXT = "description_question_answering"
DIFFER = {
    "multi_task": {"evaluate.models"},
    "task_name": {"data.wordings"},
    "one_wording": {"data.max_wordings"},
    "text_only": {"train.tasks"},
    "two_wordings": {"data.max_wordings"},
    "one_category": {"train.tasks"},
    "four_categories": {"train.tasks"},
    "mixed": {"train.tasks", "train.max_steps"},
    "sequential": {"text", "train.from"},
    "longer": {"train.max_steps"},
    "task_name_asked": {"data.wordings", "test.wordings"},
    "natural_text_only": {"natural", "train.from", "train.tasks"},
    "natural_sequential": {"natural", "text", "train.from"},
}
"""What an arm changes of the recipe, by stage and key, or a stage of its own."""
FEWER = tuple(f"stages.data.sources.{number}.count={count}" for number, count in enumerate((6, 12, 6, 6, 12)))
FEWER_TESTS = tuple(f"stages.test.sources.{number}.count=12" for number in range(4))
TINY = (
    "train.model={name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 600}",
    "train.max_steps=2",
    "train.per_device_train_batch_size=4",
    "evaluate.max_examples_per_task=2",
    "evaluate.max_new_tokens=3",
    "stages.test.tasks=[text_vqa, grounded_vqa, natural_language_visual_reasoning, color_recognition]",
)
RESULTS = {
    "OFA": "14.97±4.30 41.86±10.99 35.29±22.21 52.10±3.35 9.30±5.42 0.00±0.01 17.62±16.82 28.71±9.81 9.64±4.34",
    "TaskName": "48.99 55.70 53.76 55.35 23.80 0.00 36.30 25.18 62.65",
    "MultiInstruct": "50.60±1.12 55.06±0.76 53.90±1.38 56.18±0.95 26.46±0.83 47.22±23.08 62.43±11.56 32.91±7.59 56.00±12.96",
    "NaturalInstruct": "14.99±9.12 14.86±16.68 36.44±20.72 35.98±21.64 5.40±0.24 0.00 1.24±2.48 27.91±2.16 38.21±15.35",
    "Mixed": "49.34±1.04 53.74±0.94 52.61±1.64 55.96±0.48 23.67±0.47 54.99±18.16 46.56±14.92 38.02±5.25 64.31±2.39",
    "Sequential": "50.07±1.07 52.98±0.56 53.11±1.07 56.63±0.66 26.67±0.47 54.46±15.96 60.62±12.31 35.10±6.92 57.89±9.51",
}
"""The paper's nine tasks (ROUGE-L of Commonsense VQA first), means and standard deviations over five instructions, as the claims compute with them."""


def recipe_of(arm, folder, *, seed=3, changes=(), scale="cpu"):
    """What the arm runs with that seed."""
    path = folder / f"{arm}.yaml"
    text = yaml.safe_dump(dict(PLAN.recipe), sort_keys=False)
    path.write_text(fill(text, seed=seed, drawn=PLAN.drawn))
    own = [*PLAN.scales[scale].changes, *(PLAN.arms[arm].changes if arm in PLAN.arms else ())]
    filled = [fill(change, seed=seed, drawn=PLAN.drawn) for change in own]
    return load_recipe(path, overrides=[*filled, f"seed={seed}", *changes])


def parts(recipe):
    """Every key of every stage, by stage and key, and what the stages read."""
    found = {}
    for node in recipe.nodes:
        found |= {f"{node.name}.{key}": value for key, value in node.config.model_dump().items()}
        found[f"{node.name}.from"] = node.inputs
    return found


@pytest.fixture
def natural(monkeypatch):
    monkeypatch.setenv("SAYSO_DATA", "/data")


@pytest.mark.parametrize("scale", PLAN.scales)
@pytest.mark.parametrize("arm", PLAN.arms)
def test_the_recipe_of_every_arm_loads_with_plugins_that_are_there(arm, scale, tmp_path, natural):
    for node in recipe_of(arm, tmp_path, scale=scale).nodes:
        if node.kind != "train":  # the model comes with the base
            check_plugins(node)


@pytest.mark.parametrize("arm", PLAN.arms)
def test_an_arm_differs_from_the_recipe_where_it_should_and_nowhere_else(arm, tmp_path, natural):
    plain, own = parts(recipe_of("recipe", tmp_path)), parts(recipe_of(arm, tmp_path))
    stages = {key.partition(".")[0] for key in plain}
    changed = {key for key in own.keys() | plain.keys() if own.get(key) != plain.get(key)}
    assert {key if key.partition(".")[0] in stages else key.partition(".")[0] for key in changed} == DIFFER[arm]


def test_four_arms_are_primary_and_only_arms_on_other_data_need_any():
    assert [name for name, arm in PLAN.arms.items() if arm.primary] == [
        "multi_task",
        "task_name",
        "one_wording",
        "text_only",
    ]
    needing = {name for name, arm in PLAN.arms.items() if "SAYSO_DATA" in str(arm.changes)}
    assert needing == {name for name, arm in PLAN.arms.items() if arm.needs == ("SAYSO_DATA",)} != set()


def test_text_comes_on_top_of_as_many_steps_on_pictures(tmp_path):
    steps = {
        arm: {node.name: node.config.max_steps for node in recipe_of(arm, tmp_path).of_kind("train")}
        for arm in ("multi_task", "one_category", "text_only", "longer", "mixed", "sequential")
    }
    assert steps["multi_task"] == steps["one_category"] == steps["text_only"]
    assert steps["mixed"] == steps["longer"]
    assert steps["sequential"]["train"] == steps["multi_task"]["train"]
    assert sum(steps["sequential"].values()) == steps["longer"]["train"]


def test_sequential_goes_on_from_text(tmp_path):
    recipe = recipe_of("sequential", tmp_path)
    assert recipe.node("train").inputs == ("data", "text")
    assert recipe.node("text").inputs == ("data",)
    assert recipe.node("text").config.tasks == (TEXT,)
    assert TEXT not in recipe.node("train").config.tasks


def test_categories_are_three_tasks_each_and_come_in_another_order_with_every_seed(tmp_path):
    recipe = recipe_of("multi_task", tmp_path)
    catalog = tasks.catalog()
    trained = [catalog[name] for name in recipe.node("data").config.tasks if name != TEXT]
    assert set(Counter(task.category for task in trained).values()) == {3}
    assert set(PLAN.drawn["categories"]) == {f"{task.category}/*" for task in trained}
    assert set(recipe.node("train").config.tasks) == set(PLAN.drawn["categories"])
    first = set()
    for seed in range(1, 6):
        one, four = (
            recipe_of(arm, tmp_path, seed=seed).node("train").config.tasks
            for arm in ("one_category", "four_categories")
        )
        assert (len(one), len(set(four)), four[:1]) == (1, 4, one)
        first |= set(one)
    assert len(first) > 2


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """`data` and `test` of the arms that differ in data, on fewer scenes; stages they have in common are made once."""
    folder = tmp_path_factory.mktemp("multi_instruct")

    def build(arm):
        recipe = recipe_of(arm, folder, changes=(*FEWER, *FEWER_TESTS))
        list(run_stages(recipe, out=folder / arm, only=("data", "test"), shared=folder / "shared"))
        return folder / arm

    return {arm: build(arm) for arm in ("multi_task", "one_wording", "two_wordings", "task_name", "task_name_asked")}


def test_all_arms_are_asked_the_same_examples_in_the_same_wordings(built):
    tests = {arm: read_manifest(folder / "test").digest for arm, folder in built.items()}
    assert set(tests.values()) == {tests["multi_task"], tests["task_name_asked"]}
    assert [arm for arm, digest in tests.items() if digest != tests["multi_task"]] == ["task_name_asked"]


def test_names_are_asked_the_same_examples_too(built, tmp_path):
    config = recipe_of("multi_task", tmp_path).node("evaluate").config
    plain, named = (
        make_plans(BuildFolder(built[arm] / "test"), config=config, seed=3) for arm in ("multi_task", "task_name_asked")
    )
    assert [plan.examples for plan in plain] == [plan.examples for plan in named]
    assert {len(plan.templates) for plan in named} == {1}


def test_unseen_are_the_nine_tasks_of_the_paper_under_five_instructions_each(built, tmp_path):
    config = recipe_of("multi_task", tmp_path).node("evaluate").config
    plans = make_plans(BuildFolder(built["multi_task"] / "test"), config=config, seed=3)
    unseen = [plan for plan in plans if plan.task.group != "held_in"]
    assert {plan.task.name for plan in unseen} == {task.name for task in tasks.catalog().values() if task.held_out}
    assert {len([one for one in plan.templates if not one.held_out]) for plan in plans} == {5}
    assert {plan.reference_templates for plan in unseen} == {plan.templates[:5] for plan in unseen}
    trained = {card.name for card in BuildFolder(built["multi_task"] / "data").cards}
    assert trained.isdisjoint(plan.task.name for plan in unseen)
    assert trained > {plan.task.name for plan in plans if plan.task.group == "held_in"}


def test_wordings_of_an_arm_are_among_those_of_one_with_more_and_rows_are_the_same(built):
    one, two, five = (wordings(built[arm] / "data") for arm in ("one_wording", "two_wordings", "multi_task"))
    assert {(len(one[name]), len(two[name]), len(five[name])) for name in five} == {(1, 2, 5)}
    assert all(one[name] < two[name] < five[name] for name in five)
    names = wordings(built["task_name"] / "data")
    assert all(names[name] == {f"{name}/name"} for name in five)
    stores = {arm: BuildFolder(folder / "data").store("train") for arm, folder in built.items()}
    for name in five:
        assert len({tuple(example.id for example in store.iter(name)) for store in stores.values()}) == 1


def wordings(folder):
    """The trained wordings of every task of a build."""
    build = BuildFolder(folder)
    sampler = build.sampler()
    return {card.name: {one.id for one in sampler.templates(card.name, held_out=False)} for card in build.cards}


def test_a_fifth_of_what_mixed_trains_on_is_text(tmp_path):
    recipe = recipe_of("mixed", tmp_path)
    list(run_stages(recipe, out=tmp_path / "run", only=("data",)))
    build = BuildFolder(tmp_path / "run" / "data")
    train, text = recipe.node("train").config, build.store("train").task_sizes[TEXT]
    sizes = build.store("train").task_sizes
    assert {card.name for card in pick_tasks(build.cards, patterns=train.tasks, where="tasks")} == set(sizes)
    share = text / sum(sizes.values())
    assert share == pytest.approx(0.2, abs=0.01)
    assert train.max_steps * (1 - share) == pytest.approx(PLAN.recipe["train"]["max_steps"], rel=0.01)


def test_a_run_answers_every_measure(built, tmp_path):
    recipe = recipe_of("multi_task", tmp_path, changes=(*FEWER, *FEWER_TESTS, *TINY))
    list(run_stages(recipe, out=tmp_path / "run"))
    rows = [
        row for row in read_values(tmp_path / "run" / "evaluate") if row.group != "held_in" and row.distance is None
    ]
    tuned, untuned = (
        {(row.task, row.example, row.template) for row in rows if row.model == one} for one in ("tuned", "untuned")
    )
    assert tuned == untuned
    assert Counter(task for task, _, _ in tuned) == {
        "text_vqa": 10,
        "grounded_vqa": 10,
        "natural_language_visual_reasoning": 10,
    }


def test_claims_weigh_measures_of_arms_against_one_another():
    for claim in PLAN.claims.values():
        assert sum(claim.contrast.values()) == pytest.approx(0, abs=1e-9)
        for term in claim.contrast:
            arm, _, other = term.partition("/")
            measure = PLAN.measures[other or claim.measure]
            assert arm in PLAN.arms
            assert measure.lower_is_better == PLAN.measures[claim.measure].lower_is_better
    assert set(PLAN.measures) >= {claim.measure for claim in PLAN.claims.values()}


def test_claims_over_untuned_models_ask_the_arm_that_evaluates_them(tmp_path):
    terms = {term.partition("/")[0] for claim in PLAN.claims.values() for term in claim.contrast if "/untuned" in term}
    assert terms == {"multi_task"}
    assert recipe_of("multi_task", tmp_path).node("evaluate").config.models == ("tuned", "untuned")


@pytest.mark.parametrize(
    "claim", [name for name, one in PLAN.claims.items() if "mean D" in one.paper or "Sensitivity D" in one.paper]
)
def test_numbers_of_the_paper_are_those_of_its_table(claim):
    means, sensitivities = zip(*map(over_tasks, RESULTS.values()), strict=True)
    known = {f"{number:.1f}" for number in (*means, *sensitivities)}
    assert set(re.findall(r"\d+\.\d", PLAN.claims[claim].paper)) <= known


def over_tasks(row):
    """Mean and Sensitivity over the tasks of a row, in per cent; tasks with a mean of 0 have no Sensitivity."""
    cells = [tuple(map(float, cell.partition("±")[::2] if "±" in cell else (cell, 0))) for cell in row.split()]
    assert len(cells) == 9
    return mean(value for value, _ in cells), mean(100 * spread / value for value, spread in cells if value)
