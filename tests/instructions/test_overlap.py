"""Words, ROUGE-L, and the nearest of many, against the plain computation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.metrics.rouge_l import f1
from sayso.instructions.overlap import Nearby, count_words, longest_common, rouge_l, rouge_words
from sayso.seeds import Stream

few_words = st.lists(st.sampled_from(["a", "b", "the", "picture", "describe", "colour"]), max_size=9).map(tuple)
thresholds = st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.9, 1.0])


def plain_longest_common(first, second):
    """The textbook table."""
    row = [0] * (len(second) + 1)
    for one in first:
        before = row
        row = [0]
        for place, two in enumerate(second):
            row.append(before[place] + 1 if one == two else max(row[place], before[place + 1]))
    return row[-1]


@given(first=few_words, second=few_words)
def test_the_longest_common_subsequence_is_that_of_the_table(first, second):
    assert longest_common(first, second) == plain_longest_common(first, second) == longest_common(second, first)


@given(first=st.text("abc XY12_.", max_size=30), second=st.text("abc XY12_.", max_size=30))
def test_rouge_l_of_ascii_text_is_that_of_the_metric(first, second):
    assert rouge_l(f"a {first}", f"b {second}") == pytest.approx(f1(f"a {first}", f"b {second}"))


@given(texts=st.lists(few_words, max_size=25), asked=few_words, threshold=thresholds)
def test_the_index_finds_what_comparing_with_all_finds(texts, asked, threshold):
    index = Nearby(threshold)
    for text in texts:
        index.add(text)
    best = None
    for number, text in enumerate(texts):
        total = len(text) + len(asked)
        near = 2 * plain_longest_common(text, asked) / total if total else 0.0
        if near > threshold and (best is None or near > best[1]):
            best = number, near
    assert index.nearest(asked) == best
    assert len(index) == len(texts)


@pytest.mark.parametrize("threshold", [0.4, 0.7])
def test_the_index_stays_exact_while_its_order_of_words_changes(threshold):
    index, texts, found = Nearby(threshold), [], 0
    for number in range(300):
        chance = Stream("sentence", number)
        text = tuple(f"w{int(12 * chance.uniform() ** 2)}" for _ in range(chance.below(12)))
        near = [2 * plain_longest_common(text, other) / max(1, len(text) + len(other)) for other in texts]
        best = max(near, default=0.0)
        assert index.nearest(text) == ((near.index(best), best) if best > threshold else None)
        found += best > threshold
        index.add(text)
        texts.append(text)
    assert 20 < found < 280


def test_words_of_other_scripts_and_of_none():
    assert count_words("Write a  program,\nplease!") == 4
    assert count_words("描述这张图片 now") == 7
    assert count_words(" \n") == 0
    assert rouge_words("Café, 2 — naïve_x") == ("café", "2", "naïve", "x")
    assert rouge_words("描述图") == ("描", "述", "图")
    assert rouge_words("?! 😀") == ("?!", "😀")
    assert rouge_l("", "") == 0.0
    assert rouge_l("describe the picture", "the picture") == pytest.approx(0.8)
