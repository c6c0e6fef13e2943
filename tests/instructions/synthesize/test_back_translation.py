"""Instruction back-translation: passages, guesses, refusals and grades."""

import made_up
import msgspec
import pytest

from sayso.errors import ConfigError
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesize.back_translation import passage_of
from sayso.records import AnnotatedItem, Step

PASSAGES = (
    "Bees dance to tell each other where flowers are.",
    "The bridge was closed in March.",
    "Fold the paper twice, then cut.",
)


def passages(count=3):
    return [
        AnnotatedItem(id=f"p{n}", source="pages", license="cc0-1.0", labels={"text": text})
        for n, text in enumerate(PASSAGES[:count])
    ]


class Guesser(made_up.Answering):
    def __init__(self, guesses=(), grades=()):
        super().__init__(self.say)
        self.guesses, self.grades = guesses, grades

    def say(self, text):
        place = next(number for number, passage in enumerate(PASSAGES) if passage in text)
        if "on a scale from 1 to 5" in text:
            return dict(enumerate(self.grades)).get(place, "It is all there.\nScore: 5")
        return dict(enumerate(self.guesses)).get(place, f"Write sentence number {place}.")


def translate(model, items=None, **options):
    return made_up.make("back_translation", items or passages(), model=model, **options)


def test_a_passage_becomes_the_answer_to_what_was_guessed():
    made = translate(Guesser())
    assert [written_of(one.item).output for one in made] == list(PASSAGES)
    assert written_of(made[1].item).instruction == "Write sentence number 1."
    assert [(one.parents, one.item.license) for one in made] == [((f"p{n}",), "cc0-1.0") for n in range(3)]
    assert made[0].details == {"style": "instruction", "grade": 5.0, "reasons": "It is all there.\nScore: 5"}


def test_grades_decide_four_is_enough_and_what_is_no_grade_is_told():
    made = translate(Guesser(grades=("Fine.\n**Score: 4/5**", "Weak.\nScore: 3", "I give it a four.")))
    assert [one.verdict.reason for one in made] == ["accepted", "grade (below 4)", "not graded: no line `Score: N`"]
    assert made[1].details["grade"] == 3
    assert made[1].item is not None
    assert len(made_up.kept(translate(Guesser(grades=("Score: 3",) * 3), min_grade=3))) == 3
    both = translate(Guesser(grades=("Score: 4\nScore: 5", "Score: 9", "")))
    assert [one.verdict.reason for one in both] == [
        "not graded: several lines `Score: N`",
        "not graded: a score outside of 1 to 5",
        "not graded: empty reply",
    ]
    (other, *_) = translate(Guesser(grades=("Score: 4/10",)))
    assert other.verdict.reason == "not graded: a score of another scale than 1 to 5"


def test_a_refusal_is_no_guess_and_costs_no_grade():
    model = Guesser(guesses=("I'm sorry, but I can't help with that.",))
    made = translate(model)
    assert made[0].verdict.reason.startswith("refusal (declines")
    assert len(model.requests) == 3 + 2


def test_a_passage_that_is_said_back_is_no_guess():
    model = Guesser(guesses=(PASSAGES[0].upper(),))
    assert translate(model)[0].verdict.reason == "the guess is the passage"
    assert len(model.requests) == 3 + 2


def test_a_judge_of_its_own_grades():
    model, judge = Guesser(), Guesser()
    translate(model, others={"judge": judge})
    assert (len(model.requests), len(judge.requests)) == (3, 3)


def test_no_more_is_asked_for_than_is_wanted():
    model = Guesser(grades=("Score: 1",))
    made = translate(model, max_items=2)
    assert [one.verdict.keep for one in made] == [False, True, True]
    assert len(model.requests) == 6
    fewer = Guesser()
    translate(fewer, max_items=1)
    assert len(fewer.requests) == 2


def test_styles_ask_in_other_ways():
    model = Guesser()
    made = translate(model, styles=("query",))
    assert all("used a search engine" in one.messages[-1].text for one in model.requests[:3])
    assert {one.details["style"] for one in made} == {"query"}
    with pytest.raises(ConfigError, match="'poem' is none of instruction, chatbot, query"):
        translate(model, styles=("poem",))


def test_what_a_passage_is():
    (seed, *_), (scene, *_) = made_up.seeds(), made_up.pictures(1)
    assert passage_of(seed) == "Paris"
    assert passage_of(scene) == "A cup and a ball on a table."
    assert passage_of(msgspec.structs.replace(scene, labels={"description": "All of it."})) == "All of it."
    assert passage_of(AnnotatedItem(id="x", source="s", steps=(Step(text="Cut."), Step(text="Glue.")))) == "Cut.\nGlue."
    assert passage_of(AnnotatedItem(id="x", source="s")) == ""


def test_pictures_are_left_out_unless_they_may_be_seen():
    with pytest.raises(ConfigError, match="a passage without pictures; set pictures: shown or described"):
        translate(Guesser(), made_up.pictures(1))
    model = made_up.Answering(lambda text: "Score: 5" if "scale" in text else "What is on the table?")
    (made,) = translate(model, made_up.pictures(1), pictures="shown")
    assert (written_of(made.item).output, len(made.item.media)) == ("A cup and a ball on a table.", 1)
    assert all(len(one.media) == 1 for one in model.requests)
