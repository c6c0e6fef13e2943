"""MTLD by hand, and refusals as a column."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_samples import spoken, toy_sample

from sayso.data.scorers import Scoring, scorers
from sayso.data.scorers.lexical_diversity import mtld
from sayso.errors import ConfigError

SCORING = Scoring(seed=1, store=Path("store"), columns=Path("columns"))


@pytest.mark.parametrize(
    ("words", "there", "back"),
    [
        # a a falls to 1/2: a factor of two words, twice
        ("a a b b", 4 / 2, 4 / 2),
        # a b a is 2/3, a factor, and what is left has ratio 1; backwards d c a b a ends at 4/5, which is 0.2 / 0.28 of one
        ("a b a c d", 5 / 1, 5 / (0.2 / 0.28)),
        # forwards: a b c d a is 4/5, then b makes it 4/6, a factor, e is left. Backwards: e b a d c is 5/5, b 5/6, a 5/7 = 0.714, a factor
        ("a b c d a b e", 7 / 1, 7 / 1),
        # forwards no factor: 4/5 at the end is 0.2 / 0.28 of one; backwards the same
        ("a b c d a", 5 / (0.2 / 0.28), 5 / (0.2 / 0.28)),
        # forwards a a is a factor and c d e f is left with ratio 1; backwards f e d c a is 1, the last a makes it 5/6: (1/6) / 0.28
        ("a a c d e f", 6 / 1, 6 / ((1 / 6) / 0.28)),
    ],
)
def test_mtld_by_hand(words, there, back):
    assert mtld(words.split()) == pytest.approx((there + back) / 2)
    assert mtld(words.split()[::-1]) == pytest.approx((there + back) / 2)


@given(words=st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_mtld_is_at_least_the_shortest_factor_and_undefined_only_without_repetition(words):
    found = mtld(words)
    assert math.isnan(found) == (len(set(words)) == len(words))
    assert math.isnan(found) or found >= 2


def test_columns_and_the_reasons_of_what_has_no_value():
    samples = [
        toy_sample(question="the cat and the dog and the bird and the fish", answer="A cat."),
        toy_sample(question="one two three four five six seven eight nine ten", answer="no, " * 12),
    ]
    columns = scorers.build("lexical_diversity", {}).score(samples, scoring=SCORING)
    assert list(columns) == ["mtld_response", "mtld_instruction"]
    assert columns["mtld_response"].values[1] == pytest.approx(2)
    assert columns["mtld_response"].why == {0: "2 words, fewer than 10"}
    assert columns["mtld_instruction"].why == {1: "no word comes twice"}
    assert columns["mtld_instruction"].values[0] == pytest.approx(
        mtld(["the", "cat", "and", "the", "dog", "and", "the", "bird", "and", "the", "fish"])
    )
    short = scorers.build("lexical_diversity", {"min_words": 2}).score(samples, scoring=SCORING)
    assert short["mtld_response"].why == {0: "no word comes twice"}
    with pytest.raises(ConfigError, match="ratio"):
        scorers.build("lexical_diversity", {"ratio": 1})


def test_refusals_are_a_column_that_is_better_low():
    talk = spoken(
        ("user", "Help me."), ("assistant", "Gladly."), ("user", "Now?"), ("assistant", "I'm sorry, I can't.")
    )
    samples = [
        toy_sample(answer="I cannot help with that."),
        toy_sample(answer="As an AI, I see red."),
        toy_sample(answer="It is not ethical to guess."),
        toy_sample(),
        talk,
        spoken(("user", "Hi")),
    ]
    scorer = scorers.build("refusal", {})
    column = scorer.score(samples, scoring=SCORING)["refusal"]
    assert column.values.tolist() == [1.0, 0.8, 0.5, 0.0, 1.0, 0.0]
    assert not column.higher_is_better
    assert scorer.per_row
    assert scorer.score([], scoring=SCORING)["refusal"].values.shape == (0,)
