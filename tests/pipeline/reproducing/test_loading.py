"""Plans from files: what is written is what is read, and what is wrong is named with its line."""

import re

import pytest
from toy_plan import TOY, written

from sayso.errors import ConfigError
from sayso.pipeline.reproducing.loading import load_plan


def test_a_plan_is_read_as_it_is_written(tmp_path):
    plan = load_plan(written(tmp_path)).plan
    assert list(plan.arms) == ["one", "five", "longer"]
    assert plan.recipe["train"]["max_steps"] == 3
    assert plan.claims["both"].all_of == ("trained", "more")
    assert plan.scales["gpu"].looks == (2,)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("arms:\n", "armz:\n", r"line 21, armz: unknown key 'armz'; did you mean 'arms'"),
        ("{label: one wording,", "{labl: one wording,", r"line 22, arms\.one\.labl: unknown key 'labl'; did you mean 'label'"),
        ("matters: 0.01,", "maters: 0.01,", r"claims\.more\.maters: unknown key 'maters'; did you mean 'matters'"),
        ("spread: 0.02", "spread: 0", r"claims\.more\.spread: .*greater than 0, got 0"),
        ("{five: 1, one: -1}, exceeds", "{fife: 1, one: -1}, exceeds", r"claim 'trained': no arm 'fife' in the plan; did you mean 'five'"),
        ("longer: 1, one", "longer/held: 1, one", r"claim 'longer': no measure 'held' in the plan; did you mean 'held_in'"),
        ("measure: steps, con", "measure: step, con", r"line 32, claims\.trained: no measure 'step' in the plan; did you mean 'steps'"),
        ("measure: steps, con", "con", r"of which measure is 'five'\? give measure:, or write five/MEASURE"),
        ("[trained, more]", "[trained, mor]", r"claim 'both': no claim 'mor' in the plan; did you mean 'more'"),
        ("[trained, more]", "[both]", r"both -> both are made of one another"),
        ("[trained, more]", "[trained], contrast: {one: 1}, measure: steps", r"claims\.both: it has both a contrast and all_of"),
        ("{five: 1, one: -1}, exceeds", "{five: 0}, exceeds", r"all weights are 0"),
        ("{group: held_in, distance: none}", "{gruop: held_in}", r"where has 'gruop'; did you mean 'group'"),
        ("read: summary, path: held_in_blind.mean", "read: summary", r"'summary' reads the number at a path, got path ''"),
        ("read: sensitivity,", "read: sensitivity, path: a.b,", r"'sensitivity' has no path, got path 'a\.b'"),
        ("path: train.counts.steps", "path: train", r"path 'train' is not STAGE\.KEY"),
        ("path: held_in_blind.mean", "path: a, where: {task: b}", r"reads one number, so where has nothing to choose"),
        ("primary: true", "primary: false", r"arms: none is primary"),
        ("seeds: [1, 2]}", "seeds: [1, 1]}", r"scales\.cpu: seeds \[1, 1\]; name at least one, each once"),
        ("looks: [2]", "looks: [3]", r"scales\.gpu: a look at 3 of 3 seeds"),
        ("  longer: {label", "  a/b: {label", r"use letters, digits, \. - and _ in the name 'a/b'"),
        ("name: toy\ntitle", "name: a/b\ntitle", r"line 2, name: 'a/b' names a folder"),
        ("title: A toy\n", "", r"title: title is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(old, new, message, tmp_path):
    path = written(tmp_path, (old, new))
    with pytest.raises(ConfigError, match=message) as raised:
        load_plan(path)
    assert str(path) in str(raised.value)


def test_no_plan_at_all_is_said(tmp_path):
    with pytest.raises(ConfigError, match=re.escape(f"plan {tmp_path / 'none.yaml'} does not exist")):
        load_plan(tmp_path / "none.yaml")
    path = written(tmp_path, (TOY, "[1, 2]"))
    with pytest.raises(ConfigError, match="a plan is a mapping of keys to values, this is list"):
        load_plan(path)
