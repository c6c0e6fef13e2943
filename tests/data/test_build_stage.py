import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from sayso.artifacts import Progress, StageContext, read_jsonl
from sayso.config import BuildConfig
from sayso.data.folder import BuildFolder
from sayso.data.plan import example_problem
from sayso.data.stage import run
from sayso.errors import ConfigError, DataError
from sayso.records import Example, Options, Template

TEXT_TASK = "description_question_answering"


def text_row(number: int) -> dict:
    return {
        "id": number,
        "labels": {"description": f"There are {number} cats."},
        "questions": [{"question": "How many cats?", "answers": str(number)}],
    }


def picture_row(number: int, image="a.png") -> dict:
    box = {"label": "cat", "box": [1, 1, 30, 30], "attributes": {"color": "red"}}
    other = {"label": "dog", "box": [32, 32, 60, 60], "attributes": {"color": "blue"}}
    return {
        "id": f"p{number}",
        "group": number,
        "images": image,
        "objects": [box, other],
        "captions": "A cat and a dog.",
    }


def context(folder: Path, rows, *, seed: int = 1, progress=None, source=None, **config) -> StageContext:
    """A build of `rows` (texts are written as they are) in `folder / "build"`."""
    folder.mkdir(exist_ok=True, parents=True)
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")
    Image.new("RGB", (64, 64), "white").save(folder / "a.png")
    (folder / "build").mkdir(exist_ok=True)
    entry = {"name": "jsonl", "path": str(folder / "rows.jsonl"), **(source or {})}
    parsed = BuildConfig.model_validate({"sources": [entry], **config})
    return StageContext(
        node="build", config=parsed, seed=seed, inputs=(), folder=folder / "build", progress=progress or Progress()
    )


def digests(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_build_holds_what_other_stages_read(tmp_path):
    rows = [*map(text_row, range(40)), *map(picture_row, range(40))]
    counts = run(context(tmp_path, rows, source={"use": "split", "test_fraction": 0.5}))
    folder = BuildFolder(tmp_path / "build")
    assert counts["num_items"] == 80
    assert counts["num_train"] == len(folder.store("train")) > 0
    assert counts["num_test"] == len(folder.store("test")) > 0
    by_name = {card.name: card for card in folder.cards}
    assert by_name["counting"].num_train == folder.store("train").task_sizes.get("counting", 0)
    assert counts["skipped_tasks"]["text_vqa"].endswith(
        "has text_question (a question of kind text or an object with text on it)"
    )
    assert {template.task for template in folder.templates} == set(by_name)
    assert any(template.held_out for template in folder.templates)
    assert folder.prompt.regions == "unit"
    raw = json.loads((tmp_path / "build" / "cards.json").read_text())
    assert set(raw[0]) == {"name", "category", "output", "metrics", "slots", "held_out", "num_train", "num_test"}


def test_items_of_a_group_go_the_same_way(tmp_path):
    rows = [{**text_row(n), "group": n // 4} for n in range(200)]
    run(context(tmp_path, rows, tasks=[TEXT_TASK], source={"use": "split", "test_fraction": 0.3}))
    folder = BuildFolder(tmp_path / "build")
    sides = [{int(one.id.split("/")[1]) // 4 for one in folder.store(split).iter()} for split in ("train", "test")]
    assert sides[0] | sides[1] == set(range(50))
    assert not sides[0] & sides[1]
    assert 5 <= len(sides[1]) <= 26


def test_what_is_held_out_is_only_tested(tmp_path):
    rows = list(map(picture_row, range(30)))
    held_out = {"tasks": ["counting"], "categories": ["grounded_matching"]}
    run(context(tmp_path, rows, held_out=held_out, source={"use": "split", "test_fraction": 0.5}))
    folder = BuildFolder(tmp_path / "build")
    levels = {card.name: card.held_out for card in folder.cards}
    assert levels["counting"] == levels["grounded_vqa"] == "task"
    assert levels["object_region_selection"] == "category"
    assert levels["image_captioning"] is None
    trained = folder.store("train").task_sizes
    assert not [name for name in trained if levels[name] is not None]
    assert {"counting", "grounded_vqa", "object_region_selection"} <= set(folder.store("test").task_sizes)


def test_what_the_catalogue_holds_out_may_be_trained_on_all_the_same(tmp_path):
    rows = list(map(picture_row, range(30)))
    run(context(tmp_path, rows, held_out={"but_train": ["grounded_vqa"]}))
    folder = BuildFolder(tmp_path / "build")
    levels = {card.name: card.held_out for card in folder.cards}
    assert (levels["grounded_vqa"], levels.get("visual_dialogue", "task")) == (None, "task")
    assert folder.store("train").task_sizes["grounded_vqa"] > 0


@pytest.mark.parametrize(("name", "message"), [("image_captioning", "held out by nobody"), ("text_vqq", "text_vqa")])
def test_a_task_that_need_not_be_let_in_is_refused(tmp_path, name, message):
    with pytest.raises(ConfigError, match=message):
        run(context(tmp_path, [picture_row(1)], held_out={"but_train": [name]}))


def test_caps_hold_and_end_the_walk_early(tmp_path):
    config = {"tasks": [TEXT_TASK], "max_examples_per_task": 10}
    counts = run(context(tmp_path, map(text_row, range(1000)), **config))
    assert counts["train"] == {TEXT_TASK: 10}
    assert counts["num_items"] == 64


def test_max_items_counts_good_rows(tmp_path):
    rows = ["broken", *map(text_row, range(20))]
    counts = run(context(tmp_path, rows, tasks=[TEXT_TASK], max_bad_rows=1, source={"max_items": 7}))
    assert (counts["num_items"], counts["num_bad_rows"]) == (7, 1)


def test_bad_rows_go_to_quarantine_with_their_reasons(tmp_path):
    rows = [text_row(0), "{broken", picture_row(0, image="gone.png"), text_row(1)]
    counts = run(context(tmp_path, rows, max_bad_rows=2))
    lines = [json.loads(line) for line in (tmp_path / "build" / "quarantine.jsonl").read_text().splitlines()]
    assert [line["place"].rpartition(":")[2] for line in lines] == ["2", "3"]
    assert "gone.png does not exist" in lines[1]["reason"]
    assert all(line["source"] == "jsonl" for line in lines)
    assert sum(counts["bad_rows"].values()) == 2


def test_one_bad_row_too_many_stops_with_places_and_what_to_set(tmp_path):
    with pytest.raises(DataError, match=r"(?s)2 bad rows, 1 allowed.*rows\.jsonl:3.*build\.max_bad_rows: 10"):
        run(context(tmp_path, [text_row(0), "{broken", "worse", text_row(1)], max_bad_rows=1))
    counts = run(context(tmp_path, [text_row(0), text_row(1)], max_bad_rows=1))
    assert counts["num_bad_rows"] == 0, "after the files were mended, nothing of the failed build is left"
    assert counts["train"] == {TEXT_TASK: 2}


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        (
            {"tasks": ["image_captioning"]},
            DataError,
            "needs captions, image, and no item .* has captions .a caption of the whole., image .exactly one image.; possible here: d",
        ),
        ({"tasks": ["object_*"]}, DataError, "no task of .* made an example of the 3 items"),
        ({"tasks": ["countin"]}, ConfigError, "did you mean 'counting'"),
        ({"tasks": ["nothing_*"]}, ConfigError, "match no task"),
        ({"held_out": {"categories": ["vqq"]}}, ConfigError, "did you mean 'vqa'"),
        ({"sources": [{"name": "jsonll"}]}, ConfigError, "did you mean 'jsonl'"),
        ({"sources": [{"name": "jsonl", "path": "gone.jsonl"}]}, DataError, "gone.jsonl"),
        ({"sources": []}, ConfigError, "sources is empty"),
    ],
)
def test_what_cannot_be_built_says_why(tmp_path, config, error, message):
    with pytest.raises(error, match=message):
        run(context(tmp_path, map(text_row, range(3)), **config))


def test_an_empty_data_set_is_an_error(tmp_path):
    with pytest.raises(DataError, match="data set is empty"):
        run(context(tmp_path, [""]))


def test_templates_of_an_augment_stage_are_taken(tmp_path):
    made = context(tmp_path, map(text_row, range(3)), tasks=[TEXT_TASK])
    augment = tmp_path / "augment"
    augment.mkdir()
    template = Template(id="new/0", task=TEXT_TASK, text="{passage} {question}?")
    (augment / "templates.jsonl").write_text(
        json.dumps({"id": template.id, "task": TEXT_TASK, "text": template.text}) + "\n"
    )
    manifest = {"node": "augment", "kind": "augment", "digest": "x", "config": {}, "seed": 1}
    (augment / "manifest.json").write_text(json.dumps(manifest))
    run(StageContext(node="build", config=made.config, seed=1, inputs=(augment,), folder=made.folder))
    assert list(read_jsonl(made.folder / "templates.jsonl", Template)) == [template]


CHILD = """
import os, signal, sys
from pathlib import Path
from test_build_stage import Progress, context, run, text_row

class Deadly(Progress):
    rows = 0
    def advance(self, steps=1):
        self.rows += steps
        if self.rows >= int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

rows = [text_row(n) if n % 1000 else "{broken" for n in range(9000)]
run(context(Path(sys.argv[1]), rows, max_bad_rows=50, progress=Deadly(), source={"use": "split"}))
"""


def test_a_build_killed_twice_ends_in_the_same_bytes(tmp_path):
    rows = [text_row(n) if n % 1000 else "{broken" for n in range(9000)]
    config = {"max_bad_rows": 50, "source": {"use": "split"}}
    whole = run(context(tmp_path / "run", rows, **config))
    expected = digests(tmp_path / "run" / "build")
    (tmp_path / "run" / "build").rename(tmp_path / "whole")
    for rows_until_death in ("5000", "8900"):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(tmp_path / "run"), rows_until_death],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            check=False,
        )
        assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    state = json.loads((tmp_path / "run" / "build" / "progress.json").read_text())
    assert state["row"] == 8192
    assert run(context(tmp_path / "run", rows, **config)) == whole
    assert digests(tmp_path / "run" / "build") == expected


def test_a_finished_build_that_was_not_yet_closed_is_not_done_again(tmp_path):
    made = context(tmp_path, map(text_row, range(50)))
    counts = run(made)
    (tmp_path / "rows.jsonl").unlink()
    assert run(made) == counts


@pytest.mark.parametrize(
    ("references", "options", "problem"),
    [
        ((), ("a", "b"), "no answer"),
        (("",), ("a", "b"), "empty"),
        (("c",), ("a", "b"), "not among"),
        (("a",), ("a", "a"), "alike"),
        (("a",), ("a",), "fewer than two"),
        (("a",), ("a", "b"), None),
    ],
)
def test_an_example_that_cannot_be_answered_is_told(references, options, problem):
    example = Example(
        id="x", task="t", source="s", split="train", fields={"options": Options(items=options)}, references=references
    )
    found = example_problem(example, slots={"options": "options"})
    assert (problem in found) if problem else found is None
