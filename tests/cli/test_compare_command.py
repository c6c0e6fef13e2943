"""`sayso compare`: a table for people, one JSON value for machines, exit code 5 where a gate fired."""

import json

import pytest
from score_files import breaks_h0, good, write_csv, write_values

from sayso.cli.main import main


@pytest.fixture
def files(tmp_path):
    return [write_values(tmp_path / f"{name}.jsonl", score) for name, score in (("a", good), ("b", breaks_h0))]


@pytest.fixture
def call(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["compare", *map(str, arguments)])
        shown = capsys.readouterr()
        return left.value.code, shown.out, shown.err

    return run


def test_two_files_are_compared_in_a_table_and_in_json(call, files):
    code, out, _ = call(*files, "--json")
    assert code == 0
    found = json.loads(out.splitlines()[-1])
    assert {"runs", "difference", "by_task", "gates"} <= set(found)
    assert [run["name"] for run in found["runs"]] == ["a.jsonl", "b.jsonl"]
    assert found["difference"]["mean"] == pytest.approx(-0.125)
    assert [row["task"] for row in found["by_task"]] == ["count", "name"]
    assert found["gates"] == []
    assert "Wording gap" in out
    assert "Over 2 tasks, b.jsonl scores 62.5 % against 75.0 % of a.jsonl: -12.5" in out


def test_a_gate_that_fires_ends_with_5_and_says_what_and_by_how_much(call, files):
    code, out, told = call(*files, "--fail-if", "held_in < -1", "any_wording < -2", "--json")
    assert code == 5
    assert "1 condition of --fail-if met" in told
    assert "any_wording < -2: b.jsonl count, wording h0 -75.0 points" in told
    found = json.loads(out.splitlines()[-1])
    assert [gate["fired"] for gate in found["gates"]] == [False, True]
    assert "passed: held_in < -1" in out


@pytest.mark.parametrize("given", [("--fail-if", "held_in < -1"), ("--fail-if", "worst_wording < -99", "--strict"), ()])
def test_gates_that_pass_end_with_0(call, files, given):
    assert call(*files, *given)[0] == 0


def test_a_run_against_itself_never_fires(call, tmp_path):
    files = [write_values(tmp_path / f"{name}.jsonl", breaks_h0) for name in "ab"]
    assert call(*files, "--fail-if", "overall < 0", "any_wording < 0", "sensitivity > 0", "--strict")[0] == 0


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (("--fail-if", "held-in < -1"), 2, "did you mean 'held_in'"),
        (("--fail-if", "suites < -1"), 2, "nothing that these runs share"),
        (("--metric", "acc"), 2, "no run has the metric 'acc'"),
        (("--alpha", "2"), 2, "--alpha 2"),
        (("--out", "page.pdf"), 2, "ends in .html"),
    ],
)
def test_what_is_asked_wrongly_ends_with_2(call, files, given, code, told):
    found = call(*files, *given)
    assert found[0] == code
    assert told in found[2]


def test_one_run_is_none_to_compare(call, files):
    code, _, told = call(files[0])
    assert code == 2
    assert "the baseline first" in told


def test_tables_of_other_examples_end_with_3(call, tmp_path):
    heading = ("task", "example", "score")
    files = [write_csv(tmp_path / f"{name}.csv", heading, ("t", name, 1.0)) for name in "ab"]
    code, _, told = call(*files)
    assert code == 3
    assert "no example is in all runs (a.csv: 'a'; b.csv: 'b')" in told


def test_a_page_gets_its_folder_beside_it_and_a_folder_gets_everything(call, files, tmp_path):
    page = tmp_path / "deep" / "page.html"
    code, out, _ = call(*files, "--out", page, "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["page"] == str(page)
    assert sorted(path.name for path in (tmp_path / "deep").rglob("*")) == [
        "comparison.json",
        "comparison.md",
        "page",
        "page.html",
    ]
    assert call(*files, "--out", tmp_path / "all")[0] == 0
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        "comparison.html",
        "comparison.json",
        "comparison.md",
    ]
    assert json.loads((tmp_path / "all" / "comparison.json").read_text())["difference"]["run"] == "b.jsonl"


def test_a_page_is_written_where_a_gate_fires_too(call, files, tmp_path):
    assert call(*files, "--fail-if", "unseen < 0", "--out", tmp_path / "p.html")[0] == 5
    assert "failed" in (tmp_path / "p.html").read_text()
