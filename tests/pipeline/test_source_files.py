"""A stage knows the files it was made of: a source that changed under an unchanged recipe is no stale data."""

import os
import shutil

import pytest

from sayso.artifacts import HASHED_BYTES, fingerprint, read_manifest
from sayso.errors import ConfigError, DataError
from sayso.pipeline import run_recipe


def rows_file(kitchen):
    return kitchen.folder / "rows.jsonl"


def test_the_manifest_names_the_files(kitchen):
    kitchen.run()
    assert read_manifest(kitchen.out / "build").files == {str(rows_file(kitchen)): fingerprint(rows_file(kitchen))}
    assert read_manifest(kitchen.out / "augment").files == {}


def test_a_file_that_changed_is_told_and_nothing_is_reused(kitchen):
    kitchen.run()
    rows_file(kitchen).write_text(rows_file(kitchen).read_text().replace("7 cats", "9 cats"))
    with pytest.raises(ConfigError, match=r"the file .*rows\.jsonl changed.*delete .*run/build"):
        kitchen.run()


def test_a_file_that_was_only_touched_or_copied_is_the_same_file(kitchen):
    kitchen.run()
    os.utime(rows_file(kitchen), (1, 1))
    assert all(result.skipped for result in kitchen.run())


def test_a_file_that_was_put_away_after_the_build_is_not_missed(kitchen):
    """People delete or unmount the raw data once it is built."""
    kitchen.run()
    rows_file(kitchen).rename(kitchen.folder / "elsewhere.jsonl")
    assert all(result.skipped for result in kitchen.run())
    shutil.rmtree(kitchen.out / "build")
    with pytest.raises(DataError, match=r"rows\.jsonl does not exist"):
        kitchen.run()


def test_what_was_built_of_another_file_makes_everything_after_it_stale(kitchen):
    text = """
        stages:
          first: {kind: build, from: []}
          second: {kind: build, from: [first]}
        build: {sources: [{name: jsonl, path: ROWS}], tasks: [description_question_answering]}
    """.replace("ROWS", str(rows_file(kitchen)))
    kitchen.run(text=text)
    rows_file(kitchen).write_text(rows_file(kitchen).read_text().replace("7 cats", "9 cats"))
    shutil.rmtree(kitchen.out / "first")
    with pytest.raises(ConfigError, match=r"run/second was made with another config \(from\.first.*the file"):
        kitchen.run(text=text)


def test_a_killed_build_does_not_go_on_with_another_file(kitchen):
    """The rows before the checkpoint would be those of the old file, the others those of the new one."""
    partial = kitchen.out / "build.partial"
    (kitchen.folder / "rows.jsonl").write_text(rows_file(kitchen).read_text() + "{broken\n")
    with pytest.raises(DataError):
        kitchen.run()
    before = (partial / "digest").read_text()
    rows_file(kitchen).write_text("".join(rows_file(kitchen).read_text().splitlines(keepends=True)[:-1]))
    kitchen.run()
    assert read_manifest(kitchen.out / "build").digest != before


def test_a_file_of_templates_counts_too(kitchen):
    more = kitchen.folder / "more.jsonl"
    line = '{"task": "description_question_answering", "template": "TEXT: {passage} {question}"}\n'
    more.write_text(line)
    recipe = kitchen.recipe(f"augment.templates={more}")
    run_recipe(recipe, out=kitchen.out)
    more.write_text(line.replace("TEXT", "Story"))
    with pytest.raises(
        ConfigError, match=r"run/augment was made with another config \(the file .*more\.jsonl changed\)"
    ):
        run_recipe(recipe, out=kitchen.out)


def test_a_word_that_happens_to_be_a_file_is_a_word(kitchen, tmp_path):
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        (tmp_path / "jsonl").write_text("a file with the name of a source")
        kitchen.run()
    finally:
        os.chdir(here)
    assert list(read_manifest(kitchen.out / "build").files) == [str(rows_file(kitchen))]


def test_a_large_file_is_known_by_size_and_time(tmp_path):
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(HASHED_BYTES + 1)
    os.utime(path, ns=(5, 5))
    assert fingerprint(path) == f"{HASHED_BYTES + 1} bytes of 5"
    with pytest.raises(DataError, match=r"gone\.bin cannot be read"):
        fingerprint(tmp_path / "gone.bin")
