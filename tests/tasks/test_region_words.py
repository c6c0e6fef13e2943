"""Phrases, attributes, writing and pointing that a source brings for regions."""

from collections import Counter

import pytest
from msgspec.structs import replace

from sayso.records import AnnotatedObject, Phrase, Question, Region
from sayso.tasks import get, make_examples

LEFT, MIDDLE, RIGHT, LOW = (
    Region(x1=x, y1=y, x2=x + 0.2, y2=y + 0.2) for x, y in ((0.0, 0.1), (0.4, 0.1), (0.7, 0.1), (0.4, 0.7))
)


def examples(name, item, seeds=40):
    return [example for seed in range(seeds) for example in make_examples(get(name), item=item, seed=seed)]


@pytest.fixture
def told(item):
    """Four regions with plain phrases; two people said something of the left one."""
    said = (
        (LEFT, "a sleeping dog"),
        (LEFT, "brown fur"),
        (MIDDLE, "a red ball"),
        (RIGHT, "an open door"),
        (LOW, "the rug"),
    )
    return item(phrases=tuple(Phrase(text=text, region=region) for region, text in said))


@pytest.fixture
def referred(item):
    said = ((LEFT, "man in blue"), (LEFT, "the bearded man"), (RIGHT, "woman who sings"))
    return item(phrases=tuple(Phrase(text=text, region=region, unique=True) for region, text in said))


def test_a_region_is_described_in_any_words_that_were_used_for_it(told):
    found = {e.fields["region"]: set(e.references) for e in examples("grounded_captioning", told)}
    assert found == {
        LEFT: {"a sleeping dog", "brown fur"},
        MIDDLE: {"a red ball"},
        RIGHT: {"an open door"},
        LOW: {"the rug"},
    }


def test_words_that_were_used_for_two_regions_ground_nothing(told):
    twice = replace(told, phrases=(*told.phrases, Phrase(text="A red ball", region=LOW)))
    asked = {e.fields["text"]: e.references[0] for e in examples("visual_grounding", twice)}
    assert asked == {"a sleeping dog": LEFT, "brown fur": LEFT, "an open door": RIGHT, "the rug": LOW}


def test_the_region_of_a_phrase_is_chosen_among_those_of_others(told):
    by_text = {phrase.text: phrase.region for phrase in told.phrases}
    for example in examples("visual_grounding_selection", told):
        assert example.references == (by_text[example.fields["text"]],)
        assert set(example.fields["options"].items) == {LEFT, MIDDLE, RIGHT, LOW}


def test_no_wrong_caption_was_said_of_the_region(told):
    for example in examples("grounded_caption_selection", told):
        here = {phrase.text for phrase in told.phrases if phrase.region == example.fields["region"]}
        assert here & set(example.fields["options"].items) == set(example.references)


def test_a_caption_is_said_of_its_own_region_as_often_as_of_another(told):
    found = examples("region_caption_matching", told, seeds=300)
    by_text = {phrase.text: phrase.region for phrase in told.phrases}
    for example in found:
        fits = by_text[example.fields["caption"]] == example.fields["region"]
        assert example.references == (("yes" if fits else "no"),)
    for text in by_text:
        answers = Counter(e.references[0] for e in found if e.fields["caption"] == text)
        assert 0.35 < answers["yes"] / answers.total() < 0.65


def test_unique_phrases_are_the_expressions_of_a_picture_that_has_them(referred):
    asked = {e.fields["expression"]: e.references[0] for e in examples("referring_expression_grounding", referred)}
    assert asked == {"man in blue": LEFT, "the bearded man": LEFT, "woman who sings": RIGHT}
    said = {e.fields["region"]: set(e.references) for e in examples("referring_expression_generation", referred)}
    assert said == {LEFT: {"man in blue", "the bearded man"}, RIGHT: {"woman who sings"}}
    for example in examples("referring_expression_selection", referred):
        assert example.references == (asked[example.fields["expression"]],)
        assert set(example.fields["options"].items) == {LEFT, RIGHT}


def test_a_phrase_of_size_or_place_is_chosen_only_where_nothing_else_is_known(item, thing):
    sized = (Phrase(text="large dog", region=LEFT), Phrase(text="dog on the right", region=RIGHT))
    bare = item(phrases=sized)
    assert {e.fields["text"] for e in examples("visual_grounding_selection", bare)} == {"large dog", "dog on the right"}
    looks = item(
        thing("dog", 0, 0, color="red", size="large"), thing("dog", 2, 0, color="blue", size="small"), phrases=sized
    )
    assert {e.fields["text"] for e in examples("visual_grounding_selection", looks)} == {"red dog", "blue dog"}


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        ("grounded_vqa", "question"),
        ("referring_expression_selection", "expression"),
        ("visual_grounding_selection", "text"),
        ("region_caption_matching", "caption"),
    ],
)
def test_what_a_box_tells_by_its_size_is_not_said(scene, name, slot):
    found = examples(name, replace(scene, questions=()))
    assert found
    assert not [e.fields[slot] for e in found if {"large", "small"} & set(e.fields[slot].strip("?").split())]


def test_size_is_no_attribute_to_choose_for_a_region(scene):
    for name in ("grounded_object_attribute_identification", "grounded_caption_selection"):
        for example in examples(name, scene):
            assert not [o for o in example.fields["options"].items if {"large", "small"} & set(o.split())]


def test_what_an_object_is_said_to_be_is_chosen_among_what_it_is_said_not_to_be(item):
    one = AnnotatedObject(label="dog", region=LEFT, tags=("wet", "happy"), lacks=("dry", "sad", "metal", "open", "wet"))
    found = examples("grounded_object_attribute_identification", item(one))
    assert {example.references[0] for example in found} == {"wet", "happy"}
    for example in found:
        wrong = set(example.fields["options"].items) - set(example.references)
        assert len(wrong) == 3
        assert wrong <= {"dry", "sad", "metal", "open"}


def test_a_text_of_the_same_picture_is_the_wrong_one_where_there_are_two(item, thing):
    one = item(
        thing("sign", 0, 0, text="STOP"), thing("sign", 1, 0, text="GO"), vocabulary={"text": ("EXIT", "GO", "STOP")}
    )
    found = examples("region_text_matching", one)
    by_region = {sign.region: sign.text for sign in one.objects}
    assert {example.fields["text"] for example in found} == {"STOP", "GO"}
    for example in found:
        fits = by_region[example.fields["region"]] == example.fields["text"]
        assert example.references == (("yes" if fits else "no"),)


def test_a_text_alone_is_matched_with_words_of_the_source_or_else_with_another_place(item, thing):
    sign = thing("sign", 0, 0, text="STOP")
    known = {
        (e.fields["text"], e.references[0])
        for e in examples("region_text_matching", item(sign, vocabulary={"text": ("EXIT", "STOP")}))
    }
    assert known == {("STOP", "yes"), ("EXIT", "no")}
    for example in examples("region_text_matching", item(sign)):
        assert example.fields["text"] == "STOP"
        assert (example.fields["region"] == sign.region) == (example.references == ("yes",))


def test_writing_that_nobody_can_read_is_no_thing(item, thing):
    one = item(thing("word", 0, 0, legibility="illegible"), thing("dog", 1, 1), thing("cat", 2, 1))
    named = {example.references[0] for example in examples("grounded_object_identification", one)}
    assert named == {"dog", "cat"}


def test_a_question_of_the_source_is_answered_by_pointing_at_one_of_its_boxes(item, thing):
    nearly = Region(x1=0.0, y1=0.1, x2=0.2, y2=0.29)
    asked = Question(text="which is for running?", boxes=(LEFT, MIDDLE, MIDDLE, nearly, LOW), answer_box=LEFT)
    for example in examples("grounded_vqa", item(thing("dog", 0, 0), thing("cat", 2, 2), questions=(asked,))):
        assert (example.fields["question"], example.references) == ("which is for running?", (LEFT,))
        assert set(example.fields["options"].items) == {LEFT, MIDDLE, LOW}


def test_a_class_that_is_the_only_one_a_source_has_is_not_asked_for(item, thing):
    faces = item(thing("face", 0, 0), thing("face", 1, 1), vocabulary={"label": ("face",)})
    for name in ("grounded_object_identification", "object_recognition", "object_region_matching"):
        assert examples(name, faces) == []
