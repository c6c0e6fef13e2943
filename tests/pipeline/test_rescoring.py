"""An evaluate stage scored again from what was predicted."""

import json

import pytest

from sayso.artifacts import read_manifest
from sayso.config import load_recipe
from sayso.data import BuildFolder
from sayso.errors import ConfigError
from sayso.pipeline import run_recipe, run_stages

EVALUATE = {
    "max_wordings": 1,
    "max_generated_wordings": 0,
    "conditions": ["plain"],
    "num_resamples": 20,
    "option_decoding": "generate",
}


def recipe(folder, **evaluate):
    backend = {"name": "file", "path": str(folder / "said.jsonl")}
    build = {"sources": [{"name": "shapes", "use": "test", "count": 6, "seed": 3}], "tasks": ["color_recognition"]}
    whole = {"name": "again", "build": build, "evaluate": {"backend": backend, **EVALUATE, **evaluate}}
    (folder / "again.yaml").write_text(json.dumps(whole))  # which is YAML too
    return load_recipe(folder / "again.yaml")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run whose answers came from a file that is gone by now, so that nothing can be answered again."""
    folder = tmp_path_factory.mktemp("again")
    list(run_stages(recipe(folder), out=folder / "run", only=("build",)))
    asked = BuildFolder(folder / "run/build").store("test").iter("color_recognition")
    said = [
        {"example": one.id, "template": f"color_recognition/{wording}", "output": f"So it is {one.references[0]}"}
        for one in asked
        for wording in ("0", "h0")
    ]
    (folder / "said.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    run_recipe(recipe(folder), out=folder / "run")
    (folder / "said.jsonl").unlink()
    return folder


def accuracy(folder):
    rows = [json.loads(line) for line in (folder / "run/evaluate/scores.jsonl").read_text().splitlines()]
    (found,) = {row["mean"] for row in rows}
    return found


def again(folder, **evaluate):
    (*_, last) = run_stages(recipe(folder, **evaluate), out=folder / "run", only=("evaluate",), rescore=True)
    return last


def test_other_answers_are_read_out_of_the_same_predictions(done):
    assert accuracy(done) == 0
    before = (done / "run/evaluate/predictions").stat().st_ino
    found = again(done, parser={"name": "after_marker", "marker": "So it is"})
    assert (found.skipped, accuracy(done)) == (False, 1)
    assert (done / "run/evaluate/predictions").stat().st_ino != before
    assert read_manifest(done / "run/evaluate").config["parser"]["name"] == "after_marker"
    assert sorted(path.name for path in (done / "run").iterdir() if "." in path.name) == [".lock"]
    again(done)
    assert accuracy(done) == 0


def test_what_would_change_an_answer_is_refused_and_nothing_is_lost(done):
    before = {path: path.read_bytes() for path in (done / "run/evaluate").rglob("*") if path.is_file()}
    with pytest.raises(
        ConfigError, match=r"predictions of something else \(max_new_tokens: 48 -> 7\); --rescore allows"
    ):
        again(done, max_new_tokens=7)
    with pytest.raises(ConfigError, match="nobody"):
        again(done, parser={"name": "nobody"})
    assert {path: path.read_bytes() for path in (done / "run/evaluate").rglob("*") if path.is_file()} == before
