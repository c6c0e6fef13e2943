import pytest

from sayso.evaluate.probing import Probe, ProbeAnswer


def probe(*outputs):
    rows = (
        ProbeAnswer(wording=f"w{n}", prompt="", output=text, answer=text.lower(), extraction="generated")
        for n, text in enumerate(outputs)
    )
    return Probe(answers=tuple(rows))


def test_agreement_is_the_share_of_pairs_with_equal_answers():
    assert probe("Two", "two", "three").agreement == pytest.approx(1 / 3)
    assert probe("a", "a", "a", "b").agreement == pytest.approx(3 / 6)


def test_sentences_may_be_alike_without_being_equal():
    found = probe("a man on a horse", "a man rides a horse")
    assert found.agreement == 0
    assert 0.5 < found.similarity < 1


def test_blank_answers_are_counted_and_agree_with_none():
    found = probe("", "", "two")
    assert (found.num_blank, found.agreement, found.groups) == (2, None, [("two", 1)])


def test_without_words_nothing_is_said_of_likeness():
    found = probe("三个人", "两个人")
    assert (found.agreement, found.similarity) == (0, None)
