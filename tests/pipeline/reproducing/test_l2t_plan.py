"""The plan of `sayso reproduce l2t`: arms differ in what is learned, responses weigh as it says, and every measure can be read."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import yaml

from sayso.config import load_recipe
from sayso.data import BuildFolder
from sayso.evaluate.plan import make_plans
from sayso.models._protocol import models
from sayso.models.direct import make_encoder
from sayso.models.roles import ROLE_CODE
from sayso.pipeline import run_stages
from sayso.pipeline.plugins import check_plugins
from sayso.pipeline.reproducing.filling import fill
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.measuring import measure_run
from sayso.sources import load_image
from sayso.train.objectives import objectives

PLAN = load_plan(Path(str(files("sayso.recipes.reproductions").joinpath("l2t.yaml")))).plan
LESS = {"build.max_examples_per_task", "train.max_steps"}
DIFFER = {
    "response_only": set(),
    "response_only_short": {"train.max_steps"},
    "l2t_short": {"train.objective", "train.max_steps"},
    **{f"response_only_{share}": LESS for share in (40, 60, 80)},
    **{f"l2t_{share}": {"train.objective", *LESS} for share in (40, 60, 80)},
}
"""What an arm changes of the recipe; the objective alone where nothing is said."""
TINY = (
    "train.model={name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 600}",
    "train.max_steps=2",
    "train.per_device_train_batch_size=4",
    "build.sources.0.count=30",
    "build.sources.1.count=6",
    "build.sources.2.of.count=6",
    "build.max_examples_per_task=20",
    "evaluate.max_examples_per_task=4",
    "evaluate.max_new_tokens=3",
    "evaluate.visual.max_examples_per_task=2",
)


def recipe_of(arm, folder, *, seed=3, changes=(), scale="cpu"):
    path = folder / f"{arm}.yaml"
    path.write_text(fill(yaml.safe_dump(dict(PLAN.recipe), sort_keys=False), seed=seed, drawn=PLAN.drawn))
    own = [*PLAN.scales[scale].changes, *PLAN.arms[arm].changes]
    return load_recipe(path, overrides=[*own, f"seed={seed}", *changes])


def parts(recipe):
    return {f"{node.name}.{key}": value for node in recipe.nodes for key, value in node.config.model_dump().items()} | {
        f"{node.name}.from": node.inputs for node in recipe.nodes
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What `response_only` runs at each scale."""
    folder = tmp_path_factory.mktemp("plain")
    return {scale: parts(recipe_of("response_only", folder, scale=scale)) for scale in PLAN.scales}


@pytest.mark.parametrize(("arm", "scale"), [*((arm, "cpu") for arm in PLAN.arms), ("l2t", "gpu"), ("l2t_40", "gpu")])
def test_an_arm_loads_and_differs_in_what_it_is_about_and_in_nothing_else(arm, scale, tmp_path, plain):
    recipe = recipe_of(arm, tmp_path, scale=scale)
    for node in recipe.nodes:
        check_plugins(node)
    own, plain = parts(recipe), plain[scale]
    assert {key for key in own.keys() | plain.keys() if own.get(key) != plain.get(key)} == DIFFER.get(
        arm, {"train.objective"}
    )


def test_four_arms_are_primary_and_the_main_claims_are_about_them():
    primary = {name for name, arm in PLAN.arms.items() if arm.primary}
    assert primary == {"response_only", "l2t", "l2t_per_response", "keep_templates"}
    asked = (
        "better_at_equal_steps",
        "better_at_equal_response_weight",
        "templates_are_better_left_out",
        "hardly_costs",
    )
    for name in (
        *asked,
        *PLAN.claims["hallucination_falls"].all_of,
        *PLAN.claims["most_in_captions_and_reading"].all_of,
    ):
        assert {arm.partition("/")[0] for arm in PLAN.claims[name].contrast} <= primary


def test_less_data_is_passed_over_once_and_both_of_a_pair_see_the_same(tmp_path):
    full = recipe_of("l2t", tmp_path)
    whole = (full.node("build").config.max_examples_per_task, full.node("train").config.max_steps)
    for share in (40, 60, 80):
        for arm in (f"l2t_{share}", f"response_only_{share}"):
            recipe = recipe_of(arm, tmp_path)
            found = (recipe.node("build").config.max_examples_per_task, recipe.node("train").config.max_steps)
            assert found == tuple(share * number // 100 for number in whole)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The arm `l2t`, on a few scenes, with a model that knows nothing."""
    folder = tmp_path_factory.mktemp("l2t")
    recipe = recipe_of("l2t", folder, changes=TINY)
    list(run_stages(recipe, out=folder / "run"))
    return folder / "run"


def test_every_measure_of_the_plan_is_read_from_a_run(run):
    found = measure_run(run, arm="l2t", seed=3, evaluate="evaluate", measures=PLAN.measures)
    assert (found.run.steps, found.run.train_s == found.run.measures["train_s"]) == (2, True)
    # who knows nothing may write no caption at all: then there is none that is wrong
    assert {name for name, value in found.run.measures.items() if value is None} <= {
        "chair_i",
        "chair_s",
        "chair_length",
    }
    groups = [found.run.measures[name] for name in ("general", "captioning", "reading")]
    assert found.run.measures["overall"] == pytest.approx(np.dot(groups, [3, 2, 2]) / 7)


def test_what_is_trained_on_is_what_is_measured_and_polls_are_not_among_it(run):
    cards = {card.name: card for card in BuildFolder(run / "build").cards}
    trained = {name for name, card in cards.items() if card.num_train}
    grouped = [set(PLAN.measures[name].where["task"]) for name in ("general", "captioning", "reading")]
    assert trained == set.union(*grouped)
    assert sum(map(len, grouped)) == len(trained)
    assert {name for name, card in cards.items() if card.held_out} == set(cards) - trained
    assert len(set(cards) - trained) == 3


def test_the_published_question_is_asked_first(run, tmp_path):
    config = recipe_of("l2t", tmp_path, changes=TINY).node("evaluate").config
    for plan in make_plans(BuildFolder(run / "build"), config=config, seed=3):
        if plan.task.name.startswith("object_polling"):
            assert plan.templates[0].text == "{input}"
            assert len(plan.templates) == config.max_wordings


@pytest.fixture(scope="module")
def encoded(run):
    """Samples of the build as a model reads them, each task as often."""
    build = BuildFolder(run / "build")
    sampler = build.sampler()
    samples = [
        sampler.train_sample(example, epoch=0)
        for card in build.cards
        if card.num_train
        for example in build.store("train").iter(card.name)
    ]
    texts = [
        part.text for one in samples for message in one.messages for part in message.parts if hasattr(part, "text")
    ]
    bundle = models.build("tiny", {"vocab_size": 1500}).make(texts=texts, seed=1)
    return make_encoder(bundle, load=load_image).encode_batch(samples)


def weight_of_responses(arm, rows):
    """What a response token weighs in the loss of a step over these samples."""
    named = next((yaml.safe_load(one.partition("=")[2]) for one in PLAN.arms[arm].changes), {})
    objective = objectives.build(named.pop("name", "response_only"), named)
    weighed = [objective.weigh(row) for row in rows]
    codes = [ROLE_CODE["response"], ROLE_CODE["resp_end"]]
    each = {float(w) for row, one in zip(rows, weighed, strict=True) for w in one.weights[np.isin(row.roles, codes)]}
    (weight,) = each
    return weight / sum(one.count for one in weighed)


def test_responses_weigh_what_the_plan_says(encoded):
    plain, l2t, per_response, even = (
        weight_of_responses(arm, encoded) for arm in ("response_only", "l2t", "l2t_per_response", "l2t_even")
    )
    assert per_response == plain
    short = recipe_steps("l2t_short") / PLAN.recipe["train"]["max_steps"]
    assert l2t / plain == pytest.approx(short, abs=0.1)
    assert even / plain == pytest.approx(0.5, abs=0.1)
    assert recipe_steps("l2t_short") == recipe_steps("response_only_short")


def recipe_steps(arm):
    return int(next(one for one in PLAN.arms[arm].changes if "max_steps" in one).partition("=")[2])
