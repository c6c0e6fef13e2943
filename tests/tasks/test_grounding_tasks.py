"""Relations, regions and words: the categories that ask with boxes."""

from collections import Counter

import pytest

from sayso.records import AnnotatedObject, Region, Regions, Relation
from sayso.tasks import get, make_examples
from sayso.tasks._options import overlap


def examples(name, item, seeds=40):
    return [example for seed in range(seeds) for example in make_examples(get(name), item=item, seed=seed)]


def test_the_subject_box_is_the_answer_and_not_in_the_question(scene):
    for example in examples("visual_subject_localization", scene):
        assert example.references[0] not in example.fields.values()


def test_an_answer_that_is_not_the_only_one_is_no_example(item, thing):
    one = item(
        thing("dog", 0, 0), thing("cat", 1, 0), thing("cow", 2, 0),
        relations=tuple(Relation(subject=0, predicate="left of", object=other) for other in (1, 2)),
    )  # fmt: skip
    assert examples("visual_object_identification", one) == []
    assert {example.references for example in examples("visual_subject_identification", one)} == {("dog",)}


def test_two_things_with_two_relations_are_not_asked_for_one(item, thing):
    both = tuple(Relation(subject=0, predicate=p, object=1) for p in ("left of", "above"))
    assert examples("visual_object_relationship", item(thing("dog", 0, 0), thing("cat", 1, 1), relations=both)) == []
    one = examples("visual_object_relationship", item(thing("dog", 0, 0), thing("cat", 1, 0), relations=both[:1]))[0]
    assert one.references == ("left of",)


def test_relations_of_writing_are_left_out(item, thing):
    one = item(
        thing("word", 0, 0, text="CAT"),
        thing("dog", 1, 0),
        relations=(Relation(subject=1, predicate="above", object=0),),
    )
    assert examples("visual_object_identification", one) == []


def test_an_attribute_is_asked_among_values_of_its_kind(scene):
    for example in examples("grounded_object_attribute_identification", scene):
        kinds = [
            {"red", "blue", "green", "black", "purple", "yellow"},
            {"plain", "dotted", "striped"},
        ]
        assert any(set(example.fields["options"].items) <= kind for kind in kinds)


def test_a_class_with_several_objects_has_all_of_their_boxes_as_answer(scene):
    answers = {example.fields["object"]: example.references[0] for example in examples("object_grounding", scene)}
    assert isinstance(answers["circle"], Regions)
    assert answers["circle"].items == tuple(one.region for one in scene.objects if one.label == "circle")
    assert isinstance(answers["square"], Region)


def test_a_class_with_a_crowd_has_no_list_of_boxes(item, thing):
    crowded = item(thing("person", 0, 0), thing("person", 1, 0, crowd="yes"))
    assert examples("object_grounding", crowded) == []


def test_the_full_description_of_twins_grounds_nothing(item, thing):
    twins = item(thing("circle", 0, 0, color="red"), thing("circle", 1, 0, color="red"))
    assert examples("visual_grounding", twins) == []
    assert examples("referring_expression_grounding", twins) == []


def test_every_shortest_expression_is_accepted(scene):
    found = {e.fields["region"].x1: e.references for e in examples("referring_expression_generation", scene)}
    assert found[scene.objects[1].region.x1] == ("blue circle", "striped circle")


def test_text_is_found_where_it_is_written(scene):
    example = examples("text_localization", scene)[0]
    assert example.fields["text"] == "CAT"
    assert example.references == (scene.objects[3].region,)


def test_two_regions_match_as_often_as_not(scene):
    answers = [example.references[0] for example in examples("object_matching", scene)]
    assert answers.count("yes") == answers.count("no") > 0


def test_matching_is_not_asked_where_only_one_answer_is_possible(item, thing):
    assert examples("object_matching", item(thing("dog", 0, 0), thing("cat", 1, 0))) == []


@pytest.mark.parametrize(
    ("name", "slot"), [("region_caption_matching", "caption"), ("object_region_matching", "object")]
)
def test_yes_is_said_to_what_the_region_shows_and_to_nothing_else(scene, name, slot):
    def true_of(region):
        one = next(one for one in scene.objects if one.region == region)
        return {one.label, " ".join([*(one.attributes[k] for k in ("color", "texture")), one.label])}

    for example in examples(name, scene):
        fits = example.fields[slot] in true_of(example.fields["region"])
        assert example.references == (("yes" if fits else "no"),)


def test_what_is_missing_is_in_none_of_the_regions_and_any_answer_is_as_likely(scene):
    found = examples("missing_object_selection", scene, seeds=200)
    for example in found:
        shown = {one.label for one in scene.objects if one.region in example.fields["regions"].items}
        options = example.fields["options"].items
        candidates = [option for option in options if option != "None" and "," not in option]
        missing = [label for label in candidates if label not in shown]
        assert example.references == (", ".join(missing) or "None",)
        assert len(candidates) == 2
        assert set(options) == {*candidates, ", ".join(candidates), "None"}
    kinds = Counter("both" if "," in e.references[0] else e.references[0] == "None" for e in found)
    assert all(0.15 < kinds[kind] / len(found) < 0.35 for kind in ("both", True))


def test_a_pointing_question_has_one_answer(scene):
    for example in examples("grounded_vqa", scene):
        if example.fields["question"] == "which shape is blue?":
            assert example.references == (scene.objects[1].region,)
        assert example.fields["question"] != "which shape is red?"


GIVEN_ONE_BOX = (
    "grounded_captioning", "grounded_object_identification", "referring_expression_generation",
    "grounded_object_attribute_identification", "grounded_caption_selection", "region_caption_matching", "object_region_matching",
)  # fmt: skip


def by_region(item):
    return {one.region: one for one in item.objects if one.region}


@pytest.mark.parametrize("name", GIVEN_ONE_BOX)
def test_the_box_that_is_given_is_one_of_the_picture(scene, name):
    found = examples(name, scene)
    assert found
    assert all(example.fields["region"] in by_region(scene) for example in found)


@pytest.mark.parametrize("name", ["object_grounding", "visual_grounding", "referring_expression_grounding"])
def test_the_box_that_is_asked_for_is_one_of_the_picture(scene, name):
    for example in examples(name, scene):
        answer = example.references[0]
        boxes = answer.items if isinstance(answer, Regions) else (answer,)
        assert all(box in by_region(scene) for box in boxes)


def test_a_description_says_all_that_is_known_in_its_usual_order(scene):
    found = {example.fields["region"]: example.references for example in examples("grounded_captioning", scene)}
    assert found[scene.objects[0].region] == ("large red plain circle",)
    assert found[scene.objects[2].region] == ("small red dotted square",)


def test_a_class_is_named_without_its_attributes(scene):
    answers = {example.references for example in examples("grounded_object_identification", scene)}
    assert answers == {("circle",), ("square",)}


def test_a_full_description_leads_to_its_box(scene):
    found = {example.fields["text"]: example.references[0] for example in examples("visual_grounding", scene)}
    assert found == {
        "large red plain circle": scene.objects[0].region,
        "large blue striped circle": scene.objects[1].region,
        "small red dotted square": scene.objects[2].region,
    }


def test_a_short_expression_leads_to_the_one_object_it_fits(scene):
    found = {e.fields["expression"]: e.references[0] for e in examples("referring_expression_grounding", scene, 200)}
    assert found == {
        "red circle": scene.objects[0].region,
        "plain circle": scene.objects[0].region,
        "blue circle": scene.objects[1].region,
        "striped circle": scene.objects[1].region,
        "square": scene.objects[2].region,
    }


def test_a_relation_names_the_thing_at_its_other_end(scene):
    for example in examples("visual_object_identification", scene):
        subject = by_region(scene)[example.fields["subject_region"]]
        ends = [
            r.object
            for r in scene.relations
            if scene.objects[r.subject] is subject and r.predicate == example.fields["relation"]
        ]
        assert example.references == (scene.objects[ends[0]].label,)
    for example in examples("visual_object_localization", scene):
        subject = by_region(scene)[example.fields["subject_region"]]
        ends = [
            r.object
            for r in scene.relations
            if scene.objects[r.subject] is subject and r.predicate == example.fields["relation"]
        ]
        assert example.references == (scene.objects[ends[0]].region,)


def test_the_relation_of_two_boxes_is_one_that_holds(scene):
    held = {(scene.objects[r.subject].region, r.predicate, scene.objects[r.object].region) for r in scene.relations}
    found = examples("visual_object_relationship", scene)
    assert found
    for example in found:
        assert (example.fields["subject_region"], example.references[0], example.fields["object_region"]) in held


def test_relations_of_crowds_and_of_things_without_boxes_are_left_out(item, thing):
    relations = (Relation(subject=0, predicate="left of", object=1),)
    crowd = item(thing("dog", 0, 0), thing("person", 1, 0, crowd="yes"), relations=relations)
    boxless = item(thing("dog", 0, 0), AnnotatedObject(label="sky"), relations=relations)
    for one in (crowd, boxless):
        for name in ("visual_object_relationship", "visual_object_identification", "visual_subject_localization"):
            assert examples(name, one) == []


def test_a_relation_that_is_no_direction_goes_before_directions_which_boxes_tell(item, thing):
    relations = (
        Relation(subject=0, predicate="left of", object=1),
        Relation(subject=0, predicate="riding", object=2),
    )
    one = item(thing("man", 0, 0), thing("dog", 1, 0), thing("horse", 1, 1), relations=relations)
    assert {e.references for e in examples("visual_object_identification", one)} == {("horse",), ("dog",)}
    assert {e.references for e in examples("visual_object_relationship", one)} == {("riding",)}


def test_one_caption_of_four_is_the_description_and_each_word_of_it_is_in_doubt(scene):
    for example in examples("grounded_caption_selection", scene):
        options, right = example.fields["options"].items, example.references[0]
        changed = [place for place in range(3) if len({option.split()[place] for option in options}) > 1]
        assert 1 <= len(changed) <= 2
        for place in changed:
            words = [option.split()[place] for option in options]
            assert len(changed) == 1 or words.count(right.split()[place]) == 2


@pytest.mark.parametrize(
    "name", ["region_caption_matching", "object_region_matching", "object_matching"]
)  # fmt: skip
def test_yes_and_no_are_about_as_often_right(scene, name):
    answers = [example.references[0] for example in examples(name, scene, seeds=300)]
    assert 0.4 <= answers.count("yes") / len(answers) <= 0.6


@pytest.mark.parametrize("name", ["referring_expression_selection", "grounded_vqa"])
def test_the_place_of_the_right_region_says_nothing(scene, name):
    places = [e.fields["options"].items.index(e.references[0]) for e in examples(name, scene, seeds=300)]
    for place in range(3):
        assert places.count(place) / len(places) < 0.55


@pytest.mark.parametrize(
    "name", ["object_region_selection", "referring_expression_selection", "grounded_vqa", "text_localization"]
)
def test_regions_to_choose_from_hardly_overlap(scene, name):
    for example in examples(name, scene):
        options = example.fields["options"].items
        assert all(overlap(a, b) < 0.2 for n, a in enumerate(options) for b in options[n + 1 :])


def test_labels_of_the_picture_are_the_first_wrong_classes(item, thing):
    wugs = item(thing("wug", 0, 0), thing("dax", 1, 0))
    for example in examples("object_region_matching", wugs):
        right = by_region(wugs)[example.fields["region"]].label
        assert example.fields["object"] in {"wug", "dax"}
        assert (example.references == ("yes",)) == (example.fields["object"] == right)


def test_what_is_missing_cannot_be_told_where_no_class_is_known(item, thing):
    assert examples("missing_object_selection", item(thing("wug", 0, 0), thing("dax", 1, 0))) == []


def test_mere_writing_is_no_class_to_find_and_a_class_is_found_whole_or_not_at_all(thing, item):
    """Of COCO-Text: `Find every instance of "text"`, for every picture."""
    words = item(thing("text", 0, 0, text="STOP"), thing("text", 2, 0, text="GO"), thing("dog", 1, 1))
    assert {
        e.fields["object"] for seed in range(20) for e in make_examples(get("object_grounding"), item=words, seed=seed)
    } == {"dog"}
    signs = item(thing("sign", 0, 0, text="STOP"), thing("sign", 2, 0))
    assert list(make_examples(get("object_grounding"), item=signs, seed=0)) == []
