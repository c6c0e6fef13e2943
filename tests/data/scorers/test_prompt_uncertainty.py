"""Which tasks a model is unsure of when words are dropped, on a model that knows for every rest of an instruction what it would say."""

from itertools import combinations

import numpy as np
import pytest
from pool_samples import ask, scoring
from taught_model import teach
from toy_conversation import text

from sayso.data.scorers import scorers
from sayso.data.scorers.prompt_uncertainty import drop_words
from sayso.records import Message, Sample
from sayso.seeds import Stream

COLORS = ("red", "blue", "green", "black")


def rests(words):
    """Every way to drop some of the words."""
    split = words.split()
    return [" ".join(some) for count in range(len(split) + 1) for some in combinations(split, count)]


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    """`flips` answers with another colour when a word is missing, `stays` never does, `guesses` has no idea."""
    whole = "do not say it"
    talks = [[rest, "red" if rest == whole else "blue"] for rest in rests(whole) if rest]
    talks += [[rest, "green"] for rest in rests("please pick any one") if rest]
    talks += [[rest, color] for rest in rests("guess what now") if rest for color in COLORS]
    return teach(tmp_path_factory.mktemp("listener"), talks, steps=150)


POOL = [
    ask(words, "unused", name=f"{task}{number}", task=task)
    for number in range(3)
    for task, words in (("stays", "please pick any one"), ("guesses", "guess what now"), ("flips", "do not say it"))
]


def score(folder, model, samples, **options):
    options = {"max_new_tokens": 3, **options}
    found = scorers.build("prompt_uncertainty", options).score(samples, scoring=scoring(folder, model))
    return found["prompt_uncertainty"], found["prompt_probability"]


def test_a_task_whose_answers_flip_when_a_word_is_dropped_ranks_first(tmp_path, listener):
    moved, sure = score(tmp_path, listener, POOL)
    of = {sample.task: (moved.values[row], sure.values[row]) for row, sample in enumerate(POOL)}
    assert max(of, key=lambda task: of[task][0]) == "flips"
    # 1 - 0.8^4 = 0.59 of the changed prompts lack a word; over answer and end of the turn a lost answer is the root of what is left of it
    assert 0.25 < of["flips"][0] < 0.65
    assert of["stays"][0] < 0.1
    assert of["stays"][1] > 0.9  # easy: low and sure
    assert of["guesses"][0] < 0.2
    assert of["guesses"][1] < 0.7  # hard: low and unsure
    assert moved.higher_is_better


def test_all_rows_of_a_task_have_its_number_and_inputs_are_drawn_by_the_seed(tmp_path, listener):
    moved, _ = score(tmp_path, listener, POOL, num_inputs=2)
    for task in {sample.task for sample in POOL}:
        assert len({moved.values[row] for row, sample in enumerate(POOL) if sample.task == task}) == 1
    again, _ = score(tmp_path, listener, POOL, num_inputs=2)
    np.testing.assert_array_equal(moved.values, again.values)
    backwards, _ = score(tmp_path, listener, POOL[::-1], num_inputs=2)
    np.testing.assert_allclose(moved.values, backwards.values[::-1], atol=1e-5)


def test_responses_are_not_looked_at(tmp_path, listener):
    bare = [ask(one.messages[0].text, None, name=one.id, task=one.task) for one in POOL]
    np.testing.assert_allclose(score(tmp_path, listener, bare)[0].values, score(tmp_path, listener, POOL)[0].values)


def test_inputs_that_cannot_be_read_are_passed_over_and_a_task_of_such_has_no_number(tmp_path, listener):
    broken = [ask("say <|end|>", "x", name=f"b{n}", task="broken") for n in range(2)]
    mixed = [ask("say <|user|>", "x", name="m", task="stays"), *POOL]
    moved, sure = score(tmp_path, listener, [*broken, *mixed], num_inputs=2)
    assert set(moved.why) == set(sure.why) == {0, 1}
    assert "none of the task's 2 inputs can be read" in moved.why[0]
    assert "control token" in moved.why[0]


def test_an_answer_must_fit_behind_its_prompt(tmp_path, listener):
    moved, _ = score(tmp_path, listener, POOL[:1], max_tokens=12, max_new_tokens=8)
    assert "and 8 for the answer, over max_tokens 12" in moved.why[0]


def test_words_are_dropped_from_the_wording_and_never_from_what_fills_it():
    chance = Stream(1, "a")
    sample = ask("Name the color of", "red", filled=" the large circle that lies left of all the others")
    shorter = [drop_words(sample, share=0.5, chance=chance) for _ in range(20)]
    for one in shorter:
        assert one.messages[0].text.endswith(" the large circle that lies left of all the others")
        assert one.messages[1] == sample.messages[1]
        part = one.messages[0].parts[-1]
        assert [span.start for span in part.spans] == [0, *[span.end for span in part.spans][:-1]]
        assert part.spans[-1].end == len(part.text)
    assert len({one.messages[0].text for one in shorter}) > 8
    counts = [len(one.messages[0].text.split()) for one in shorter]
    assert 10 + 1 <= np.mean(counts) <= 10 + 3


def test_of_a_conversation_that_somebody_wrote_all_words_of_the_user_may_go_and_none_of_the_assistant():
    def said(role, words, kind):
        return Message(role=role, parts=(text((words, kind)),))

    messages = (
        said("system", "Be kind to all", "system"),
        said("user", "one two three four five", "instr"),
        said("assistant", "yes of course", "response"),
        said("user", "six seven eight nine ten", "instr"),
    )
    sample = Sample(id="s", example="s", task="t", template="w", messages=messages)
    texts = [[m.text for m in drop_words(sample, share=0.5, chance=Stream(n)).messages] for n in range(20)]
    assert {found[0] for found in texts} == {"Be kind to all"}
    assert {found[2] for found in texts} == {"yes of course"}
    for place in (1, 3):
        assert len({found[place] for found in texts}) > 8
        assert all(set(found[place].split()) <= set(messages[place].text.split()) for found in texts)
