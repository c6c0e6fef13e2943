"""Choices as text: each style can be read back, or refuses what it could not tell apart."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sayso.errors import ConfigError, DataError
from sayso.instructions.options import OPTION_STYLES, append_options, format_options, option_labels

MARKED = [style for style in OPTION_STYLES if style != "multi_instruct"]
plain = st.text(st.characters(exclude_characters="|\n", exclude_categories=("Cs",)), min_size=1, max_size=20)
hostile = st.text(st.sampled_from("|ab (A)1\n{}"), max_size=8)
many = st.lists(plain, min_size=1, max_size=8)


@given(options=st.lists(plain | hostile, min_size=1, max_size=6))
def test_what_multi_instruct_writes_is_read_back_or_refused(options):
    try:
        text = format_options(options, style="multi_instruct")
    except DataError:
        assert any("||||" in option or "|" in {option[:1], option[-1:]} for option in options)
        return
    assert text.split("||||") == options


@given(options=many)
def test_appended_lines_of_the_marked_styles_are_read_back(options):
    for style, mark in (("lettered", r"\(([A-Z])\) "), ("numbered", r"\((\d+)\) ")):
        text = append_options(options, style=style)
        assert text.startswith("\n\nOptions:\n")
        lines = text.removeprefix("\n\nOptions:\n").split("\n")
        assert [re.sub(mark, "", line, count=1) for line in lines] == options


@pytest.mark.parametrize("style", OPTION_STYLES)
@given(options=many)
def test_every_option_is_in_the_text_in_the_order_given(style, options):
    for text in (format_options(options, style=style), append_options(options, style=style)):
        place = 0
        for option in options:
            place = text.index(option, place) + len(option)


@pytest.mark.parametrize("style", OPTION_STYLES)
@given(options=many)
def test_appended_text_begins_with_an_empty_line_and_a_filled_slot_does_not(style, options):
    assume(not options[0][0].isspace())
    assert append_options(options, style=style).startswith("\n\n")
    assert not format_options(options, style=style)[0].isspace()


@pytest.mark.parametrize("style", OPTION_STYLES)
def test_regions_as_options_stay_as_they_are_written(style):
    boxes = ["[0.100, 0.200, 0.300, 0.400]", "[0.500, 0.200, 0.700, 0.400]"]
    assert all(box in format_options(boxes, style=style) for box in boxes)


def test_the_documented_looks():
    options = ["red", "dark blue"]
    assert format_options(options, style="multi_instruct") == "red||||dark blue"
    assert format_options(options, style="lettered") == "(A) red (B) dark blue"
    assert format_options(options, style="numbered") == "(1) red (2) dark blue"
    assert append_options(options, style="multi_instruct") == "\n\n[Options]: red||||dark blue"
    assert append_options(options, style="lettered") == "\n\nOptions:\n(A) red\n(B) dark blue"
    assert append_options(options, style="numbered") == "\n\nOptions:\n(1) red\n(2) dark blue"


@pytest.mark.parametrize("options", [["a||||b", "c"], ["a|", "b"], ["a", "|b"], ["|"]])
def test_an_option_that_runs_into_the_divider_is_named(options):
    for write in (format_options, append_options):
        with pytest.raises(DataError, match=r"runs into '\|{4}'.*use options: lettered"):
            write(options, style="multi_instruct")


def test_a_bar_inside_an_option_divides_nothing():
    assert format_options(["a|b", "c"], style="multi_instruct") == "a|b||||c"


def test_letters_end_at_z_and_numbers_do_not_end():
    assert format_options(["x"] * 26, style="lettered").endswith("(Z) x")
    assert format_options(["x"] * 30, style="numbered").endswith("(30) x")
    with pytest.raises(DataError, match="27 options, but there are 26 letters; use options: numbered"):
        format_options(["x"] * 27, style="lettered")


@pytest.mark.parametrize("write", [format_options, append_options])
def test_an_unknown_style_is_told_with_the_nearest(write):
    with pytest.raises(ConfigError, match="no option style 'letered'; did you mean 'lettered'"):
        write(["a"], style="letered")


@pytest.mark.parametrize("style", OPTION_STYLES)
def test_options_in_any_script_are_left_as_they_are(style):
    options = ["rouge", "赤い", "красный", "أحمر"]
    assert all(option in append_options(options, style=style) for option in options)


@pytest.mark.parametrize("style", MARKED)
def test_one_option_is_still_a_list(style):
    assert append_options(["only"], style=style).count("\n") == 3


@pytest.mark.parametrize(("style", "marked"), [("lettered", "({})"), ("numbered", "({})"), ("letter_lines", "{}.")])
def test_labels_are_those_that_stand_before_the_options(style, marked):
    labels = option_labels(3, style=style)
    lines = append_options(["x", "y", "z"], style=style).splitlines()[-3:]
    assert [line.split()[0] for line in lines] == [marked.format(label) for label in labels]


def test_a_style_without_labels_has_none():
    assert option_labels(3, style="multi_instruct") == ()
