"""Alpaca's form: every planted bad task is refused with its reason, the pool stays new, and all depends on replies alone."""

from itertools import combinations

import made_up
import pytest

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.overlap import rouge_l
from sayso.instructions.synthesize._items import written_of
from sayso.lm._protocol import Reply
from sayso.records import Media

GOOD = (
    (
        "Name a famous bridge and the river below it.",
        "None",
        "The Golden Gate Bridge spans a strait; Tower Bridge spans the Thames.",
    ),
    ("Sort these animals by their weight.", "mouse, elephant, dog", "mouse, dog, elephant"),
    ("Explain how rainbows come about to a child.", "N/A", "Sunlight is split by drops of rain into its colours."),
)
PLANTED = {
    "length": ("Sing something", "None", "La la la"),
    "blacklist": ("Describe what you see in the picture below.", "None", "A tree and a house."),
    "starts_with": ("Write a program that sorts numbers quickly.", "None", "def f(x): return sorted(x)"),
    "punctuation_first": ("- List some fruits that grow on trees.", "None", "Apples, pears"),
    "ascii_first": ("Überlege dir einen Namen für ein Pferd.", "None", "Blitz"),
    "novelty": ("Write a haiku about the sea in summer.", "None", "Blue waves"),
    "input_is_output": ("Correct the spelling of this short sentence.", "He goes home.", "He goes home."),
    "empty_output": ("Give an example of a palindrome that has nine letters.", "None", ""),
    "trailing_colon": ("Summarise the story of a well-known film.", "None", "Here it is:"),
}


def block(number, task):
    return f"### {number}\nInstruction: {task[0]}\nInput: {task[1]}\nOutput: {task[2]}"


def reply(*tasks):
    return "\n\n".join(block(number, task) for number, task in enumerate(tasks, start=4))


def made_of(*replies, **options):
    return made_up.make("alpaca", made_up.seeds(), model=made_up.scripted({"*": list(replies)}), **options)


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_bad_task_is_refused_by_its_rule_alone(rule):
    made = made_of(reply(GOOD[0], PLANTED[rule], GOOD[1]), requests_per_round=1, patience=1)
    refused = [one for one in made if one.round == 0 and not one.verdict.keep]
    assert [one.verdict.reason.partition(":")[0] for one in refused] == [rule]
    assert [written_of(one.item).instruction for one in made_up.kept(made)] == [GOOD[0][0], GOOD[1][0]]


def test_repeats_and_contradictions_are_refused_where_novelty_does_not_see_them():
    rules = [PluginConfig(name="contradiction"), PluginConfig(name="duplicate")]
    other = (GOOD[1][0], GOOD[1][1], "elephant, dog, mouse")
    made = made_of(reply(GOOD[1], GOOD[1], other), rules=rules, requests_per_round=1, patience=1)
    assert [one.verdict.reason.partition(":")[0] for one in made[:3]] == ["accepted", "duplicate", "contradiction"]


def test_the_pool_is_pairwise_new_seeds_included():
    words = ["count", "weigh", "paint", "rewrite", "order", "compare", "describe", "rank", "merge", "split"]
    tasks = [(f"Please {one} every {other} before noon.", "None", f"{one} {other}") for one in words for other in words]
    made = made_of(reply(*tasks), max_items=1000)
    asked = [written_of(one.item).instruction for one in made_up.kept(made)] + [one[0] for one in made_up.SEEDS]
    assert 10 < len(asked) < len(tasks)
    assert max(rouge_l(one, other) for one, other in combinations(asked, 2)) <= 0.7


def test_an_item_has_instruction_input_answer_and_what_it_came_from():
    one, other = made_up.kept(made_of(reply(*GOOD[:2]), requests_per_round=1, patience=1))
    assert [message.text for message in one.item.conversation] == [GOOD[0][0], GOOD[0][2]]
    assert other.item.conversation[0].text == f"{GOOD[1][0]}\n{GOOD[1][1]}"
    assert other.item.license == "cc-by-4.0"
    assert len(other.parents) == 3
    assert {*other.parents} <= {item.id for item in made_up.seeds()}
    assert (other.id, other.model, other.details) == (other.item.id, "scripted", {"number": 5})


def test_what_does_not_parse_is_counted_with_its_text():
    missing = "### 4\nInstruction: Name a colour that few people like.\nOutput: Puce"
    made = made_of("Sorry, I cannot.", missing, "", requests_per_round=3, patience=1)
    assert made_up.reasons(made) == ["no task in the reply", "no 'Input' in the reply", "empty reply"]
    assert [one.reply for one in made][:2] == ["Sorry, I cannot.", missing.removeprefix("### 4\n")]


@pytest.mark.parametrize("mark", ["### 6\n", "### 4\n", "### Task 5\n", "", "**5**\n"])
def test_a_task_never_ends_in_the_output_of_another(mark):
    other = block(5, GOOD[1]).partition("\n")[2]
    made = made_of(f"{block(4, GOOD[0])}\n\n{mark}{other}", requests_per_round=1, patience=1)
    assert made_up.reasons(made)[0] == "'Instruction' to 'Output' more than once"
    assert not made_up.kept(made)


def test_the_last_task_of_a_reply_that_was_cut_off_is_dropped():
    model = made_up.Answering(lambda text: Reply(text=reply(*GOOD[:2]), finish="length"))
    made = made_up.make("alpaca", made_up.seeds(), model=model, requests_per_round=1, patience=1)
    assert [one.verdict.reason for one in made[:2]] == ["accepted", "reply cut off"]


def test_a_full_pool_ends_it_and_what_came_with_it_is_told():
    made = made_of(reply(*GOOD), max_items=2)
    assert len(made_up.kept(made)) == 2
    assert made_up.reasons(made)[0] == "enough (2 were asked for)"
    assert {one.round for one in made} == {0}


def test_rounds_without_anything_new_end_it():
    model = made_up.Answering(lambda text: reply(GOOD[0]))
    made_up.make("alpaca", made_up.seeds(), model=model, requests_per_round=2, patience=3)
    assert len(model.requests) == 2 * 4


def test_three_seeds_are_shown_and_marks_in_them_stay_as_they_are():
    model = made_up.Answering(lambda text: "no")
    odd = made_up.seed(9, "Say <first> and {input} as they stand.", "<shown>", "<first> {input}")
    made_up.make("alpaca", [odd], model=model, requests_per_round=1, patience=1)
    text = model.requests[0].messages[-1].text
    assert "Instruction: Say <first> and {input} as they stand.\nInput: <shown>\nOutput: <first> {input}" in text
    assert "numbers 2 to 20" in text


def test_it_says_what_it_needs():
    with pytest.raises(ConfigError, match=r"asks a language model; add synthesize\.model"):
        made_up.make("alpaca", made_up.seeds(), model=None)
    picture = made_up.seed(0, "What is it?", "", "A cat", media=(Media(path="a.png", width=2, height=2),))
    with pytest.raises(ConfigError, match="text alone and has no place for pictures"):
        made_up.make("alpaca", [picture], model=made_up.scripted({}))
