"""`sayso sensitivity` as a person uses it: anyone's scores in, a table and one JSON value out."""

import json
import math
import subprocess
import sys

import pytest

from sayso.artifacts import write_jsonl
from sayso.cli.main import main
from sayso.evaluate.values import Value


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["sensitivity", *map(str, arguments)])
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def table(tmp_path, *rows, head="task,instruction,score"):
    path = tmp_path / "scores.csv"
    path.write_text("\n".join((head, *rows)) + "\n")
    return path


def values(path, *, models=("tuned",)):
    """Two wordings of which one is right on every other example."""
    rows = [
        Value(
            task="t",
            example=str(number),
            template=name,
            metric="accuracy",
            value=float(number % 2 or name == "b"),
            model=model,
        )
        for model in models
        for name in "ab"
        for number in range(10)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_jsonl(path, rows)
    return path


def test_a_table_ends_in_its_sensitivity(tmp_path):
    path = table(tmp_path, "t,a,0.5", "t,b,0.7", "u,a,0.4", "u,b,0.5", "u,c,0.6")
    command = [sys.executable, "-m", "sayso", "sensitivity", "--table", path, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["sensitivity"]["mean"] == pytest.approx((math.sqrt(0.02) / 0.6 + 0.2) / 2)
    assert [row["task"] for row in found["by_task"]] == ["t", "u"]
    assert "chance is not known" in done.stdout


def test_neither_torch_nor_transformers_is_loaded(tmp_path):
    path = table(tmp_path, "t,a,0.5", "t,b,0.7")
    code = f"import sys, sayso.pipeline as p, pathlib; p.measure_sensitivity(pathlib.Path({str(path)!r})); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_models_stand_side_by_side_and_one_can_be_chosen(tmp_path, capsys):
    path = table(tmp_path, "A,t,a,50", "A,t,b,50", "B,t,a,20", "B,t,b,40", head="model,task,instruction,score")
    code, out, _ = call(capsys, "--table", path, "--json")
    found = json.loads(out.splitlines()[-1])
    assert (code, found["sensitivity"], found["scale"], "shares of 100" in out) == (0, None, 100, True)
    assert [(one["model"], one["sensitivity"]["mean"] > 0) for one in found["by_model"]] == [("A", False), ("B", True)]
    assert [row["model"] for row in found["by_task"]] == ["A", "B"]
    code, out, _ = call(capsys, "--table", path, "--scale", 100, "--model", "B", "--json")
    assert json.loads(out.splitlines()[-1])["sensitivity"]["mean"] == pytest.approx(math.sqrt(0.02) / 0.3)
    code, _, told = call(capsys, "--table", path, "--scale", 100, "--model", "C")
    assert (code, "no model 'C'" in told) == (2, True)


def test_values_of_a_file_and_of_a_folder_are_the_same(tmp_path, capsys):
    path = values(tmp_path / "values.jsonl")
    found = []
    for given in (path, tmp_path):
        code, out, told = call(capsys, given, "--json", "--resamples", 200)
        assert code == 0, told
        found.append({key: value for key, value in json.loads(out.splitlines()[-1]).items() if key != "path"})
    assert found[0] == found[1]
    code, out, told = call(capsys, values(tmp_path / "several" / "t" / "values.jsonl").parent.parent, "--json")
    assert (code, json.loads(out.splitlines()[-1])["sensitivity"]["num_tasks"]) == (0, 1), told
    assert found[0]["sensitivity"]["mean"] == pytest.approx(math.sqrt(0.125) / 0.75)
    assert found[0]["sensitivity_corrected"]["method"] == "paired"


def test_a_model_is_named_behind_a_colon_as_for_compare(tmp_path, capsys):
    values(tmp_path / "values.jsonl", models=("tuned", "untuned"))
    code, out, told = call(capsys, f"{tmp_path}:untuned", "--json")
    assert code == 0, told
    assert json.loads(out.splitlines()[-1])["model"] == "untuned"
    assert "over 1 task," in out


def test_what_is_wrong_says_what_to_type(tmp_path, capsys):
    path = table(tmp_path, "t,a,0.5", "t,b,0.7")
    for name in ("semi", "empty"):
        (tmp_path / name).mkdir()
    for arguments, exit_code, message in [
        ((), 2, "--table SCORES.csv"),
        ((path, "--table", path), 2, "give one of them"),
        (("--table", path, "--metric", "accuracy"), 2, "a table has one score a row"),
        (("--table", path, "--confidence", 2), 2, "--confidence 2.0"),
        (("--table", tmp_path / "none.csv"), 3, "cannot be read"),
        (("--table", table(tmp_path / "semi", "t|a|0.5", head="task|instruction|score")), 3, "by commas"),
        ((tmp_path / "empty",), 3, "holds 0 files values.jsonl"),
        ((tmp_path / "values.jsonl",), 3, "does not exist"),
        ((values(tmp_path / "more" / "values.jsonl"), "--scale", 100), 2, "--scale 100"),
        ((values(tmp_path / "more" / "values.jsonl"), "--metric", "bleu"), 3, "no score of metric 'bleu'"),
    ]:
        code, _, told = call(capsys, *arguments)
        assert (code, message in told) == (exit_code, True), told


def test_a_table_with_semicolons_may_have_decimal_commas(tmp_path, capsys):
    path = table(tmp_path, "t;a;0,25", "t;b;0,75", head="task;instruction;score")
    code, out, told = call(capsys, "--table", path, "--json")
    assert code == 0, told
    assert json.loads(out.splitlines()[-1])["sensitivity"]["mean"] == pytest.approx(math.sqrt(0.125) / 0.5)
