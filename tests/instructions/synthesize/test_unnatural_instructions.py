"""Unnatural Instructions: tasks, outputs, reformulations with their hole; and the released shape there and back."""

import json

import made_up
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.instructions.synthesize._items import written_of
from sayso.lm._protocol import Reply
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources
from sayso.sources.unnatural_instructions import released_row

TASK = "Instruction: You get a weather report. Say what to wear.\nInput: Rain from the west.\nConstraints: One garment."
SHORT = "Instruction: Name the colour of a fruit.\nInput: plum\nConstraints: None."
GOOD = ("It will be like this: {INPUT} What shall I put on?", "Dress me for this: {INPUT}")


class Author(made_up.Answering):
    def __init__(self, *tasks, output="A raincoat", wordings=GOOD):
        super().__init__(self.say)
        self.tasks, self.output, self.wordings = list(tasks), output, wordings

    def say(self, text):
        if text.startswith("Here are"):
            return self.tasks.pop(0) if self.tasks else "Nothing."
        if text.startswith("Carry out"):
            return self.output
        return self.wordings["Said to a colleague" in text]


def write(model, **options):
    options = {"requests_per_round": 1, "patience": 1} | options
    return made_up.make("unnatural_instructions", made_up.seeds(), model=model, **options)


def test_a_task_gets_its_output_and_its_wordings_with_the_input_in_them():
    (made,) = made_up.kept(write(Author(TASK)))
    assert [turn.text for turn in made.item.conversation] == [
        "You get a weather report. Say what to wear.\nRain from the west.\nOne garment.",
        "A raincoat",
    ]
    assert made.item.wordings == (
        "It will be like this: Rain from the west. What shall I put on?\nOne garment.",
        "Dress me for this: Rain from the west.\nOne garment.",
    )
    assert written_of(made.item).instruction == "You get a weather report. Say what to wear."
    assert (len(made.parents), made.item.license) == (3, "cc-by-4.0")


BAD_WORDINGS = {
    "Dress me for rain.": "no {INPUT} in the reformulation",
    "{INPUT}, I said: {INPUT}": "{INPUT} more than once in the reformulation",
    "you get a weather report. Say what to wear. {INPUT}": "the reformulation says the same",
    "{input} What now?": "no {INPUT} in the reformulation",
    Reply(text="{INPUT} What", finish="length"): "reply cut off",
    "": "empty reply",
}


@pytest.mark.parametrize("bad", BAD_WORDINGS, ids=str)
def test_a_bad_reformulation_is_refused_and_the_task_stays(bad):
    made = write(Author(TASK, wordings=(bad, GOOD[1])))
    refused = [one for one in made if one.operation == "reformulation"]
    assert [one.verdict.reason for one in refused] == [BAD_WORDINGS[bad]]
    (task,) = made_up.kept(made)
    assert len(task.item.wordings) == 1


def test_without_an_input_there_is_nothing_to_say_in_other_words():
    model = Author("Instruction: Name a garment for rain.\nInput: None\nConstraints: None")
    (task,) = made_up.kept(write(model))
    assert task.item.wordings == ()
    assert not any("{INPUT}" in one.messages[-1].text for one in model.requests)


BAD_TASKS = {
    f"{TASK}\n\n### 5\n{TASK}": "'Instruction' to 'Constraints' more than once",
    "Instruction: Say what to wear.\nInput: Rain.": "no 'Constraints' in the reply",
    "Instruction: Say what to wear.\nInput:\nConstraints: None": "nothing after 'Input' in the reply",
    "Instruction: Translate this sentence into German.\nInput: The train  is late.\nConstraints: None": "the same was asked before",
    Reply(text=TASK, finish="length"): "reply cut off",
}


@pytest.mark.parametrize("bad", BAD_TASKS, ids=str)
def test_a_bad_task_is_discarded(bad):
    model = Author(bad, TASK)
    made = write(model, requests_per_round=2)
    assert [one.verdict.reason for one in made if one.operation == "write"][:2] == [BAD_TASKS[bad], "accepted"]


def test_what_was_made_is_not_made_again_and_nothing_is_reworded_without_an_output():
    made = write(Author(SHORT, SHORT), requests_per_round=2)
    assert "the same was asked before" in made_up.reasons(made)
    model = Author(TASK, output="")
    assert made_up.reasons(write(model))[0] == "empty reply"
    assert len(model.requests) == 2
    assert made_up.kept(write(Author(TASK), reformulations=False))[0].item.wordings == ()


def test_tasks_that_nobody_wants_any_more_are_told():
    made = write(Author(TASK, SHORT), requests_per_round=2, max_items=1)
    assert made_up.reasons(made) == ["enough (others came first)"]


def released(path):
    return list(sources.build("unnatural_instructions", {"path": str(path)}).items())


ROWS = [
    {
        "instruction": "In this task, you are given a sentence.",
        "instances": [
            {
                "instruction_with_input": "In this task, you are given a sentence. Input: It rains. Say its mood.",
                "input": "It rains.",
                "constraints": "The output is one word.",
                "output": "grey",
            }
        ],
        "reformulations": [
            {
                "instruction": "How does {INPUT} feel?",
                "instruction_with_input": "How does It rains. feel?\nThe output is one word.",
                "input": "It rains.",
                "output": "grey",
            }
        ],
    },
    {
        "instruction": "Count the words.",
        "instances": [
            {"instruction_with_input": "Count the words.\na b", "input": "a b", "constraints": "None.", "output": "2"}
        ],
    },
]


def test_released_rows_come_back_as_they_were(tmp_path):
    path = tmp_path / "core_data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    assert [released_row(item) for item in released(path)] == ROWS


def test_what_was_made_goes_out_and_comes_in_as_the_same(tmp_path):
    items = [one.item for one in made_up.kept(write(Author(TASK, SHORT)))]
    path = tmp_path / "made.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(released_row(item)) + b"\n" for item in items))
    again = released(path)
    assert [(item.conversation, item.wordings, item.labels) for item in again] == [
        (item.conversation, item.wordings, item.labels) for item in items
    ]


WORDS = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)


@settings(max_examples=40, deadline=None)
@given(
    parts=st.tuples(WORDS, WORDS, st.one_of(st.just("None."), st.just(""), WORDS), WORDS),
    before=st.lists(WORDS, max_size=2, unique=True),
)
def test_any_texts_survive(tmp_path_factory, parts, before):
    instruction, asked, constraints, output = parts
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    instance = {"input": asked, "constraints": constraints, "output": output}
    again = [{"instruction": f"{one} {{INPUT}}", "input": asked, "output": output} for one in before]
    path.write_text(json.dumps({"instruction": instruction, "instances": [instance], "reformulations": again}) + "\n")
    (item,) = released(path)
    row = released_row(item)
    assert isinstance(item, AnnotatedItem)
    assert {key: row["instances"][0][key] for key in instance} == instance
    assert [one["instruction"] for one in row.get("reformulations", [])] == [one["instruction"] for one in again]


def test_bad_rows_are_told_with_their_line(tmp_path):
    path = tmp_path / "x.jsonl"
    lines = [
        {"instruction": "a"},
        {"instruction": "a", "instances": []},
        {**ROWS[0], "reformulations": [{"instruction": "b", "input": "", "output": ""}]},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = released(path)
    assert all(isinstance(row, BadRow) for row in found)
    assert [row.place.rpartition(":")[2] for row in found] == ["1", "2", "3"]
