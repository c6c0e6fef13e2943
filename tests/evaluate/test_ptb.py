import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.ptb import DELETED, tokens


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("man's", "man 's"),
        ("don't", "do n't"),
        ("I'm", "i 'm"),
        ("cannot", "can not"),
        ("gonna", "gon na"),
        ("boys'", "boys"),
        ("$5.00", "$ 5.00"),
        ("50%", "50 %"),
        ("#1", "# 1"),
        ("5ft.", "5ft"),
        ("U.S.", "u.s."),
        ("c:d", "c :d"),
        ("the man’s", "the man 's"),
        ("a cup – half full", "a cup half full"),
        *[(whole, whole) for whole in ("well-known", "3-year-old", "1,000", "10:30", "and/or", "t-shirt")],
    ],
)
def test_the_published_probes(text, cut):
    assert " ".join(tokens(text)) == cut


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("A man (left) and [right] {curly}", "a man -lrb- left -rrb- and -lsb- right -rsb- -lcb- curly -rcb-"),
        ("a \"stop\" sign, a 'go' sign; `x`", "a stop sign a go sign x"),
        ("...what?! no...yes . . . ---- -", "what ?! no yes"),
        ("Really? Yes! Wow!!", "really yes wow !!"),
        ("Mr. Smith met Dr. Jones at St. Ives, etc.", "mr. smith met dr. jones at st. ives etc."),
        ("5 p.m. at 3 a.m. on Jan. 3rd", "5 p.m. at 3 a.m. on jan. 3rd"),
        ("can't won't they're he'd she'll we've isn't", "ca n't wo n't they 're he 'd she 'll we 've is n't"),
        ("gimme wanna gotta 'tis y'all", "gim me wan na got ta 't is y' all"),
        ("O'Brien's o'clock rock-n-roll", "o'brien 's o'clock rock-n-roll"),
        ("10:30am 5pm 3D 90's 1990s the '90s", "10:30 am 5pm 3d 90 's 1990s the '90s"),
        ("black&white AT&T a+b c++ x^2", "black & white at&t a + b c++ x ^ 2"),
        ("-5 +5 .5 1/2 ½ 12.9-inch €5", "-5 +5 .5 1/2 1/2 12.9-inch $ 5"),
        ("No. 5, the blue no.", "no. 5 the blue no"),
        ("the Miss. river, a young miss.", "the miss. river a young miss"),
        ("http://a.b/c, www.x.org me@home.net @me #tag", "http://a.b/c www.x.org me@home.net @me #tag"),
        ("end of street.A man. A dog", "end of street.a man a dog"),
        ("one\ntwo\r\nthree", "one two three"),
        ("naïve 日本語 😀", "naïve 日本語"),
        ("", ""),
    ],
)
def test_what_the_java_program_does_with_captions(text, cut):
    """Each line was put through CoreNLP 3.4.1 and coco-caption's deletion once."""
    assert " ".join(tokens(text)) == cut


def test_brackets_survive_the_deletion_as_in_coco_caption():
    assert tokens("(a)") == ("-lrb-", "a", "-rrb-")


@given(st.text())
def test_tokens_hold_no_space_and_no_deleted_sign(text):
    found = tokens(text)
    assert all(token and not {" ", "\n"} & set(token) for token in found)
    assert not set(found) & DELETED


@given(st.lists(st.sampled_from(["a", "dog", "man's", "well-known", "3", "don't", "U.S.", "runs"]), max_size=8))
def test_cutting_what_was_cut_changes_nothing(words):
    once = tokens(" ".join(words))
    assert tokens(" ".join(once)) == once
