"""Judge and rewrite: poor answers are rewritten by what the judge says, and the better one is kept."""

import re

import pytest
from chat_server import ChatServer
from saying_model import CUT, Saying
from spoken_items import item, pair, texts

from sayso.config import PluginConfig
from sayso.errors import BackendError, ConfigError
from sayso.instructions.revise import revisers
from sayso.instructions.synthesize import Synthesis
from sayso.lm import open_model


def judging(text):
    """Rates an answer by the digit in it."""
    digit = re.search(r"Answer:\n-----\n.*?(\d)", text, re.DOTALL)
    return f"It lacks {digit[1]}.\nRating: {digit[1]}" if digit else "no idea"


def better(text):
    """Adds one to the digit of the response."""
    old = int(re.search(r"Response: \D*(\d)", text)[1])
    return f"Instruction: Ask {old + 1}?\nResponse: Say {old + 1}."


def revise(items, *, writes=better, judges=judging, **options):
    model, judge = Saying(writes), Saying(judges, name="judge")
    synthesis = Synthesis(seed=0, max_items=9, model=model, others={"judge": judge})
    return list(revisers.build("judge_and_rewrite", options).revise(items, synthesis=synthesis)), model, judge


def test_what_is_good_enough_is_left_alone():
    (made,), model, judge = revise([pair("Ask?", "Say 4.")])
    assert texts(made.item) == ["Ask?", "Say 4."]
    assert (made.verdict.reason, made.verdict.score) == ("as it was: good enough (4 of 5)", 4.0)
    assert (len(model.asked), len(judge.asked)) == (0, 1)


def test_rounds_go_on_to_the_threshold_and_no_further():
    (made,), model, judge = revise([pair("Ask?", "Say 2.")])
    assert texts(made.item) == ["Ask 4?", "Say 4."]
    assert made.details["scores"] == [2, 3, 4]
    assert (made.verdict.reason, made.verdict.score) == ("revised", 4.0)
    assert (len(model.asked), len(judge.asked)) == (2, 3)
    assert "It lacks 2." in model.asked[0]
    assert "It lacks 3." in model.asked[1]
    assert "Rating" not in model.asked[0]
    (short,), _, _ = revise([pair("Ask?", "Say 1.")], rounds=2)
    assert (texts(short.item)[1], short.details["end"], short.verdict.score) == ("Say 3.", "2 rounds", 3.0)


@pytest.mark.parametrize("new", ["Say 2.", "Say 1."])
def test_a_rewriting_that_is_no_better_leaves_the_original(new):
    (made,), model, _ = revise([pair("Ask?", "Say 2.")], writes=lambda text: f"Instruction: Else?\nResponse: {new}")
    assert texts(made.item) == ["Ask?", "Say 2."]
    assert made.verdict.reason == f"as it was: the rewriting is no better ({new[4]}, before 2)"
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("writes", "judges", "reason"),
    [
        (better, lambda text: "Nice.", "no rating in the judge's reply"),
        (better, lambda text: "Rating: 7", "the judge's rating is none of 1, 2, 3, 4, 5"),
        (better, lambda text: None, "not answered (it said nothing)"),
        (better, lambda text: "Rating: 2" + CUT, "the reply was cut off; raise max_tokens"),
        (lambda text: "Sure!", judging, "the reply does not begin with an instruction"),
        (lambda text: None, judging, "not answered (it said nothing)"),
        (lambda text: better(text) + CUT, judging, "the reply was cut off; raise max_tokens"),
        (lambda text: "Instruction: A?\nResponse: B.", judging, "no rating in the judge's reply"),
    ],
)
def test_bad_replies_leave_the_original(writes, judges, reason):
    old = pair("Ask?", "Say 2.")
    (made,), _, _ = revise([old], writes=writes, judges=judges)
    assert made.item == old
    assert made.verdict.reason == f"as it was: {reason}"


def test_a_bad_second_round_keeps_what_the_first_made_better():
    (made,), _, _ = revise([pair("Ask?", "Say 1.")], writes=lambda text: better(text) if "lacks 1" in text else "no")
    assert texts(made.item)[1] == "Say 2."
    assert made.verdict.reason == "revised"
    assert made.details["end"] == "the reply does not begin with an instruction"


def test_the_last_answer_of_a_conversation_is_judged_and_its_question_stays():
    talk = item(("user", "A?"), ("assistant", "Say 1."), ("user", "C?"), ("assistant", "Say 3."))
    silent = item(("user", "A?"), name="talk-1")
    (made, none), _, judge = revise([talk, silent])
    assert texts(made.item) == ["A?", "Say 1.", "C?", "Say 4."]
    assert "User: A?\nAssistant: Say 1." in judge.asked[0]
    assert none.verdict.reason == "as it was: it has no answered question"


def test_the_writer_judges_where_there_is_no_other():
    model = Saying(lambda text: judging(text) if "Rate the answer" in text else better(text))
    synthesis = Synthesis(seed=0, max_items=9, model=model)
    (made,) = revisers.build("judge_and_rewrite", {}).revise([pair("Ask?", "Say 3.")], synthesis=synthesis)
    assert texts(made.item)[1] == "Say 4."


def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(tmp_path):
    pool = [pair(f"Ask {n}?", "Say 2.", name=f"t-{n}") for n in range(20)]
    plan = lambda text, attempt: "401" if "The pair" in text and "Ask 9?" in text and attempt == 1 else None  # noqa: E731
    answer = lambda text: judging(text) if "Rate the answer" in text else better(text)  # noqa: E731
    with ChatServer(plan=plan, answer=answer) as server:
        config = {"name": "chat", "model": "m", "base_url": server.base_url, "max_retries": 0}
        model = open_model(PluginConfig.model_validate(config), store=tmp_path / "replies.sqlite")
        synthesis = Synthesis(seed=0, max_items=9, model=model)
        reviser = revisers.build("judge_and_rewrite", {})
        with pytest.raises(BackendError):
            list(reviser.revise(pool, synthesis=synthesis))
        made = list(reviser.revise(pool, synthesis=synthesis))
        assert server.counts.repeated == 0
    assert {one.details["end"] for one in made} == {"good enough (4 of 5)"}
    assert [one.id for one in made] == [one.id for one in pool]


@pytest.mark.parametrize("options", [{"points": 1}, {"threshold": 6}, {"threshold": 1}, {"rounds": 0}])
def test_scales_that_are_none_are_refused(options):
    with pytest.raises(ConfigError, match="threshold"):
        revisers.build("judge_and_rewrite", options)
