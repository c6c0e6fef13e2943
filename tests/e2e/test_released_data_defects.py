"""Defects of MultiInstruct's released data code, each as a promise that ours keeps; the numbers are those of our list of its defects.

Those of single tasks and sources stand beside these: tests/tasks/test_published_defects.py and others, by the same numbers.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from sayso import tasks
from sayso.config import load_recipe
from sayso.data import BuildFolder
from sayso.data.order import MixedOrder
from sayso.errors import DataError
from sayso.evaluate.metrics._protocol import Context, metrics, score
from sayso.instructions import library
from sayso.instructions.library import load_templates
from sayso.instructions.regions import format_region, parse_region
from sayso.pipeline import run_recipe
from sayso.pipeline.proving import prove_tasks, source_of
from sayso.records import Media, Region
from sayso.sources import sources
from sayso.sources._boxes import to_region

SCENES = {"name": "shapes", "kind": "everything", "seed": 4}
NUMBER = 200


def build(folder):
    sources = [{**SCENES, "use": "train", "count": NUMBER}, {**SCENES, "use": "test", "count": 40, "start": NUMBER}]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.yaml").write_text(yaml.safe_dump({"build": {"sources": sources}}))
    (result,) = run_recipe(load_recipe(folder / "recipe.yaml"), out=folder)
    return result.manifest.counts, result.folder


def rows(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("defects"))


def test_defect_22_fields_are_found_by_name_whatever_their_order(tmp_path):
    row = {
        "id": "a",
        "questions": [{"question": "what is it?", "answers": ["a cup"]}],
        "labels": {"description": "a cup"},
    }
    for name, keys in (("one", list(row)), ("other", list(reversed(row)))):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({key: row[key] for key in keys}) + "\n")
    found = [next(iter(source_items(tmp_path / f"{name}.jsonl"))) for name in ("one", "other")]
    assert found[0].questions == found[1].questions
    assert found[0].labels == found[1].labels


def source_items(path):
    return sources.build("jsonl", {"path": str(path)}).items()


def test_defect_23_an_example_has_its_options_in_one_order_under_every_wording(built):
    _, folder = built
    opened = BuildFolder(folder)
    sampler = opened.sampler()
    seen = 0
    for card in opened.cards:
        templates = [t for held_out in (False, True) for t in sampler.templates(card.name, held_out=held_out)]
        for example in list(opened.store("test").iter(card.name))[:3]:
            orders = {sampler.test_sample(example, template=template).options for template in templates}
            assert len(orders) == 1
            seen += len(next(iter(orders))) > 1
    assert seen > 50


def test_defect_24_the_order_is_a_function_of_seed_and_place_and_not_of_who_asks():
    sizes = {"a": 700, "b": 300}
    whole = [MixedOrder(sizes, seed=1, epoch=0)[k] for k in range(1000)]
    ranks = [[MixedOrder(sizes, seed=1, epoch=0)[k] for k in range(rank, 1000, 4)] for rank in range(4)]
    assert [place for turn in zip(*ranks, strict=True) for place in turn] == whole
    assert len(set(whole)) == 1000


def test_defect_27_every_row_of_a_source_is_built_and_not_its_first(built):
    counts, _ = built
    assert sum(counts["train"].values()) > 10 * NUMBER
    assert counts["train"]["dense_description"] == sum("description" in item.labels for item in scenes(NUMBER))


def scenes(count):
    return sources.build("shapes", {"kind": "everything", "seed": 4, "count": count}).items()


def test_defect_30_no_wording_of_the_library_is_two_that_ran_together():
    for path in Path(library.__file__).parent.glob("*.yaml"):
        for task, entry in yaml.safe_load(path.read_text()).items():
            texts = [*entry["held_in"], *(held["text"] for held in entry.get("held_out", ()))]
            lengths = sorted(map(len, texts))
            if path.stem != "variations":  # there an entry is a kind of variation, shared by several tasks
                assert len(texts) == len(load_templates(tasks.get(task)))
            for text in texts:
                assert text.count("{options}") <= 1, text
                assert not any(other != text and len(other) > 25 and other in text for other in texts), text
            assert lengths[-1] < 400, task


def test_defect_31_two_processes_with_other_hash_seeds_build_the_same_bytes(built, tmp_path):
    _, folder = built
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; "
        "from test_released_data_defects import build; build(Path(sys.argv[2]))"
    )
    for number in (1, 2):
        out = tmp_path / str(number)
        command = [sys.executable, "-c", code, str(Path(__file__).parent), str(out)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": str(number)})
        assert rows(out / "build") == rows(folder)


def test_defect_33_boxes_are_shares_of_the_picture_and_pixels_only_when_written():
    box, media = Region(x1=0.1234567, y1=0.2, x2=0.9, y2=0.75), (Media(path="a.png", width=640, height=480),)
    written = format_region(box, style="pixels", media=media)
    assert written == "[79, 96, 576, 360]"
    back = parse_region(written, style="pixels", media=media)
    assert abs(back.x1 - box.x1) <= 0.5 / 640
    assert to_region((64, 48, 640, 480), size=(640, 480)) == Region(x1=0.1, y1=0.1, x2=1.0, y2=1.0)
    with pytest.raises(DataError, match="2000"):
        to_region((0, 0, 2000, 50), size=(640, 480))


def test_defect_36_nothing_that_has_a_card_is_left_out_of_the_build(built):
    counts, folder = built
    cards = {card.name for card in BuildFolder(folder).cards}
    assert {task.name for task in tasks.select(["*"])} <= cards
    categories = Counter(card.category for card in BuildFolder(folder).cards)
    assert len(categories) >= 11
    assert set(counts["skipped_tasks"]) == {"conversation"}


def test_defect_39_a_picture_or_a_row_that_both_splits_share_is_told():
    settings = ("kind=things", "count=60")
    shared = [source_of("shapes", settings, use=use) for use in ("train", "test")]
    apart = [source_of("shapes", settings, use="train"), source_of("shapes", (*settings, "start=60"), use="test")]
    told = [{finding.check for finding in proven(sources)} for sources in (shared, apart)]
    assert {"shared_images", "contamination"} <= told[0]
    assert "shared_images" not in told[1]


def proven(sources):
    return prove_tasks(["image_captioning"], sources=sources, max_items=200).findings


def test_defect_20_an_answer_that_begins_like_the_gold_one_is_not_right():
    accuracy, offered = metrics.build("accuracy", {}), Context(options=("yes", "no", "not sure"))
    values = {
        said: score(accuracy, prediction=said, references=("no",), context=offered).value for said in ("no", "not sure")
    }
    assert values == {"no": 1.0, "not sure": 0.0}
