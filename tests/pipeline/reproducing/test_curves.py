"""Measures along an amount: what is drawn is what was measured, it stands in both pages, and it decides nothing."""

import re
from xml.etree import ElementTree

import pytest
import yaml
from invented_results import instraug, instraug_results

from sayso.artifacts import digest
from sayso.errors import ConfigError
from sayso.pipeline.reproducing.curves import draw_curves
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.page import render_html, write_pages
from sayso.pipeline.reproducing.plan import Curve
from sayso.pipeline.reproducing.registering import _deciding

SVG = "{http://www.w3.org/2000/svg}"
LINES = {"wordings": {"one": 1, "five": 5, "thirty": 30}, "a tenth <of> it": {"small": 30}}


def curved(**changes):
    curve = Curve(measure="L3", axis="wordings a task", lines=LINES, **changes)
    return instraug().model_copy(update={"curves": {"By <others>": curve}})


@pytest.fixture(scope="module")
def drawn():
    plan = curved()
    return ElementTree.fromstring(draw_curves(plan, instraug_results(plan)))


def test_a_point_with_an_interval_for_every_arm_and_a_dot_for_every_seed(drawn):
    marks = [one for one in drawn.iter(f"{SVG}path") if one.get("class") == "c-mark"]
    assert len(marks) == 4 + 2  # arms, and the key beside the names
    assert len([one for one in drawn.iter(f"{SVG}line") if one.get("class") == "c-whisker"]) == 4
    results = instraug_results(curved())
    arms = {arm for amounts in LINES.values() for arm in amounts}
    seeds = [run for run in results.runs if run.arm in arms and run.measures["L3"] is not None]
    assert len([one for one in drawn.iter(f"{SVG}circle") if one.get("class") == "c-seed"]) == len(seeds)


def test_what_is_drawn_higher_was_measured_higher(drawn):
    results = instraug_results(curved())
    mean = {arm: sum(run.measures["L3"] for run in results.runs if run.arm == arm) for arm in ("one", "five", "thirty")}
    (line,) = [
        one for one in drawn.iter(f"{SVG}g") if one.get("class") == "c-0" and one.find(f"{SVG}polyline") is not None
    ]
    points = [tuple(map(float, pair.split(","))) for pair in line.find(f"{SVG}polyline").get("points").split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    by_height = [arm for arm, _ in sorted(zip(mean, points, strict=True), key=lambda one: -one[1][1])]
    assert by_height == sorted(mean, key=mean.get)


def test_names_are_escaped_and_told_in_words(drawn):
    texts = [one.text for one in drawn.iter(f"{SVG}text")]
    assert {"By <others>", "wordings a task", "wordings", "a tenth <of> it"} <= set(texts)
    assert re.search(r"wordings: \d+\.\d at 1, \d+\.\d at 5, \d+\.\d at 30", drawn.get("aria-label"))


def test_the_pages_have_it_where_there_is_one(tmp_path):
    plan = curved()
    write_pages(plan, instraug_results(plan), out=tmp_path)
    assert draw_curves(plan, instraug_results(plan)) in (tmp_path / "page.html").read_text()
    assert (tmp_path / "curves.svg").exists()
    assert "(curves.svg)" in (tmp_path / "page.md").read_text()
    plain = instraug()
    assert draw_curves(plain, instraug_results(plain)) == ""
    assert 'class="curves"' not in render_html(plain, instraug_results(plain))


def test_a_curve_of_arms_that_were_not_run_is_left_out():
    plan = instraug().model_copy(
        update={"curves": {"none": Curve(measure="L3", axis="x", lines={"planted": {"planted": 1}})}}
    )
    assert draw_curves(plan, instraug_results(plan)) == ""


def test_it_is_no_part_of_the_registration():
    told = [digest(_deciding(plan, changes=(), missing=())) for plan in (instraug(), curved())]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("curve", "told"),
    [
        ({"measure": "L5", "axis": "x", "lines": {"a": {"one": 1}}}, "no measure 'L5'"),
        ({"measure": "L3", "axis": "x", "lines": {"a": {"ones": 1}}}, "no arm 'ones'"),
    ],
)
def test_a_curve_of_what_is_not_in_the_plan_is_refused(tmp_path, curve, told):
    plan = instraug().model_dump(mode="json", exclude_defaults=True) | {"curves": {"c": curve}}
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump(plan, sort_keys=False))
    with pytest.raises(ConfigError, match=told):
        load_plan(path)
