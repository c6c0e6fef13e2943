"""CodecLM: codes, rubrics, the gap between two models in both orders, rounds."""

import made_up
import pytest

from sayso.errors import ConfigError
from sayso.instructions.synthesize._items import written_of

CODE = "Use case: travel advice\nSkills: planning, geography"
RUBRICS = "\n".join(f"### {n}\nRubric: depth {n}\nAction: Add condition {n}." for n in range(1, 5))


class Strong(made_up.Answering):
    """Writes, answers and judges; `scores` are those of the strong answer and the target's, in each round."""

    def __init__(self, scores=((9, 5),), **replies):
        super().__init__(self.say)
        self.scores, self.replies = scores, replies

    def say(self, text):
        for name, mark in MARKS.items():
            if mark in text:
                return self.replies[name] if name in self.replies else getattr(self, name)(text)
        return self.replies.get("answer", f"The strong answer to: {text}")

    def encode(self, text):
        return CODE

    def rubrics(self, text):
        return RUBRICS

    def decode(self, text):
        return "1. Plan a day in Rome.\n2. Plan a week in Oslo.\n3. Plan a month in Peru."

    def improve(self, text):
        return text.rpartition("Task: ")[2] + " " + text.partition("To be done: ")[2].partition("\n")[0]

    def judge(self, text):
        round = text.partition("----- first answer")[0].count("Add condition") - 1
        pair = self.scores[min(round, len(self.scores) - 1)]
        first = "first answer -----\nThe strong" in text
        return "First: {}\nSecond: {}".format(*(pair if first else pair[::-1]))


MARKS = {
    "encode": "Use case: a few words",
    "rubrics": "### 1\nRubric: what",
    "decode": "numbered list of the tasks",
    "improve": "To be done:",
    "judge": "a score from 1 to 10",
}


def target(text="The weak answer."):
    return made_up.Answering(lambda asked: text)


def write(model, *, items=None, others=None, **options):
    options = {"num_basic": 1, **options}
    seeds = items or made_up.seeds()[:1]
    return made_up.make("codeclm", seeds, model=model, others=others or {"target": target()}, **options)


def rounds(model):
    return sum("To be done:" in one.messages[-1].text for one in model.requests)


def test_an_instruction_is_made_from_what_a_seed_comes_down_to_and_the_better_answer_is_kept():
    model = Strong()
    (one,) = write(model)
    written = written_of(one.item)
    assert one.verdict.keep
    assert written.instruction.startswith("Plan a day in Rome. Add condition ")
    assert written.output == f"The strong answer to: {written.instruction}"
    assert one.details["use_case"] == "travel advice"
    assert (one.details["gaps"], one.details["winner"], one.round) == ([4.0], "strong", 0)
    assert (one.parents, one.item.license) == (("seed-0",), "cc-by-4.0")
    encode, rubrics, decode = (one.messages[-1].text for one in model.requests[:3])
    assert encode.endswith("Task: Name the capital city of a country.\nFrance")
    assert "Write down 4 things" in rubrics
    assert "France" not in decode


@pytest.mark.parametrize(
    ("scores", "kept"), [((8, 5), False), ((8.1, 5), True), ((6.1, 3.1), False), ((8, 4.9), True), ((5, 8), False)]
)
def test_a_gap_of_three_is_not_enough_and_one_of_a_little_more_is(scores, kept):
    (one,) = write(Strong((scores,)), max_rounds=1)
    assert one.verdict.keep == kept
    assert kept or one.verdict.reason == "gap (not above 3 in 1 rounds)"


def test_where_the_strong_model_loses_the_targets_answer_is_kept():
    (one,) = write(Strong(((2, 9),)))
    assert written_of(one.item).output == "The weak answer."
    assert (one.details["gaps"], one.details["winner"]) == ([-7.0], "target")


def test_the_score_is_the_mean_over_both_orders():
    model = Strong(judge="First: 9\nSecond: 2")  # whoever comes first is better
    (one,) = write(model, max_rounds=1)
    assert (one.verdict.reason, one.details["gaps"]) == ("gap (not above 3 in 1 rounds)", [0.0])
    judged = [one.messages[-1].text for one in model.requests if "a score from 1 to 10" in one.messages[-1].text]
    assert [text.index("The weak") < text.index("The strong") for text in judged] == [False, True]


def test_there_are_at_most_four_rounds():
    model = Strong(((6, 5),))
    (one,) = write(model)
    assert (one.verdict.reason, rounds(model)) == ("gap (not above 3 in 4 rounds)", 4)
    assert one.details["gaps"] == [1.0] * 4
    third = Strong(((6, 5), (6, 5), (10, 5)))
    (one,) = write(third)
    assert (one.verdict.keep, one.round, one.details["gaps"], rounds(third)) == (True, 2, [1.0, 1.0, 5.0], 3)
    assert written_of(one.item).instruction.count("Add condition") == 3


def test_actions_are_drawn_by_seed_among_the_four():
    drawn = {write(Strong(), items=made_up.seeds()[n : n + 1])[0].details["action"] for n in range(5)}
    assert len(drawn) > 1
    assert drawn <= {f"Add condition {n}." for n in range(1, 5)}
    assert write(Strong()) == write(Strong())


@pytest.mark.parametrize(
    ("reply", "operation", "reason"),
    [
        ({"encode": "It is about travel."}, "encode", "no 'Use case' in the reply"),
        ({"encode": "Use case: travel\nSkills:"}, "encode", "nothing after 'Skills'"),
        ({"rubrics": RUBRICS.rpartition("###")[0]}, "rubrics", "3 rubrics with actions, not 4"),
        ({"decode": "Plan a day in Rome."}, "decode", "no numbered instruction in the reply"),
        ({"improve": " "}, "contrast", "empty reply"),
        ({"answer": ""}, "contrast", "no answer of the strong model (empty reply)"),
        ({"judge": "Both are fine."}, "contrast", "not judged (no 'First' in the reply)"),
        ({"judge": "First: 11\nSecond: 2"}, "contrast", "not judged (not two scores from 1 to 10)"),
        ({"judge": "First: good\nSecond: bad"}, "contrast", "not judged (not two scores from 1 to 10)"),
    ],
)
def test_what_cannot_be_read_is_told(reply, operation, reason):
    (one,) = write(Strong(**reply))
    assert (one.operation, one.verdict.keep, one.verdict.reason) == (operation, False, reason)


def test_equally_many_of_each_code_and_no_more_than_are_wanted():
    made = write(Strong(), items=made_up.seeds()[:2], num_basic=2)
    assert [one.parents[0] for one in made] == ["seed-0", "seed-0", "seed-1", "seed-1"]
    model = Strong()
    assert len(made_up.kept(write(model, items=made_up.seeds(), max_items=1))) == 1
    assert rounds(model) == 1
    left = write(Strong(), num_basic=2, max_items=1)
    assert [one.verdict.reason for one in left] == ["accepted", "enough (others came first)"]


def test_a_judge_of_its_own_and_a_target_that_is_missing():
    model, judge = Strong(), Strong(((1, 9),))
    (one,) = write(model, others={"target": target(), "judge": judge})
    assert one.details["winner"] == "target"
    assert len(judge.requests) == 2
    with pytest.raises(ConfigError, match=r"synthesize\.others\.target"):
        made_up.make("codeclm", made_up.seeds(), model=Strong())
    (one,) = write(Strong(), others={"target": target("")})
    assert one.verdict.reason == "no answer of the target (empty reply)"
