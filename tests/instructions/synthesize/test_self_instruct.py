"""Self-Instruct: instructions, kinds, instances; eleven planted bad things; pictures shown or described."""

from itertools import combinations

import made_up
import pytest

from sayso.errors import ConfigError
from sayso.instructions.overlap import rouge_l
from sayso.instructions.synthesize._items import written_of
from sayso.lm._protocol import Reply

REVIEW = "Decide whether a message is urgent or can wait."
RECIPE = "Turn a list of ingredients into a dish."
BAD = {
    "length": "Go on.",
    "blacklist": "Look at the map and find the harbour.",
    "starts_with": "Write a program that adds two numbers.",
    "punctuation_first": "(Optional) Explain why the sky is blue.",
    "ascii_first": "Ökologie: explain the word to a child.",
    "novelty": "Name the capital city of a small country.",
}
INSTANCES = {
    REVIEW: "### 1\nOutput: urgent\nInput: The cellar is under water.\n\n### 2\nOutput: can wait\nInput: The new shelf has arrived.",
    RECIPE: "### 1\nInput: rice, beans, onions\nOutput: Rice and beans\n\n### 2\nInput: flour, eggs\nOutput: Pancakes",
}


def listed(*texts):
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=6))


class Writer(made_up.Answering):
    """Answers each of the three requests; `lists` in turn, and what `told` says of an instruction."""

    def __init__(self, *lists, told=INSTANCES, kinds=None):
        super().__init__(self.say)
        self.lists, self.told, self.kinds = list(lists), told, kinds or {REVIEW: "Yes"}

    def say(self, text):
        if text.startswith("Below is a numbered list"):
            return self.lists.pop(0) if self.lists else "Nothing more comes to mind."
        asked = text.partition("Fixed answers (Yes")[0].rpartition("Task: ")[2].strip()
        if "Fixed answers (Yes" in text:
            return self.kinds.get(asked, "No")
        return self.told.get(asked, "### 1\nInput: None\nOutput: Done with it.")


def made_by(model, **options):
    return made_up.make(
        "self_instruct", made_up.seeds(), model=model, **{"requests_per_round": 1, "patience": 1} | options
    )


def test_kinds_decide_what_is_asked_for_first():
    model = Writer(listed(REVIEW, RECIPE))
    made = made_up.kept(made_by(model))
    assert [written_of(one.item).instruction for one in made] == [REVIEW, REVIEW, RECIPE, RECIPE]
    assert [written_of(one.item).output for one in made[:2]] == ["urgent", "can wait"]
    assert [one.details for one in made[1:3]] == [{"classification": True}, {"classification": False}]
    assert ["For each of its answers" in one.messages[-1].text for one in model.requests[3:5]] == [True, False]
    plain = Writer(listed(REVIEW), told={REVIEW: INSTANCES[RECIPE]})
    assert [one.details for one in made_up.kept(made_by(plain, classification=False))] == [
        {"classification": False}
    ] * 2


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_instruction_costs_no_second_call(rule):
    model = Writer(listed(REVIEW, BAD[rule], RECIPE))
    made = made_by(model)
    refused = next(one for one in made if not one.verdict.keep)
    assert (refused.verdict.reason.partition(":")[0], refused.reply) == (rule, BAD[rule])
    assert not any(BAD[rule] in one.messages[-1].text for one in model.requests)


INSTANCE_FAULTS = {
    "input_is_output": "### 1\nInput: rice\nOutput: rice",
    "empty_output": "### 1\nInput: rice\nOutput:",
    "trailing_colon": "### 1\nInput: rice:\nOutput: Risotto",
    "contradiction": "### 1\nInput: rice\nOutput: Risotto\n\n### 2\nInput: eggs\nOutput: Omelette\n\n### 3\nInput: rice\nOutput: Pudding",
    "duplicate": "### 1\nInput: rice\nOutput: Risotto\n\n### 2\nInput: rice\nOutput: Risotto",
}


@pytest.mark.parametrize("rule", INSTANCE_FAULTS)
def test_a_bad_instance_is_refused_by_its_rule(rule):
    made = made_by(Writer(listed(RECIPE), told={RECIPE: INSTANCE_FAULTS[rule]}))
    assert {one.verdict.reason.partition(":")[0] for one in made if one.item and not one.verdict.keep} == {rule}


def test_all_instances_of_an_input_that_is_answered_twice_go():
    made = made_by(Writer(listed(RECIPE), told={RECIPE: INSTANCE_FAULTS["contradiction"]}))
    assert [written_of(one.item).input for one in made_up.kept(made)] == ["eggs"]


def test_what_cannot_be_read_is_told_by_its_step():
    model = Writer(
        listed(REVIEW, RECIPE),
        told={RECIPE: "Well ...", REVIEW: "### 1\nInput: a\nOutput: b"},
        kinds={REVIEW: "Perhaps"},
    )
    assert made_up.reasons(made_by(model))[:2] == [
        "not told whether it is a classification task",
        "no instance in the reply",
    ]
    assert made_up.reasons(made_by(Writer("I would rather not.")))[0] == "no numbered list in the reply"


def test_a_list_ends_with_a_blank_line_and_its_numbers_may_be_any():
    made = made_up.kept(made_by(Writer(f"6. {REVIEW}\n8. {RECIPE}\n\nI hope these tasks are useful!")))
    assert {written_of(one.item).instruction for one in made} == {REVIEW, RECIPE}


def test_a_list_that_was_cut_off_is_dropped_whole_and_of_instances_the_last():
    assert made_up.reasons(made_by(Writer(Reply(text=listed(REVIEW), finish="length"))))[0] == "reply cut off"
    told = {RECIPE: Reply(text=INSTANCES[RECIPE], finish="length")}
    made = made_by(Writer(listed(RECIPE), told=told))
    assert [one.verdict.reason for one in made[:2]] == ["accepted", "reply cut off"]


def test_no_more_instances_of_a_task_than_are_wanted_and_none_for_instructions_without_room():
    assert "enough of this task (1)" in made_up.reasons(made_by(Writer(listed(RECIPE)), max_instances=1))
    model = Writer(listed(RECIPE, REVIEW))
    made = made_by(model, max_items=1)
    assert [one.verdict.reason for one in made if one.details.get("instruction")] == ["enough (others came first)"]
    assert not any(REVIEW in one.messages[-1].text for one in model.requests)


def test_what_was_accepted_is_shown_in_later_rounds_two_at_most():
    lists = [
        listed(REVIEW, RECIPE, "Invent a proverb about patience and bread."),
        listed("Compare two methods of drying herbs."),
    ]
    model = Writer(*lists)
    made_by(model, num_shown=5)
    shown = [one.messages[-1].text for one in model.requests if one.messages[-1].text.startswith("Below")][1]
    from_seeds = sum(instruction in shown for instruction, *_ in made_up.SEEDS)
    from_made = sum(text in shown for text in (REVIEW, RECIPE, "Invent a proverb"))
    assert (from_made, from_seeds) == (2, 3)


def test_instructions_are_pairwise_new():
    words = ["count", "weigh", "sing", "trim", "order", "compare", "rank", "merge"]
    texts = [f"Please {one} every {other} before noon." for one in words for other in words]
    asked = {written_of(one.item).instruction for one in made_up.kept(made_by(Writer(listed(*texts))))}
    everything = [*asked, *(one[0] for one in made_up.SEEDS)]
    assert 3 < len(asked) < len(texts)
    assert max(rouge_l(one, other) for one, other in combinations(everything, 2)) <= 0.7


def test_layouts_are_other_texts_of_the_first_turn():
    one, *_, other = made_up.kept(made_by(Writer(listed(RECIPE, "Invent a proverb about patience and bread."))))
    assert f"{RECIPE}\n\nInput: rice, beans, onions" in one.item.wordings
    assert len(one.item.wordings) == 7
    assert len(other.item.wordings) == 6
    assert all("Invent a proverb" in text and "<" not in text for text in other.item.wordings)
    assert made_up.kept(made_by(Writer(listed(RECIPE)), layouts=False))[0].item.wordings == ()


class Seer(made_up.Answering):
    def __init__(self):
        super().__init__(lambda text: self.say(text))

    def say(self, text):
        if "Go on with the list" in text:
            number = sum("Go on with the list" in one.messages[-1].text for one in self.requests)
            return listed(
                *(
                    [f"Which of the things in picture {number} could roll off its table?", "Tell its story."]
                    if number < 4
                    else []
                )
            )
        return "It cannot be told." if "story" in text else "The ball could."


def test_pictures_are_shown_one_a_request_and_stay_with_what_was_made():
    model = Seer()
    made = made_up.make(
        "self_instruct", made_up.pictures(), model=model, pictures="shown", requests_per_round=3, patience=1, rules=[]
    )
    first = [one for one in made_up.kept(made) if one.round == 0]
    assert {one.item.group for one in first} == {"g0", "g1", "g2"}
    assert all(one.item.media and one.item.license == "mit" for one in first)
    assert all(len(one.media) == 1 and one.media[0].data.startswith(b"\x89PNG") for one in model.requests)
    assert "cannot be told from the picture" in made_up.reasons(made)
    assert {one.item.conversation[1].text for one in first} == {"The ball could."}


def test_pictures_are_described_to_who_does_not_see():
    model = Seer()
    made_up.make(
        "self_instruct", made_up.pictures(1), model=model, pictures="described", requests_per_round=1, patience=1
    )
    asked = model.requests[0].messages[-1].text
    assert (
        "A cup and a ball on a table.\nred cup: [0.100, 0.200, 0.300, 0.400]\nball: [0.500, 0.500, 0.750, 0.750]"
        in asked
    )
    assert not model.requests[0].media


def test_words_of_pictures_are_no_fault_where_there_are_pictures():
    made = made_up.make(
        "self_instruct", made_up.pictures(1), model=Seer(), pictures="shown", requests_per_round=1, patience=1
    )
    assert "picture 1" in made_up.kept(made)[0].item.conversation[0].text


def test_pictures_without_annotations_cannot_be_described():
    with pytest.raises(ConfigError, match="needs items with annotations"):
        made_by(made_up.scripted({}), pictures="described")
