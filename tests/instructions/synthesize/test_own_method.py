"""A method of the reader's own, as the page shows it, named in a recipe; and a model in this process."""

import json
import re
from pathlib import Path

import made_up
import pytest

from sayso.artifacts import read_jsonl, read_manifest
from sayso.cli.main import main
from sayso.config import make_recipe
from sayso.data.folder import BuildFolder
from sayso.instructions.synthesize import Made
from sayso.pipeline import run_recipe
from sayso.records import AnnotatedItem

PAGE = Path(__file__).parents[3] / "docs" / "synthesizing.md"


def test_the_method_on_the_page_runs_in_a_recipe(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "shouting_module.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    rows = '{"captions": ["A cat."], "license": "mit"}\n{"captions": ["A dog."]}\n'
    (tmp_path / "rows.jsonl").write_text(rows)
    section = {
        "sources": [{"name": "jsonl", "path": str(tmp_path / "rows.jsonl")}],
        "synthesizer": {"name": "shouting_module:Shouting"},
        "max_items": 2,
    }
    run_recipe(make_recipe({"synthesize": section}, path=tmp_path / "m.yaml", lines={}), out=tmp_path / "run")
    items = list(read_jsonl(tmp_path / "run" / "synthesize" / "items.jsonl", AnnotatedItem))
    assert [(item.id, item.captions, item.license) for item in items] == [
        ("synthesize/loud-0", ("A CAT.",), "mit"),
        ("synthesize/loud-1", ("A DOG.",), ""),
    ]
    assert read_manifest(tmp_path / "run" / "synthesize").counts["by_operation"] == {
        "shout": {"candidates": 2, "kept": 2}
    }


def test_a_local_model_is_asked_and_what_it_babbles_is_counted(tmp_path, capsys):
    pytest.importorskip("torch")
    from tiny_chat import save_tiny_chat

    model = save_tiny_chat(tmp_path / "tiny-chat")
    words = ["--method", "alpaca", "--seeds", str(made_up.seeds_file(tmp_path)), "--model", str(model)]
    options = [f"synthesize.synthesizer.{one}" for one in ("max_tokens=8", "requests_per_round=2", "patience=1")]
    with pytest.raises(SystemExit) as left:
        main(["synthesize", *words, "--out", str(tmp_path / "new.jsonl"), "--set", *options])
    assert left.value.code == 3, capsys.readouterr()
    made = list(read_jsonl(tmp_path / "new.candidates.jsonl", Made))
    assert len(made) == 2
    assert {one.model for one in made} == {"tiny-chat"}
    assert (tmp_path / "new.calls.sqlite").exists()


def test_a_task_that_was_made_comes_into_a_build_with_its_wordings(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"captions": ["A cat."], "license": "mit"}\n{"captions": ["A dog."]}\n')
    raw = {
        "synthesize": {
            "sources": [{"name": "jsonl", "path": str(tmp_path / "rows.jsonl")}],
            "synthesizer": {"name": "own_tasks:Backwards"},
        },
        "build": {"sources": [{"name": "shapes", "count": 3}], "tasks": ["counting", "made/*"]},
    }
    run_recipe(make_recipe(raw, path=tmp_path / "m.yaml", lines={}), out=tmp_path / "run")
    build = BuildFolder(tmp_path / "run" / "build")
    assert (build.card("backwards").num_train, build.card("backwards").category) == (2, "made")
    examples = list(build.store("train").iter("backwards"))
    assert [(one.fields["text"], one.references, one.license) for one in examples] == [
        ("A cat.", (".tac A",), "mit"),
        ("A dog.", (".god A",), ""),
    ]
    drawn = {build.sampler().train_sample(examples[0], epoch=epoch).messages[0].text for epoch in range(20)}
    assert drawn == {"Read this backwards: A cat.", "A cat. - from the end, please."}


def file_of(method, tmp_path, capsys):
    words = ["--method", method, "--seeds", str(made_up.seeds_file(tmp_path)), "--out", str(tmp_path / "new.jsonl")]
    with pytest.raises(SystemExit) as left:
        main(["synthesize", *words])
    return left.value.code, capsys.readouterr().err


def test_of_a_file_such_rows_come_out_as_conversations(tmp_path, capsys):
    assert file_of("own_tasks:Backwards", tmp_path, capsys)[0] == 0
    row = json.loads((tmp_path / "new.jsonl").read_text().splitlines()[0])
    assert (row["instruction"], row["input"], row["output"]) == ("Read this backwards: Paris", "", "siraP")


def test_what_a_method_of_ones_own_does_wrong_is_told_with_its_name(tmp_path, capsys):
    code, told = file_of("own_tasks:Broken", tmp_path, capsys)
    assert code == 2
    assert "'own_tasks:Broken': ZeroDivisionError: division by zero" in told
    assert "Traceback" not in told
