"""Length's bounds, and that what novelty keeps is pairwise new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.overlap import rouge_l
from sayso.instructions.synthesize.rules import Written, build_rules, judge, remember, rules

instructions = st.lists(st.sampled_from(["describe", "the", "picture", "name", "a", "dog", "now"]), max_size=8)


def asked(text, **more):
    return Written(instruction=text, **more)


@pytest.mark.parametrize(("num_words", "keep"), [(3, False), (4, True), (150, True), (151, False)])
def test_three_words_are_too_few_and_151_too_many(num_words, keep):
    verdict = rules.build("length", {}).judge(asked("word " * num_words))
    assert verdict.keep is keep
    assert keep or f"{num_words} words" in verdict.reason


def test_answers_have_bounds_of_their_own():
    rule = rules.build("length", {"min_output_words": 1, "max_output_words": 2})
    told = [rule.judge(asked("Say it in few words", output=text)) for text in ("", "yes", "yes or no")]
    assert [verdict.keep for verdict in told] == [False, True, False]
    assert "the answer has 3 words" in told[2].reason
    with pytest.raises(ConfigError, match="min_words"):
        rules.build("length", {"min_words": -1})


@given(texts=st.lists(instructions.map(" ".join), max_size=20), threshold=st.sampled_from([0.3, 0.5, 0.7]))
def test_what_is_kept_is_pairwise_no_nearer_than_the_threshold(texts, threshold):
    chain = build_rules([PluginConfig(name="novelty", threshold=threshold)])
    kept = []
    for text in texts:
        verdict = judge(asked(text), chain)
        assert verdict.keep == all(rouge_l(text, other) <= threshold for other in kept)
        if verdict.keep:
            remember(asked(text), chain)
            kept.append(text)


def test_the_reason_names_the_nearest_and_the_score_is_the_distance():
    rule = rules.build("novelty", {})
    rule.keep(asked("Describe the weather in this picture"))
    verdict = rule.judge(asked("Describe the weather in that picture", input="a lake"))
    assert not verdict.keep
    assert verdict.reason == "ROUGE-L 0.83 with 'Describe the weather in this picture'"
    assert verdict.score == pytest.approx(1 / 6)


def test_with_input_one_instruction_may_be_asked_of_many_texts():
    rule = rules.build("novelty", {"with_input": True})
    rule.keep(asked("Translate to French", input="the cat sleeps on a warm and dusty window sill"))
    assert rule.judge(asked("Translate to French", input="nobody knows where my blue umbrella went")).keep
    assert not rule.judge(asked("Translate to French", input="the cat sleeps on a warm window sill")).keep
