"""`sayso tasks check`: what it prints, what it writes, and what it ends with."""

import json

import pytest
from toy_proofs import LeakySource

from sayso.cli.main import main
from sayso.sources import sources


@pytest.fixture
def check(capsys):
    """Type `sayso tasks check WORDS`; exit code, output, messages."""

    def call(*words):
        with pytest.raises(SystemExit) as left:
            main(["tasks", "check", *map(str, words)])
        shown = capsys.readouterr()
        return left.value.code, shown.out, shown.err

    return call


def test_without_a_source_it_looks_at_scenes_of_every_kind(check):
    code, out, _ = check("image_captioning", "text_vqa", "--set", "count=40", "--json")
    told = json.loads(out.splitlines()[-1])
    assert code == 0
    assert told["num_items"] == 40
    assert {row["name"]: row["num_examples"] > 0 for row in told["tasks"]} == {
        "image_captioning": True,
        "text_vqa": True,
    }
    assert "image_captioning" in out.splitlines()[1]


def test_an_error_ends_with_5_and_is_written_down(check, tmp_path):
    sources.register("toy_told")(lambda: LeakySource())
    code, out, err = check("toy.leaky", "--source", "toy_told", "--out", tmp_path / "t.md")
    assert code == 5
    assert "error   leak" in out
    assert "1 error (leak)" in err
    assert "FAILED: leak" in (tmp_path / "t.md").read_text()


def test_test_rows_come_from_the_same_source_with_other_options(check):
    code, out, _ = check("image_captioning", "--source", "shapes", "--set", "count=20", "--test", "start=10", "--json")
    told = json.loads(out.splitlines()[-1])
    assert code == 5
    (shared,) = [found for found in told["findings"] if found["check"] == "shared_images"]
    assert shared["count"] == 10
    code, _, _ = check("image_captioning", "--source", "shapes", "--set", "count=20", "--test", "start=100")
    assert code == 0


def test_a_recipe_brings_its_own_sources(check, tmp_path):
    (tmp_path / "mine.yaml").write_text("build:\n  sources: [{name: shapes, count: 9}]\n  tasks: [image_captioning]\n")
    code, out, _ = check(tmp_path / "mine.yaml")
    assert code == 0
    assert "9 items, 9 examples of 1 task" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "table.txt"], "ends in .md or .json"),
        (["quickstart", "--source", "shapes"], "names its own sources"),
        (["--test", "start=5"], "add --source NAME"),
        (["--source", "shaps"], "did you mean 'shapes'"),
        (["countin"], "did you mean 'counting'"),
        (["quickstart", "coco"], "one at a time"),
        (["--set", "count"], "KEY=VALUE"),
    ],
)
def test_wrong_words_are_explained(check, words, said):
    code, _, err = check(*words)
    assert code == 2
    assert said in err
