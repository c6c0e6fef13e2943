"""Evol-Instruct: what may be done to an instruction, what is refused, and rounds."""

import made_up
import pytest

from sayso.errors import ConfigError
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize.evol_instruct import OPERATIONS
from sayso.lm._protocol import Reply

CAPITAL = "Name the capital city of a country.\nFrance"


class Evolver(made_up.Answering):
    """Makes a task longer by its last word; `instead` is what it says of a task or an answer in place of that."""

    def __init__(self, instead=None, answer="A long and fitting answer."):
        super().__init__(self.say)
        self.instead, self.told = instead or {}, answer

    def say(self, text):
        if "----- given task -----" in text:
            task = text.partition("----- given task -----\n")[2].partition("\n----- end")[0]
            return self.instead.get(task, f"{task} Say why, too.")
        return "No" if text.startswith("Two tasks are given") else self.told


def evolve(model=None, items=None, **options):
    return made_up.make("evol_instruct", items or made_up.seeds(), model=model or Evolver(), **options)


def test_every_seed_is_evolved_by_one_operation_and_answered():
    made = evolve()
    assert [one.parents for one in made] == [(f"seed-{number}",) for number in range(5)]
    assert {one.operation for one in made} <= set(OPERATIONS)
    assert written_of(made[0].item).instruction == f"{CAPITAL} Say why, too."
    assert all(one.verdict.keep and one.item.license == "cc-by-4.0" for one in made)


def test_operations_are_drawn_alike_and_each_has_a_request_of_its_own():
    model = Evolver()
    made = evolve(model, num_children=40, rules=[], max_items=500)
    shares = {name: sum(one.operation == name for one in made) for name in OPERATIONS}
    assert all(20 <= share <= 60 for share in shares.values())
    asked = [one.messages[-1].text for one in model.requests if "----- given task -----" in one.messages[-1].text]
    assert all(any(prompts("evol_instruct").fill(name) in text for text in asked) for name in OPERATIONS)
    assert {one.operation for one in evolve(operations=("deepen",))} == {"deepen"}
    with pytest.raises(ConfigError, match="'deeper' is none of breadth"):
        evolve(operations=("deeper",))


def test_children_are_drawn_apart_whatever_became_of_those_before():
    model = Evolver({CAPITAL: "  "})
    evolve(model, made_up.seeds()[:1], num_children=6, max_items=1)
    assert len({one.seed for one in model.requests}) == 6


@pytest.mark.parametrize(
    "said",
    [
        "New task: Name a city.",
        "Here is the new task:\n\nName a city.",
        "----- new task -----\nName a city.",
        "<think>A city?</think>\nName a city.",
        "The given task asks for a city.",
    ],
)
def test_what_speaks_of_the_task_is_no_task(said):
    assert made_up.reasons(evolve(Evolver({CAPITAL: said})))[0].startswith("leaked_markers")


PLANTED = {
    "leaked_markers": "Here is it: ----- end of the given task ----- Name a city.",
    "same_as_parent": CAPITAL,
    "reply cut off": Reply(text="Name the capital and", finish="length"),
    "empty reply": "  ",
}


@pytest.mark.parametrize("reason", PLANTED)
def test_a_bad_evolution_is_refused_before_it_is_answered(reason):
    model = Evolver({CAPITAL: PLANTED[reason]})
    made = evolve(model)
    assert [one.verdict.reason.partition(":")[0] for one in made if not one.verdict.keep] == [reason]
    assert len(model.requests) == 5 + 4


@pytest.mark.parametrize(
    ("answer", "rule"), [("Sorry, I am not able to.", "short_apology"), ("It is what it is.", "only_stop_words")]
)
def test_a_bad_answer_is_refused(answer, rule):
    assert {reason.partition(":")[0] for reason in made_up.reasons(evolve(Evolver(answer=answer)))} == {rule}


def test_the_model_is_asked_whether_it_is_the_same_where_that_is_wanted():
    model = Evolver()
    model.answer_to = lambda text: "Yes" if "Two tasks" in text and "France" in text else model.say(text)
    assert made_up.reasons(evolve(model, compare=True)) == ["the same as its parent"]
    assert not made_up.reasons(evolve(model))


def test_in_further_rounds_the_children_are_parents():
    made = evolve(num_rounds=3, max_items=12)
    assert [one.round for one in made_up.kept(made)] == [0] * 5 + [1] * 5 + [2] * 2
    assert made[5].parents == (made[0].id,)
    assert written_of(made[5].item).instruction.count("Say why, too.") == 2


def test_a_picture_goes_along():
    model = Evolver()
    (made,) = evolve(model, made_up.pictures(1), pictures="shown")
    assert made.item.media == made_up.pictures(1)[0].media
    assert all(len(one.media) == 1 for one in model.requests)
    described = Evolver()
    evolve(described, made_up.pictures(1), pictures="described")
    assert all(
        one.messages[-1].text.startswith("What is in the picture:\nA cup and a ball") for one in described.requests
    )
