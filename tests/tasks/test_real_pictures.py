"""The tasks on photographs with COCO's annotations and on NLVR's boxes."""

from itertools import islice

import pytest

from sayso import tasks
from sayso.evaluate.blindness import probe
from sayso.records import Region
from sayso.sources._protocol import BadRow, sources
from sayso.tasks import make_examples, meets

BOXES_AND_CAPTIONS = {
    "counting", "grounded_object_identification", "grounded_vqa", "image_captioning", "image_text_matching",
    "image_text_selection", "missing_object_selection", "most_overlapping_region_selection",
    "non_overlapping_region_selection", "object_detection", "object_grounding", "object_matching",
    "object_recognition", "object_region_matching", "object_region_selection", "position_reasoning",
    "referring_expression_generation", "referring_expression_grounding", "referring_expression_selection",
    "region_overlapping_detection", "least_overlapping_region_selection", "overlapping_region_selection", "region_area",
}  # fmt: skip


def build(items):
    return {
        task.name: found
        for task in tasks.select(["*"])
        if (found := [(i, e) for i in items if meets(task, i) for e in make_examples(task, item=i, seed=1)])
    }


@pytest.fixture
def photographs(sayso_data):
    folder = sayso_data / "coco_photos"
    options = {
        "instances": str(folder / "annotations" / "instances_train2017.json"),
        "captions": str(folder / "annotations" / "captions_train2017.json"),
        "images": str(folder / "train2017"),
    }
    return [item for item in sources.build("coco", options).items() if not isinstance(item, BadRow)]


@pytest.fixture
def drawings(sayso_data):
    folder = sayso_data / "nlvr_v1" / "dev"
    options = {"annotations": str(folder / "dev.json"), "images": str(folder / "images")}
    return [item for item in islice(sources.build("nlvr", options).items(), 100) if not isinstance(item, BadRow)]


@pytest.fixture
def all_drawings(sayso_data):
    folder = sayso_data / "nlvr_v1" / "dev"
    options = {"annotations": str(folder / "dev.json"), "images": str(folder / "images")}
    return [item for item in sources.build("nlvr", options).items() if not isinstance(item, BadRow)]


def test_photographs_feed_every_task_that_needs_only_boxes_classes_and_captions(photographs):
    assert build(photographs).keys() == BOXES_AND_CAPTIONS


def test_a_crowd_is_neither_pointed_at_nor_counted(photographs):
    made = build(photographs)
    for name in ("object_grounding", "object_region_selection", "referring_expression_grounding"):
        for item, example in made[name]:
            crowds = {one.label for one in item.objects if one.crowd}
            assert not crowds & {value for value in example.fields.values() if isinstance(value, str)}


def test_boxes_of_answers_are_boxes_of_the_annotation(photographs):
    for item, example in build(photographs)["referring_expression_selection"]:
        assert isinstance(example.references[0], Region)
        assert example.references[0] in {one.region for one in item.objects}


def test_drawings_feed_counting_colour_presence_relations_and_statements(drawings):
    wanted = {
        "counting", "color_recognition", "object_detection", "visual_object_relationship",
        "visual_spatial_relationship", "natural_language_visual_reasoning",
    }  # fmt: skip
    assert wanted <= build(drawings).keys()


def test_counts_of_drawings_agree_with_the_annotation(drawings):
    for item, example in build(drawings)["counting"]:
        words = example.fields["question"].removeprefix("how many ").removesuffix(" are there?")
        if words.endswith(" shapes"):
            color = words.removesuffix(" shapes")
            assert example.references == (str(sum(one.attributes["color"] == color for one in item.objects)),)


def test_no_question_about_drawings_speaks_of_what_nlvr_does_not_draw(drawings):
    made = build(drawings)
    for name in ("object_detection", "counting", "object_region_matching", "region_caption_matching"):
        told = " ".join(str(value) for _, example in made[name] for value in example.fields.values())
        assert not [word for word in ("star", "cross", "diamond", "red", "green", "striped") if f"{word} " in told]


def test_towers_are_not_asked_for_the_shape_that_they_all_have(drawings):
    towers = [item for item in drawings if item.vocabulary["label"] == ("square",)]
    assert towers
    assert not {"object_recognition", "grounded_object_identification", "object_region_matching"} & build(towers).keys()


@pytest.mark.parametrize("name", ["object_detection", "region_caption_matching", "object_region_matching", "counting"])
def test_drawings_cannot_be_judged_without_looking(all_drawings, name):
    found = [
        e for i in all_drawings if meets(tasks.get(name), i) for e in make_examples(tasks.get(name), item=i, seed=3)
    ]
    seen = probe(found, seed=1)
    assert seen is not None
    assert seen.n >= 500
    assert seen.accuracy - seen.chance < 0.05
