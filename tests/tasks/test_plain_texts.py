"""Plain texts for pretraining: true of the picture, without a question, and taken by name alone."""

import re

import pytest

from sayso.records import Region
from sayso.sources.shapes import Shapes
from sayso.tasks import get, make_examples, select

ITEMS = list(Shapes(kind="writing", seed=3, count=60, max_objects=6).items())


def examples(name: str):
    return [(item, example) for item in ITEMS for example in make_examples(get(name), item=item, seed=1)]


def test_no_star_takes_them():
    assert not [task.name for task in select(["*"]) if task.name.startswith("plain_")]
    assert len(select(["plain_*"])) == 6


def test_a_caption_is_one_of_the_item():
    for item, example in examples("plain_caption"):
        assert example.references[0] in item.captions


def test_regions_and_places_are_those_of_a_phrase():
    for item, example in examples("plain_regions"):
        assert any((one.text, one.region) == (example.references[0], example.fields["region"]) for one in item.phrases)
    for item, example in examples("plain_places"):
        found = {one.region for one in item.phrases if one.text == example.fields["text"]}
        assert found == {example.references[0]}
        assert isinstance(example.references[0], Region)


def test_counts_among_the_facts_are_right():
    counted = 0
    for item, example in examples("plain_facts"):
        for number, word in re.findall(r"(?:^|; )(\d+) (\w+)(?=;|$)", example.references[0]):
            shown = [one for one in item.objects if "color" in one.attributes]
            right = len(shown) if word == "things" else sum(word in (o.label, o.attributes["color"]) for o in shown)
            assert int(number) == right
            counted += 1
    assert counted > 50


def test_relations_among_the_facts_are_those_of_the_item():
    said = {predicate for item in ITEMS for predicate in (one.predicate for one in item.relations)}
    found = [fact for _, one in examples("plain_facts") for fact in one.references[0].split("; ") if " is " in fact]

    assert found
    assert all(any(f" is {predicate} " in fact for predicate in said) for fact in found)


def test_words_are_said_with_every_place_where_they_fit():
    places = absent = 0
    for item, example in examples("plain_things"):
        for said in example.references[0].split("; "):
            words, _, where = said.partition(": ")
            fitting = [one for one in item.objects if set(words.split()) <= {one.label, *one.attributes.values()}]
            assert where == (", ".join(one.attributes["position"] for one in fitting) or "none")
            places, absent = places + len(fitting), absent + (not fitting)
    assert places > 100
    assert absent > 30


def test_scenes_without_a_colour_have_no_word_for_it():
    seen = Shapes(seed=1, count=1, part="seen").item(0).vocabulary["color"]

    assert "purple" not in seen
    assert {"purple", *seen} == set(Shapes(seed=1, count=1).item(0).vocabulary["color"])


def test_writing_is_read_in_order_and_what_cannot_be_read_is_said_to_be():
    for item, example in examples("plain_writing"):
        words = [one.text or "unreadable" for one in item.objects if one.label == "word"]
        assert [part.partition(": ")[2] for part in example.references[0].split("; ")] == words


@pytest.mark.parametrize("name", ["plain_caption", "plain_facts", "plain_regions"])
def test_the_same_item_says_the_same(name: str):
    assert examples(name) == examples(name)
