"""The wordings of a task in a build: all of the library, a drawn few to train on, or the task's name alone."""

import pytest
from msgspec.structs import replace

from sayso import tasks
from sayso.config import BuildConfig
from sayso.data import Card, Sampler
from sayso.data.plan import TaskPlan
from sayso.data.wordings import task_wordings
from sayso.errors import DataError
from sayso.instructions.library import load_templates
from sayso.instructions.render import options_of
from sayso.records import Example, Lineage, Media, Options, Region, Regions, TextPart

NAMES = sorted(tasks.catalog())


def plan(name="counting", held_out=None, brought=()):
    return TaskPlan(task=tasks.catalog()[name], held_out=held_out, required=True, brought=brought)


def split(templates):
    return [t for t in templates if not t.held_out], [t for t in templates if t.held_out]


def more(name="counting", count=20):
    """The library's wordings, and as many again that were made of the first."""
    library = load_templates(tasks.catalog()[name])
    made = Lineage(parent=library[0].id, operation="synonym")
    return [*library, *(replace(library[0], id=f"{name}/+{number}", lineage=made) for number in range(count))]


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_a_limit_is_on_what_is_trained_and_leaves_all_held_out_wordings(limit):
    trained, held_out = split(task_wordings(plan(), config=BuildConfig(max_wordings=limit), seed=1, given=more()))
    assert len(trained) == limit
    assert held_out == split(more())[1]


def test_a_larger_limit_takes_in_a_smaller_one_and_seeds_draw_others():
    def ids(limit, seed=1):
        return {
            t.id
            for t in split(task_wordings(plan(), config=BuildConfig(max_wordings=limit), seed=seed, given=more()))[0]
        }

    assert ids(1) < ids(3) < ids(10) < ids(None)
    assert len({frozenset(ids(3, seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("level", ["task", "category"])
def test_a_held_out_task_keeps_every_wording(level):
    assert task_wordings(plan(held_out=level), config=BuildConfig(max_wordings=1), seed=1, given=more()) == more()


def test_wordings_that_a_source_brought_are_limited_too():
    brought = tuple(replace(t, held_out=False) for t in load_templates(tasks.catalog()["counting"]))
    assert len(task_wordings(plan(brought=brought), config=BuildConfig(max_wordings=2), seed=1)) == 2


def test_a_trained_task_without_a_wording_to_train_on_is_refused_by_name():
    held_out = [replace(template, held_out=True) for template in more()]
    with pytest.raises(DataError, match="'counting' has no wording to train on"):
        task_wordings(plan(), config=BuildConfig(), seed=1, given=held_out)


VALUES = {
    "text": "a grey cat",
    "region": Region(x1=0.1, y1=0.2, x2=0.3, y2=0.4),
    "regions": Regions(items=(Region(x1=0.1, y1=0.2, x2=0.3, y2=0.4),)),
    "options": Options(items=("one", "two")),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_alone_shows_every_slot_and_the_options_and_no_instruction(name):
    task = tasks.catalog()[name]
    (template,) = task_wordings(plan(name), config=BuildConfig(wordings="task_name", max_wordings=1), seed=1)
    fields = {slot: VALUES[kind] for slot, kind in task.slots.items()}
    assert len(fields) == len(task.slots)
    media = (Media(path="x.png", width=40, height=30),)
    example = Example(id="e/0", task=name, source="s", split="train", fields=fields, media=media, references=("one",))
    card = Card(name=name, category="c", output=task.output, metrics=task.metrics, slots=dict(task.slots))
    sampler = Sampler(cards=[card], templates=[template], prompt=BuildConfig().prompt, seed=1)
    (text,) = [part for part in sampler.train_sample(example, epoch=0).messages[0].parts if isinstance(part, TextPart)]
    said = "".join(text.text[span.start : span.end] for span in text.spans if span.role == "instr_template")
    assert said.replace(" ; ", "").strip(": \n") == name.replace("_", " ")
    for value in fields.values():
        if isinstance(value, str):
            assert value in text.text
    if options_of(example):
        assert "one" in text.text
        assert "two" in text.text
