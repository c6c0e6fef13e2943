"""Tasks proven on sources: the table, the findings, and what real data are known to hold."""

import json
from pathlib import Path

import pytest
from toy_proofs import LeakySource, ToySource

from sayso.config import SourceConfig, load_recipe
from sayso.errors import ConfigError, GateError
from sayso.pipeline import prove_recipe, prove_tasks, source_of
from sayso.sources import BadRow, sources

SHAPES = SourceConfig(name="shapes", count=60)


def by_check(proven, check, *, level=None):
    return [found for found in proven.findings if found.check == check and level in {None, found.level}]


def test_a_row_for_each_task_says_what_feeds_it():
    proven = prove_tasks(["image_captioning", "image_text_*"], sources=[SHAPES])
    rows = {row.name: row for row in proven.rows}
    assert {"image_captioning", "image_text_matching", "image_text_selection"} <= set(rows)
    captions = rows["image_captioning"]
    assert (captions.sources, captions.num_examples, captions.category) == (("shapes",), 60, "miscellaneous")
    assert captions.held_in_wordings >= 5
    assert captions.blind is not None
    assert captions.blind["n"] == 60


def test_a_task_without_examples_says_what_is_missing_and_is_wrong_only_where_asked_for():
    proven = prove_tasks(["conversatio*", "image_captioning"], sources=[SHAPES])
    assert {row.name: row.result for row in proven.rows}["conversation"] == "no example: no conversation"
    assert by_check(proven, "examples") == []
    asked = prove_tasks(["conversation", "image_captioning"], sources=[SHAPES])
    assert [found.task for found in by_check(asked, "examples", level="error")] == ["conversation"]


def test_a_source_of_bad_rows_alone_is_an_error_beside_a_good_one():
    sources.register("toy_broken")(lambda: ToySource([BadRow(place="f:1", reason="no picture")]))
    proven = prove_tasks(["image_captioning"], sources=[SHAPES, SourceConfig(name="toy_broken", use="test")])
    (found,) = by_check(proven, "examples", level="error")
    assert "toy_broken (test) has no usable row" in found.text


def test_nothing_made_is_nothing_proven():
    sources.register("toy_empty")(lambda: ToySource([]))
    proven = prove_tasks([], sources=[SourceConfig(name="toy_empty")])
    assert not proven.ok
    with pytest.raises(GateError, match=r"2 errors \(examples\)"):
        proven.raise_if_bad()


def test_an_error_names_the_task_in_table_page_and_json(tmp_path):
    sources.register("toy_leaking")(lambda: LeakySource())
    proven = prove_tasks(["toy.leaky"], sources=[SourceConfig(name="toy_leaking")])
    (row,) = proven.rows
    assert row.result == "FAILED: leak"
    assert any("first: toy.leaky/i0/0" in line for line in proven.lines)
    proven.write(tmp_path / "out" / "table.md")
    page = (tmp_path / "out" / "table.md").read_text()
    assert "| toy.leaky | toys | text | toy | 5 |" in page
    assert "- error leak: toy.leaky: in 5 of 5 examples" in page
    proven.write(tmp_path / "table.json")
    told = json.loads((tmp_path / "table.json").read_text())
    assert told["ok"] is False
    assert told["tasks"][0]["result"] == "FAILED: leak"
    assert {"check", "level", "text", "examples"} <= set(told["findings"][0])


def test_a_limit_is_said_aloud():
    proven = prove_tasks(["image_captioning"], sources=[SHAPES], max_items=10)
    assert proven.num_items == 10
    assert "only the first 10 items of shapes" in proven.head
    assert "first 10" not in prove_tasks(["image_captioning"], sources=[SHAPES], max_items=100).head


def test_a_recipe_is_proven_on_its_own_sources(tmp_path):
    (tmp_path / "mine.yaml").write_text("build:\n  sources: [{name: shapes, count: 20}]\n  tasks: [image_captioning]\n")
    recipe = load_recipe(tmp_path / "mine.yaml")
    assert [row.name for row in prove_recipe(recipe, patterns=[], max_items=None).rows] == ["image_captioning"]
    other = prove_recipe(recipe, patterns=["image_text_matching"], max_items=None)
    assert [row.name for row in other.rows] == ["image_text_matching"]


def test_settings_are_yaml_and_a_wrong_one_is_named():
    made = source_of("shapes", ["count=5", "kind=things", "use=split"], use="test")
    assert (made.options, made.use) == ({"count": 5, "kind": "things"}, "test")
    with pytest.raises(ConfigError, match="'count' is not KEY=VALUE"):
        source_of("shapes", ["count"])
    with pytest.raises(ConfigError, match="use"):
        source_of("shapes", ["use=never"])


def real(name: str, *, use: str = "train", **options: object) -> SourceConfig:
    return SourceConfig(name=name, use=use, **{key: str(value) for key, value in options.items()})


def test_defects_28_and_34_of_the_released_multi_instruct_rows(sayso_data: Path):
    folder = sayso_data / "instruction_templates" / "multiinstruct"
    train = prove_tasks(["multi_instruct.*"], sources=[real("multi_instruct", path=folder / "train.jsonl")])
    (leak,) = by_check(train, "leak", level="error")
    assert leak.task == "multi_instruct.wikihow_next_step"
    test = prove_tasks(["multi_instruct.*"], sources=[real("multi_instruct", path=folder / "test.jsonl")])
    (mixed,) = by_check(test, "shared_options", level="error")
    assert "medic_informative" in mixed.text
    assert "medic_disaster_types" in mixed.text
    (bad,) = by_check(test, "bad_rows")
    assert "shows none of the 12 options" in bad.text


def test_vqa_rad_repeats_records_and_shares_pictures_between_splits(sayso_data: Path):
    folder = sayso_data / "vqa_rad"
    both = [
        real("vqa_rad", use=use, path=folder / f"{use}set.json", images=folder / "images") for use in ("train", "test")
    ]
    proven = prove_tasks(["vqa/*"], sources=both)
    assert by_check(proven, "shared_images", level="error")[0].count > 100
    assert any("repeats the picture, question and answer" in found.text for found in by_check(proven, "bad_rows"))


def test_bccd_has_two_degenerate_boxes(sayso_data: Path):
    proven = prove_tasks(["object_region_matching"], sources=[real("voc", folder=sayso_data / "bccd_blood_cells")])
    (bad,) = by_check(proven, "bad_rows")
    assert bad.count == 2
    assert "has no area" in bad.text


def test_texts_of_natural_instructions_may_hold_their_answers(sayso_data: Path):
    folder = sayso_data / "natural_instructions_v2" / "tasks"
    given = SourceConfig(name="natural_instructions", path=str(folder), max_instances=5)
    proven = prove_tasks(["task*"], sources=[given], max_items=None)
    assert proven.ok
    assert by_check(proven, "leak", level="note")


def test_nlvr_has_the_same_drawings_in_its_development_and_test_sets(sayso_data: Path):
    folder = sayso_data / "nlvr_v1"
    both = [
        SourceConfig(
            name="nlvr",
            use=use,
            annotations=str(folder / name / f"{name}.json"),
            images=str(folder / name / "images"),
            split=name,
            permutations=orders,
        )
        for use, name, orders in (("train", "dev", [0, 1, 2, 3, 4, 5]), ("test", "test", [0, 3]))
    ]
    proven = prove_tasks(["natural_language_visual_reasoning"], sources=both)
    (copies,) = by_check(proven, "shared_images")
    assert copies.level == "warning"
    assert copies.count > 0


def test_regions_of_coco_photographs_are_clean(sayso_data: Path):
    folder = sayso_data / "coco_photos"
    both = [
        real(
            "coco",
            use=use,
            instances=folder / "annotations" / f"instances_{name}.json",
            captions=folder / "annotations" / f"captions_{name}.json",
            images=folder / name,
        )
        for use, name in (("train", "train2017"), ("test", "val2017"))
    ]
    proven = prove_tasks(["object_region_*", "image_captioning"], sources=both)
    assert proven.ok, proven.lines
    assert {row.name for row in proven.rows if row.num_examples} == {
        "image_captioning",
        "object_region_matching",
        "object_region_selection",
    }
