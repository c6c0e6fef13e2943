"""`sayso show`: headline, stages, and what another run did otherwise."""

import json
import pathlib

import msgspec
import pytest

from sayso.artifacts import Manifest, write_json
from sayso.cli.main import main


def write_stage(run, node, *, kind=None, config=None, seed=1):
    made = Manifest(node=node, kind=kind or node, digest=f"d{seed}", config=config or {}, seed=seed)
    write_json(run / node / "manifest.json", msgspec.to_builtins(made))


@pytest.fixture
def runs(tmp_path):
    for name, rate, held_in in (("a", 0.1, 0.5), ("b", 0.2, 0.75)):
        run = tmp_path / name
        write_stage(run, "train", config={"learning_rate": rate, "model": {"name": "tiny"}})
        write_stage(run, "evaluate")
        score = {"mean": held_in, "low": held_in - 0.1, "high": held_in + 0.1, "n": 40}
        write_json(run / "evaluate" / "summary.json", {"held_in": score})
    write_stage(tmp_path / "b", "report", seed=2)
    write_stage(tmp_path / "b", "later.partial", kind="later")
    return str(tmp_path / "a"), str(tmp_path / "b")


@pytest.fixture
def call(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["show", *arguments])
        shown = capsys.readouterr()
        return left.value.code, shown.out, shown.err

    return run


def test_a_run_is_its_headline_and_its_stages(call, runs):
    code, out, _ = call(runs[0], "--json")
    assert code == 0
    assert "50.0 % (40.0 to 60.0, n = 40)" in out
    found = json.loads(out.splitlines()[-1])
    assert found["headline"]["evaluate"]["held_in"]["mean"] == 0.5
    assert [stage["node"] for stage in found["stages"]] == ["evaluate", "train"]
    assert found["stages"][1]["config"]["learning_rate"] == 0.1


def test_runs_of_different_models_are_told_apart_where_both_have_the_number(call, runs):
    summary = {"held_in": {"mean": 0.9}, "held_out_tasks": {"mean": 0.2}, "model": "gpt"}
    (pathlib.Path(runs[1]) / "evaluate" / "summary.json").write_text(json.dumps(summary))
    code, out, _ = call(runs[0], "--diff", runs[1], "--json")
    assert code == 0
    assert [row["number"] for row in json.loads(out.splitlines()[-1])["diff"]["headline"]] == ["Held-out tasks"]


def test_a_diff_is_changed_keys_and_changed_numbers(call, runs):
    code, out, _ = call(runs[0], "--diff", runs[1], "--json")
    assert code == 0
    found = json.loads(out.splitlines()[-1])["diff"]
    assert found["changed"] == ["report: only in the other", "train.learning_rate: 0.1 -> 0.2"]
    (row,) = found["headline"]
    assert (row["stage"], row["here"][:6], row["there"][:6]) == ("evaluate", "50.0 %", "75.0 %")
    assert "train.learning_rate: 0.1 -> 0.2" in out


def test_what_is_no_run_is_told(call, tmp_path):
    code, _, told = call(str(tmp_path))
    assert code == 3
    assert "no finished stage" in told
