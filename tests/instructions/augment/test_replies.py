"""What is taken off a model's reply, and what stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.instructions.augment.paraphrasers.replies import wordings_in

ASKED = "Describe the picture SLOT0123456789AB."
GOOD = "Say what SLOT0123456789AB shows."
TWO_LINES = "Look at SLOT0123456789AB.\n\nWhat is in it?"


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"  {GOOD}\n",
        f'"{GOOD}"',
        f"“{GOOD}”",
        f"Sure! Here is the rewritten task:\n\n{GOOD}",
        f"Sure, here's another way to say it: {GOOD}",
        f"Here is the reworded instruction:\n\n{GOOD}",
        f"Certainly!\n{GOOD}",
        f"Rewritten task: {GOOD}",
        f"**{GOOD}**".replace("**", ""),
        f"```\n{GOOD}\n```",
        f"```text\n{GOOD}\n```",
        f"{GOOD}\n\nI hope this helps! Let me know if you need more.",
        f"{GOOD}\n\n(Note: I kept the placeholder.)",
        f"{GOOD}\n\nExplanation: it is shorter.\nAnd simpler.",
        f"1. {GOOD}",
        f"- {GOOD}",
        f"{GOOD}\r\n",
        f'Okay, here you go: "{GOOD}"',
    ],
)
def test_chatter_around_a_wording_is_taken_off(reply):
    assert wordings_in(reply, asked=ASKED) == [GOOD]


@pytest.mark.parametrize(
    "reply",
    ["Is \"yes\" the answer to 'SLOT0123456789AB'?", '"Yes" or "no": SLOT0123456789AB?', "What's in SLOT0123456789AB?"],
)
def test_quotes_inside_stay_balanced_defect_c1_9(reply):
    assert wordings_in(reply, asked=ASKED) == [reply]


def test_a_template_of_several_lines_survives_defects_c1_5_and_8():
    assert wordings_in(f"Sure:\n{TWO_LINES}", asked=TWO_LINES) == [TWO_LINES]
    assert wordings_in(f"Here it is:\n\n{TWO_LINES}\n\nI hope this helps.", asked=TWO_LINES) == [TWO_LINES]
    assert wordings_in("A.\nB.", asked=ASKED) == ["A.\nB."]


def test_a_list_of_wordings_gives_each():
    assert wordings_in(
        'Sure:\n1. One SLOT0123456789AB.\n2) "Two SLOT0123456789AB."\n\n3. Three SLOT0123456789AB.', asked=ASKED
    ) == [
        "One SLOT0123456789AB.",
        "Two SLOT0123456789AB.",
        "Three SLOT0123456789AB.",
    ]


def test_what_the_text_asked_about_has_itself_is_not_taken_for_chatter():
    numbered = "1. Look at SLOT0123456789AB.\n2. Say what it is."
    assert wordings_in(numbered, asked=numbered) == [numbered]
    labelled = "Question: SLOT0123456789AB"
    assert wordings_in(labelled, asked=labelled) == [labelled]
    opened = "Here is a picture: SLOT0123456789AB"
    assert wordings_in(opened, asked=opened) == [opened]
    assert wordings_in('"Say it"', asked='"Tell it"') == ['"Say it"']


@pytest.mark.parametrize(
    "reply",
    [
        "Here is a picture: SLOT0123456789AB",
        "Yes or no: is SLOT0123456789AB there?",
        "Sure thing SLOT0123456789AB, look:",
    ],
)
def test_what_only_looks_like_chatter_stays(reply):
    assert wordings_in(reply, asked=ASKED) == [reply]


@pytest.mark.parametrize("reply", ["", "   \n", "``` ```", '""'])
def test_an_empty_reply_has_no_wording_or_only_what_it_says(reply):
    assert all(one.strip() for one in wordings_in(reply, asked=ASKED))


@given(reply=st.text(max_size=300), asked=st.text(max_size=60))
def test_any_reply_gives_wordings_that_stand_in_it(reply, asked):
    whole = reply.replace("\r\n", "\n")
    assert all(one.strip() and one in whole for one in wordings_in(reply, asked=asked))


@pytest.mark.parametrize(
    "reply", ["sure, " * 4000, "\n\n" * 9000 + "note", "1. " * 6000, '"' * 20_000, "here is " * 2500 + ":"]
)
def test_a_reply_made_to_take_long_does_not(reply):
    begun = time.perf_counter()
    wordings_in(reply[:20_000], asked=ASKED)
    assert time.perf_counter() - begun < 2
