"""A text as sentences: where they end, what is one of its own, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.instructions.augment.paraphrasers.grammar.passage import join, split
from sayso.instructions.protect import protect

PIECES = st.sampled_from(
    [
        "{a}",
        "{question}",
        "{options}",
        "Look",
        "it",
        "is",
        "e.g",
        ".",
        "?",
        "!",
        ":",
        ",",
        " ",
        "  ",
        "\n",
        "\n\n",
        '"',
        "\t",
        "U.S",
    ]
)


def bodies(text):
    """The sentences of a text with its slots shown again."""
    protected = protect(text, seed=1)

    def shown(part):
        for word, name in protected.names.items():
            part = part.replace(word, f"{{{name}}}")
        return part

    return [(shown(s.body), s.end) for s in split(protected) if s.body]


@given(text=st.lists(PIECES, max_size=16).map("".join))
def test_joining_what_was_split_gives_the_text_but_for_white_space_at_its_end(text):
    protected = protect(text, seed=1)
    assert join(split(protected)).rstrip() == protected.text.rstrip()


@given(text=st.lists(PIECES, max_size=16).map("".join))
def test_no_sentence_holds_a_line_break_and_gaps_are_white_space(text):
    for sentence in split(protect(text, seed=1)):
        assert "\n" not in sentence.body
        assert not sentence.gap.strip()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Look at it. Name it.", [("Look at it", "."), ("Name it", ".")]),
        ("What is it? {options}", [("What is it", "?"), ("{options}", "")]),
        ("Count {a}.{options}", [("Count {a}", "."), ("{options}", "")]),
        ("Count {a}{options}", [("Count {a}", ""), ("{options}", "")]),
        ("{question} Choose one. {options}", [("{question}", ""), ("Choose one", "."), ("{options}", "")]),
        ("Answer the question: {question}", [("Answer the question", ":"), ("{question}", "")]),
        ("Name it:\n{a}", [("Name it", ":"), ("{a}", "")]),
        ("Is it 3.5 or 4?", [("Is it 3.5 or 4", "?")]),
        ("Look! What is it?!", [("Look", "!"), ("What is it", "?!")]),
        ('Say "stop." Then go.', [('Say "stop', '."'), ("Then go", ".")]),
        ("No mark at the end", [("No mark at the end", "")]),
        ("One line\nanother line", [("One line", ""), ("another line", "")]),
    ],
)
def test_where_sentences_end(text, wanted):
    assert bodies(text) == wanted
