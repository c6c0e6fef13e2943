"""Dynosaur: what is refused of a task, labels that are skewed or short, rows as they are told, cards that can be trained on."""

import json

import made_up
import msgspec
import pytest
from chat_server import ChatServer
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import PromptConfig, make_recipe
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.instructions.render import render_sample
from sayso.instructions.synthesize._fields import fields_of, render_fields
from sayso.pipeline import run_recipe
from sayso.records import AnnotatedItem, Question, Step
from sayso.tasks import brought_task, make_examples


def rows(labels, **more):
    return [
        AnnotatedItem(
            id=f"r{n}",
            source="mails",
            license="odc-by" if n % 2 else "cc0-1.0",
            labels={"row_id": str(n), "subject": f"About {n}", "body": f"Text {n}", "folder": label} | more,
        )
        for n, label in enumerate(labels)
    ]


def task(instruction="Say which folder it goes to.", inputs=("subject",), output="folder"):
    return {"instruction": instruction, "input_fields": list(inputs), "output_field": output}


def define(*tasks, items=None, **options):
    model = made_up.Answering(lambda text: json.dumps(tasks) if tasks else "")
    return made_up.make("dynosaur", items or rows("abcd" * 5), model=model, **options), model


def test_a_task_is_made_of_what_the_data_set_says_and_answers_stay_its_own():
    made, model = define(task(), about={"mails": "Mails to a museum."})
    assert [one.item.filled[0].references for one in made if one.verdict.keep] == [
        (next(one for one in rows("abcd" * 5) if one.id == parent).labels["folder"],)
        for one in made
        if one.item
        for parent in one.parents
    ]
    with_card, without = (one.messages[-1].text for one in model.requests)
    assert "About: Mails to a museum.\nFields: subject, body, folder\nRows:\n{" in with_card
    assert "museum" not in without
    assert without.rpartition("Data set: ")[2].count('"subject"') == 2
    assert "row_id" not in without
    assert [one.verdict.reason for one in made if not one.verdict.keep] == ["the same instruction again"]
    (kept, *_) = made_up.kept(made)
    assert kept.item.source == "mails"
    assert {one.item.license for one in made_up.kept(made)} == {"cc0-1.0", "odc-by"}


REFUSED = {
    "output among the inputs": task(inputs=("subject", "folder")),
    "a field that does not exist": task(inputs=("subjects",)),
    "not one output field": {**task(), "output_field": []},
    "no instruction": task(instruction=" "),
    "no input field, and no picture": task(inputs=()),
    "not the JSON that was asked for": {**task(), "why": "because"},
    "output of several values": task(output="steps"),
}


@pytest.mark.parametrize(("told", "bad"), REFUSED.items())
def test_what_is_wrong_with_a_task_is_told_and_the_others_stay(told, bad):
    items = [msgspec.structs.replace(one, steps=STEPS) for one in rows("abcd" * 5)]
    made, _ = define(bad, task("Sort it."), items=items)
    (refused,) = (one for one in made if not one.verdict.keep)
    assert refused.verdict.reason.startswith(told)
    assert refused.operation == "define"
    assert len(made_up.kept(made)) == 20
    assert define({**task(), "output_field": "other"})[0][0].verdict.reason == "a field that does not exist ('other')"
    assert made_up.kept(define({**task(), "output_field": ["folder"]})[0])


STEPS = (Step(text="Open it."), Step(text="Read it."))


def test_no_more_than_three_tasks_of_a_reply_count():
    made, _ = define(*(task(f"Sort it, way {n}.") for n in range(5)), rows_per_task=1)
    assert made_up.reasons(made) == ["over 3 tasks"] * 2
    assert len(made_up.kept(made)) == 3


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("a" * 7 + "b" * 3, ""),
        ("a" * 71 + "b" * 29, "skewed labels (the commonest of 2 has 71%)"),
        ("a" * 5 + "bcdef", ""),
        ("a" * 6 + "bcde", "skewed labels (the commonest of 5 has 60%)"),
        ("a" * 10, "skewed labels (the commonest of 1 has 100%)"),
        ("a" * 60 + "bcdefghijk", ""),  # eleven labels are no label space
    ],
)
def test_skewed_labels_are_dropped(labels, reason):
    made, _ = define(task(), items=rows(labels))
    assert made_up.reasons(made) == ([reason] if reason else [])


def text_of(one, place=0):
    return one.card.templates[place].text


def test_the_list_of_labels_is_told_only_where_all_are_short():
    (short, *_) = made_up.kept(define(task(), items=rows(["spam", "x" * 15] * 4))[0])
    assert text_of(short) == f"Say which folder it goes to. Answer with one of: spam, {'x' * 15}.\n{{input}}"
    (long, *_) = made_up.kept(define(task(), items=rows(["spam", "x" * 16] * 4))[0])
    assert text_of(long) == "Say which folder it goes to.\n{input}"
    (many, *_) = made_up.kept(define(task(), items=rows("abcdefghijk"))[0])
    assert text_of(many) == "Say which folder it goes to.\n{input}"


def test_a_row_of_an_answer_that_was_not_told_is_refused():
    made, _ = define(task("Sort it."), items=rows("abcd" * 90 + "e"), max_items=500)
    told = made_up.kept(made)[0].card.templates[0].text
    assert "Answer with one of: a, b, c, d." in told
    assert made_up.reasons(made) == ["an answer that was not told ('e')"]
    assert len(made_up.kept(made)) == 360


def test_what_a_model_or_a_row_writes_is_never_a_slot():
    made, _ = define(task("Fill {input.__class__} and {subject}."), items=rows(["{0}", "{input}"] * 4))
    one = made_up.kept(made)[0]
    (example,) = make_examples(brought_task(one.card), item=one.item, seed=0)
    sample = render_sample(
        example,
        template=one.card.templates[0],
        card=brought_task(one.card),
        prompt=PromptConfig(),
        order=None,
        reference=example.references[0],
    )
    asked = f"Fill {{input.__class__}} and {{subject}}. Answer with one of: {{0}}, {{input}}.\n{one.item.filled[0].fields['input']}"
    assert sample.messages[0].text.strip() == asked


def test_rows_are_told_by_name_and_lists_as_choices_or_quoted():
    fields = {"subject": "Rain", "choices": ("wet", "dry"), "tags": ("a", "b")}
    assert render_fields(fields, ["subject"]) == "Rain"
    assert render_fields(fields, ["subject", "choices"]) == "subject is 'Rain'. choices is '(A) wet (B) dry'."
    assert render_fields(fields, ["tags"]) == '"a", "b"'
    assert render_fields({"body": "x" * 3000}, ["body"]) == "x" * 2000
    assert render_fields(fields, []) == ""


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4))
def test_fields_are_never_empty_and_never_numbers_of_rows(labels):
    found = fields_of(AnnotatedItem(id="x", source="s", labels=labels, questions=(Question(text=" "),)))
    assert all(value for value in found.values())
    assert not {"id", "image_id", "question"} & found.keys()


def test_annotations_of_pictures_are_fields():
    names = list(fields_of(made_up.pictures(1)[0]))
    assert names == ["caption", "objects", "instruction", "output"]
    about = task("Say in a sentence what is in the picture.", inputs=(), output="caption")
    made, model = define(about, task("Name what it is.", ["objects"], "output"), items=made_up.pictures(4)[:4])
    assert made_up.reasons(made) == ["skewed labels (the commonest of 1 has 100%)"]
    assert "Each row has a picture" in model.requests[0].messages[-1].text
    (one, *_) = made_up.kept(made)
    assert (one.card.slots, one.item.media != (), one.item.license, one.item.group[0]) == ({}, True, "mit", "g")
    assert text_of(one).startswith("Say in a sentence what is in the picture.")


def test_tasks_take_turns_and_no_row_is_made_that_is_not_wanted():
    made, _ = define(task("One."), task("Two.", ["body"]), max_items=5)
    assert [text_of(one)[:3] for one in made_up.kept(made)] == ["One", "Two", "One", "Two", "One"]
    assert len(made) == 5
    assert len(made_up.kept(define(task(), rows_per_task=3)[0])) == 3


def test_cards_are_read_from_files_and_must_be_of_a_source(tmp_path):
    (tmp_path / "card.md").write_text("Letters to a lighthouse.")
    _, model = define(task(), cards={"mails": str(tmp_path / "card.md")})
    assert "About: Letters to a lighthouse." in model.requests[0].messages[-1].text
    with pytest.raises(ConfigError, match="no item is of 'letters'; sources are mails"):
        define(task(), about={"letters": "x"})
    with pytest.raises(ConfigError, match="that of 'mails' cannot be read"):
        define(task(), cards={"mails": str(tmp_path / "none.md")})
    with pytest.raises(ConfigError, match="rows with two or more fields"):
        define(task(), items=[AnnotatedItem(id="x", source="s", labels={"a": "b"})])


def test_each_string_is_cut_in_what_the_model_sees():
    _, model = define(task(), items=rows("ab" * 4, body="y" * 1500))
    assert "y" * 1000 + '"' in model.requests[0].messages[-1].text
    assert "y" * 1001 not in model.requests[0].messages[-1].text
    items = [msgspec.structs.replace(one, captions=("Short.", "z" * 1500)) for one in rows("ab" * 4)]
    _, model = define(task(), items=items)
    assert "z" * 1000 in model.requests[0].messages[-1].text
    assert "z" * 1001 not in model.requests[0].messages[-1].text


def test_a_build_has_the_new_tasks_with_their_rows(tmp_path):
    reply = json.dumps([task("Say in a sentence what is drawn.", (), "caption")])
    with ChatServer(answer=lambda text: reply) as server:
        raw = {
            "seed": 1,
            "synthesize": {
                "sources": [{"name": "shapes", "count": 8}],
                "synthesizer": "dynosaur",
                "model": {"name": "chat", "model": "toy", "base_url": server.base_url},
                "max_items": 6,
            },
            "build": {"tasks": ["dynosaur_*"]},
        }
        run_recipe(make_recipe(raw, path=tmp_path / "mine.yaml", lines={}), out=tmp_path / "run")
    build = BuildFolder(tmp_path / "run" / "build")
    (card,) = build.cards
    assert card.name.startswith("dynosaur_shapes_")
    assert (card.num_train, card.num_test) == (6, 0)
    assert {one.source for one in build.store("train").iter(card.name)} == {"shapes"}
