"""`sayso filter` as a person uses it: a plain file in, a verdict a line out."""

import json
import subprocess
import sys

import pytest

from sayso.cli.main import main

PAIR = {"parent": "What is the color of {thing}?", "candidate": "Tell me the color of {thing}."}


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def verdicts(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_line_gets_a_verdict_in_order_with_its_id_as_it_was(tmp_path):
    ids = ["a", 7, 2.5, True, None, 12345678901234567890123, "a"]
    good = [{"id": one, **PAIR, "label": 1} for one in ids]
    bad = {"id": "lost", "parent": PAIR["parent"], "candidate": "Tell me the color."}
    given = written(tmp_path / "in.jsonl", *good, bad)
    done = subprocess.run(
        [sys.executable, "-m", "sayso", "filter", "--candidates", given, "--out", tmp_path / "out.jsonl", "--json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = verdicts(tmp_path / "out.jsonl")
    assert [row["id"] for row in found] == [*ids, "lost"]
    assert all(set(row) == {"id", "keep", "score", "reason"} for row in found)
    assert [row["keep"] for row in found] == [True] * len(ids) + [False]
    assert found[-1]["reason"].startswith("slots")
    assert found[-1]["score"] <= found[0]["score"]
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["num_candidates"], said["kept"], sum(said["refused"].values())) == (8, 7, 1)


@pytest.mark.parametrize(
    "text", ["{thing} \ud800", "{thing.__class__}", "%s {thing} " * 9000, "{thing} \u202e", "", "{", "```{thing}```"]
)
def test_hostile_candidates_are_refused_with_a_reason(tmp_path, capsys, text):
    given = written(tmp_path / "in.jsonl", {"id": 1, "parent": PAIR["parent"], "candidate": text}, {"id": 2, **PAIR})
    assert call(capsys, "filter", "--candidates", given, "--out", tmp_path / "out.jsonl")[0] == 0
    first, second = verdicts(tmp_path / "out.jsonl")
    assert not first["keep"]
    assert first["reason"]
    assert second["keep"]


def test_the_chain_can_be_chosen_by_name_or_taken_from_a_recipe(tmp_path, capsys):
    given = written(tmp_path / "in.jsonl", {"id": 1, "parent": "Count {x}.", "candidate": "Count. " * 30 + "{x}"})
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("augment:\n  filters: [{name: length, preset: loose, slack: 100}]\n")
    for options, keep in ((("--filters", "slots", "characters"), True), (("--recipe", recipe), True), ((), False)):
        assert call(capsys, "filter", "--candidates", given, "--out", tmp_path / "out.jsonl", *options)[0] == 0
        assert verdicts(tmp_path / "out.jsonl")[0]["keep"] == keep, options


def test_an_empty_file_gives_an_empty_one(tmp_path, capsys):
    given = tmp_path / "in.jsonl"
    given.write_bytes(b"\xef\xbb\xbf\n\n")
    assert call(capsys, "filter", "--candidates", given, "--out", tmp_path / "out.jsonl")[0] == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"id": 1, "parent": "a"}', "candidate"),
        (b'{"parent": "a", "candidate": "b"}', "id"),
        (b'{"id": [1], "parent": "a", "candidate": "b"}', "id"),
        (b'{"id": 1, "parent": 3, "candidate": "b"}', "parent"),
        (b"id,parent,candidate", "malformed"),
        (b"\xff\xfe", "a line is"),
        (b"[" * 100_000, "a line is"),
        (b'{"id": "\\ud800", "parent": "a", "candidate": "b"}', "surrogate"),
        (b'{"id": NaN, "parent": "a", "candidate": "b"}', "malformed"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(tmp_path, capsys, line, told):
    given = tmp_path / "in.jsonl"
    given.write_bytes(json.dumps({"id": 0, **PAIR}).encode() + b"\n" + line + b"\n")
    code, _, said = call(capsys, "filter", "--candidates", given, "--out", tmp_path / "out.jsonl")
    assert code == 3
    assert f"{given}, line 2" in said
    assert told in said
    assert '{"id": 1, "parent": "...", "candidate": "..."}' in said
    assert list(tmp_path.iterdir()) == [given]


def test_what_cannot_be_done_is_told(tmp_path, capsys):
    given = written(tmp_path / "in.jsonl", {"id": 1, **PAIR})
    out = ("--out", tmp_path / "out.jsonl")
    cases = [
        ((tmp_path / "none.jsonl", *out), 3, "does not exist"),
        ((tmp_path, *out), 3, "cannot be read"),
        ((given, "--out", given), 2, "choose another name"),
        ((given, "--out", tmp_path), 2, "is a folder; name a file in it"),
        ((given, *out, "--filters", "slts"), 2, "did you mean 'slots'"),
        ((given, *out, "--filters", "slots", "--recipe", "quickstart"), 2, "leave --filters out"),
    ]
    for arguments, code, told in cases:
        left, _, said = call(capsys, "filter", "--candidates", *arguments)
        assert (left, told in said) == (code, True), said
