"""A build that was killed goes on from whatever it left, and a damaged rest is noticed."""

import json
import shutil

import pytest
from PIL import Image

from sayso.artifacts import Progress, StageContext
from sayso.config import BuildConfig
from sayso.data.building import CHECKPOINT
from sayso.data.folder import BuildFolder
from sayso.data.progress import BuildState, load_state, save_state
from sayso.data.stage import run
from sayso.errors import DataError

TASK = "description_question_answering"
COUNT = CHECKPOINT + 300


class Killed(BaseException):
    """What stands for a signal: nothing in the code catches it."""


class Stopping(Progress):
    """Ends the build after so many rows, and keeps what it was told."""

    def __init__(self, after=None):
        self.after, self.rows, self.notes = after, 0, []

    def advance(self, steps=1):
        self.rows += steps
        if self.after is not None and self.rows >= self.after:
            raise Killed

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    with path.open("w") as file:
        for number in range(COUNT):
            question = {"question": "How many?", "answers": str(number)}
            row = {"id": number, "labels": {"description": f"{number} cats."}, "questions": [question]}
            file.write((json.dumps(row) if number != 50 else "{broken") + "\n")
    return path


@pytest.fixture(scope="module")
def expected(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return run(context(folder, rows)), files(folder)


def context(folder, rows, *, progress=None):
    source = {"name": "jsonl", "path": str(rows), "use": "split"}
    config = BuildConfig.model_validate({"sources": [source], "tasks": [TASK], "max_bad_rows": 1})
    return StageContext(node="build", config=config, seed=0, inputs=(), folder=folder, progress=progress or Progress())


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kill(folder, rows, *, after=CHECKPOINT + 100):
    with pytest.raises(Killed):
        run(context(folder, rows, progress=Stopping(after)))


def test_a_killed_build_begins_at_its_checkpoint_and_ends_alike(tmp_path, rows, expected):
    kill(tmp_path, rows)
    assert json.loads((tmp_path / "progress.json").read_text())["row"] == CHECKPOINT
    watch = Stopping()
    assert (run(context(tmp_path, rows, progress=watch)), files(tmp_path)) == expected
    assert watch.notes == []
    assert CHECKPOINT <= watch.rows < CHECKPOINT + 301


DAMAGE = {
    "no progress": ("progress.json", None),
    "progress cut off": ("progress.json", b'{"row": 40'),
    "progress of zero bytes": ("progress.json", b""),
    "progress of another version": ("progress.json", b'{"row": 40, "invented": 1}'),
    "quarantine lost": ("quarantine.jsonl", None),
    "quarantine cut off": ("quarantine.jsonl", b"{"),
    "ids lost": ("ids.spool", None),
    "ids cut off": ("ids.spool", b"12345678"),
    "spool lost": (f"examples/train/{TASK}-00000.spool", None),
    "spool cut off": (f"examples/train/{TASK}-00000.spool", b"{"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_rest_is_noticed_and_the_build_begins_again(tmp_path, rows, expected, name):
    kill(tmp_path, rows)
    path, content = tmp_path / DAMAGE[name][0], DAMAGE[name][1]
    path.unlink() if content is None else path.write_bytes(content)
    watch = Stopping()
    assert (run(context(tmp_path, rows, progress=watch)), files(tmp_path)) == expected
    assert [note for note in watch.notes if path.name in note] == watch.notes
    assert bool(watch.notes) == (name != "no progress")


def test_a_whole_folder_that_only_lacks_its_name_is_not_built_again(tmp_path, rows, expected):
    run(context(tmp_path, rows))
    watch = Stopping(after=1)
    assert (run(context(tmp_path, rows, progress=watch)), files(tmp_path)) == expected


@pytest.mark.parametrize("name", ["cards.json", "templates.jsonl", "prompt.json"])
def test_a_whole_folder_that_lost_a_file_is_built_again(tmp_path, rows, expected, name):
    run(context(tmp_path, rows))
    (tmp_path / name).unlink()
    assert (run(context(tmp_path, rows)), files(tmp_path)) == expected


def test_no_spool_is_left_in_a_finished_build(expected):
    assert [name for name in expected[1] if name.endswith((".spool", ".tmp"))] == []
    assert {"cards.json", "templates.jsonl", "prompt.json", "quarantine.jsonl", "progress.json"} <= set(expected[1])


def test_a_state_is_saved_and_loaded_as_it_was(tmp_path):
    state = BuildState(source=1, row=5, licenses={"CC0": 3}, provided=[["image"]], bad_rows={"why": 1})
    save_state(tmp_path, state)
    assert load_state(tmp_path, progress=Progress()) == state
    assert load_state(tmp_path / "elsewhere", progress=Progress()) == BuildState()


def small(folder, rows, **config):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "build").mkdir(exist_ok=True)
    parsed = BuildConfig.model_validate({"sources": [{"name": "jsonl", "path": str(folder / "rows.jsonl")}], **config})
    return StageContext(node="build", config=parsed, seed=0, inputs=(), folder=folder / "build")


def caption(number, **more):
    return {"id": number, "images": "a.png", "captions": "A cat.", **more}


@pytest.fixture
def pictures(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    return tmp_path


def test_licences_are_counted_by_example(pictures):
    rows = [caption(n, license="CC0-1.0" if n < 3 else "CC-BY-4.0") for n in range(5)] + [caption(9)]
    counts = run(small(pictures, rows, tasks=["image_captioning"]))
    assert counts["licenses"] == {"": 1, "CC-BY-4.0": 2, "CC0-1.0": 3}


def test_a_corpus_with_a_licence_in_every_row_does_not_fill_the_memory(pictures):
    rows = [caption(n, license=f"by author {n}") for n in range(250)]
    counts = run(small(pictures, rows, tasks=["image_captioning"]))["licenses"]
    assert len(counts) == 201
    assert counts["other licenses"] == 50


def test_what_a_cap_leaves_out_has_no_licence_in_the_counts(pictures):
    rows = [caption(n, license="CC0-1.0") for n in range(9)]
    counts = run(small(pictures, rows, tasks=["image_captioning"], max_examples_per_task=4))
    assert counts["licenses"] == {"CC0-1.0": 4}


def test_a_folder_that_lost_a_shard_is_not_read(pictures):
    made = small(pictures, map(caption, range(4)), tasks=["image_captioning"])
    run(made)
    manifest = {"node": "build", "kind": "build", "digest": "x", "config": {}, "seed": 1}
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    assert len(BuildFolder(made.folder).store("train")) == 4
    assert len(BuildFolder(made.folder).store("test")) == 0
    shutil.rmtree(made.folder / "examples")
    with pytest.raises(DataError, match="holds only 0 train examples of 'image_captioning', but 4 were built"):
        BuildFolder(made.folder).store("train")


@pytest.mark.parametrize("name", ["cards.json", "prompt.json"])
def test_a_damaged_file_of_a_build_is_named(pictures, name):
    made = small(pictures, map(caption, range(4)), tasks=["image_captioning"])
    run(made)
    (made.folder / name).write_text("{")
    part = name.removesuffix(".json")
    with pytest.raises(DataError, match=rf"{part}\.json cannot be read .*build the data again"):
        getattr(BuildFolder(made.folder), part)
    with pytest.raises(DataError, match="is not a finished build"):
        getattr(BuildFolder(pictures), part)
