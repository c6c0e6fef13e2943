"""`sayso synthesize` as a person uses it: a file of seeds, an endpoint on loopback, a file of new items; and `sayso review` of what a recipe made."""

import json
from contextlib import chdir

import made_up
import pytest
import yaml
from chat_server import ChatServer
from PIL import Image

from sayso.artifacts import read_jsonl, read_manifest
from sayso.cli.main import main
from sayso.instructions.synthesize import Made
from sayso.records import AnnotatedItem
from sayso.sources import sources


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["synthesize", *map(str, arguments)])
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


@pytest.fixture(scope="module")
def server():
    with ChatServer(answer=made_up.writing_tasks) as server:
        yield server


def read(path, **options):
    return list(sources.build("conversations", {"path": str(path), **options}).items())


def test_seeds_in_items_out_every_candidate_told(tmp_path, server, capsys):
    words = (
        "--method",
        "alpaca",
        "--seeds",
        made_up.seeds_file(tmp_path),
        "--model",
        "toy",
        "--base-url",
        server.base_url,
    )
    code, shown, told = call(capsys, *words, "--max-items", 12, "--out", tmp_path / "new.jsonl", "--json")
    assert code == 0, told
    made = json.loads(shown.splitlines()[-1])
    rows = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    assert {*rows[0]} == {"id", "instruction", "input", "output"}
    assert (made["num_items"], made["num_seeds"], len(rows)) == (12, 5, 12)
    assert "refused:" in shown
    candidates = list(read_jsonl(tmp_path / "new.candidates.jsonl", Made))
    assert sum(one.verdict.keep for one in candidates) == 12
    assert [item.conversation[1].text for item in read(tmp_path / "new.jsonl")] == [row["output"] for row in rows]
    asked = server.counts.calls
    assert call(capsys, *words, "--max-items", 12, "--out", tmp_path / "new.jsonl")[0] == 0
    assert server.counts.calls == asked  # all replies were on file


def test_licenses_are_those_of_the_seeds_and_nobody_guesses_one(tmp_path, server, capsys):
    row = {"instruction": "Name a city on a river.", "license": "cc-by-4.0"}
    (tmp_path / "plain.jsonl").write_text(json.dumps({**row, "input": "", "output": "Rome"}) + "\n")
    own = {**row, "id": "a", "is_classification": False, "instances": [{"input": "", "output": "Rome"}]}
    (tmp_path / "own.jsonl").write_text(json.dumps(own) + "\n")
    words = ("--method", "alpaca", "--model", "toy", "--base-url", server.base_url, "--max-items", 1)
    for name, license in (("plain", "cc-by-4.0"), ("own", None)):
        out = tmp_path / "out" / f"{name}.jsonl"
        assert call(capsys, *words, "--seeds", tmp_path / f"{name}.jsonl", "--out", out)[0] == 0
        assert [json.loads(line).get("license") for line in out.read_text().splitlines()] == [license]
    assert read(tmp_path / "out" / "plain.jsonl")[0].license == "cc-by-4.0"


def test_pictures_come_out_as_llava_rows(tmp_path, capsys):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    turns = [{"from": "human", "value": "<image>\nWhich colour is it?"}, {"from": "gpt", "value": "Red"}]
    (tmp_path / "seeds.json").write_text(json.dumps([{"id": "a", "image": "a.png", "conversations": turns}]))

    def answer(text):
        return "3. What would it look like in the dark?" if "Go on with the list" in text else "It would be black."

    with ChatServer(answer=answer, keep_bodies=True) as server:
        words = (
            "--method",
            "self_instruct",
            "--seeds",
            tmp_path / "seeds.json",
            "--model",
            "toy",
            "--base-url",
            server.base_url,
        )
        settings = ("--set", "synthesize.synthesizer.pictures=shown", "--max-items", 1, "--out", tmp_path / "new.jsonl")
        code, _, told = call(capsys, *words, *settings)
    assert code == 0, told
    assert all(body["messages"][0]["content"][0]["type"] == "image_url" for body in server.bodies)
    (row,) = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    assert row["image"] == "a.png"
    assert row["conversations"][0]["value"] == "<image>\nWhat would it look like in the dark?"
    (item,) = read(tmp_path / "new.jsonl")
    assert len(item.media) == 1


def test_passages_are_translated_back(tmp_path, capsys):
    (tmp_path / "pages.jsonl").write_text('{"text": "Bees dance.", "license": "cc0-1.0"}\n{"text": "It was closed."}\n')
    with ChatServer(answer=lambda text: "Score: 5" if "scale" in text else "What do bees do, and when?") as server:
        words = (
            "--method",
            "back_translation",
            "--seeds",
            tmp_path / "pages.jsonl",
            "--model",
            "toy",
            "--base-url",
            server.base_url,
        )
        assert call(capsys, *words, "--out", tmp_path / "new.jsonl")[0] == 0
    rows = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    assert [(row["output"], row.get("license")) for row in rows] == [
        ("Bees dance.", "cc0-1.0"),
        ("It was closed.", None),
    ]


def test_released_rows_in_and_out(tmp_path, capsys):
    row = {
        "instruction": "Name it.",
        "instances": [{"input": "x", "constraints": "None.", "output": "y", "instruction_with_input": "Name it. x"}],
    }
    (tmp_path / "core.jsonl").write_text(json.dumps(row) + "\n")
    task = "Instruction: Say when.\nInput: noon\nConstraints: A time."

    def answer(text):
        return task if text.startswith("Here") else "12:00" if text.startswith("Carry") else "When is {INPUT}?"

    with ChatServer(answer=answer) as server:
        words = (
            "--method",
            "unnatural_instructions",
            "--seeds",
            tmp_path / "core.jsonl",
            "--model",
            "toy",
            "--base-url",
            server.base_url,
        )
        assert (
            call(capsys, *words, "--max-items", 1, "--to", "unnatural_instructions", "--out", tmp_path / "new.jsonl")[0]
            == 0
        )
    (made,) = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    assert made["instances"][0]["constraints"] == "A time."
    assert made["reformulations"][0]["instruction"] == "When is {INPUT}?"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--method", "alpaca"), 2, "no recipe, and no --seeds, --out"),
        (("quickstart", "--method", "alpaca"), 2, "says how by itself"),
        (("quickstart",), 2, "has no synthesize stage"),
        (("--method", "alpacca", "--seeds", "SEEDS", "--out", "x.jsonl"), 2, "did you mean 'alpaca'"),
        (("--method", "alpaca", "--seeds", "SEEDS", "--out", "x.jsonl"), 2, "asks a language model"),
        (("--method", "alpaca", "--seeds", "SEEDS", "--out", "SEEDS"), 2, "is used for something else"),
        (("--method", "alpaca", "--seeds", "SEEDS", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--out", "mine.txt"), 2, "mine.txt exists"),
        (("--method", "alpaca", "--seeds", "gone.jsonl", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--out", "x.jsonl"), 3, "gone.jsonl does not exist"),
        (("--method", "alpaca", "--seeds", "SEEDS", "--out", "x.jsonl", "--set", "train.seed=1"), 2, "seed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, capsys, words, code, told):
    seeds = made_up.seeds_file(tmp_path)
    (tmp_path / "mine.txt").write_text("kept")
    with chdir(tmp_path):
        found, _, shown = call(capsys, *[seeds if word == "SEEDS" else word for word in words])
    assert (found, told in shown) == (code, True), shown
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_nothing_kept_is_an_error_and_candidates_are_there(tmp_path, capsys):
    with ChatServer(answer=lambda text: "No.") as server:
        words = (
            "--method",
            "alpaca",
            "--seeds",
            made_up.seeds_file(tmp_path),
            "--model",
            "toy",
            "--base-url",
            server.base_url,
        )
        code, _, told = call(capsys, *words, "--out", tmp_path / "new.jsonl")
    assert code == 3
    assert "none of 15 candidates was kept (15 x no task in the reply)" in told
    assert not (tmp_path / "new.jsonl").exists()
    assert len(list(read_jsonl(tmp_path / "new.candidates.jsonl", Made))) == 15


def written(tmp_path, server, **more):
    section = {
        "sources": [{"name": "conversations", "path": str(made_up.seeds_file(tmp_path))}],
        "synthesizer": {"name": "alpaca"},
        "model": {"name": "chat", "model": "toy", "base_url": server.base_url},
        "max_items": 6,
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"synthesize": section | more}))
    return tmp_path / "mine.yaml"


def items(run):
    return {item.id: item for item in read_jsonl(run / "synthesize" / "items.jsonl", AnnotatedItem)}


def reviewed(run, capsys, *words):
    with pytest.raises(SystemExit) as left:
        main(["review", str(run), *words])
    shown = capsys.readouterr()
    assert left.value.code == 0, shown.err
    return shown


def test_a_review_wins_over_the_rules_and_nothing_is_asked_again(tmp_path, server, capsys):
    run = tmp_path / "run"
    assert call(capsys, written(tmp_path, server), "--out", run)[0] == 0
    before = items(run)
    assert "items of 1 operations" in reviewed(run, capsys, "--refused", "--sample", "0").err
    path = run / "review-items.yaml"
    entries = yaml.safe_load(path.read_text())["write"]
    kept = [entry for entry in entries if entry["now"] == "kept"]
    refused = next(entry for entry in entries if "blacklist" in entry["now"])
    kept[0]["verdict"], refused["verdict"] = "reject", "accept"
    kept[1]["text"] = "User: Say something else.\n\nAssistant: Something else."
    path.write_text(yaml.safe_dump({"write": entries}))
    assert "these stages do not know it yet" in reviewed(run, capsys).err
    asked = server.counts.calls
    (again := tmp_path / "again").mkdir()
    (again / "calls.sqlite").write_bytes((run / "calls.sqlite").read_bytes())
    assert call(capsys, written(tmp_path, server), "--set", f"synthesize.review={path}", "--out", again)[0] == 0
    after = items(again)
    assert server.counts.calls == asked
    assert kept[0]["id"] not in after
    assert after[refused["id"]].conversation[0].text == "Draw a picture of something nice."
    assert [turn.text for turn in after[kept[1]["id"]].conversation] == ["Say something else.", "Something else."]
    assert {name: item for name, item in after.items() if name not in (kept[1]["id"], refused["id"])} == {
        name: item for name, item in before.items() if name not in (kept[0]["id"], kept[1]["id"])
    }
    verdicts = {one.id: one.verdict.reason for one in read_jsonl(again / "synthesize" / "candidates.jsonl", Made)}
    assert verdicts[refused["id"]].startswith("review: accepted (over: blacklist")
    assert verdicts[kept[0]["id"]] == "review: rejected (over: accepted)"
    assert read_manifest(again / "synthesize").counts["num_items"] == 6


def test_an_edit_that_loses_a_turn_is_told_with_its_line(tmp_path, server, capsys):
    run = tmp_path / "run"
    assert call(capsys, written(tmp_path, server), "--out", run)[0] == 0
    reviewed(run, capsys)
    path = run / "review-items.yaml"
    path.write_text(path.read_text().replace('"User: ', '"', 1))
    with pytest.raises(SystemExit) as left:
        main(["review", str(run)])
    assert left.value.code == 3
    told = capsys.readouterr().err
    assert f"{path}, line" in told
    assert "has to keep its turns (User:, Assistant:)" in told
