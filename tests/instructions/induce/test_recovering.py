"""Tasks out of rows: wordings come together, slots and types are told, and every row gives its text back."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from induced_files import COLORS, rows

from sayso.config import PromptConfig
from sayso.instructions.induce.grouping import group_templates
from sayso.instructions.induce.profiles import Profile, stems
from sayso.instructions.induce.recovering import recover
from sayso.instructions.induce.rows import InstructionRow, read_row
from sayso.instructions.render import render_sample
from sayso.instructions.template import parse
from sayso.records import (
    AnnotatedItem,
    Example,
    Media,
    MediaPart,
    Message,
    Options,
    Region,
    Regions,
    Span,
    Template,
    TextPart,
)

PICTURE = Media(path="a.png", width=40, height=30)


def given_rows(pairs):
    return [
        InstructionRow(id=f"r{n}", text=text, answer=answer, media=(PICTURE,)) for n, (text, answer) in enumerate(pairs)
    ]


def found_texts(found):
    return {template.text for task in found.tasks for template in task.templates}


def again(found, number, row):
    """The row's instruction, rendered from its template and values."""
    one = found.rows[number]
    task = next(task for task in found.tasks if task.name == one.task)
    template = next(template for template in task.templates if template.id == one.template)
    example = Example(
        id="x", task=task.name, source="", split="", fields=dict(one.values), media=row.media, references=(one.answer,)
    )
    wording = Template(id=template.id, task=task.name, text=template.text)
    sample = render_sample(example, template=wording, card=task, prompt=found.prompt, order=None, reference=one.answer)
    return sample.messages[0].parts[-1].text, sample.messages[1].parts[0].text


def test_three_tasks_are_found_with_their_wordings_slots_and_types():
    found = recover(given_rows(rows()))
    assert found.prompt == PromptConfig(regions="percent", options="multi_instruct")
    by_output = {task.output: task for task in found.tasks}
    assert {task.output for task in found.tasks} == {"region", "option", "text"}
    assert {t.text for t in by_output["region"].templates} == {
        'Find "{text}" in the picture.',
        "Which box holds the {text}?",
        "Please mark where the {text} is.",
    }
    assert {t.text for t in by_output["option"].templates} == {
        "What color is {text}? Choose one. {options}",  # "the" stands before the slot in all wordings of it
        "Say which color fits {text}.",
    }
    assert by_output["option"].slots == {"text": "text", "options": "options"}
    assert {t.text for task in found.tasks for t in task.templates if task.output == "text"} == {
        "Describe the picture in one sentence.",
        "What is to be seen here?",
    }


def test_every_row_gives_its_text_back_and_has_typed_values():
    given = given_rows(rows())
    found = recover(given)
    assert [again(found, number, row) for number, row in enumerate(given)] == [(row.text, row.answer) for row in given]
    assert {type(row.answer) for row in found.rows} == {Region, str}
    assert {len(v.items) for row in found.rows for v in row.values.values() if isinstance(v, Options)} == {len(COLORS)}


def test_the_same_rows_give_the_same_tasks():
    given = given_rows(rows())
    assert recover(given) == recover(given)


def test_rows_like_no_other_stay_free_form_with_a_reason():
    found = recover([*given_rows(rows()), *given_rows([("Write a poem of the sea for me, and sing it.", "Blue.")])])
    assert found.rows[-1].reason == "like no other"
    assert not found.rows[-1].task


def test_another_answer_than_the_template_asks_for_is_a_reason():
    pairs = [(text, answer if number else "nowhere") for number, (text, answer) in enumerate(rows() * 3)]
    found = recover(given_rows(pairs))
    assert "not of the kind" in found.rows[0].reason


def test_space_makes_another_template_and_too_few_rows_none():
    pairs = [(text, answer) for text, answer in rows() if text.startswith("Which box")]
    pairs += [(text.replace("box holds", "box  holds"), answer) for text, answer in pairs[:2]]
    found = recover(given_rows(pairs))
    assert {row.reason for row in found.rows} == {"", "too few rows are written just like it"}


def test_a_row_with_several_boxes_makes_the_slot_one_of_several():
    pairs = [
        (f"Look at {' '.join(map(str, (n, 1, 20 + n, 30)))}{', 1 2 3 4' * (n % 2)} and count.", str(n))
        for n in range(12)
    ]
    found = recover(given_rows(pairs))
    (task,) = found.tasks
    assert task.slots == {"region": "regions"}
    assert all(isinstance(row.values["region"], Regions) for row in found.rows)


@pytest.mark.parametrize("floor", [1, 4, 100])
def test_no_wording_has_fewer_rows_than_asked(floor):
    found = recover(given_rows(rows()), min_rows=floor)
    assert all(template.rows >= floor for task in found.tasks for template in task.templates)


def test_braces_and_slot_names_in_texts_are_text():
    pairs = [(f"Put {{x}} around the {name} and {{{{y}}}} too: {name}.", name) for name in ("ant", "bee", "cow", "dog")]
    given = given_rows(pairs)
    found = recover(given)
    assert [again(found, number, row)[0] for number, row in enumerate(given)] == [row.text for row in given]


def test_nothing_at_all_gives_no_tasks():
    assert recover([]).tasks == ()
    assert recover(given_rows([("?", "!"), ("", "x")])).tasks == ()


WORDS = st.sampled_from(
    [
        "amber",
        "brook",
        "cedar",
        "delta",
        "ember",
        "fjord",
        "grove",
        "heron",
        "inlet",
        "jetty",
        "knoll",
        "lagoon",
        "marsh",
        "nook",
        "oasis",
    ]
)
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
LITERALS = [
    ("Where can I find the ", " in all of this?"),
    ("", " is what I look for. Name its place."),
    ("Please explain to everybody what ", ""),
    ('The word "', '" means something. Tell me what it is.'),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(PHRASES, min_size=14, max_size=24, unique=True),
    st.lists(st.sampled_from(LITERALS), min_size=1, max_size=3, unique=True),
    st.integers(0, 2**32),
)
def test_rendered_templates_are_recovered(phrases, literals, seed):
    chance = random.Random(seed)
    firsts = Counter(phrase.split()[0] for phrase in phrases)
    lasts = Counter(phrase.split()[-1] for phrase in phrases)
    free = (
        max([*firsts.values(), *lasts.values()]) <= len(phrases) / 4
    )  # else a word that all share may be taken for literal
    pairs = [(f"{a}{phrase}{b}", phrase) for a, b in literals for phrase in phrases]
    chance.shuffle(pairs)
    given = given_rows(pairs)
    found = recover(given)
    for number, row in enumerate(given):
        if found.rows[number].task:
            assert again(found, number, row) == (row.text, row.answer)
    if free:
        shapes = {tuple(p for p in parse(text).pieces if isinstance(p, str)) for text in found_texts(found)}
        assert shapes == {tuple(filter(None, pair)) for pair in literals}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=10)), max_size=25))
def test_any_rows_at_all_come_through(pairs):
    given = [read_row(item(text, answer, number)) for number, (text, answer) in enumerate(pairs)]
    found = recover(given)
    assert len(found.rows) == len(given)
    assert all(row.reason or row.task for row in found.rows)


def item(text, answer, number=0, *, before=(), parts=None, more=()):
    def said(role, content):
        spans = (Span(start=0, end=len(content), role="instr"),)
        return Message(role=role, parts=(TextPart(text=content, spans=spans),) if content else ())

    first = said("user", text) if parts is None else Message(role="user", parts=parts)
    return AnnotatedItem(
        id=f"i{number}",
        source="x",
        media=(PICTURE,) if parts else (),
        conversation=(*before, first, said("assistant", answer), *more),
    )


def test_what_a_task_could_not_show_is_a_reason():
    text = TextPart(text="What?", spans=(Span(start=0, end=5, role="instr"),))
    system = Message(role="system", parts=(text,))
    assert "inside the text" in read_row(item("a", "b", parts=(text, MediaPart(), text))).reason
    assert "inside the text" in read_row(item("a", "b", parts=(MediaPart(), text, MediaPart()))).reason
    assert "inside the text" in read_row(item("a", "b", parts=(MediaPart(), text, text))).reason
    assert "later turn" in read_row(item("a", "b", parts=(text,))).reason
    assert read_row(item("a\0", "b")).reason == "the instruction holds a null character"
    assert read_row(item("", "b")).reason == "no instruction"
    assert "system" in read_row(item("a", "b", before=(system,))).stays


def test_what_is_more_than_a_task_shows_stays_and_helps():
    text = TextPart(text="What?\n", spans=(Span(start=0, end=6, role="instr"),))
    system = Message(role="system", parts=(text,))
    more = read_row(item("a", "b", parts=(MediaPart(), text), more=(system, Message(role="user", parts=(text,)))))
    assert (more.text, more.reason, more.stays) == ("What?\n", "", "more turns follow")
    last = read_row(item("a", "b", parts=(text, MediaPart())))
    assert (last.text, last.reason, last.stays) == ("What?", "", "pictures follow the text")
    assert read_row(item("a", "b")).stays == read_row(item("a", "b", parts=(MediaPart(), text))).stays == ""


def profiles(*pairs):
    return [
        Profile(
            slots=("text",),
            asks="short",
            literal=frozenset(stems(text)),
            rows=30,
            fills=Counter(fills),
            answers=Counter(said),
        )
        for text, fills, said in pairs
    ]


def test_same_values_and_answers_make_one_task_and_others_do_not():
    same = ("cat", "dog", "bird") * 10
    found = group_templates(
        profiles(
            ("find the animal", same, same),
            ("where does the animal sit", same, same),
            ("sum up", ("one", "two") * 15, ("three", "four") * 15),
        )
    )
    assert [group.members for group in found] == [(0, 1), (2,)]
    assert found[0].closeness > 0.9


def test_the_same_values_with_other_answers_are_two_tasks():
    same = ("cat", "dog", "bird") * 10
    found = group_templates(
        profiles(("what does it eat", same, ("fish", "bone") * 10), ("how old", same, ("young", "new") * 10))
    )
    assert len(found) == 2
