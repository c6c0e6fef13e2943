"""`suites set` and `suites export` as they are typed."""

import json

import pytest

from sayso.artifacts import write_jsonl
from sayso.cli.main import app
from sayso.errors import ConfigError, DataError
from sayso.evaluate.suite_sets import suite_sets
from sayso.evaluate.values import Value
from tests.helpers.published_files import write


def run(*words):
    app(["suites", *map(str, words)], exit_on_error=False)


def scores(folder, name, *, tasks=None, better=0.0):
    folder.mkdir()
    members = suite_sets.build(name, {}).members[:tasks]
    write_jsonl(
        folder / "values.jsonl",
        [
            Value(task=one.name, example=f"e{n}", template="w", metric=one.metrics[0], value=0.25 * (n % 3) + better)
            for one in members
            for n in range(6)
        ],
    )
    return folder


def test_a_set_is_printed_with_its_number(tmp_path, capsys):
    run("set", "instraug_12", scores(tmp_path / "a", "instraug_12"), "--json")
    out = capsys.readouterr().out
    assert "mean over tasks: 0.2500 [" in out
    assert "not stated" in out
    found = json.loads(out.splitlines()[-1])
    assert (found["num_present"], found["num_tasks"], found["missing"]) == (12, 12, [])
    assert found["aggregate"]["mean"] == 0.25


def test_a_part_of_a_set_is_never_called_the_whole(tmp_path, capsys):
    run("set", "multi_instruct_9", scores(tmp_path / "a", "multi_instruct_9", tasks=7))
    out = capsys.readouterr().out
    assert "NOT the set's number: mean over 7 of its 9 tasks: 0.2500" in out
    assert "missing: visual_spatial_relationship, natural_language_visual_reasoning" in out


def test_gains_are_over_a_baseline(tmp_path, capsys):
    before, after = scores(tmp_path / "a", "l2t_16"), scores(tmp_path / "b", "l2t_16", better=0.25)
    run("set", "l2t_16", after, "--baseline", before, "--json")
    out = capsys.readouterr().out
    assert "roster inferred" in out
    assert "gain of means, captioning: +100.0%" in out
    assert json.loads(out.splitlines()[-1])["gains"]["mean_of_gains"][-1]["num_tasks"] == 16


def test_gains_over_some_of_the_tasks_are_not_the_sets(tmp_path, capsys):
    before, after = scores(tmp_path / "a", "l2t_16", tasks=6), scores(tmp_path / "b", "l2t_16", better=0.25)
    run("set", "l2t_16", after, "--baseline", before)
    out = capsys.readouterr().out
    assert "mean of relative gains, general VQA: +100.0% [" in out
    lines = {line.partition(":")[0]: line for line in out.splitlines() if line.startswith("gain of means")}
    assert lines["gain of means, general VQA"].endswith("over 4 tasks")
    assert lines["gain of means, comprehensive"].endswith("over 2 of 4 tasks, NOT the set's number")
    assert lines["gain of means, overall"].endswith("over 6 of 16 tasks, NOT the set's number")


def test_a_folder_that_is_named_twice_counts_once(tmp_path, capsys):
    folder = scores(tmp_path / "a", "multi_instruct_9")
    run("set", "multi_instruct_9", folder, tmp_path)
    assert "mean over tasks: 0.2500 [" in capsys.readouterr().out
    with pytest.raises(DataError, match="no folder of scores is given"):
        run("set", "multi_instruct_9")


def test_of_a_run_the_tuned_model_is_meant_and_the_untuned_one_is_named_behind_a_colon(tmp_path, capsys):
    members = suite_sets.build("l2t_16", {}).members
    rows = [
        Value(task=one.name, example=f"e{n}", template="w", metric=one.metrics[0], value=value, model=model)
        for one in members
        for n in range(6)
        for model, value in (("tuned", 0.5), ("untuned", 0.25))
    ]
    write_jsonl(tmp_path / "values.jsonl", rows)
    run("set", "l2t_16", tmp_path, "--baseline", f"{tmp_path}:untuned", "--json")
    assert "gain of means, captioning: +100.0%" in capsys.readouterr().out


def test_an_unknown_set_or_option_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no set of suites named 'l2t_15'; did you mean 'l2t_16'"):
        run("set", "l2t_15", tmp_path)
    with pytest.raises(DataError, match=r"no values\.jsonl"):
        run("set", "l2t_16", tmp_path)


def test_a_suite_is_exported(tmp_path, capsys):
    sheet = write(tmp_path / "xstest_prompts.csv", "id,prompt,type,label,focus,note\n1,Hi?,x,safe,,\n")
    run("export", "xstest", "--data", sheet, "--out", tmp_path / "out", "--json")
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["group"], found["num_tasks"], found["num_docs"]) == ("sayso_xstest", 5, 1)
    with pytest.raises(ConfigError, match="is there already"):
        run("export", "xstest", "--data", sheet, "--out", tmp_path / "out")
