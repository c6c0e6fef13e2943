"""`sayso induce` as a whole: from a file to the review, and with it through augment, build and export."""

import json
import os
from pathlib import Path

import induced_files
import pytest
import yaml

from sayso.cli.main import main
from sayso.config import AugmentConfig, load_recipe
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.instructions.induce.rewording import Reworder, hide, reword
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.template import check_slots, parse, render
from sayso.pipeline import InduceOptions, export_run, induce, run_recipe
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

GOLDEN = Path(__file__).parents[1] / "golden" / "induced.yaml"


@pytest.fixture
def reviewed(tmp_path):
    path = induced_files.write(tmp_path)
    return induce(str(path), out=tmp_path / "out", how=InduceOptions(row_wordings=3)), tmp_path / "out"


def edit(folder, change):
    path = folder / "tasks.yaml"
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def items(folder, **options):
    return [
        item
        for item in sources.build("induced", {"path": str(folder / "tasks.yaml"), **options}).items()
        if not isinstance(item, BadRow)
    ]


def task(content, output):
    return next(task for task in content["tasks"] if task["output"] == output)


def test_counts_and_reasons_are_told(reviewed):
    found, out = reviewed
    assert (found["num_rows"], found["num_in_tasks"], found["num_templates"]) == (145, 144, 7)
    assert found["free_form"] == {"like no other": 1}
    assert sum(found["bad_rows"].values()) == 1
    assert found["format"] == "llava"
    assert sorted(path.name for path in out.iterdir()) == ["recipe.yaml", "rows.jsonl", "tasks.yaml"]


def test_the_file_for_people_is_as_it_was(reviewed):
    _, out = reviewed
    text = (out / "tasks.yaml").read_text().replace(str(out.parent), "FOLDER")
    if os.environ.get("SAYSO_UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_the_same_file_gives_the_same_files(tmp_path):
    path = induced_files.write(tmp_path)
    for name in "ab":
        induce(str(path), out=tmp_path / name)
    assert (tmp_path / "a" / "rows.jsonl").read_bytes() == (tmp_path / "b" / "rows.jsonl").read_bytes()
    assert (tmp_path / "a" / "tasks.yaml").read_text() == (tmp_path / "b" / "tasks.yaml").read_text()


def test_rows_go_through_augment_build_and_export_under_many_wordings(reviewed, tmp_path):
    _, out = reviewed
    recipe = load_recipe(out / "recipe.yaml", overrides=["build.max_bad_rows=1", "augment.max_wordings=12"])
    run_recipe(recipe, out=tmp_path / "run")
    folder = BuildFolder(tmp_path / "run" / "build")
    sampler, store = folder.sampler(), folder.store("train")
    assert len(store) == 145
    for example in store.iter():
        drawn = {sampler.train_sample(example, epoch=epoch).messages[0].parts[-1].text for epoch in range(40)}
        few = example.task in {"seen_here", "describe_sentence"}  # one wording, and what the grammar makes of it
        assert few or len(drawn) > 2
        if example.task != "conversation":
            assert {"instr_template"} <= {span.role for span in first(sampler, example).spans}
    written = export_run(tmp_path / "run", to="llava", out=tmp_path / "export")
    assert written["num_samples"] == 145


def test_an_edited_review_is_a_change_of_the_build(reviewed, tmp_path):
    _, out = reviewed
    recipe = load_recipe(out / "recipe.yaml", overrides=["build.max_bad_rows=1"])
    run_recipe(recipe, out=tmp_path / "run")
    edit(out, lambda content: content["tasks"].pop())
    with pytest.raises(ConfigError, match=r"tasks\.yaml"):
        run_recipe(recipe, out=tmp_path / "run")


def first(sampler, example):
    return sampler.train_sample(example, epoch=0).messages[0].parts[-1]


def test_under_its_own_template_a_row_says_what_it_said(reviewed):
    _, out = reviewed
    originals = {
        item.id: item.conversation[0].parts[-1].text
        for item in sources.build("conversations", {"path": str(out.parent / "x.jsonl")}).items()
        if isinstance(item, AnnotatedItem)
    }
    content = yaml.safe_load((out / "tasks.yaml").read_text())
    texts = {t["id"]: t["text"] for one in content["tasks"] for t in one["templates"]}
    for line in (out / "rows.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("template") and all(isinstance(value, str) for value in row.get("values", ())):
            names = parse(texts[row["template"]]).slots
            values = {name: (value, "instr") for name, value in zip(names, row.get("values", ()), strict=True)}
            assert render(parse(texts[row["template"]]), values=values)[0] == originals[row["row"]]


def test_a_row_that_goes_on_is_a_conversation_under_the_wordings_of_its_task(reviewed):
    _, out = reviewed
    (long,) = [item for item in items(out) if item.id == "r0"]
    assert len(long.conversation) == 4
    assert set(long.wordings) == {"Which box holds the red lamp?", "Please mark where the red lamp is."}


def test_a_free_row_has_wordings_that_keep_what_is_fixed(reviewed):
    _, out = reviewed
    (chat,) = [item for item in items(out) if item.id == "chat"]
    assert 0 < len(chat.wordings) <= 3
    assert all("3" in text and '"Old Bob"' in text and "Lisbon" in text for text in chat.wordings)
    assert induced_files.CHAT not in chat.wordings
    assert all(item.id != "chat" for item in items(out, free_form=False))


def test_renamed_merged_and_deleted_tasks_are_followed(reviewed):
    _, out = reviewed

    def change(content):
        region, option = task(content, "region"), task(content, "option")
        region["name"] = "where_is_it"
        region["templates"][0]["held_out"] = True
        content["tasks"].remove(option)

    edit(out, change)
    cards = {card.name: card for card in sources.build("induced", {"path": str(out / "tasks.yaml")}).tasks()}
    assert [template.held_out for template in cards["where_is_it"].templates] == [True, False, False]
    rows = items(out)
    assert sum(bool(item.filled) and item.filled[0].task == "where_is_it" for item in rows) == 47
    assert sum(bool(item.conversation) for item in rows) == 1 + 1 + 48


def test_a_slot_may_be_renamed_and_a_template_reworded(reviewed):
    _, out = reviewed

    def change(content):
        region = task(content, "region")
        region["slots"] = {"thing": region["slots"]["text"]}
        for template in region["templates"]:
            template["slots"], template["text"] = ["thing"], template["text"].replace("{text}", "{thing}")

    edit(out, change)
    made = [item.filled[0] for item in items(out) if item.filled and "thing" in item.filled[0].fields]
    assert len(made) == 47


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c["tasks"][0].update(name=c["tasks"][1]["name"]), "tasks are called"),
        (lambda c: c["tasks"][0].update(name="Two words"), "small letters"),
        (lambda c: c["tasks"][0].update(name="conversation"), "rows without a task"),
        (lambda c: c["tasks"][0].update(templates=[]), "has no template"),
        (lambda c: c["tasks"][1]["templates"].append(c["tasks"][0]["templates"][0]), "stands in the file 2 times"),
        (lambda c: task(c, "region")["templates"][0].update(slots=["other"]), "has slots other"),
        (lambda c: c["tasks"][0].update(colour="blue"), "colour"),
        (lambda c: c["tasks"][0].update(output="sound"), "sound"),
    ],
)
def test_an_edit_that_cannot_be_is_told(reviewed, change, told):
    _, out = reviewed
    edit(out, change)
    with pytest.raises(DataError, match=told):
        list(sources.build("induced", {"path": str(out / "tasks.yaml")}).tasks())


def test_data_that_changed_are_told(reviewed):
    _, out = reviewed
    lines = (out.parent / "x.jsonl").read_text().splitlines()
    (out.parent / "x.jsonl").write_text("\n".join([*lines[:3], *lines[4:]]))
    with pytest.raises(DataError, match="the data changed"):
        items(out)
    (out.parent / "x.jsonl").write_text("\n".join(lines[:10]))
    with pytest.raises(DataError, match="the data end"):
        items(out)


def test_rows_that_became_bad_are_bad_and_no_change(reviewed):
    _, out = reviewed
    path = out.parent / "x.jsonl"
    lines = path.read_text().splitlines()
    for number in (3, 4, 144):
        lines[number] = lines[number].replace("a.png", "lost.png")
    path.write_text("\n".join(lines))
    assert [item.id for item in items(out)] == [f"r{n}" for n in range(144) if n not in (3, 4)]


def test_bad_files_are_named(reviewed):
    _, out = reviewed
    (out / "rows.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"rows\.jsonl:1"):
        items(out)
    (out / "tasks.yaml").write_text("tasks: [")
    with pytest.raises(DataError, match=r"tasks\.yaml"):
        items(out)
    with pytest.raises(DataError, match=r"name the file in it: .*tasks\.yaml"):
        list(sources.build("induced", {"path": str(out)}).tasks())
    (out / "tasks.yaml").unlink()
    with pytest.raises(DataError, match="sayso induce DATA"):
        items(out)


@pytest.mark.parametrize(
    ("how", "told"), [({"min_rows": 0}, "--min-rows is 0"), ({"row_wordings": -1}, "--row-wordings is -1")]
)
def test_numbers_that_cannot_be_are_refused(tmp_path, how, told):
    with pytest.raises(ConfigError, match=told):
        induce(str(induced_files.write(tmp_path)), out=tmp_path / "out", how=InduceOptions(**how))


def test_somebody_s_review_is_never_overwritten(reviewed):
    _, out = reviewed
    with pytest.raises(DataError, match="may hold somebody's review"):
        induce(str(out.parent / "x.jsonl"), out=out)


def test_a_file_without_a_usable_row_is_told(tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps(induced_files.line("a", "b", "c", image="gone.png")))
    with pytest.raises(DataError, match="no row that can be used"):
        induce(str(tmp_path / "x.jsonl"), out=tmp_path / "out")


def test_the_command_says_what_it_found_and_ends_in_json(tmp_path, capsys):
    path = induced_files.write(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["induce", str(path), "--out", str(tmp_path / "out"), "--json"])
    assert left.value.code == 0
    shown = capsys.readouterr().out.splitlines()
    assert json.loads(shown[-1])["num_in_tasks"] == 144
    assert any("144 of 145 rows are of a task" in text for text in shown)
    with pytest.raises(SystemExit) as left:
        main(["induce", str(tmp_path / "gone.json"), "--out", str(tmp_path / "other")])
    assert left.value.code == 3


def test_what_must_stay_is_hidden_and_comes_back():
    text = 'Say why Ann Lee of Rome paid $3,50 for "a cat" at [1, 2, 3, 4], see https://x.y/z and {so} on.'
    hidden, values = hide(text)
    assert {'"a cat"', "Ann Lee", "Rome", "[1, 2, 3, 4]", "https://x.y/z", "3,50"} == set(values.values())
    check_slots(hidden, slots=dict.fromkeys(values, "text"))
    assert render(parse(hidden), values={name: (value, "instr") for name, value in values.items()})[0] == text


def test_every_refused_wording_is_counted():
    how = Reworder.of(AugmentConfig(), count=2)
    row = InstructionRow(id="a", text="Please describe the picture with 7 words.", answer="x")
    assert len(reword(row, how=how)) == 2
    assert all(count > 0 for count in how.refused.values())
    assert reword(InstructionRow(id="b", text="x" * 1000, answer="x"), how=how) == ()
