"""From any format to any other, word for word, with what is lost said aloud."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from sayso.cli.main import app
from sayso.data.formats import formats
from sayso.errors import BackendError, ConfigError, DataError
from sayso.pipeline import convert
from sayso.records import MediaPart
from sayso.sources.conversations import conversations

DATA = Path(os.environ.get("SAYSO_DATA", "no-such-folder"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set: real files are not there")
FILES = [name for name in formats.names() if name != "hf"]


@pytest.fixture
def llava(tmp_path) -> Path:
    Image.new("RGB", (8, 6), "red").save(tmp_path / "cat.png")
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}]
    more = [{"from": "human", "value": "Sure?"}, {"from": "gpt", "value": "Yes."}]
    rows = [
        {"id": "a", "image": "cat.png", "conversations": turns, "model": "x"},
        {"id": "b", "image": ["cat.png"], "conversations": turns + more},
        {"id": "c", "image": "gone.png", "conversations": turns},
        {"id": "d", "conversations": more},
    ]
    (tmp_path / "data.json").write_text(json.dumps(rows))
    return tmp_path / "data.json"


def said(path: Path) -> list[list[tuple[str, str]]]:
    return [
        [
            (m.role, "".join("<image>" if isinstance(p, MediaPart) else p.text for p in m.parts))
            for m in item.conversation
        ]
        for item in conversations(path=str(path)).items()
    ]


@pytest.mark.parametrize("to", FILES)
def test_any_format_goes_to_any_other_and_back(tmp_path, llava, to):
    told = convert(str(llava), to=to, out=tmp_path / to)
    assert (told["format"], told["num_bad_rows"], told["not_carried"]) == ("llava", 1, {"model": 1})
    assert told["num_samples"] + sum(told["left_out"].values()) == 3
    assert next(iter(told["bad_rows"])).endswith("check the path and the folder of images")
    back = convert(str(tmp_path / to), to="llava", out=tmp_path / "back")
    assert back["num_samples"] == told["num_samples"]
    assert said(tmp_path / "back") == said(tmp_path / to)
    assert not (tmp_path / to / "lineage.jsonl").exists()


def test_the_command_says_what_the_file_is_and_what_is_lost(tmp_path, llava, capsys):
    app(["convert", str(llava), "--to", "alpaca", "--out", str(tmp_path / "out"), "--json"], exit_on_error=False)
    out, err = capsys.readouterr()
    assert "data.json is llava: `conversations`" in err
    assert "left out: 2 x alpaca has no place for pictures" in out
    assert "not carried over: `model` of 1 rows" in out
    assert json.loads(out.splitlines()[-1])["num_samples"] == 1


def test_pictures_are_found_below_the_folder_that_is_named(tmp_path, llava):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "data.json").write_text(llava.read_text())
    assert convert(str(tmp_path / "sub"), to="llava", out=tmp_path / "a")["num_samples"] == 1
    assert convert(str(tmp_path / "sub"), to="llava", out=tmp_path / "b", images=tmp_path)["num_samples"] == 3


def test_a_file_without_one_usable_row_says_why_and_leaves_nothing(tmp_path, llava):
    rows = json.loads(llava.read_text())[2:3]
    llava.write_text(json.dumps(rows))
    with pytest.raises(DataError, match=r"has no row that can be used:\n.*does not exist"):
        convert(str(llava), to="llava", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_format_that_does_not_exist_is_told(tmp_path, llava):
    with pytest.raises(ConfigError, match="no format 'lava'; did you mean 'llava'"):
        convert(str(llava), to="lava", out=tmp_path / "out")


def test_wordings_of_a_task_go_to_promptsource_and_to_lines_for_augment_and_back(tmp_path):
    told = convert("image_captioning", to="promptsource", out=tmp_path / "a")
    lines = convert(str(tmp_path / "a" / "templates.yaml"), to="templates", out=tmp_path / "b")
    again = convert(str(tmp_path / "b" / "templates.jsonl"), to="promptsource", out=tmp_path / "c")
    assert told["num_templates"] == lines["num_templates"] == again["num_templates"] >= 8
    rows = [json.loads(line) for line in (tmp_path / "b" / "templates.jsonl").read_text().splitlines()]
    assert {row["task"] for row in rows} == {"image_captioning"}
    assert all(row.keys() == {"task", "template"} for row in rows)


def test_foreign_templates_need_a_task(tmp_path):
    text = "dataset: toy\ntemplates:\n  a: !Template\n    jinja: 'Is {{question}} so? ||| {{answer}}'\n    name: n\n"
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(ConfigError, match="say for which task: --task NAME"):
        convert(str(tmp_path / "t.yaml"), to="templates", out=tmp_path / "out")
    told = convert(str(tmp_path / "t.yaml"), to="templates", out=tmp_path / "out", task="open_domain_vqa")
    assert told["num_templates"] == 1
    with pytest.raises(ConfigError, match="templates of PromptSource, not samples"):
        convert(str(tmp_path / "t.yaml"), to="llava", out=tmp_path / "x")


@needs_data
@pytest.mark.parametrize("name", ["alpaca_1500", "self_instruct_1500"])
def test_real_alpaca_files_come_back_as_they_were(tmp_path, name):
    path = DATA / "text_instructions" / f"{name}.jsonl"
    told = convert(str(path), to="alpaca", out=tmp_path / "out")
    assert (told["num_samples"], told["num_bad_rows"], told["left_out"], told["not_carried"]) == (1500, 0, {}, {})
    theirs = [json.loads(line) for line in path.read_text().splitlines()]
    ours = json.loads((tmp_path / "out" / "alpaca.json").read_text())
    keys = ("instruction", "input", "output")
    assert [[row[key] for key in keys] for row in ours] == [[row[key] for key in keys] for row in theirs]


@needs_data
@pytest.mark.parametrize(("name", "read", "absolute"), [("train", 56, 3), ("test", 8, 3)])
def test_real_rows_of_multi_instruct_come_back_with_prompt_target_and_options(tmp_path, name, read, absolute):
    path = DATA / "instruction_templates" / "multiinstruct" / f"{name}.jsonl"
    theirs = [json.loads(line) for line in path.read_text().splitlines()]
    theirs = [row for row in theirs if not row["image_path"].startswith("/")]
    for row in theirs:
        (tmp_path / "root" / row["image_path"]).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "root" / row["image_path"], format="PNG")
    told = convert(str(path), to="multi_instruct", out=tmp_path / "out", images=tmp_path / "root")
    assert (told["num_samples"], told["num_bad_rows"]) == (read, absolute)
    ours = [json.loads(line) for line in (tmp_path / "out" / "multi_instruct.jsonl").read_text().splitlines()]
    for mine, row in zip(ours, theirs, strict=True):
        assert [mine[key] for key in ("task_name", "prompt", "target")] == [
            row[key] for key in ("task_name", "prompt", "target")
        ]
    again = convert(str(tmp_path / "out"), to="multi_instruct", out=tmp_path / "again")
    assert again["num_samples"] == read
    assert (tmp_path / "again" / "multi_instruct.jsonl").read_bytes() == (
        tmp_path / "out" / "multi_instruct.jsonl"
    ).read_bytes()


def test_rows_that_fail_alike_are_one_line_with_places(tmp_path, capsys):
    rows = [
        {"id": str(n), "image": f"gone{n}.png", "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "A."}]}
        for n in range(5)
    ]  # fmt: skip
    rows.append({"id": "x", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]})
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    app(["convert", str(tmp_path / "rows.json"), "--to", "alpaca", "--out", str(tmp_path / "out")], exit_on_error=False)
    told = capsys.readouterr().out.replace("\n", " ")
    assert told.count("not read: 5 x image FILE does not exist") == 1
    assert "gone0.png" in told


def test_every_row_of_llama_factory_has_the_columns_that_its_register_names(tmp_path, llava):
    convert(str(llava), to="llama_factory", out=tmp_path / "out")
    (entry,) = json.loads((tmp_path / "out" / "dataset_info.json").read_text()).values()
    for row in json.loads((tmp_path / "out" / "sayso.json").read_text()):
        assert set(entry["columns"].values()) <= row.keys()


def test_templates_that_cannot_be_written_leave_nothing_and_say_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BackendError, match="cannot write"):
        convert("image_captioning", to="templates", out=tmp_path / "file" / "out")
    with pytest.raises(DataError, match=r"gone\.yaml does not exist"):
        convert("gone.yaml", to="templates", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
