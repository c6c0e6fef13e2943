"""Registration: written before the runs, kept to afterwards, and covering all that decides."""

import json

import pytest
from toy_plan import written

from sayso.errors import ConfigError, DataError
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.preparing import Design
from sayso.pipeline.reproducing.registering import draft, plan_as_run, plan_text, register


def design_of(folder, *changes, size="cpu", **options):
    return Design.of(load_plan(written(folder, *changes)), size=size, templates=folder / "t.jsonl", **options)


def test_a_registration_says_when_by_what_and_what_can_be_seen(tmp_path):
    made = register(design_of(tmp_path), folder=tmp_path / "toy")
    held = json.loads((tmp_path / "toy" / "plan.json").read_text())
    assert held["registered"].endswith(" UTC")
    assert (held["seeds"], held["scale"], held["missing"]) == ([1, 2], "cpu", ["SAYSO_TOY_DATA"])
    assert held["visible"]["both"] is None
    assert held["visible"]["longer"] == pytest.approx(1.5 * held["visible"]["more"])
    text = (tmp_path / "toy" / "plan.md").read_text()
    for told in (
        made.digest,
        "`+1 five/steps -1 one/steps`",
        "all of `trained`, `more`",
        "SAYSO_TOY_DATA",
        made.stopping,
    ):
        assert told in text
    assert "| `more` | More wordings help. | `+1 five/held_in -1 one/held_in` | 0.0 points | 1.0 points | 2.0 points | " in text  # fmt: skip


def test_more_seeds_see_smaller_effects_and_looks_cost(tmp_path):
    few, many = (draft(design_of(tmp_path, size="gpu", seeds=seeds)) for seeds in ((1, 2, 3), (1, 2, 3, 4, 5)))
    assert few.visible["more"] > many.visible["more"]
    once = draft(design_of(tmp_path, (", looks: [2]", ""), size="gpu"))
    assert once.visible["more"] < few.visible["more"]
    assert "Verdicts are read after 2, 3 seeds and at no other number, each at 97.5 %" in few.stopping


def test_the_same_plan_is_found_as_it_was_registered(tmp_path):
    first = register(design_of(tmp_path), folder=tmp_path / "toy")
    before = (tmp_path / "toy" / "plan.json").stat().st_mtime_ns
    assert register(design_of(tmp_path), folder=tmp_path / "toy") == first
    assert (tmp_path / "toy" / "plan.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("max_steps: 3", "max_steps: 5", "recipe.train.max_steps: 3 -> 5"),
        ("train.max_steps=6", "train.max_steps=7", "arms.longer.changes.0: 'train.max_steps=6' -> 'train.max_steps=7'"),
        ("exceeds: 0.5", "exceeds: 0.4", "claims.trained.exceeds: 0.5 -> 0.4"),
        ("spread: 0.02", "spread: 0.01", "claims.more.spread"),
        ("More wordings help", "Fewer wordings help", "claims.more.says"),
        ("group: held_in, distance: none", "group: held_in", "measures.held_in.where.distance: 'none' -> not set"),
        ("seeds: [1, 2]}", "seeds: [1, 3]}", r"scales.cpu.seeds.1: 2 -> 3"),
    ],
)  # fmt: skip
def test_what_decides_may_not_change_any_more(old, new, told, tmp_path):
    register(design_of(tmp_path), folder=tmp_path / "toy")
    with pytest.raises(ConfigError, match=r"holds another registration of .*choose a new folder with --out") as raised:
        register(design_of(tmp_path, (old, new)), folder=tmp_path / "toy")
    assert told in str(raised.value)


def test_other_scales_and_what_set_changes_are_another_plan_too(tmp_path, monkeypatch):
    register(design_of(tmp_path), folder=tmp_path / "toy")
    for other in ({"size": "gpu"}, {"overrides": ("train.max_steps=9",)}, {"seeds": (1, 2, 3)}):
        with pytest.raises(ConfigError, match="holds another registration"):
            register(design_of(tmp_path, **other), folder=tmp_path / "toy")
    monkeypatch.setenv("SAYSO_TOY_DATA", "somewhere")
    with pytest.raises(ConfigError, match="SAYSO_TOY_DATA"):
        register(design_of(tmp_path), folder=tmp_path / "toy")


@pytest.mark.parametrize(
    ("old", "new"),
    [("title: A toy", "title: A better toy"), ("Two arms on", "Both arms on"), ("label: Sensitivity", "label: Unrest"),
     ("paper: ours, measure: steps", "paper: 'ours, not theirs', measure: steps"), ("spread: 0.02", "spread: 0.02, why_not: nothing is learned"),
     ("seeds: [1, 2, 3]", "seeds: [1, 2, 3, 4]")],
)  # fmt: skip
def test_prose_and_other_scales_may_change_and_are_brought_up_to_date(old, new, tmp_path):
    first = register(design_of(tmp_path), folder=tmp_path / "toy")
    design = design_of(tmp_path, (old, new))
    second = register(design, folder=tmp_path / "toy")
    assert (second.digest, second.registered) == (first.digest, first.registered)
    assert second.plan == plan_as_run(design).model_dump(mode="json")
    assert (tmp_path / "toy" / "plan.md").read_text() == plan_text(plan_as_run(design), second)


def test_runs_that_nobody_registered_and_a_damaged_plan_are_refused(tmp_path):
    folder = tmp_path / "toy"
    (folder / "cells").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"has runs but no plan\.json"):
        register(design_of(tmp_path), folder=folder)
    (folder / "plan.json").write_text("{")
    with pytest.raises(DataError, match=r"plan\.json cannot be read"):
        register(design_of(tmp_path), folder=folder)
