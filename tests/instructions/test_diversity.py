"""Diversity: values counted by hand, and BLEU beside sacrebleu's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.instructions.diversity import measure
from sayso.instructions.filters.wording import words


def test_distinct_counts_different_ngrams_over_all():
    found = measure(["Describe the image.", "Describe the picture!", "describe {text}"])
    # describe the image describe the picture describe {text}: 8 words, 5 of them different; 5 pairs, 4 different
    assert found.distinct_1 == 5 / 8
    assert found.distinct_2 == 4 / 5
    assert found.distinct_3 == 2 / 2
    assert found.num_wordings == found.num_measured == 3


def test_token_distance_is_one_minus_the_share_of_common_words():
    found = measure(["name the color", "name the shape", "what is this"])
    assert found.token_distance == pytest.approx(((1 - 2 / 4) + 1 + 1) / 3)
    assert measure(["{a} {b}", "{b} {a}"]).token_distance == 0


def test_a_slot_is_one_word():
    found = measure(["{question}", "{options}"])
    assert found.distinct_1 == 1
    assert found.self_bleu == 0


def test_self_bleu_by_hand():
    # each has 3 of 3 words, 1 of 2 pairs, no triple (a half of one match) and is too short for four
    assert measure(["a b c", "c a b"]).self_bleu == pytest.approx((1 * 0.5 * 0.5) ** (1 / 3))
    assert measure(["a b c d e", "a b c d e"]).self_bleu == pytest.approx(1)
    assert measure(["a b", "c d"]).self_bleu == 0


sentences = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=9).map(" ".join), min_size=2, max_size=7)


@given(sentences)
def test_self_bleu_is_that_of_sacrebleu(texts):
    sacrebleu = pytest.importorskip("sacrebleu")
    metric = sacrebleu.BLEU(tokenize="none", smooth_method="exp", effective_order=True)
    scores = [metric.sentence_score(text, [*texts[:i], *texts[i + 1 :]]).score / 100 for i, text in enumerate(texts)]
    assert measure(texts).self_bleu == pytest.approx(sum(scores) / len(scores), abs=1e-9)


@given(sentences)
def test_token_distance_is_that_of_every_pair(texts):
    sets = [set(words(text)) for text in texts]
    pairs = [(one, two) for i, one in enumerate(sets) for two in sets[:i]]
    mean = sum(1 - len(one & two) / len(one | two) for one, two in pairs) / len(pairs)
    assert measure(texts).token_distance == pytest.approx(mean, abs=1e-6)


def test_embedding_distance_is_one_minus_the_cosine_of_every_pair():
    vectors = {"a": [2, 0, 0], "b": [0, 1, 0], "c": [3, 3, 0], "d": [0, 0, 0]}
    found = measure(list("abc"), embed=lambda texts: np.array([vectors[text] for text in texts]))
    half = math.sqrt(0.5)
    assert found.embedding_distance == pytest.approx((1 + (1 - half) + (1 - half)) / 3)
    found = measure(list("ad"), embed=lambda texts: [vectors[text] for text in texts])
    assert found.embedding_distance == 1


@pytest.mark.parametrize("texts", [[], ["only one"]])
def test_a_pool_without_pairs_has_no_figures(texts):
    found = measure(texts, embed=lambda texts: np.ones((len(texts), 3)))
    assert math.isnan(found.self_bleu)
    assert math.isnan(found.distinct_1)
    assert math.isnan(found.embedding_distance)
    assert found.as_json()["token_distance"] is None
    assert found.as_json()["num_wordings"] == len(texts)


def test_wordings_without_words_are_equal_and_match_nothing():
    found = measure(["...", "!"])
    assert found.token_distance == 0
    assert found.self_bleu == 0


def test_a_large_pool_is_sampled_always_the_same_way():
    texts = [f"word{number % 50} another{number % 7} {number}" for number in range(300)]
    first, again, other = (measure(texts, max_wordings=40, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert (first.num_wordings, first.num_measured) == (300, 40)
    assert measure(texts, max_wordings=300, seed=1) == measure(texts, seed=2)
