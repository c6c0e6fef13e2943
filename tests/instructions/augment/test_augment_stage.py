"""The augment stage: its files, its counts, bad input, and going on after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from sayso.artifacts import StageContext, read_jsonl
from sayso.config import AugmentConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.augment.stage import run
from sayso.instructions.library import load_templates
from sayso.instructions.template import check_slots
from sayso.records import Template
from sayso.tasks import get

TASKS = ("counting", "color_recognition", "grounded_captioning")
SCRIPT = """
import sys
from pathlib import Path
from sayso.artifacts import StageContext
from sayso.config import AugmentConfig
from sayso.instructions.augment.stage import run
config = AugmentConfig(tasks=("vqa/*", "temporal_ordering/*"), max_wordings=60)
run(StageContext(node="augment", config=config, seed=5, inputs=(), folder=Path(sys.argv[1])))
"""


def augment(folder, *, seed=5, **config):
    config = AugmentConfig(**{"tasks": TASKS, **config})
    return run(StageContext(node="augment", config=config, seed=seed, inputs=(), folder=folder))


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def lines(tmp_path, *rows):
    path = tmp_path / "more.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(path)


def test_every_usable_wording_is_in_templates_and_every_candidate_has_its_verdict(tmp_path):
    counts = augment(tmp_path)
    templates = list(read_jsonl(tmp_path / "templates.jsonl", Template))
    candidates = list(read_jsonl(tmp_path / "candidates.jsonl", JudgedTemplate))
    accepted = {row.template.id for row in candidates if row.verdict.keep}
    library = {template.id for name in TASKS for template in load_templates(get(name))}
    assert {template.id for template in templates} == accepted | library
    assert all(row.verdict and row.verdict.reason for row in candidates)
    assert counts["candidates"] == len(candidates) == counts["accepted"] + sum(counts["refused"].values())


def test_the_counts_say_how_many_wordings_each_task_had_and_has(tmp_path):
    counts = augment(tmp_path, max_wordings=20)
    held_in = sum(not template.held_out for template in load_templates(get("counting")))
    assert counts["tasks"] == 3
    assert counts["by_task"]["counting"]["before"] == held_in
    assert counts["by_task"]["counting"]["after"] == 20
    assert counts["after"] == sum(one["after"] for one in counts["by_task"].values())


def test_every_template_fits_its_task_and_held_out_ones_come_from_the_library_only(tmp_path):
    augment(tmp_path, max_wordings=40)
    for template in read_jsonl(tmp_path / "templates.jsonl", Template):
        check_slots(template.text, slots=get(template.task).slots)
        assert not (template.held_out and template.lineage)


def test_the_seed_decides_and_nothing_else(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        augment(tmp_path / name, seed=seed)
    assert content(tmp_path / "a") == content(tmp_path / "b") != content(tmp_path / "c")


def test_a_task_alone_gets_the_wordings_it_gets_among_others(tmp_path):
    augment(tmp_path / "all")
    augment(tmp_path / "one", tasks=("counting",))
    one = (tmp_path / "one" / "tasks" / "counting.jsonl").read_bytes()
    assert one == (tmp_path / "all" / "tasks" / "counting.jsonl").read_bytes()


def test_a_killed_stage_goes_on_and_ends_as_one_that_was_not(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([sys.executable, "-c", SCRIPT, str(whole)], check=True, timeout=120)
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(killed)])
    while len(list(killed.glob("tasks/*.jsonl"))) < 3 and process.poll() is None:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    (killed / "tasks" / ".counting.jsonl.1.tmp").write_text("half a li")
    assert not (killed / "templates.jsonl").exists()
    subprocess.run([sys.executable, "-c", SCRIPT, str(killed)], check=True, timeout=120)
    assert content(killed) == content(whole)


def test_further_wordings_are_taken_in_and_used_as_parents(tmp_path):
    path = lines(tmp_path, {"task": "counting", "template": "Tally what is on view. {question}"}, "")
    augment(tmp_path / "run", tasks=("counting",), templates=path, max_wordings=40)
    templates = list(read_jsonl(tmp_path / "run" / "templates.jsonl", Template))
    (mine,) = [template for template in templates if template.origin == "file"]
    assert mine.text == "Tally what is on view. {question}"
    rows = read_jsonl(tmp_path / "run" / "candidates.jsonl", JudgedTemplate)
    assert {row.verdict.reason for row in rows if row.template.id == mine.id} == {"accepted"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{not json", "line 2: .*a line is"),
        ({"task": "counting"}, "line 2: .*missing required field `template`"),
        ({"task": "counting", "template": "x {question}", "extra": 1}, "line 2: .*extra"),
        (
            {"task": "countin", "template": "Count {question}"},
            "line 2: unknown task 'countin'; did you mean 'counting'",
        ),
        (
            {"task": "counting", "template": "Count {object}"},
            "line 2: .*unknown slot {object}.*known: options, question",
        ),
        ({"task": "counting", "template": "Count {question} {question}"}, "line 2: .*appears 2 times"),
        ({"task": "counting", "template": "Count {question.__class__}"}, "line 2: .*is not a slot"),
        ({"task": "image_captioning", "template": " \n"}, "line 2: the template .* has no words"),
        ({"task": "object_recognition", "template": "", "held_out": True}, "line 2: the template '' has no words"),
        ({"task": "counting", "template": 7}, "line 2: Expected `str`, got `int`"),
        ([1, 2], "line 2: Expected `object`, got `array`"),
    ],
)
def test_a_bad_line_is_an_error_that_names_file_and_line(tmp_path, row, told):
    path = lines(tmp_path, {"task": "counting", "template": "Tally it: {question}"}, row)
    with pytest.raises(DataError, match=f"more.jsonl, {told}"):
        augment(tmp_path / "run", templates=path)
    assert not list((tmp_path / "run").rglob("*"))


def test_a_file_from_windows_is_read_as_any_other(tmp_path):
    path = tmp_path / "more.jsonl"
    row = json.dumps({"task": "counting", "template": "Tally it: {question}"})
    path.write_bytes(b"\xef\xbb\xbf" + f"{row}\r\n\r\n".encode())
    counts = augment(tmp_path / "run", tasks=("counting",), templates=str(path), max_wordings=40)
    assert counts["accepted"] >= 1
    assert "Tally it: {question}" in {t.text for t in read_jsonl(tmp_path / "run" / "templates.jsonl", Template)}


def test_wordings_for_tasks_that_are_not_selected_are_counted(tmp_path):
    path = lines(
        tmp_path,
        {"task": "counting", "template": "Tally it: {question}"},
        {"task": "image_captioning", "template": "Say what you see."},
        {"task": "image_captioning", "template": "Put the picture into words."},
    )
    assert augment(tmp_path / "one", tasks=("counting",), templates=path)["of_other_tasks"] == 2
    both = augment(tmp_path / "two", tasks=("counting", "image_captioning"), templates=path)
    assert "of_other_tasks" not in both


def test_a_held_out_line_is_kept_apart_and_marked_as_written_by_others(tmp_path):
    path = lines(
        tmp_path,
        {"task": "counting", "template": "Tally what is on view. {question}", "held_out": True},
        {"task": "counting", "template": "count what is asked for {question} {options}", "held_out": True},
    )
    counts = augment(tmp_path / "run", tasks=("counting",), templates=path)
    (mine,) = [t for t in read_jsonl(tmp_path / "run" / "templates.jsonl", Template) if t.origin == "file"]
    assert (mine.held_out, mine.distance, mine.lineage) == (True, "L3", None)
    assert counts["refused"]["held out, but training sees the same wording"] == 1
    assert counts["by_task"]["counting"]["held_out"] == 1 + sum(t.held_out for t in load_templates(get("counting")))


def test_a_line_in_another_language_is_kept_and_left_to_others(tmp_path):
    path = lines(tmp_path, {"task": "counting", "template": "Combien en vois-tu ? {question}", "language": "fr"})
    augment(tmp_path / "run", tasks=("counting",), templates=path)
    rows = list(read_jsonl(tmp_path / "run" / "templates.jsonl", Template))
    (mine,) = [template for template in rows if template.language == "fr"]
    assert not [template for template in rows if template.lineage and template.lineage.parent == mine.id]


def test_what_is_there_is_not_made_again(tmp_path):
    augment(tmp_path)
    before = content(tmp_path)
    marked = tmp_path / "tasks" / "counting.jsonl"
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "tasks").iterdir()}
    augment(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "tasks").iterdir()} == times
    marked.unlink()
    augment(tmp_path)
    assert content(tmp_path) == before


def test_any_task_that_is_missing_is_made_as_it_was(tmp_path):
    augment(tmp_path / "whole")
    for name in TASKS:
        folder = tmp_path / name
        shutil.copytree(tmp_path / "whole", folder)
        (folder / "tasks" / f"{name}.jsonl").unlink()
        (folder / "templates.jsonl").unlink()
        augment(folder)
        assert content(folder) == content(tmp_path / "whole")


def test_a_recipe_without_paraphrases_has_the_librarys_wordings(tmp_path):
    counts = augment(tmp_path, max_wordings=1)
    assert counts["before"] == counts["after"]
    assert counts["candidates"] == counts["accepted"] == 0
    assert (tmp_path / "candidates.jsonl").read_bytes() == b""


def test_a_missing_file_of_further_wordings_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"none\.jsonl does not exist"):
        augment(tmp_path, templates=str(tmp_path / "none.jsonl"))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"tasks": ("zebra*",)}, "matches no task"),
        ({"paraphraser": {"name": "gramar"}}, "did you mean 'grammar'"),
        ({"filters": ({"name": "lenght"},)}, "did you mean 'length'"),
        ({"filters": ({"name": "length", "slak": 1},)}, "did you mean 'slack'"),
        ({"filters": ({"name": "length", "preset": "wide"},)}, "'strict' or 'loose'"),
    ],
)
def test_a_wrong_recipe_is_told_before_anything_is_written(tmp_path, config, told):
    with pytest.raises(ConfigError, match=told):
        augment(tmp_path, **config)
    assert not list(tmp_path.rglob("*"))


def test_without_a_word_about_held_out_wordings_all_that_is_accepted_is_trained_on(tmp_path):
    counts = augment(tmp_path)
    assert "held_out_generated" not in counts
    made = [t for t in read_jsonl(tmp_path / "templates.jsonl", Template) if t.lineage]
    assert made
    assert not any(template.held_out for template in made)


def test_held_out_wordings_are_in_the_files_with_their_distance_and_counted(tmp_path):
    counts = augment(tmp_path, max_wordings=40, held_out={"fraction": 0.2, "operations": ["question_form"]})
    templates = list(read_jsonl(tmp_path / "templates.jsonl", Template))
    kept = [t for t in templates if t.lineage and t.held_out]
    assert {t.distance for t in kept} == {"L1", "L2"}
    assert all(("question_form" in t.lineage.operation) == (t.distance == "L2") for t in kept)
    trained = [t for t in templates if t.lineage and not t.held_out]
    assert trained
    assert not [t for t in trained if "question_form" in t.lineage.operation]
    assert sum(counts["held_out_generated"].values()) == len(kept)
    candidates = list(read_jsonl(tmp_path / "candidates.jsonl", JudgedTemplate))
    assert counts["candidates"] == len(candidates) == counts["accepted"] + sum(counts["refused"].values())
    assert counts["refused"]["held_out: near a held-out wording"] > 0


def test_an_operation_that_nobody_used_is_said_and_what_there_was(tmp_path):
    counts = augment(tmp_path, held_out={"operations": ["qestion_form", "question_form"]})
    (told,) = counts["warnings"]
    assert "no usable wording was made by qestion_form; there were " in told
    assert "politeness" in told


def instructions(folder):
    file = {"Definition": ["Say the text again, word for word."], "Instances": [{"input": "a", "output": ["a"]}]}
    (folder / "echo.json").write_text(json.dumps(file))
    return {"name": "natural_instructions", "path": str(folder / "echo.json"), "use": "split"}


def test_tasks_that_a_source_brings_are_augmented_from_their_own_wordings(tmp_path):
    counts = augment(tmp_path / "out", sources=(instructions(tmp_path),), tasks=("echo",), max_wordings=30)
    templates = list(read_jsonl(tmp_path / "out" / "templates.jsonl", Template))
    assert {template.task for template in templates} == {"echo"}
    assert counts["by_task"]["echo"]["before"] < counts["by_task"]["echo"]["after"]
    for template in templates:
        check_slots(template.text, slots={"input": "text"})


def test_further_wordings_may_be_of_a_task_that_a_source_brings(tmp_path):
    path = lines(tmp_path, {"task": "echo", "template": "Repeat this as it stands: {input}"})
    augment(tmp_path / "out", sources=(instructions(tmp_path),), tasks=("echo",), templates=path)
    texts = {template.text for template in read_jsonl(tmp_path / "out" / "templates.jsonl", Template)}
    assert "Repeat this as it stands: {input}" in texts
    lost = lines(tmp_path, {"task": "echo", "template": "Repeat this: {question}"})
    with pytest.raises(DataError, match=r"line 1: .*unknown slot {question}; known: input"):
        augment(tmp_path / "lost", sources=(instructions(tmp_path),), tasks=("echo",), templates=lost)


def test_a_source_without_tasks_of_its_own_cannot_be_augmented(tmp_path):
    with pytest.raises(ConfigError, match="brings no tasks of its own"):
        augment(tmp_path, sources=({"name": "shapes"},))
    with pytest.raises(ConfigError, match="source"):
        augment(tmp_path, sources=({"name": "shapez"},))
