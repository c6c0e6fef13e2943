"""`sayso templates` as a whole: from a corpus to the file, through a person's edit to what preview shows and a run is made from."""

import json
import os
from contextlib import chdir
from pathlib import Path

import pytest
import toy_mixture

from sayso import __version__
from sayso.cli.main import main
from sayso.config import load_recipe
from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.artifact import read_templates
from sayso.instructions.task_templates.units import key_of
from sayso.pipeline import TemplateOptions, check_recipe, find_templates, preview_recipe, run_recipe

GOLDEN = Path(__file__).parents[1] / "golden" / "task_templates.json"
RECIPE = """
name: mixture
build: {sources: [{name: conversations, path: mixture.json}], tasks: [conversation]}
train: {task_templates: t.json, max_steps: 1}
"""


@pytest.fixture
def folder(tmp_path):
    toy_mixture.write(tmp_path)
    with chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def pictured(folder):
    toy_mixture.write_pictures(folder)
    (folder / "r.yaml").write_text(RECIPE)
    return folder


def find(out="t.json", data="mixture.json", **how):
    return find_templates(data, out=Path(out), how=TemplateOptions(**how))


def spans(sample):
    """(text, role) of every span of the user's first text."""
    part = next(part for part in sample.messages[0].parts if hasattr(part, "text"))
    return [(part.text[span.start : span.end], span.role) for span in part.spans]


def test_the_file_is_the_golden_one(folder):
    """SAYSO_WRITE_GOLDEN=1 writes it anew, where detection was changed on purpose."""
    find()
    written = Path("t.json").read_text().replace(f'"sayso": "{__version__}"', '"sayso": "VERSION"')
    if os.environ.get("SAYSO_WRITE_GOLDEN"):
        GOLDEN.write_text(written)
    assert written == GOLDEN.read_text()


def test_no_picture_needs_to_exist_and_subsets_are_their_folders(folder):
    found = find()
    assert found["bad_rows"] == {}
    assert set(found["roles"]) == {"all", "coco/train2017", "textvqa", "vg", "ocr_vqa", "(no picture)"}
    assert found["roles"]["all"]["turns"] == found["corpus"]["turns"] == 405
    assert found["roles"]["(no picture)"]["characters"]["instr_template"] == 0


def test_characters_of_each_role_are_those_of_the_texts(folder):
    told = find()["roles"]["ocr_vqa"]["characters"]
    wrote, title, one_word = (
        len("".join(text.split())) for text in (toy_mixture.WROTE, toy_mixture.TITLE, toy_mixture.ONE_WORD)
    )
    assert told["instr"] == 45 * (wrote + title)
    assert told["instr_template"] == 45 * one_word


def test_a_turn_that_is_all_template_is_counted(folder):
    masked = find(questions="mask")["roles"]
    assert masked["ocr_vqa"]["turns_all_template"] == 90
    assert masked["all"]["turns_all_template"] == 90


def test_every_format_gives_the_same_units(folder):
    rows = [{"messages": [{"role": "user", "content": turns[0]["value"].removeprefix("<image>\n")}, {"role": "assistant", "content": "x"}]}
            for turns in (row["conversations"] for row in toy_mixture.rows())]  # fmt: skip
    Path("m.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = find(data="m.jsonl")
    assert found["format"] == "trl_messages"
    masks = {key_of(unit["text"]) for unit in found["units"] if unit["mask"]}
    assert masks == {key_of(text) for text in toy_mixture.TEMPLATES[:-1]}


def test_rows_that_cannot_be_read_are_counted(folder):
    rows = [
        *toy_mixture.rows(),
        {"id": "bad", "image": "x.jpg", "conversations": [{"from": "human", "value": "<image>\nBe brief."}]},
    ]
    Path("mixture.json").write_text(json.dumps(rows))
    found = find()
    assert sum(found["bad_rows"].values()) == 1
    assert found["corpus"]["conversations"] == 270


def test_what_cannot_be_done_is_refused(folder):
    with pytest.raises(ConfigError, match="--top is -1"):
        find(top=-1)
    with pytest.raises(ConfigError, match="used for something else"):
        find(out="mixture.json")
    with pytest.raises(ConfigError, match="--out is templates"):
        find(out="templates")
    Path("t.json").write_text("mine")
    with pytest.raises(DataError, match="somebody's review"):
        find()
    Path("empty.json").write_text("[]")
    with pytest.raises(DataError, match="empty"):
        find(data="empty.json", out="o.json")


def test_preview_shows_what_the_file_masks_and_an_edit_counts(pictured):
    recipe = load_recipe(Path("r.yaml"))
    find()
    first = preview_recipe(recipe, count=1)[0].sample
    assert [role for _, role in spans(first)] == ["instr", "instr_template"]
    assert spans(first)[1][0] == f"\n{toy_mixture.ONE_WORD}"
    text = Path("t.json").read_text()
    Path("t.json").write_text(
        text.replace('"mask": true, "text": "Answer the question', '"mask": false, "text": "Answer the question')
    )
    assert [role for _, role in spans(preview_recipe(recipe, count=1)[0].sample)] == ["instr"]


def test_check_reads_the_file(pictured):
    recipe = load_recipe(Path("r.yaml"))
    with pytest.raises(DataError, match="sayso templates DATA"):
        check_recipe(recipe)
    find()
    assert check_recipe(recipe).as_json()["ok"]


def test_a_build_gives_the_units_of_its_conversations_and_not_of_what_it_rendered(pictured):
    Path("b.yaml").write_text(
        "build: {sources: [{name: conversations, path: mixture.json}, {name: shapes, count: 30}], tasks: [conversation, counting]}"
    )
    run_recipe(load_recipe(Path("b.yaml")), out=Path("run"))
    found = find(data="run")
    assert found["format"] == "build"
    assert read_templates(Path("t.json")).masked == {key_of(text) for text in toy_mixture.TEMPLATES}
    assert set(found["roles"]) == {"all", "conversation", "counting"}
    counting = found["roles"]["counting"]
    assert counting["characters"]["instr_template"] > counting["characters"]["instr"] > 0


def test_the_command_lists_units_and_ends_with_json(folder, capsys):
    Path("mine.txt").write_text(f"{toy_mixture.WROTE}\n")
    with pytest.raises(SystemExit) as left:
        main(["templates", "mixture.json", "--out", "t.json", "--include", "mine.txt", "--top", "3", "--json"])
    shown = capsys.readouterr()
    assert left.value.code == 0
    told = json.loads(shown.out.splitlines()[-1])
    assert told["num_masked"] == 7
    assert any(toy_mixture.WROTE in line and "include" in line for line in shown.out.splitlines())
    assert "405 turns" in shown.out
    assert "train.task_templates=t.json" in shown.out
