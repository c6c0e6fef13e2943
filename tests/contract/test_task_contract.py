"""What every task promises, over the whole catalogue and some hundred synthetic scenes."""

from collections import Counter

import msgspec
import pytest

from sayso import tasks
from sayso.config import PromptConfig
from sayso.instructions.library import load_templates
from sayso.instructions.options import OPTION_STYLES
from sayso.instructions.regions import parse_regions
from sayso.instructions.render import format_answer, render_sample
from sayso.records import Example, Options, Region, Regions
from sayso.sources._protocol import sources
from sayso.tasks import make_examples, meets
from sayso.tasks._objects import mentions

ALL = tasks.select(["*"])
EVIDENCE = {"passage"}  # what is to be read: the answer may stand in it
TYPES = {"text": str, "region": Region, "regions": Regions, "options": Options}
COUNT = 300
ALIKE = {
    "color_recognition", "commonsense_vqa", "compositional_vqa", "dense_description", "disaster_type_classification",
    "image_captioning", "image_quality", "object_detection", "object_recognition", "outside_knowledge_vqa",
    "scene_recognition", "sport_understanding", "text_vqa", "visual_text_extraction",
}  # fmt: skip
"""Where a scene has one text, one label or one question of the kind, there is nothing to draw."""


@pytest.fixture(scope="module")
def items():
    plain = list(sources.build("shapes", {"count": COUNT}).items())
    others = list(sources.build("shapes", {"count": 3 * COUNT, "kind": "everything", "seed": 5}).items())
    return plain + others


@pytest.fixture(scope="module")
def made(items):
    return {task.name: build(task, items) for task in ALL}


def build(task, items):
    return [example for item in items if meets(task, item) for example in make_examples(task, item=item, seed=3)]


def texts(example):
    return [value for name, value in example.fields.items() if isinstance(value, str) and name not in EVIDENCE]


each_task = pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
word_tasks = pytest.mark.parametrize("task", [t for t in ALL if t.output == "option"], ids=lambda task: task.name)
option_tasks = pytest.mark.parametrize("task", [t for t in ALL if "options" in t.slots], ids=lambda task: task.name)


@each_task
def test_scenes_feed_the_task(task, made):
    assert len(made[task.name]) >= 50


@each_task
def test_ids_are_unique_and_examples_a_pure_function_of_item_and_seed(task, made, items):
    ids = [example.id for example in made[task.name]]
    assert len(set(ids)) == len(ids)
    assert build(task, items) == made[task.name]


@each_task
def test_every_slot_is_filled_with_its_type_and_nothing_else_is(task, made):
    for example in made[task.name]:
        assert example.fields.keys() == task.slots.keys()
        assert all(isinstance(value, TYPES[task.slots[name]]) for name, value in example.fields.items())
        assert all(value for value in texts(example))


@each_task
def test_references_are_of_the_output_type(task, made):
    types = (Region, Regions) if task.output in {"region", "region_option"} else str
    for example in made[task.name]:
        assert example.references
        assert all(isinstance(reference, types) and reference for reference in example.references)


@option_tasks
def test_one_option_is_right_and_options_are_unique(task, made):
    for example in made[task.name]:
        options = example.fields["options"].items
        assert len(set(options)) == len(options) >= 2
        assert len(example.references) == 1
        assert options.count(example.references[0]) == 1


@each_task
def test_the_answer_does_not_stand_in_the_question(task, made):
    for example in made[task.name]:
        answers = [answer for answer in example.references if isinstance(answer, str)]
        assert not [text for text in texts(example) for answer in answers if mentions(text, answer)]


@each_task
def test_the_answer_box_is_not_given(task, made):
    for example in made[task.name]:
        assert not [r for r in example.references if isinstance(r, Region) and r in example.fields.values()]


@option_tasks
def test_always_giving_the_same_answer_is_little_better_than_chance(task, made):
    found = made[task.name]
    chance = sum(1 / len(example.fields["options"].items) for example in found) / len(found)
    top = Counter(example.references[0] for example in found).most_common(1)[0][1]
    assert top / len(found) <= chance + 0.1


@word_tasks
def test_knowing_how_often_each_option_is_right_is_little_better_than_chance(task, made):
    # A stronger blind guess: rates learned on one half, the option with the best rate chosen on the other.
    found = made[task.name]
    rates = right_rates(found[::2])
    test = found[1::2]
    hits = sum(max(e.fields["options"].items, key=lambda o: rates.get(o, 0.0)) == e.references[0] for e in test)
    chance = sum(1 / len(example.fields["options"].items) for example in test) / len(test)
    assert hits / len(test) <= chance + max(0.1, 3 * (chance * (1 - chance) / len(test)) ** 0.5)


def right_rates(found):
    seen, right = Counter(), Counter()
    for example in found:
        seen.update(example.fields["options"].items)
        right[example.references[0]] += 1
    return {option: (right[option] + 1) / (seen[option] + 4) for option in seen}


@each_task
def test_card_is_complete(task):
    assert task.needs
    assert task.needs <= tasks.NEEDS.keys()
    assert task.summary[0].isupper()
    assert task.summary[-1] != "."
    assert task.metrics
    assert ("options" in task.slots) == (task.output in {"option", "region_option"})


def test_items_without_any_picture_feed_a_task():
    told = list(sources.build("shapes", {"count": 30, "num_images": 0}).items())
    fed = {task.name for task in ALL if build(task, told)}
    assert "description_question_answering" in fed


def test_items_with_two_pictures_feed_tasks_and_keep_both():
    two = list(sources.build("shapes", {"count": 30, "num_images": 2}).items())
    for name in ("natural_language_visual_reasoning", "open_domain_vqa"):
        found = build(tasks.get(name), two)
        assert found
        assert all(len(example.media) == 2 for example in found)


def boxes(value):
    """Every region in a field or an answer."""
    if isinstance(value, Region):
        return [value]
    return [one for one in getattr(value, "items", ()) if isinstance(one, Region)] if not isinstance(value, str) else []


@each_task
def test_every_box_lies_in_a_medium_that_the_example_has(task, made):
    for example in made[task.name]:
        for value in (*example.fields.values(), *example.references):
            for box in boxes(value):
                assert 0 <= box.x1 < box.x2 <= 1
                assert 0 <= box.y1 < box.y2 <= 1
                assert box.medium < len(example.media)


@each_task
def test_an_example_says_where_it_came_from(task, made, items):
    by_id = {item.id: item for item in items}
    for example in made[task.name]:
        item = by_id[example.id.split("/")[1]]
        assert (example.task, example.source, example.split, example.license) == (
            task.name,
            item.source,
            item.split,
            item.license,
        )
        assert set(example.media) <= set(item.media)  # all, none, or the one picture of a step


@each_task
def test_no_accepted_answer_is_named_twice_and_none_is_blank(task, made):
    for example in made[task.name]:
        assert len(set(example.references)) == len(example.references)
        assert all(not isinstance(reference, str) or reference.strip() for reference in example.references)


@each_task
def test_another_seed_asks_otherwise_and_examples_can_be_written_and_read(task, made, items):
    few = [item for item in items if meets(task, item)][:60]
    one, other = ([list(make_examples(task, item=item, seed=seed)) for item in few] for seed in (3, 4))
    assert (one != other) == (task.name not in ALIKE)
    for example in made[task.name][:20]:
        assert msgspec.json.decode(msgspec.json.encode(example), type=Example) == example


@each_task
@pytest.mark.parametrize("options", OPTION_STYLES)
def test_every_wording_of_the_library_renders_and_the_answer_is_among_the_options_shown(task, made, options):
    prompt = PromptConfig(options=options)
    for example in made[task.name][:3]:
        for template in load_templates(task):
            sample = render_sample(
                example, template=template, card=task, prompt=prompt, order=None, reference=example.references[0]
            )
            shown, told = (message.parts[-1].text for message in sample.messages)
            assert told in sample.references
            assert not sample.options or told in sample.options
            assert all(option in shown for option in sample.options)
            assert "{" not in shown


@each_task
@pytest.mark.parametrize("style", ["unit", "percent"])
def test_answers_that_are_boxes_can_be_read_back(task, made, style):
    prompt = PromptConfig(regions=style)
    for example in made[task.name][:20]:
        for reference in example.references:
            wanted = boxes(reference)
            text = format_answer(reference, prompt=prompt, media=example.media)
            assert len(parse_regions(text, style=style)) == len(wanted) or not wanted


def test_names_and_aliases_are_unique_and_plain():
    names = [name for task in ALL for name in (task.name, *task.aliases)]
    taken = {task.name for task in ALL}
    assert len({name for name in names if name not in taken}) + len(taken) == len(set(names))
    assert all(task.name.isidentifier() and task.name.islower() for task in ALL)
