"""`sayso review` as a person uses it: augment, look, write verdicts, run again."""

import json
import re
import shutil

import pytest

from sayso.artifacts import read_jsonl, read_manifest
from sayso.cli.main import main
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.records import Template

RECIPE = "augment:\n  filters: [name: slots, {name: length, slack: 0}, name: duplicate, name: held_out_leak]\n"
SETTINGS = ("--set", "augment.max_wordings=14", "augment.tasks=[counting, image_captioning]")


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


@pytest.fixture(name="run")
def made(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text(RECIPE)
    folder = tmp_path / "run"
    assert call(capsys, "augment", tmp_path / "mine.yaml", "--out", folder, *SETTINGS)[0] == 0
    return folder


def again(capsys, run, out, *more):
    """The same recipe with the review."""
    recipe = run.parent / "mine.yaml"
    review = f"augment.review={run / 'review.yaml'}"
    return call(capsys, "augment", recipe, "--out", out, *SETTINGS, review, *more)


def pool(run):
    return {template.id: template.text for template in read_jsonl(run / "augment" / "templates.jsonl", Template)}


def decide(run, name, *, verdict="", text=None):
    """What a person does in an editor, to the entry of one wording."""
    path = run / "review.yaml"
    blocks = path.read_text().split("\n\n")
    (position,) = [number for number, block in enumerate(blocks) if f'\n  id: "{name}"\n' in block]
    blocks[position] = re.sub(r"\n  verdict:.*", f"\n  verdict: {verdict}", blocks[position])
    if text is not None:
        blocks[position] = re.sub(r"- text: .*", lambda _: f"- text: {text}", blocks[position])
    path.write_text("\n\n".join(blocks))


def entries(run):
    return (run / "review.yaml").read_text().count("\n  verdict:")


def test_verdicts_are_read_back_and_win(run, capsys, tmp_path):
    code, out, _ = call(capsys, "review", run, "--refused", "--sample", 5, "--json")
    assert code == 0
    told = json.loads(out.splitlines()[-1])
    rows = list(read_jsonl(run / "augment" / "candidates.jsonl", JudgedTemplate))
    refused = [row.template for row in rows if not row.verdict.keep and "{question}" in row.template.text]
    assert told["num_wordings"] == entries(run) > len(pool(run))
    assert told["tasks"] == 2
    made = [name for name in pool(run) if "~" in name and name.startswith("counting")]
    decide(run, made[0], verdict="reject")
    decide(run, made[1], text='"Work out this one: {question}"')
    decide(run, refused[0].id, verdict="accept")
    decide(run, "counting/0", verdict="reject")
    assert again(capsys, run, tmp_path / "second")[0] == 0
    before, after = pool(run), pool(tmp_path / "second")
    gone = {made[0], made[1], "counting/0"}
    new = {f"{made[1]}~edited": "Work out this one: {question}", refused[0].id: refused[0].text}
    assert after == {**{name: text for name, text in before.items() if name not in gone}, **new}
    counts = read_manifest(tmp_path / "second" / "augment").counts
    assert (
        counts["by_task"]["counting"]["before"]
        == read_manifest(run / "augment").counts["by_task"]["counting"]["before"]
    )
    assert counts["refused"]["review: rejected"] == 2
    assert counts["refused"]["review: edited"] == 1


def test_the_file_keeps_what_was_written_into_it(run, capsys):
    call(capsys, "review", run)
    name = next(name for name in pool(run) if "~" in name)
    decide(run, name, verdict="reject")
    first = (run / "review.yaml").read_text()
    code, out, err = call(capsys, "review", run, "--task", "count*", "--sample", 0, "--json")
    assert code == 0
    assert (run / "review.yaml").read_text() == first
    told = json.loads(out.splitlines()[-1])
    assert told["outdated"] == [str(run / "augment")]
    assert told["rejected"] == 1
    assert f"augment.review={run / 'review.yaml'}" in err


def test_looking_again_leaves_the_file_and_what_was_made_from_it(run, capsys):
    call(capsys, "review", run)
    name = next(name for name in pool(run) if "~" in name)
    decide(run, name, verdict="reject")
    shutil.rmtree(run / "augment")
    assert again(capsys, run, run)[0] == 0
    before = (run / "review.yaml").read_bytes()
    code, out, _ = call(capsys, "review", run, "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["rejected"] == 1
    assert json.loads(out.splitlines()[-1])["outdated"] == []
    assert (run / "review.yaml").read_bytes() == before
    assert again(capsys, run, run)[0] == 0
    call(capsys, "review", run, "--refused")
    assert (run / "review.yaml").read_bytes() != before
    assert (run / "review.yaml").read_text().count("\n  verdict: reject\n") == 1


def test_a_changed_review_is_noticed(run, capsys, tmp_path):
    call(capsys, "review", run)
    name = next(name for name in pool(run) if "~" in name)
    decide(run, name, verdict="reject")
    code, _, told = again(capsys, run, run)
    assert code == 2
    assert "review.yaml" in told
    assert again(capsys, run, tmp_path / "second")[0] == 0
    assert again(capsys, run, tmp_path / "second")[0] == 0
    decide(run, name, verdict="accept")
    code, _, told = again(capsys, run, tmp_path / "second")
    assert code == 2
    assert f"the file {run / 'review.yaml'} changed" in told


def test_a_broken_edit_is_told_with_its_line_before_anything_is_made(run, capsys, tmp_path):
    call(capsys, "review", run)
    name = next(name for name in pool(run) if "~" in name and name.startswith("counting"))
    decide(run, name, text='"Work out this one."')
    lines = (run / "review.yaml").read_text().splitlines()
    number = next(number for number, line in enumerate(lines, start=1) if "Work out this one." in line)
    for code, _, told in (call(capsys, "review", run), again(capsys, run, tmp_path / "second")):
        assert code == 3
        assert f"{run / 'review.yaml'}, line {number}: " in told
        assert "missing slot {question}" in told
    assert not (tmp_path / "second" / "augment").exists()


def test_a_task_that_a_source_brings_along_can_be_reviewed(capsys, tmp_path):
    file = {"Definition": ["Say the text again, word for word."], "Instances": [{"input": "a", "output": ["a"]}]}
    (tmp_path / "echo.json").write_text(json.dumps(file))
    source = {"name": "natural_instructions", "path": str(tmp_path / "echo.json")}
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(f"augment:\n  tasks: [echo]\n  sources: [{json.dumps(source)}]\n")
    run = tmp_path / "run"
    assert call(capsys, "augment", recipe, "--out", run)[0] == 0
    assert call(capsys, "review", run)[0] == 0
    name = next(name for name in pool(run) if "~" in name)
    decide(run, name, text='"Say this text once more: {input}"')
    assert call(capsys, "review", run)[0] == 0
    more = ("--set", f"augment.review={run / 'review.yaml'}")
    assert call(capsys, "augment", recipe, "--out", tmp_path / "second", *more)[0] == 0
    assert "Say this text once more: {input}" in pool(tmp_path / "second").values()
    decide(run, name, text='"Say this text once more."')
    code, _, told = call(capsys, "review", run)
    assert (code, "missing slot {input}" in told) == (3, True)


def test_the_table_shows_the_tasks_asked_for(run, capsys):
    code, out, _ = call(capsys, "review", run, "--task", "image_captioning", "--sample", 3)
    assert code == 0
    assert "image_captioning" in out
    assert "counting" not in out
    assert call(capsys, "review", run, "--task", "image_captionig")[2].count("did you mean 'image_captioning'") == 1


def test_what_cannot_be_reviewed_is_told(run, capsys, tmp_path):
    code, _, told = call(capsys, "review", tmp_path)
    assert (code, "sayso augment RECIPE" in told) == (3, True)
    code, _, told = call(capsys, "review", run, "--sample", "-3")
    assert (code, "0 for all" in told) == (2, True)
    (run / "review.yaml").write_text('"countin":\n- text: a\n  id: b\n  key: c\n')
    code, _, told = call(capsys, "review", run)
    assert (code, "line 2" in told, "countin" in told) == (3, True, True)
