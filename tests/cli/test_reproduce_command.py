"""`sayso reproduce` at the command line: plans by name or path, what would be registered, and clear errors."""

import json
import re
import subprocess
import sys

import pytest
from toy_plan import written

from sayso.cli.main import main
from sayso.errors import ConfigError
from sayso.recipes.reproductions import find_plans, names


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["reproduce", *map(str, arguments)])
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def test_a_plan_is_shown_and_nothing_is_written(capsys, tmp_path):
    code, out, _ = call(capsys, written(tmp_path), "--plan", "--out", tmp_path / "out")
    assert code == 0
    assert out.startswith("# A toy: what will be done")
    assert not (tmp_path / "out").exists()


def test_a_plan_as_json_has_the_scale_the_seeds_and_the_changes_that_were_asked_for(capsys, tmp_path):
    options = ("--scale", "gpu", "--seeds", 4, 5, 6, "--set", "train.max_steps=9", "--plan", "--json")
    code, out, _ = call(capsys, written(tmp_path), *options)
    (made,) = json.loads(out.splitlines()[-1])["reproductions"]
    assert code == 0
    assert (made["scale"], made["seeds"], made["changes"]) == ("gpu", [4, 5, 6], ["train.max_steps=9"])
    assert made["plan"]["scales"] == {"gpu": {"changes": ["train.max_steps=8"], "seeds": [4, 5, 6], "looks": [2]}}


@pytest.mark.parametrize(
    ("options", "message"),
    [(("instrug",), "no plan 'instrug'; .*known: all"), (("PLAN", "--hours", "0"), "--hours 0: give more than 0"),
     (("PLAN", "--jobs", "0"), "--jobs 0; use 1 or more"), (("PLAN", "--seeds", "1", "1"), r"--seeds: seeds \[1, 1\]"),
     (("PLAN", "--set", "train.max_stepz=1"), "unknown key 'max_stepz'; did you mean 'max_steps'"), (("none.yaml",), "plan none.yaml does not exist")],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_exit_code_two(options, message, capsys, tmp_path):
    plan = written(tmp_path)
    code, _, err = call(capsys, *(plan if one == "PLAN" else one for one in options), "--out", tmp_path / "out")
    assert code == 2
    assert re.search(message, err)
    assert not (tmp_path / "out").exists()


def test_showing_a_plan_loads_no_torch(tmp_path):
    code = "import sys; from sayso.cli.main import _run; print(_run(sys.argv[1:]), 'torch' in sys.modules)"
    arguments = ["reproduce", str(written(tmp_path)), "--plan", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


def test_shipped_plans_come_papers_first_and_all_of_them_by_one_name():
    shipped = names()
    assert [path.stem for path in find_plans("all")] == shipped
    assert shipped == sorted(shipped, key=["instraug", "multi_instruct", "l2t", "product", "real", "selection"].index)
    for name in shipped:
        assert [path.stem for path in find_plans(name)] == [name]
    with pytest.raises(ConfigError, match="or give the path of a YAML file"):
        find_plans("quickstart")


@pytest.mark.parametrize("name", names())
def test_every_shipped_plan_can_be_run_within_its_bounds(name, capsys):
    code, out, err = call(capsys, name, "--plan", "--json")
    assert code == 0, err
    (made,) = json.loads(out.splitlines()[-1])["reproductions"]
    assert len(made["seeds"]) >= (
        3 if name == "selection" else 5
    )  # papers need five; what is chosen has effects of ten points
    assert made["plan"]["name"] == name
