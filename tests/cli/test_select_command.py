"""`sayso select` on a file: what it prints, and how it ends."""

import json
from contextlib import chdir

import pytest

from sayso.cli.main import main


@pytest.fixture
def sayso(tmp_path, capsys):
    rows = [{"instruction": f"ask {n}", "input": "", "output": "w " * (n + 1), "kind": "ab"[n % 2]} for n in range(10)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "broken\n")

    def call(*words):
        with chdir(tmp_path), pytest.raises(SystemExit) as left:
            main(["select", *words])
        shown = capsys.readouterr()
        return left.value.code, shown.out, shown.err

    return call


FILE = ("--data", "in.jsonl", "--out", "out.jsonl")


def test_a_share_of_a_file_by_a_scorer_and_a_selector(sayso, tmp_path):
    words = (*FILE, "--scorer", "length", "--selector", "top:by=response_words", "--budget", "0.3", "--json")
    code, out, err = sayso(*words)
    told = json.loads(out.splitlines()[-1])
    assert code == 0
    assert (told["num_records"], told["num_kept"], told["num_bad"]) == (11, 3, 1)
    assert told["kept"] == {"top by response_words": 3}
    assert "in.jsonl is alpaca" in err
    assert "not usable: in.jsonl:11" in out
    assert "3 of 11 kept in out.jsonl; every record is in out.verdicts.jsonl" in out
    kept = [json.loads(line)["instruction"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert kept == ["ask 7", "ask 8", "ask 9"]
    assert (tmp_path / "out.report.html").exists()


def test_several_scorers_and_selectors_stand_in_the_order_that_they_are_typed_in(sayso, tmp_path):
    chain = ("--selector", "threshold:by=words,max=6", "--selector", "top:by=length")
    scorers = ("--scorer", "length", "--scorer", "length:unit=words,as=w")
    code, out, _ = sayso(*FILE, *scorers, *chain, "--budget", "2", "--set", "select.selectors.0.by=w.response_words")
    assert code == 0, out
    rows = [json.loads(line) for line in (tmp_path / "out.verdicts.jsonl").read_text().splitlines()]
    assert [row["row"] for row in rows if row["keep"]] == [0, 1]
    assert rows[9]["reason"] == "threshold: w.response_words 10 is over max 6"
    assert list(rows[0]["values"]) == ["instruction_words", "response_words", "w", "w.response_words"]


def test_by_task_chance_and_page(sayso, tmp_path):
    code, _, _ = sayso(
        *FILE, "--per-task", "--task-key", "kind", "--budget", "1", "--seed", "7", "--report", "page.html"
    )
    assert code == 0
    rows = [json.loads(line) for line in (tmp_path / "out.verdicts.jsonl").read_text().splitlines()]
    assert sorted(row["task"] for row in rows if row["keep"]) == ["a", "b"]
    assert {row["by"] for row in rows if row["keep"]} == {"chance"}
    assert (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "type sayso select RECIPE, or sayso select --data"),
        (("--budget", "0.1"), 2, "no data"),
        (("quickstart", "--budget", "0.1"), 2, "change it with --set select.KEY=VALUE"),
        ((*FILE, "--budget", "10%"), 2, "--budget 10%: write a share such as 0.1, or a number of records such as 100"),
        ((*FILE, "--budget", "0"), 2, "--budget 0: write a share"),
        (("quickstart",), 2, "has no select stage"),
        (("quickstart", "--data", "in.jsonl", "--out", "x.jsonl"), 2, "choose from one of them"),
        (("--data", "in.jsonl", "--budget", "1"), 2, "add --out OUT.jsonl"),
        ((*FILE, "--scorer", "length", "--selector", "top:by=nothing", "--budget", "1"), 2, "no column 'nothing'"),
        ((*FILE, "--selector", "random"), 2, "needs a budget"),
        (("--data", "gone.jsonl", "--out", "x.jsonl", "--budget", "1"), 3, "gone.jsonl does not exist"),
    ],
)
def test_what_is_wrong_ends_with_its_code_and_one_message(sayso, tmp_path, words, code, told):
    left, out, err = sayso(*words)
    assert left == code
    assert told in err
    assert "Traceback" not in out + err
    assert not (tmp_path / "out.jsonl").exists()
