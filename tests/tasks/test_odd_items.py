"""Every task on items as people have them: nothing, one thing, twins, crowds, no boxes, two pictures, other languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso import tasks
from sayso.config import PromptConfig
from sayso.instructions.library import load_templates
from sayso.instructions.render import options_of, render_sample
from sayso.records import (
    AnnotatedItem,
    AnnotatedObject,
    Media,
    Options,
    Phrase,
    Question,
    Region,
    Regions,
    Relation,
    Statement,
    Step,
)
from sayso.tasks import make_examples, meets
from sayso.tasks._objects import mentions

ALL = tasks.select(["*"])
EVIDENCE = {"passage"}
IMAGE = Media(path="a.png", width=64, height=48)
LABELS = [
    "dog",
    "person",
    "circle",
    "umbrella",
    "Hund",
    "собака",
    "犬",
    "Platelets",
    "a very long label " * 12,
    "hot dog",
    "RBC",
    "x",
]
WORDS = st.sampled_from(
    ["red", "blue", "large", "small", "striped", "plain", "rot", "大きい", "very light grey-ish blue"]
)
each_task = pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)


@st.composite
def regions(draw, media):
    x, y = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    width, height = draw(st.floats(0.01, 1)), draw(st.floats(0.01, 1))
    medium = draw(st.integers(0, media - 1))
    return Region(x1=x, y1=y, x2=min(1.0, x + width), y2=min(1.0, y + height), medium=medium)


@st.composite
def objects(draw, media):
    return AnnotatedObject(
        label=draw(st.sampled_from(LABELS)),
        region=draw(st.none() | regions(media)) if media else None,
        attributes=draw(
            st.dictionaries(st.sampled_from(["color", "size", "texture", "mood", "legibility"]), WORDS, max_size=3)
        ),
        text=draw(st.none() | st.sampled_from(["STOP", "zwei Wörter", "大"])),
        name=draw(st.sampled_from(["", "person 1"])),
        crowd=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def items(draw):
    media = draw(st.integers(0, 3))
    things = draw(st.lists(objects(media), max_size=6))
    ends = st.integers(0, len(things) - 1) if things else st.nothing()
    predicates = st.sampled_from(["left of", "right of", "above", "below", "riding", "links von"])
    relations = st.builds(Relation, subject=ends, predicate=predicates, object=ends)
    answers = st.lists(
        st.sampled_from(["yes", "no", "2", "007", "²", "red", "rot", "25", "犬"]), min_size=1, max_size=3
    )
    questions = st.builds(
        Question,
        text=st.sampled_from(["what is it?", "is it red?", "wie viele?", ""]),
        answers=answers.map(tuple),
        options=st.sampled_from([(), ("yes", "no"), ("1", "2", "2")]),
        kind=st.sampled_from(["", "color", "count", "commonsense"]),
    )
    return AnnotatedItem(
        id="odd",
        source="odd",
        media=(IMAGE,) * media,
        objects=tuple(things),
        relations=tuple(draw(st.lists(relations, max_size=4))) if things else (),
        captions=tuple(draw(st.lists(st.sampled_from(["a dog and a red circle.", "Ein Hund.", "No dog.", "犬", " "]), max_size=2))),
        questions=tuple(draw(st.lists(questions, max_size=4))),
        statements=tuple(draw(st.lists(st.builds(Statement, text=st.sampled_from(["it is red.", " "]), label=st.sampled_from(["true", "No", "unknown", "maybe"]), kind=st.sampled_from(["", "spatial", "entailment", "claim"]), context=st.sampled_from(["", "They say so."])), max_size=2))),
        dialogue=tuple(draw(st.lists(st.tuples(st.just("a"), st.sampled_from(["What is it?", "A dog.", "", "Red."])), max_size=6))),
        labels=draw(st.sampled_from([{}, {"description": "top left: red circle"}, {"goal": "Tea"}, {"disaster": "fire"}])),
        vocabulary=draw(st.sampled_from([{}, {"disaster": ("fire", "flood", " ")}, {"label": ("dog", "cat"), "disaster": ()}])),
        steps=tuple(draw(st.lists(st.builds(Step, text=st.sampled_from(["Stir.", "Pour", "大", " ", "stir"]), medium=st.sampled_from([None, 0, 1, 7])), max_size=5))),
        phrases=tuple(draw(st.lists(st.builds(Phrase, text=st.sampled_from(["the dog", "", "犬", "the left one"]), region=regions(media), unique=st.booleans()), max_size=3))) if media else (),
    )  # fmt: skip


def made(item):
    return [(task, e) for task in ALL if meets(task, item) for e in make_examples(task, item=item, seed=5)]


@settings(max_examples=120)
@given(item=items())
def test_what_is_made_of_any_item_keeps_the_promises_of_its_card(item):
    for task, example in made(item):
        assert example.references, task.name
        assert example.fields.keys() == task.slots.keys(), task.name
        assert all(value for value in example.fields.values()), task.name
        options = options_of(example)
        if options is not None:
            assert len(set(options.items)) == len(options.items) >= 2, task.name
            assert len(example.references) == 1, task.name
            assert options.items.count(example.references[0]) == 1, task.name


@settings(max_examples=80)
@given(item=items())
def test_what_is_made_of_any_item_can_be_rendered_under_every_wording(item):
    prompt = PromptConfig(options="numbered")
    for task, example in made(item):
        for template in load_templates(task):
            sample = render_sample(
                example, template=template, card=task, prompt=prompt, order=None, reference=example.references[0]
            )
            assert sample.messages[-1].role == "assistant"


@settings(max_examples=80)
@given(item=items())
def test_no_question_tells_its_answer_and_no_box_is_of_a_crowd(item):
    crowds = {one.region for one in item.objects if one.crowd and one.region}
    clear = {one.region for one in item.objects if not one.crowd}
    for task, example in made(item):
        for value in example.fields.values():
            if isinstance(value, str) and task.name not in {"description_question_answering", "object_matching"}:
                told = [
                    a
                    for a in example.references
                    if isinstance(a, str) and "options" not in task.slots and mentions(value, a)
                ]
                assert not told or task.name.startswith("visual_") or task.name == "text_vqa", task.name
        if task.output == "region":
            for answer in example.references:
                boxes = answer.items if isinstance(answer, Regions) else (answer,)
                assert not [box for box in boxes if box in crowds - clear], task.name


@each_task
def test_an_item_with_nothing_on_it_is_no_example_and_no_error(task):
    for media in ((), (IMAGE,), (IMAGE, IMAGE)):
        assert not meets(task, AnnotatedItem(id="x", source="s", media=media))


@each_task
def test_the_order_of_other_items_does_not_matter(task, scene):
    first = list(make_examples(task, item=scene, seed=9)) if meets(task, scene) else []
    for seed in range(3):
        list(make_examples(task, item=scene, seed=seed)) if meets(task, scene) else None
    assert first == (list(make_examples(task, item=scene, seed=9)) if meets(task, scene) else [])


@pytest.fixture
def lone(item, thing):
    return item(thing("dog", 1, 1, color="red"), captions=("a red dog.",))


def names_made(item):
    return {task.name for task, _ in (pair for seed in range(20) for pair in made_with(item, seed))}


def made_with(item, seed):
    return [(task, e) for task in ALL if meets(task, item) for e in make_examples(task, item=item, seed=seed)]


def test_one_object_alone_is_counted_found_and_named_but_compared_with_nothing(lone):
    found = names_made(lone)
    assert {"counting", "object_detection", "grounded_object_identification", "visual_grounding"} <= found
    assert not {"object_matching", "missing_object_selection", "visual_object_relationship"} & found


def test_one_object_alone_is_chosen_among_empty_places(lone):
    for _, example in (pair for seed in range(10) for pair in made_with(lone, seed)):
        if example.task == "object_region_selection":
            assert lone.objects[0].region in example.fields["options"].items
            assert len(example.fields["options"].items) >= 2


def test_objects_all_alike_are_counted_and_grounded_together_but_none_is_pointed_at(item, thing):
    alike = item(*(thing("dog", column, 0, color="red") for column in range(3)))
    found = names_made(alike)
    assert {"counting", "object_grounding", "object_region_matching"} <= found
    assert not {"referring_expression_generation", "referring_expression_grounding", "object_region_selection", "visual_grounding",
                "position_reasoning", "color_recognition", "grounded_vqa", "object_matching"} & found  # fmt: skip


def test_more_instances_than_three_are_no_list_to_write(item, thing):
    assert "object_grounding" not in names_made(item(*(thing("dog", n % 3, n // 3) for n in range(4))))


def test_crowds_alone_feed_nothing_that_points(item, thing):
    crowd = item(thing("person", 0, 0, crowd="yes"), thing("dog", 1, 0, crowd="yes"))
    pointing = {task.name for task in ALL if "boxes" in task.needs}
    assert not pointing & names_made(crowd)
    assert "object_detection" in names_made(crowd)


def test_objects_without_boxes_feed_what_asks_in_words(item):
    bare = item(
        *(
            AnnotatedObject(label=label, attributes={"color": color})
            for label, color in (("dog", "red"), ("cat", "blue"))
        )
    )
    found = names_made(bare)
    assert {"counting", "object_detection", "object_recognition", "color_recognition"} <= found
    assert not {task.name for task in ALL if "boxes" in task.needs} & found
    assert "position_reasoning" not in found


def test_two_pictures_feed_only_what_takes_several(item, thing):
    two = item(thing("dog", 0, 0), media=(IMAGE, IMAGE), questions=(Question(text="how many?", answers=("2",)),))
    assert names_made(two) == {"open_domain_vqa", "visual_question_answering"}


def test_writing_alone_is_read_and_its_words_are_found_but_it_is_no_object(item, thing):
    words = item(thing("word", 0, 0, text="CAT"), thing("word", 2, 2, text="DOG"))
    assert names_made(words) == {
        "region_text_matching",
        "text_localization",
        "visual_text_extraction",
    }


def test_other_writing_is_what_a_text_is_told_from(item, thing):
    words = item(thing("word", 0, 0, text="CAT"), thing("word", 2, 2, text="DOG"))
    for _, example in (pair for seed in range(10) for pair in made_with(words, seed)):
        if example.task == "text_localization":
            assert {one.region for one in words.objects} <= set(example.fields["options"].items)


def test_labels_in_other_languages_are_asked_among_those_of_the_item(item, thing):
    german = item(thing("Hund", 0, 0, color="rot"), thing("Katze", 1, 0, color="blau"))
    found = dict.fromkeys(names_made(german))
    assert {
        "grounded_object_identification",
        "object_region_matching",
        "referring_expression_grounding",
    } <= found.keys()
    for _, example in (pair for seed in range(10) for pair in made_with(german, seed)):
        options = example.fields.get("options")
        if example.task == "color_recognition" and isinstance(options, Options):
            assert options.items == ("blau", "rot")
