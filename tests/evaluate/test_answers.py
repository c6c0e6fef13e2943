import numpy as np
import pytest

from sayso.config import PromptConfig
from sayso.evaluate.answers import answer_of
from sayso.evaluate.conditions import changed_answers
from sayso.evaluate.ensembles import vote
from sayso.evaluate.parsers import parsers
from sayso.evaluate.scoring import Reading, ScoreTable, TaskInfo
from sayso.records import Message, Prediction, Sample, Template

LETTERS = Reading(PromptConfig(options="lettered"))


def sample(*options):
    turn = Message(role="user", parts=())
    return Sample(id="e@w", example="e", task="t", template="w", messages=(turn,), options=options)


def prediction(output, *, extraction="generated", template="w"):
    return Prediction(
        example="e", task="t", template=template, model="m", prompt="", output=output, extraction=extraction
    )


def answer(output, *options, reading=LETTERS, **more):
    return answer_of(prediction(output, **more), sample=sample(*options), reading=reading)


def test_an_option_is_one_answer_however_it_is_named():
    assert {answer(text, "Red", "blue") for text in ("A", "(a)", "A. red", "red.", "RED")} == {"red"}
    assert answer("B", "blue", "red") == answer("A", "red", "blue")
    assert answer("A", "blue", "red") != answer("A", "red", "blue")
    assert answer("A", "b", "a", extraction="likelihood") == "a"


def test_other_answers_are_compared_as_normalised_texts():
    assert answer("  A red   BUS. ") == "a red bus"
    assert answer("green", "red", "blue") == "green"
    assert answer(" ") is None


def test_only_what_the_parser_reads_is_compared():
    thinking = Reading(PromptConfig(), parsers.build("after_marker", {}))
    assert answer("It glows, so. Answer: red", reading=thinking) == answer("Well... Answer: Red.", reading=thinking)
    assert answer("red", reading=thinking) is None


def test_voices_for_one_option_are_counted_together():
    rows = [prediction(text, template=f"w{number}") for number, text in enumerate(("blue", "A", "(a)", "blue", "red"))]
    assert vote(rows, sample=sample("red", "blue"), reading=LETTERS) == "A"


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [("red", "red", 0.0), ("red", "blue", 1.0), ("red", None, 1.0), (None, "red", 1.0), (None, None, np.nan)],
)
def test_an_answer_that_is_lost_has_changed_and_two_that_are_missing_are_not_compared(before, after, changed):
    info = TaskInfo(name="t", category="c", group="held_in", output="text", metrics=("exact_match",))
    table = ScoreTable(
        task=info,
        model="m",
        condition="typos",
        metric="exact_match",
        templates=(Template(id="w", task="t", text="?"),),
        examples=("e",),
        values=np.zeros((1, 1)),
        reasons={},
    )
    found = changed_answers({("w", "e"): before}, {("w", "e"): after}, table=table)
    np.testing.assert_equal(found, [[changed]])
    np.testing.assert_equal(changed_answers({}, {("w", "e"): after}, table=table), [[np.nan]])
