"""Relations, regions and words: the categories that ask with boxes."""

import pytest

from sayso.records import Region, Regions, Relation
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
    assert one.fields["options"].items == ("above", "below", "left of", "right of")


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
            {"large", "small"},
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
        return {one.label, " ".join([*(one.attributes[k] for k in ("size", "color", "texture")), one.label])}

    for example in examples(name, scene):
        fits = example.fields[slot] in true_of(example.fields["region"])
        assert example.references == (("yes" if fits else "no"),)


def test_the_missing_object_is_nowhere_in_the_picture(scene):
    found = examples("missing_object_selection", scene)
    assert found
    assert not {example.references[0] for example in found} & {"circle", "square"}
    assert all({"circle", "square"} < set(example.fields["options"].items) for example in found)


def test_the_most_overlapping_region_has_the_largest_overlap_by_a_margin(scene):
    for example in examples("most_overlapping_region_selection", scene):
        shares = sorted(
            (overlap(example.fields["region"], r), r == example.references[0]) for r in example.fields["options"].items
        )
        assert shares[-1][1]
        assert shares[-1][0] - shares[-2][0] >= 0.1 - 1e-9


def test_one_region_alone_is_apart(scene):
    for example in examples("non_overlapping_region_selection", scene):
        apart = [r for r in example.fields["options"].items if overlap(example.fields["region"], r) == 0]
        assert apart == list(example.references)


def test_overlap_is_detected_where_there_is_some(scene):
    for example in examples("region_overlapping_detection", scene):
        some = overlap(example.fields["region"], example.fields["other_region"]) > 0
        assert example.references == (("yes" if some else "no"),)


def test_a_pointing_question_has_one_answer(scene):
    for example in examples("grounded_vqa", scene):
        if example.fields["question"] == "which shape is blue?":
            assert example.references == (scene.objects[1].region,)
        assert example.fields["question"] != "which shape is red?"
