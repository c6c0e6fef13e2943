"""Five rules for yes and no, on the same verbose answers of our own: how far published numbers depend on the rule."""

import pytest

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers import parsers

RULES = ("yes_no", "pope_official", "yes_no_lmms", "yes_no_xor", "mme")
TABLE = {
    # output                                        strict  official lmms   xor    mme
    "yes": ("yes", "yes", "yes", "yes", "yes"),
    " No\n": ("no", "yes", "no", "no", "no"),  # official: "No\n" is a word of its own and no "No"
    "No.": ("no", "no", None, "no", "no"),
    "NO": ("no", "yes", "no", "no", "no"),  # official: one of three spellings only
    "Yes, there is a dog.": ("yes", "yes", None, "yes", "yes"),
    "No, there isn't.": ("no", "no", None, "no", "no"),
    "There is no dog here.": (None, "no", None, "no", None),
    "There isn't any dog.": (None, "yes", None, None, None),
    "A dog sleeps on the sofa.": (None, "yes", None, None, None),
    "The picture shows a cat. No dog is in it.": (None, "yes", None, "no", None),  # official: only before the full stop
    "I do not know.": (None, "no", None, None, None),
    "I have no idea": (None, "no", None, "no", None),
    "Yes and no": (None, "no", None, None, "yes"),
    "Not sure": (None, "yes", None, None, "no"),
    "Nobody is there": (None, "yes", None, None, "no"),
    "y": (None, "yes", None, None, "yes"),
    "**Yes**": ("yes", "yes", None, "yes", None),  # mme: "**ye" has neither
    "": (None, "yes", None, None, None),
}


@pytest.mark.parametrize("output", TABLE)
def test_each_rule_reads_as_it_says(output):
    read = tuple(parsers.build(rule, {}).read(output, context=Context()).text for rule in RULES)
    assert read == TABLE[output]


def test_the_official_rule_guesses_where_the_strict_one_says_that_nothing_was_said():
    strict, official = (
        [parsers.build(rule, {}).read(output, context=Context()).text for output in TABLE] for rule in RULES[:2]
    )
    guessed = [output for output, one, other in zip(TABLE, strict, official, strict=True) if one is None and other]
    assert len(guessed) == 11
    assert official.count("yes") == 12
    assert sum(one is not None and one != other for one, other in zip(strict, official, strict=True)) == 2


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", "empty prediction"),
        ("Yes or no", "ambiguous: says both yes and no"),
        ("Perhaps", "neither yes nor no"),
        ("There is no dog", "yes or no, but not as the answer"),
    ],
)
def test_the_strict_rule_says_why_there_is_no_answer(output, reason):
    assert parsers.build("yes_no", {}).read(output, context=Context()).reason == reason
