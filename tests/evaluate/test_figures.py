"""Figures of whole corpora on tasks: POPE and CHAIR of drawn scenes from answers that are known, and what is refused."""

import json
from itertools import product
from pathlib import Path

import pytest
import yaml

from sayso.config import load_recipe
from sayso.data import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.evaluate.corpus._objects import LISTS, read_things
from sayso.evaluate.corpus.measuring import corpus_metric
from sayso.pipeline import run_stages
from sayso.sources import sources
from sayso.sources.shapes.scene import COLORS, SHAPES

RECIPE = """
name: invented
stages: {build: {from: []}, evaluate: {from: [build]}}
build:
  sources:
    - {name: shapes, use: test, count: 8, min_objects: 3, seed: 5}
    - {name: polls, of: {name: shapes, count: 12, min_objects: 3, seed: 5}, said: [color], use: test}
  tasks: [image_captioning, "object_polling_*"]
evaluate:
  backend: {name: file, path: PATH}
  conditions: [plain]
  max_wordings: 1
  num_resamples: 50
  max_examples_per_task: 200
  figures:
    pope: {metric: pope, tasks: ["object_polling_*"]}
    chair: {metric: {name: chair, words: shapes}, tasks: [image_captioning], about: {objects: ""}}
"""


def answer(example, rank):
    """Yes to all of the random polls, the truth of the popular ones, the contrary of the adversarial ones; every second caption is another's."""
    if example.task == "image_captioning":
        return "A red star and a zebra." if rank % 2 else example.references[0]
    truth = example.references[0]
    return {"random": "yes", "popular": truth, "adversarial": "no" if truth == "yes" else "yes"}[
        example.task.rpartition("_")[2]
    ]


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    made = yaml.safe_load(RECIPE)
    made["evaluate"]["backend"]["path"] = str(folder / "answers.jsonl")
    (folder / "recipe.yaml").write_text(yaml.safe_dump(made))
    recipe = load_recipe(folder / "recipe.yaml")
    list(run_stages(recipe, out=folder / "out", only=("build",)))
    build = BuildFolder(folder / "out" / "build")
    rows = [
        {"example": example.id, "task": example.task, "template": template.id, "output": answer(example, rank)}
        for card in build.cards
        for held_out in (False, True)
        for template in build.sampler().templates(card.name, held_out=held_out)[:1]
        for rank, example in enumerate(build.store("test").iter(card.name))
    ]
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    list(run_stages(recipe, out=folder / "out"))
    return json.loads((folder / "out" / "evaluate" / "summary.json").read_text())


def test_pope_of_each_strategy_and_their_mean(summary):
    found = summary["figures"]["pope"]
    shown = {
        task.rpartition("_")[2]: [row[f"pope_{name}"]["mean"] for name in ("accuracy", "f1", "yes_ratio")]
        for task, row in found["by_task"].items()
    }
    assert shown == {
        "random": pytest.approx([0.5, 2 / 3, 1.0]),
        "popular": [1.0, 1.0, 0.5],
        "adversarial": [0.0, 0.0, 0.5],
    }
    assert found["pope_accuracy"]["mean"] == pytest.approx(0.5)
    assert (found["pope_f1"]["mean"], found["pope_f1"]["num_tasks"]) == (pytest.approx((2 / 3 + 1 + 0) / 3), 3)
    assert found["pope_accuracy"]["low"] == found["pope_accuracy"]["high"]  # every picture has as many of both


def test_chair_names_what_is_not_there(summary):
    found = summary["figures"]["chair"]
    assert found["chair_s"]["mean"] == 0.5  # no scene of these has a red star
    assert found["chair_i"]["low"] <= found["chair_i"]["mean"] <= found["chair_i"]["high"]
    assert "shapes_words.txt" in found["sources"]["chair_i"]
    scenes = list(sources.build("shapes", {"count": 8, "min_objects": 3, "seed": 5}).items())
    mentions = sum(scene.captions[0].count(" a ") + 1 for scene in scenes[::2])
    assert found["chair_i"]["mean"] == pytest.approx(4 / (mentions + 4))


def test_the_words_for_drawn_scenes_name_every_thing_there_is_in_every_caption():
    things = read_things(LISTS["shapes"])
    assert things.categories == {f"{color} {shape}" for color, shape in product(COLORS, SHAPES)}
    for scene in sources.build("shapes", {"count": 60, "seed": 3}).items():
        there = [f"{one.attributes['color']} {one.label}" for one in scene.objects]
        assert all(things.mentions(caption) == there for caption in scene.captions)


def test_a_metric_of_single_predictions_is_the_mean_of_its_task(tmp_path, evaluate_into):
    evaluate_into(
        tmp_path,
        tasks=("caption",),
        models=("tuned",),
        conditions=("plain",),
        figures={"rouge": {"metric": "rouge_l", "tasks": ("caption",)}},
    )
    summary = json.loads((tmp_path / "summary.json").read_text())
    (row,) = summary["by_task"]
    found = summary["figures"]["rouge"]["rouge_l"]
    assert [found[key] for key in ("mean", "low", "high")] == pytest.approx(
        [row[key] for key in ("mean", "low", "high")]
    )


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ({"metric": "popp", "tasks": ["color"]}, "pope"),
        ({"metric": {"name": "chair", "wrds": "x"}, "tasks": ["caption"]}, "words"),
        ({"metric": {"name": "chair", "words": "shape"}, "tasks": ["caption"]}, "list of words"),
        ({"metric": "pope", "tasks": ["colour"]}, r"figures\.mine\.tasks.*'color'"),
    ],
)
def test_a_slip_shows_before_anything_is_asked(tmp_path, evaluate_into, figure, message):
    with pytest.raises(ConfigError, match=message):
        evaluate_into(tmp_path, models=("tuned",), conditions=("plain",), figures={"mine": figure})
    assert not (tmp_path / "predictions").exists()


def test_an_example_that_lacks_what_a_figure_needs_is_named(tmp_path, evaluate_into):
    with pytest.raises(DataError, match=r"caption/test.*objects"):
        evaluate_into(
            tmp_path,
            tasks=("caption",),
            models=("tuned",),
            conditions=("plain",),
            figures={"mine": {"metric": "chair", "tasks": ["caption"]}},
        )


def test_the_lists_of_the_package_go_by_name():
    assert corpus_metric("chair", {"words": "coco"}).cards == corpus_metric("chair").cards
    assert {Path(path).name for path in LISTS.values()} == {"coco_words.txt", "shapes_words.txt"}
