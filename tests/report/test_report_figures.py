"""Figures: marks stand where the numbers are, colours can be read and told apart, texts are escaped."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.report.figures import NUM_STEPS, box_overlay, contrast, heat_class, heat_css, interval_strip, pair_strip
from sayso.report.view import Cell, Estimate, TaskSummary, TaskView


def colours(css: str) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Background and ink of every heat class, in order."""
    pairs = re.findall(r"background:#(\w{6});color:#(\w{6})", css)
    return [tuple(tuple(bytes.fromhex(code)) for code in pair) for pair in pairs]


@pytest.mark.parametrize("dark", [False, True])
def test_every_number_on_the_heat_map_has_the_contrast_that_wcag_asks_of_text(dark):
    pairs = colours(heat_css(dark=dark))
    assert len(pairs) == NUM_STEPS + 1
    assert min(contrast(background, ink) for background, ink in pairs) >= 4.5


@pytest.mark.parametrize(("dark", "ground"), [(False, (255, 255, 255)), (True, (17, 22, 29))])
def test_a_higher_score_stands_out_more_so_that_the_scale_reads_without_colour_vision(dark, ground):
    steps = [contrast(background, ground) for background, _ in colours(heat_css(dark=dark))]
    assert steps == sorted(steps)
    assert steps[-1] > 9 * steps[0]


def test_contrast_is_that_of_wcag():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@given(st.floats(0, 1))
def test_every_score_has_a_colour_that_exists(mean):
    assert f".{heat_class(mean)}{{" in heat_css(dark=False)


def test_a_score_that_was_not_measured_has_no_place_on_the_scale():
    assert heat_class(None) == "none"
    assert heat_class(0.0) == "h0"


def test_dot_and_interval_stand_at_their_percentages():
    svg = interval_strip(Estimate(mean=0.5, low=0.25, high=0.75, n=4), name="Tuned")
    assert '<circle class="dot" cx="50.00%"' in svg
    assert '<line class="whisker" x1="25.00%" x2="75.00%"' in svg
    assert 'aria-label="Tuned: 50.0' in svg


def test_an_empty_strip_says_that_nothing_was_measured():
    svg = interval_strip(None, name="Tuned")
    assert "circle" not in svg
    assert 'aria-label="Tuned: not measured"' in svg


def test_trained_and_held_out_wordings_are_averaged_apart():
    cells = tuple(Cell(template=str(i), mean=mean, held_out=i > 1) for i, mean in enumerate((0.8, 0.6, 0.3, None)))
    svg = pair_strip(TaskView(summary=TaskSummary(task="t", untuned=0.1), cells=cells))
    assert '<circle class="dot" cx="70.00%"' in svg
    assert '<circle class="ring" cx="30.00%"' in svg
    assert '<line class="untuned" x1="10.00%"' in svg


def test_a_task_without_held_out_wordings_has_no_ring():
    svg = pair_strip(TaskView(summary=TaskSummary(task="t"), cells=(Cell(template="a", mean=0.5),)))
    assert "ring" not in svg
    assert "not measured in held-out wordings" in svg


@given(st.text())
def test_no_name_can_break_out_of_its_attribute(name):
    svg = str(interval_strip(None, name=f'"><script>{name}'))
    assert "<script" not in svg
    assert svg.count("<") == 2


def test_a_box_of_unknown_kind_is_drawn_like_one_that_was_asked_about():
    assert 'class="gold"' in box_overlay((0, 0, 1, 1), label="gold")
    assert 'class="asked"' in box_overlay((0, 0, 1, 1), label="anything else")


def test_boxes_are_kept_within_their_image():
    svg = box_overlay((-0.5, 0.25, 2.0, 0.75), label="<b>")
    assert 'x="0.00%" y="25.00%" width="100.00%" height="50.00%"' in svg
    assert "&lt;b&gt;" in svg
