"""`sayso suites`: published files and a tiny model in, figures and their files out."""

import json
import os
import shutil
from pathlib import Path

import pytest
import suite_files
from chat_server import ChatServer

from sayso.cli.main import main
from sayso.models import tiny  # noqa: F401 - its import is what every test here pays for once
from sayso.models._protocol import models

PHOTOS = Path(os.environ.get("SAYSO_DATA", "no-such-folder")) / "coco_photos"
needs_data = pytest.mark.skipif(not PHOTOS.is_dir(), reason="SAYSO_DATA is not set: photographs are not there")


@pytest.fixture
def suites(capsys):
    """Type `sayso suites WORDS`; exit code, output, messages."""

    def call(*words):
        with pytest.raises(SystemExit) as left:
            main(["suites", *map(str, words)])
        shown = capsys.readouterr()
        return left.value.code, shown.out, shown.err

    return call


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    small = {"hidden_size": 32, "vision_hidden_size": 32, "num_heads": 2, "num_layers": (1, 1), "vocab_size": 300}
    models.build("tiny", small).make(texts=["Is there a cat in the image? Answer yes or no."], seed=1).save(folder)
    return folder


def test_the_list_says_which_were_never_run_on_real_files(suites):
    code, out, _ = suites("list", "--json")
    cards = {card["name"]: card for card in json.loads(out.splitlines()[-1])}
    assert code == 0
    assert cards["pope"]["tried"]
    assert not cards["mme"]["tried"]
    (never,) = [line for line in out.splitlines() if line.startswith("never run on real files")]
    assert "mme" in never
    assert "pope" not in never


def test_a_suite_is_shown_with_its_options_and_wordings(suites):
    code, out, _ = suites("show", "amber", "--set", "kind=generative", "--json")
    card = json.loads(out.splitlines()[-1])
    assert code == 0
    assert card["wordings"][0] == "Describe this image."
    assert card["decoding"] == {"method": "generated", "max_new_tokens": 512}
    assert "AMBER, generative" in out


def test_a_suite_is_run_on_a_model_and_scored_again(suites, model, tmp_path):
    files = suite_files.pope(tmp_path, count=3)
    words = ("pope", "--model", model, "--data", files.data, "--images", *files.images, "--wordings", 2)
    code, out, err = suites("run", *words, "--limit", 2, "--out", tmp_path / "out", "--json")
    (scores,) = json.loads(out.splitlines()[-1])
    assert code == 0
    assert scores["counts"]["predictions"] == 4
    assert "pope: 4 rows, 2 asked under 2 wordings" in out
    assert "bad rows: 1 x label 'perhaps' is neither yes nor no" in out
    assert f"written to {tmp_path / 'out'}" in err
    code, out, _ = suites("score", tmp_path / "out", "--parser", "pope_official", "--metric", "accuracy", "--json")
    (again,) = json.loads(out.splitlines()[-1])
    assert code == 0
    assert list(again["figures"]) == ["accuracy"]
    assert again["counts"]["unparsed"] == 0
    (tmp_path / "run" / "evaluate" / "suites").mkdir(parents=True)
    for name in ("tuned", "untuned"):  # as a recipe's evaluate stage lays them out
        shutil.copytree(tmp_path / "out", tmp_path / "run" / "evaluate" / "suites" / name)
    code, out, _ = suites("score", tmp_path / "run", "--json")
    assert (code, len(json.loads(out.splitlines()[-1]))) == (0, 2)


def test_answers_that_are_there_need_no_pictures(suites, tmp_path):
    files = suite_files.pope(tmp_path, count=3)
    words = ("run", "pope", "--data", files.data, "--wordings", 1, "--out", tmp_path / "out", "--json", "--model")
    _, _, told = suites(*words, "no/model")
    assert "add --images FOLDER" in told
    answers = tmp_path / "answers.jsonl"
    ids = [f"pope/coco_pope_random/{number}" for number in (1, 2, 3)]
    answers.write_text("\n".join(json.dumps({"id": one, "output": "yes"}) for one in ids))
    code, out, told = suites(*words, "theirs", "--answers", answers)
    assert code == 0, told
    (scores,) = json.loads(out.splitlines()[-1])
    assert scores["counts"]["predictions"] == scores["counts"]["asked"] == 3


def test_a_suite_is_run_on_an_endpoint_and_nothing_is_asked_twice(suites, tmp_path):
    files = suite_files.pope(tmp_path, count=2)
    with ChatServer() as server:
        words = ("pope", "--model", f"toy@{server.base_url}", "--data", files.data, "--images", *files.images)
        code, out, err = suites("run", *words, "--wordings", 2, "--out", tmp_path / "out", "--json")
        assert code == 0, err
        (tmp_path / "out/pope/predictions.jsonl").unlink()
        again, _, _ = suites("run", *words, "--wordings", 2, "--out", tmp_path / "out")
        calls = server.counts.calls
    assert again == 0
    assert calls == 4
    (scores,) = json.loads(out.splitlines()[-1])
    assert scores["model"].startswith("toy@http")
    assert scores["counts"]["unparsed"] == scores["counts"]["predictions"] == 4


@needs_data
@pytest.mark.parametrize("name", ["pope.jsonl", "vsr.jsonl", "sugarcrepe.json", "valse.json"])
def test_linked_photographs_are_scored_end_to_end(suites, model, tmp_path, name):
    suite, folders = name.partition(".")[0], (PHOTOS / "train2017", PHOTOS / "val2017")
    words = (suite, "--model", model, "--data", PHOTOS / "linked" / name, "--images", *folders, "--wordings", 2)
    code, out, _ = suites("run", *words, "--limit", 6, "--out", tmp_path, "--json")
    (scores,) = json.loads(out.splitlines()[-1])
    assert code == 0
    assert scores["counts"]["predictions"] == 2 * scores["counts"]["asked"] > 0
    assert scores["figures"]["accuracy"]["n"] == scores["counts"]["asked"]
    assert (tmp_path / suite / "values.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("show", "popes"), 2, "did you mean 'pope'"),
        (("show", "pope", "--set", "split"), 2, "is not KEY=VALUE"),
        (("run", "--model", "m", "--data", "x"), 2, "no suite to run"),
        (("run", "pope", "--model", "m", "--data", "gone.json"), 3, "gone.json does not exist"),
        (("run", "pope", "--model", "m", "--data", "x", "--judge", "gpt"), 2, "is not NAME@URL"),
        (("run", "pope", "vsr", "--model", "m", "--data", "x", "--label", "one"), 2, "run them one by one"),
        (("run", "vsr", "pope", "--model", "m", "--data", "lines.jsonl"), 3, "suite vsr: "),
        (("score", "."), 2, "has no suite"),
    ],
)
def test_mistakes_are_explained(suites, words, code, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.jsonl").write_text("no JSON")
    found, _, err = suites(*words)
    assert (found, message in err) == (code, True), err


def test_scoring_a_folder_leaves_out_what_is_not_finished(suites, model, tmp_path):
    files = suite_files.pope(tmp_path, count=2)
    words = ("--model", model, "--data", files.data, "--images", *files.images, "--out", tmp_path / "out")
    assert suites("run", "pope", *words)[0] == 0
    whole = tmp_path / "out" / "pope"
    (tmp_path / "out" / "begun").mkdir()
    (tmp_path / "out" / "begun" / "suite.json").write_bytes((whole / "suite.json").read_bytes())
    code, out, err = suites("score", tmp_path / "out")
    assert (code, "pope_f1" in out) == (0, True)
    assert "begun is not finished, and left out" in " ".join(err.split())
    code, _, err = suites("score", tmp_path / "out" / "begun")
    assert (code, "run the suite again to go on" in err) == (3, True)
    code, _, err = suites("run", "pope", "pope", *words)
    assert (code, "named twice" in err) == (2, True)


def test_answers_that_are_there_are_scored_as_if_they_were_asked(suites, tmp_path):
    files = suite_files.pope(tmp_path, count=3)
    ids = [f"pope/coco_pope_random/{number}" for number in (1, 2, 3)]
    (tmp_path / "ids.txt").write_text("".join(f"{one}\n" for one in ids))
    for number, said in enumerate((("no", "no", "yes"), ("yes", "yes", "no"))):
        rows = [{"doc_id": n, "input": "?", "filtered_resps": text, "target": "x"} for n, text in enumerate(said)]
        suite_files.lines(tmp_path / f"a_samples_w{number}.jsonl", rows)
    logs = [tmp_path / f"a_samples_w{number}.jsonl" for number in (0, 1)]
    words = ("pope", "--model", "theirs", "--data", files.data, "--images", *files.images, "--out", tmp_path / "out")
    code, out, err = suites("run", *words, "--answers", *logs, "--ids", tmp_path / "ids.txt", "--json")
    assert code == 0, err
    (scores,) = json.loads(out.splitlines()[-1])
    means = [row["figures"]["accuracy"]["mean"] for row in scores["wordings"]]
    assert (scores["model"], scores["counts"]["predictions"], sum(means)) == ("theirs", 6, 1.0)
    code, _, err = suites("run", *words, "--answers", *reversed(logs), "--ids", tmp_path / "ids.txt")
    assert (code, "answers to something else (answers" in " ".join(err.split())) == (2, True)
    code, _, err = suites("run", *words, "--ids", tmp_path / "ids.txt")
    assert (code, "give both" in err) == (2, True)
    code, _, err = suites("run", *words, "--label", "other", "--answers", *logs * 9)
    assert (code, "are 18 files, and suite other has" in " ".join(err.split())) == (2, True)
