"""`sayso augment` with a file of templates in place of a recipe, and what it says of wrong use."""

import json

import pytest

from sayso.cli.main import main

TEMPLATES = [
    {"task": "a", "template": "What color is the {region[0]} in the image? {sep.join(options)}"},
    {"task": "b", "template": "{} What is shown in the picture?"},
]


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def last_json(text):
    return json.loads(text.splitlines()[-1])


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in TEMPLATES))
    return path


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_of_templates_becomes_a_file_of_wordings(capsys, given, tmp_path):
    out = tmp_path / "pool.jsonl"
    code, shown, _ = call(
        capsys, "augment", "--templates", str(given), "--out", str(out), "--max-wordings", "5", "--json"
    )
    assert code == 0
    told = last_json(shown)
    assert (told["num_given"], told["num_wordings"]) == (2, 10)
    assert len(rows(out)) == 10
    assert all(set(row) == {"task", "template", "parent", "lineage"} for row in rows(out))
    assert len(rows(tmp_path / "pool.candidates.jsonl")) == told["candidates"]


def test_seed_strategy_and_settings_can_be_chosen(capsys, given, tmp_path):
    texts = {}
    for name, more in {"a": ["--seed", "2"], "b": ["--seed", "2"], "c": ["--strategy", "iterative"]}.items():
        out = tmp_path / f"{name}.jsonl"
        call(capsys, "augment", "--templates", str(given), "--out", str(out), "--max-wordings", "4", *more)
        texts[name] = out.read_text()
    assert texts["a"] == texts["b"] != texts["c"]
    out = tmp_path / "d.jsonl"
    settings = [
        "--set",
        "augment.filters=[{name: slots}]",
        "augment.paraphraser={name: scripted, wordings: {'*': [No slots.]}}",
    ]
    code, shown, _ = call(capsys, "augment", "--templates", str(given), "--out", str(out), "--json", *settings)
    assert code == 0
    assert (rows(out), last_json(shown)["candidates"]) == ([], 2)


def test_candidates_go_where_they_are_told_to(capsys, given, tmp_path):
    verdicts = tmp_path / "else.jsonl"
    files = ["--templates", str(given), "--out", str(tmp_path / "pool.jsonl"), "--candidates", str(verdicts)]
    assert call(capsys, "augment", *files, "--max-wordings", "2")[0] == 0
    assert {row["verdict"].get("keep") for row in rows(verdicts)} >= {True}


def test_a_bad_line_is_exit_code_3_or_set_aside(capsys, given, tmp_path):
    with given.open("a") as handle:
        handle.write('{"task": "a", "template": "Count {x"}\n')
    files = ["--templates", str(given), "--out", str(tmp_path / "pool.jsonl"), "--max-wordings", "2"]
    code, _, err = call(capsys, "augment", *files)
    assert code == 3
    assert "in.jsonl, line 3" in err.replace("\n", "")
    code, _, err = call(capsys, "augment", *files, "--max-bad-rows", "1")
    assert code == 0
    assert "set aside" in err


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["--out", "in.jsonl"], "--out in.jsonl is used for something else"),
        (["--out", "folder"], "--out folder is a folder; name a file in it"),
        (["--out", "x", "--candidates", "x"], "--candidates x is used for something else"),
        (["--out", "x", "--candidates", "./in.jsonl"], "--candidates in.jsonl is used for something else"),
        (["--out", "x", "--candidates", "folder"], "--candidates folder is a folder"),
        (["--out", "mine.jsonl"], "--out mine.jsonl exists, and no mine.candidates.jsonl"),
    ],
)
def test_no_file_is_written_over_another(capsys, given, tmp_path, monkeypatch, files, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine.jsonl").write_text("{}")
    before = given.read_bytes()
    code, _, err = call(capsys, "augment", "--templates", "in.jsonl", *files)
    assert (code, told in " ".join(err.split())) == (2, True), err
    assert given.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "in.jsonl", "mine.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "no templates: type sayso augment RECIPE"),
        (["quickstart", "--candidates", "x"], "no templates: type sayso augment RECIPE"),
        (["--templates", "IN"], "add --out POOL.jsonl"),
        (["--templates", "IN", "--out", "x", "--max-bad-rows", "-1"], "--max-bad-rows is -1; give 0 or more"),
        (["--templates", "IN", "--out", "x", "--paraphraser", "chat"], "add --model NAME --base-url URL"),
        (["--templates", "IN", "--out", "x", "--paraphraser", "local"], "add --model FOLDER"),
        (["--templates", "IN", "--out", "x", "--model", "m"], "add --paraphraser chat or local"),
        (["--templates", "IN", "--out", "x", "--paraphraser", "gramar"], "did you mean 'grammar'"),
        (
            ["--templates", "IN", "--out", "x", "--strategy", "multi_temperature"],
            "needs a paraphraser with meta-prompts",
        ),
        (["--templates", "IN", "--out", "x", "--set", "augment.strategie=single"], "did you mean 'strategy'"),
        (["nlvrr", "--templates", "IN", "--out", "x"], "did you mean 'nlvr'"),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_what_to_type(capsys, given, arguments, told):
    code, _, err = call(capsys, "augment", *[str(given) if word == "IN" else word for word in arguments])
    assert code == 2
    assert told in " ".join(err.split())
