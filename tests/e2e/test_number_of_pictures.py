"""Rows without a picture, with one and with two go through every stage of one run."""

import json
from collections import Counter

import pytest
from PIL import Image, ImageDraw

from sayso.artifacts import read_jsonl, read_manifest
from sayso.config import load_recipe
from sayso.data.folder import BuildFolder
from sayso.pipeline import check_recipe, export_run, headline, preview_recipe, run_recipe, run_stages
from sayso.records import Prediction
from sayso.sources import sources

COLORS = {"red": (220, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 220)}
TASKS = ["description_question_answering", "open_domain_vqa", "visual_question_answering", "image_captioning"]
RECIPE = """
name: pictures
seed: 2
build:
  sources:
    - {name: jsonl, path: FOLDER/rows.jsonl, use: split, test_fraction: 0.4}
  tasks: [TASKS]
train:
  model: {name: tiny}
  max_steps: 3
  per_device_train_batch_size: 6
  save_steps: 2
  logging_steps: 1
  report_to: []
evaluate: {max_examples_per_task: 12, max_wordings: 1, num_resamples: 20, max_new_tokens: 4}
report: {num_examples: 12}
"""


def row(number, *, pictures):
    color = list(COLORS)[number % 3]
    question = {
        "question": "What color is the first thing?",
        "answers": color,
        "options": list(COLORS),
        "kind": "color",
    }
    told = {"labels": {"description": f"There is a {color} square."}} if not pictures else {}
    captions = {"captions": f"a {color} square"} if pictures else {}
    return {
        "id": f"{pictures}-{number}",
        "group": number,
        "images": pictures_of(number, pictures),
        "questions": [question],
        **told,
        **captions,
    }


def pictures_of(number, count):
    return [f"{number}-{place}.png" for place in range(count)]


def draw(path, color):
    image = Image.new("RGB", (48, 40), "white")
    ImageDraw.Draw(image).rectangle((8, 8, 30, 30), fill=COLORS[color])
    image.save(path)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rows = []
    for number in range(18):
        count = number % 3
        rows.append(row(number, pictures=count))
        for place, name in enumerate(pictures_of(number, count)):
            draw(folder / name, list(COLORS)[(number + place) % 3])
    (folder / "rows.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    (folder / "pictures.yaml").write_text(RECIPE.replace("FOLDER", str(folder)).replace("TASKS", ", ".join(TASKS)))
    return folder, load_recipe(folder / "pictures.yaml")


def test_check_and_preview_take_all_three_kinds(recipe):
    result = check_recipe(recipe[1])
    result.raise_if_bad()
    assert result.reports["build"].num_media == 18
    assert {len(preview.sample.media) for preview in preview_recipe(recipe[1], count=40)} == {0, 1, 2}


@pytest.fixture(scope="module")
def results(recipe):
    pytest.importorskip("torch", reason="training needs the extra train")
    return run_recipe(recipe[1], out=recipe[0] / "run")


@pytest.mark.slow
def test_every_stage_takes_all_three_kinds(recipe, results):
    folder, _ = recipe
    build = BuildFolder(folder / "run" / "build")
    for split in ("train", "test"):
        assert {len(example.media) for example in build.store(split).iter()} == {0, 1, 2}
    asked = {example.id: len(example.media) for example in build.store("test").iter()}
    predictions = [
        one
        for path in (folder / "run" / "evaluate" / "predictions").glob("tuned-plain/*.jsonl")
        for one in read_jsonl(path, Prediction)
    ]
    assert {asked[one.example] for one in predictions} == {0, 1, 2}
    counts = read_manifest(folder / "run" / "build").counts
    assert counts["licenses"] == {"": counts["num_train"] + counts["num_test"]}
    summary = headline(results, run_dir=folder / "run")
    assert summary["held_in"]["n"] > 0
    page = (folder / "run" / "report" / "report.html").read_text()
    assert "data:image" in page
    for name in TASKS:
        assert name in page


@pytest.mark.slow
def test_what_is_shown_holds_no_picture_one_and_two(results):
    folder = results[0].folder.parents[1]
    rows = list(read_jsonl(folder / "run" / "evaluate" / "showcase.jsonl", dict))
    assert Counter(len(one["images"]) for one in rows).keys() >= {0, 1, 2}
    for one in rows:
        for image in one["images"]:
            with Image.open(folder / "run" / "evaluate" / image) as picture:
                assert picture.width >= 40


def test_the_export_of_all_three_kinds_loads_again(recipe):
    folder, opened = recipe
    list(run_stages(opened, out=folder / "exported", only=("build",)))
    export_run(folder / "exported", to="llava", out=folder / "llava")
    items = list(sources.build("conversations", {"path": str(folder / "llava")}).items())
    assert {len(item.media) for item in items} == {0, 1, 2}
