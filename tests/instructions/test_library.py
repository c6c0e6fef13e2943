import re

import pytest

from sayso import tasks
from sayso.errors import DataError
from sayso.instructions import library
from sayso.instructions.library import load_templates
from sayso.instructions.template import check_slots, parse
from sayso.records import Template

ALL = tasks.select(["*"])
BENCHMARK = [task for task in ALL if task.category != "pretraining"]
PERSON = re.compile(r"\b(I|me|if|suppose|imagine|would like)\b", re.IGNORECASE)


def normal(text):
    return re.sub(r"\W+", " ", text.lower()).strip()


@pytest.mark.parametrize("task", BENCHMARK, ids=lambda task: task.name)
def test_a_task_has_five_wordings_to_train_on_and_three_held_out_of_two_distances(task):
    templates = load_templates(task)
    distances = [template.distance for template in templates if template.held_out]
    assert len(templates) - len(distances) >= 5
    assert distances.count("L1") >= 2
    assert distances.count("L2") >= 1


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_every_wording_uses_the_slots_of_its_task(task):
    assert load_templates(task)
    for template in load_templates(task):
        check_slots(template.text, slots=task.slots)


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_no_two_wordings_of_a_task_are_the_same(task):
    texts = [normal(template.text) for template in load_templates(task)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("task", BENCHMARK, ids=lambda task: task.name)
def test_a_distant_wording_speaks_in_a_manner_never_trained(task):
    templates = load_templates(task)
    distant = [template for template in templates if template.distance == "L2"]
    assert distant
    assert all(PERSON.search(literal(template)) for template in distant)
    trained = [template for template in templates if not template.held_out]
    assert not [template.text for template in trained if re.search(r"\b(I|suppose|imagine)\b", literal(template))]


def literal(template):
    return " ".join(piece for piece in parse(template.text).pieces if isinstance(piece, str))


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_ids_count_held_in_and_held_out_wordings_apart(task):
    templates = load_templates(task)
    held_in = [template.id for template in templates if not template.held_out]
    held_out = [template.id for template in templates if template.held_out]
    assert held_in == [f"{task.name}/{number}" for number in range(len(held_in))]
    assert held_out == [f"{task.name}/h{number}" for number in range(len(held_out))]


def test_only_held_out_wordings_have_a_distance():
    for task in ALL:
        assert all((template.distance in {"L1", "L2"}) == template.held_out for template in load_templates(task))


def test_wordings_differ_in_form():
    for task in BENCHMARK:
        trained = [template.text for template in load_templates(task) if not template.held_out]
        assert len({text.split()[0] for text in trained}) >= 3, task.name
        assert any("lease" in text for text in trained) or task.name in {"open_domain_vqa"}, task.name


def test_a_task_that_the_library_does_not_know_has_no_wordings():
    assert load_templates(_copy(tasks.get("counting"), name="unheard_of")) == ()
    assert load_templates(_copy(tasks.get("counting"), category="unheard_of")) == ()


def test_a_wording_without_a_slot_is_refused_with_its_file():
    other = _copy(tasks.get("counting"), slots={"question": "text", "region": "region", "options": "options"})
    with pytest.raises(DataError, match=r"image_understanding\.yaml: counting/0: .*missing slot \{region\}"):
        load_templates(other)


def test_an_entry_of_the_wrong_form_is_refused():
    with pytest.raises(Exception, match="distance"):
        library.msgspec.convert({"text": "x", "distance": "L9"}, library.HeldOut)


def test_templates_are_records():
    assert all(isinstance(template, Template) for template in load_templates(tasks.get("counting")))


def _copy(task, **changes):
    fields = {name: getattr(task, name) for name in task.__dataclass_fields__}
    return tasks.Task(**{**fields, **changes})


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_words_that_others_wrote_stand_for_themselves_and_are_no_part_of_our_grammar(task):
    """Not `find the the arrow`, `shows a a cat`, `the man is has a hat`, `is it true that The cat sleeps.`"""
    free = "|".join(
        name for name in ("text", "expression", "caption", "statement", "relation", "question") if name in task.slots
    )
    if free:
        for template in load_templates(task):
            assert not re.search(rf"\b(?:an?|the|is|are|that|whether) {{(?:{free})}}", template.text), template.text
