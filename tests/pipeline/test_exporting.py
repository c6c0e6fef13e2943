"""What was built goes out in the formats of other tools, whole or not at all."""

import json
from collections import Counter

import msgspec
import pytest

from sayso.artifacts import Manifest, read_manifest
from sayso.config import PluginConfig, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.formats import formats
from sayso.errors import ConfigError, DataError
from sayso.pipeline import export_run
from sayso.sources import load_image
from sayso.sources.conversations import conversations

SCENES = """
    stages:
      aside: {kind: build, from: [], tasks: [image_captioning]}
      build: {kind: build, from: [], tasks: [counting, image_captioning, visual_spatial_relationship]}
    build:
      sources: [{name: shapes, count: 20, use: split, test_fraction: 0.3, num_images: NUMBER}]
"""


@pytest.fixture
def built(kitchen):
    kitchen.run(text=SCENES.replace("NUMBER", "1"))
    return kitchen


@pytest.mark.parametrize("to", [name for name in formats.names() if name != "alpaca"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_every_format_takes_every_example_of_a_split(built, to, split):
    if to == "hf":
        pytest.importorskip("datasets", reason="needs the extra hub")
    out = built.folder / "export"
    written = export_run(built.out, to=to, out=out, split=split)
    expected = len(BuildFolder(built.out / "build").store(split))
    assert written == {
        "build": str(built.out / "build"),
        "path": str(out),
        "num_samples": expected,
        "left_out": {},
    }
    assert expected > 5
    assert any(out.iterdir())
    assert [path.name for path in built.folder.glob(".export*")] == []


def test_the_export_holds_the_answers_of_the_build_under_trained_wordings(built):
    out = built.folder / "export"
    export_run(built.out, to="llava", out=out)
    rows = json.loads((out / "conversations.json").read_text())
    lineage = [json.loads(line) for line in (out / "lineage.jsonl").read_text().splitlines()]
    folder = BuildFolder(built.out / "build")
    held_out = {template.id for template in folder.templates if template.held_out}
    assert not held_out & {row["template"] for row in lineage}
    assert Counter(row["task"] for row in lineage) == folder.store("train").task_sizes
    for row, origin, example in zip(rows, lineage, folder.store("train").iter(), strict=True):
        assert origin["example"] == example.id
        assert origin["id"] == row["id"]
        assert row["conversations"][-1]["value"] in origin["references"]


def test_a_format_without_pictures_takes_none_of_them_and_says_so(built):
    with pytest.raises(DataError, match="alpaca has no place for pictures; choose another format"):
        export_run(built.out, to="alpaca", out=built.folder / "export")
    assert not (built.folder / "export").exists()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_rows_with_none_one_and_two_pictures_come_back_with_their_pixels(kitchen, number):
    tasks = "tasks: [visual_question_answering]" if number else "tasks: [description_question_answering]"
    text = SCENES.replace("NUMBER", str(number)).replace("tasks: [counting, image_captioning,", "tasks: [")
    text = text.replace("tasks: [ visual_spatial_relationship]", tasks).replace("tasks: [image_captioning]", tasks)
    kitchen.run(text=text)
    out = kitchen.folder / "export"
    export_run(kitchen.out, to="llava", out=out)
    samples = list(conversations(path=str(out)).items())
    examples = list(BuildFolder(kitchen.out / "build").store("train").iter())
    assert len(samples) == len(examples) > 0
    for sample, example in zip(samples, examples, strict=True):
        assert len(sample.media) == len(example.media) == number
        for exported, original in zip(sample.media, example.media, strict=True):
            assert load_image(exported).tobytes() == load_image(original).tobytes()


def test_the_stage_named_build_is_taken_and_any_stage_by_its_folder(built):
    of_run = export_run(built.out, to="llava", out=built.folder / "a")
    of_stage = export_run(built.out / "aside", to="llava", out=built.folder / "b")
    assert of_run["num_samples"] == len(BuildFolder(built.out / "build").store("train"))
    assert {json.loads(line)["task"] for line in (built.folder / "b" / "lineage.jsonl").read_text().splitlines()} == {
        "image_captioning"
    }
    assert of_stage["num_samples"] < of_run["num_samples"]


def test_what_is_there_is_not_written_over(built):
    out = built.folder / "export"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="export exists and is not an empty folder; choose another --out"):
        export_run(built.out, to="llava", out=out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled_and_what_a_killed_export_left_is_removed(built):
    out = built.folder / "export"
    out.mkdir()
    (built.folder / ".export.partial" / "images").mkdir(parents=True)
    (built.folder / ".export.partial" / "images" / "half.png").write_text("half")
    export_run(built.out, to="llava", out=out)
    assert not (out / "images" / "half.png").exists()
    assert not (built.folder / ".export.partial").exists()


def test_a_sample_that_cannot_be_written_leaves_nothing_of_that_name(kitchen):
    row = {"id": 1, "labels": {"description": "Tags such as <image> are cut."}}
    row["questions"] = [{"question": "What is cut?", "answers": "tags"}]
    (kitchen.folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    kitchen.run("build.sources.0.use=train")
    with pytest.raises(DataError, match="contains '<image>'"):
        export_run(kitchen.out, to="llava", out=kitchen.folder / "export")
    assert not (kitchen.folder / "export").exists()


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"to": "lava"}, ConfigError, "no format named 'lava'; did you mean 'llava'"),
        ({"to": "llava", "split": "tests"}, ConfigError, "no split 'tests'; did you mean 'test'"),
    ],
)
def test_names_that_do_not_exist_are_told_and_nothing_is_written(built, given, error, told):
    with pytest.raises(error, match=told):
        export_run(built.out, out=built.folder / "export", **given)
    assert not (built.folder / "export").exists()


def test_a_split_without_examples_is_told(kitchen):
    kitchen.run("build.sources.0.use=train")
    with pytest.raises(DataError, match="no example of split 'test'; choose another --split"):
        export_run(kitchen.out, to="llava", out=kitchen.folder / "export", split="test")
    assert not (kitchen.folder / "export").exists()


def test_a_run_without_a_build_says_what_to_type(kitchen):
    kitchen.run_only("augment")
    with pytest.raises(DataError, match=r"run holds no build stage; type: sayso build RECIPE --out .*run"):
        export_run(kitchen.out, to="llava", out=kitchen.folder / "export")


def test_a_shard_that_was_removed_is_missed(built):
    next((built.out / "build" / "examples" / "train").glob("counting-*.parquet")).unlink()
    with pytest.raises(DataError, match=r"holds only 0 train examples of 'counting', but \d+ were built"):
        export_run(built.out, to="llava", out=built.folder / "export")


def test_wordings_go_out_as_the_train_stage_beside_the_build_draws_them(built):
    config = TrainConfig(drawing=PluginConfig(name="toy_drawings:longest"))
    build = read_manifest(built.out / "build")
    trained = Manifest(
        node="train", kind="train", digest="d", config=config.model_dump(), seed=3, parents={"build": build.digest}
    )
    (built.out / "train").mkdir()
    (built.out / "train" / "manifest.json").write_bytes(msgspec.json.encode(trained))
    out = built.folder / "weighed"
    export_run(built.out, to="llava", out=out)
    rows = [json.loads(line) for line in (out / "lineage.jsonl").read_text().splitlines()]
    used = {(row["task"], row["template"]) for row in rows}
    assert len(used) == len({task for task, _ in used})
