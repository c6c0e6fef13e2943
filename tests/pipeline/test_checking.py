"""`check` says before anything runs what a run would say later, with the same limits."""

import json

import pytest

from sayso.errors import ConfigError, DataError
from sayso.pipeline import check_recipe, run_recipe


def add_row(kitchen, row):
    with (kitchen.folder / "rows.jsonl").open("a") as file:
        file.write((row if isinstance(row, str) else json.dumps(row)) + "\n")


def test_sound_data_are_good_in_one_line_a_stage(kitchen):
    result = check_recipe(kitchen.recipe())
    result.raise_if_bad()
    assert result.lines == [
        "build: 12 items, 0 media decoded, 8 templates, 12 examples of 1 tasks: good",
    ]
    assert result.as_json()["ok"] is True
    assert result.as_json()["stages"]["build"]["examples"] == {"description_question_answering": 12}
    assert not kitchen.out.exists()


def test_every_build_stage_is_checked_under_its_own_config(kitchen):
    text = """
        stages:
          good: {kind: build, from: [], tasks: [counting]}
          bad: {kind: build, from: [], tasks: [text_vqa]}
        build: {sources: [{name: shapes, count: 20}]}
    """
    result = check_recipe(kitchen.recipe(text=text))
    assert {name: report.ok for name, report in result.reports.items()} == {"good": True, "bad": False}
    assert result.as_json()["ok"] is False
    with pytest.raises(DataError, match=r"stage bad: the data cannot be used.*\n.*task 'text_vqa' needs"):
        result.raise_if_bad()


ROWS = {
    "broken line": '{"id": 99, "images": [',
    "unknown key": {"caption": "a cat"},
    "missing picture": {"images": ["gone.png"], "captions": "a cat"},
    "path with a zero byte": {"images": ["a\x00.png"], "captions": "a cat"},
    "path that leaves its root": {"images": ["../a.png"], "captions": "a cat"},
    "a folder for a picture": {"images": [""], "captions": "a cat"},
    "endless nesting": '{"labels": ' + "[" * 100_000,
}


@pytest.mark.parametrize("name", ROWS)
def test_check_and_build_agree_on_what_is_a_bad_row(kitchen, name):
    """Neither is killed by one row, both name it, and both let it pass where the recipe allows one."""
    add_row(kitchen, ROWS[name])
    with pytest.raises(DataError, match=r"rows\.jsonl:13") as of_check:
        check_recipe(kitchen.recipe()).raise_if_bad()
    with pytest.raises(DataError, match=r"rows\.jsonl:13") as of_build:
        kitchen.run()
    assert "max_bad_rows" in str(of_check.value)
    assert "max_bad_rows" in str(of_build.value)
    check_recipe(kitchen.recipe("build.max_bad_rows=1")).raise_if_bad()
    build = kitchen.run("build.max_bad_rows=1")[-1]
    assert build.manifest.counts["num_bad_rows"] == 1
    assert build.manifest.counts["num_items"] == 12


def test_links_in_a_circle_are_a_bad_row(kitchen):
    (kitchen.folder / "a.png").symlink_to(kitchen.folder / "b.png")
    (kitchen.folder / "b.png").symlink_to(kitchen.folder / "a.png")
    add_row(kitchen, {"images": ["a.png"], "captions": "a cat"})
    report = check_recipe(kitchen.recipe()).reports["build"]
    assert (report.num_bad_rows, report.num_items) == (1, 12)


def test_an_id_that_comes_twice_is_found_by_check_and_by_build(kitchen):
    add_row(kitchen, {"id": 3, "labels": {"description": "d"}, "questions": [{"question": "q?", "answers": "a"}]})
    told = r"3 was read before, at .*rows\.jsonl:4; remove one of the two records"
    with pytest.raises(DataError, match=told):
        check_recipe(kitchen.recipe()).raise_if_bad()
    with pytest.raises(DataError, match=told):
        kitchen.run()
    assert not (kitchen.out / "build").exists()


def test_a_file_that_stands_in_both_splits_is_found(kitchen):
    rows = kitchen.folder / "rows.jsonl"
    sources = f"build.sources=[{{name: jsonl, path: {rows}}}, {{name: jsonl, path: {rows}, use: test}}]"
    told = r"id '0': row 1 of source 1 \(jsonl\) and row 1 of source 2 \(jsonl\); name each file once"
    with pytest.raises(DataError, match=told):
        check_recipe(kitchen.recipe(sources)).raise_if_bad()
    with pytest.raises(DataError, match=told):
        kitchen.run(sources)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"task": "counting", "template": "How many {things}?"}', r"more\.jsonl, line 2: .*{things}"),
        ('{"task": "countin", "template": "How many?"}', r"line 2: unknown task 'countin'; did you mean 'counting'"),
        ('{"task": "counting"', r"more\.jsonl, line 2"),
    ],
)
def test_a_file_of_templates_is_checked_line_by_line(kitchen, line, told):
    good = '{"task": "description_question_answering", "template": "{passage} {question}"}'
    (kitchen.folder / "more.jsonl").write_text(f"{good}\n{line}\n")
    with pytest.raises(DataError, match=told):
        check_recipe(kitchen.recipe(f"augment.templates={kitchen.folder / 'more.jsonl'}"))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("augment.paraphraser.name=gramar", "stage 'augment': no paraphraser named 'gramar'; did you mean 'grammar'"),
        ("augment.filters=[{name: lenght}]", "no filter named 'lenght'; did you mean 'length'"),
        ("augment.filters=[{name: length, max_wrods: 3}]", "no option 'max_wrods'"),
        ("build.sources.0.name=jsonll", "no source named 'jsonll'; did you mean 'jsonl'"),
        ("build.sources.0.test_fracton=0.5", "no option 'test_fracton'; did you mean 'test_fraction'"),
        ("build.sources.0.name=no_such_module:thing", "put its folder on PYTHONPATH"),
        ("build.tasks=[countin]", "did you mean 'counting'"),
        ("train={model: {name: tinny}}", "stage 'train': no model named 'tinny'; did you mean 'tiny'"),
        ("train={objective: {name: vitt}}", "no objective named 'vitt'; did you mean 'vit'"),
        ("train={mixer: {name: caped}}", "no mixer named 'caped'; did you mean 'capped'"),
        ("train={loss_mixer: cotball}", "no mixer named 'cotball'; did you mean 'cotbal'"),
        ("train={order: corgy}", "no order named 'corgy'; did you mean 'corgi'"),
        ("evaluate={conditions: [plane]}", "no perturbation named 'plane'; did you mean 'plain'"),
    ],
)
def test_every_plugin_and_option_is_looked_up(kitchen, override, told):
    with pytest.raises(ConfigError, match=told):
        check_recipe(kitchen.recipe(override))


def test_a_thousand_different_reasons_are_counted_and_thirty_are_printed(kitchen):
    for number in range(40):
        add_row(kitchen, {"images": [f"gone-{number}.png"], "captions": "a cat"})
    result = check_recipe(kitchen.recipe())
    assert len(result.lines) < 40
    assert any("10 problems of 10 more kinds; --json lists all" in line for line in result.lines)
    assert len(result.as_json()["stages"]["build"]["problems"]) == 40


CONTINUAL = """
    stages:
      build: {sources: [{name: shapes, count: 20, use: split}], tasks: [counting, color_recognition]}
      go: {kind: sequence, from: build, sequence: {one: [counting], two: [color*]}}
"""


def test_check_shows_the_stages_of_a_sequence_with_their_tasks(kitchen):
    result = check_recipe(kitchen.recipe(text=CONTINUAL))
    assert result.lines[1:] == [
        "go-1-one: train, reads build; 1 task: counting",
        "go-1-one-evaluate: evaluate, reads go-1-one, build; 2 tasks: color_recognition, counting",
        "go-2-two: train, reads build, go-1-one; 1 task: color_recognition",
        "go-2-two-evaluate: evaluate, reads go-2-two, build; 2 tasks: color_recognition, counting",
        "go: transfer, reads go-1-one-evaluate, go-2-two-evaluate",
    ]
    assert result.as_json()["nodes"]["go-2-two"] == {
        "kind": "train",
        "from": ["build", "go-1-one"],
        "tasks": ["color_recognition"],
    }


def test_a_pattern_without_a_task_is_told_before_anything_is_trained(kitchen):
    recipe = kitchen.recipe(text=CONTINUAL.replace("color*", "colour*"))
    with pytest.raises(ConfigError, match=r"go-1-one-evaluate\.tasks: 'colour\*' matches no task"):
        check_recipe(recipe)
    with pytest.raises(ConfigError, match=r"go-1-one-evaluate\.tasks: 'colour\*' matches no task"):
        run_recipe(recipe, out=kitchen.out)
    assert [path.name for path in kitchen.out.iterdir() if path.is_dir()] == ["build"]


STAGES = """
    build: {sources: [{name: shapes, count: 20}], tasks: [counting, object_detection]}
    stages: {build: {from: []}, %s}
"""


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ("base: {kind: train, from: []}", "stage 'base' needs a build stage to train on"),
        ("seq: {kind: sequence, sequence: {one: [counting]}}, more: {kind: train, from: [build, seq]}", "'seq' of kind transfer"),
        ("test: {kind: evaluate, from: [build]}", "stage 'test' has no train stage before it"),
        ("base: {kind: train}, page: {kind: report, from: [base]}", "stage 'page' has no evaluate stage before it"),
        ("base: {kind: train}, test: {kind: evaluate, from: [base]}, more: {kind: train, from: [build, test]}",
         "reads 'test' of kind evaluate, which has no weights"),
    ],
)  # fmt: skip
def test_what_a_stage_cannot_use_is_told_before_anything_runs(kitchen, stages, told):
    recipe = kitchen.recipe(text=STAGES % stages)
    with pytest.raises(ConfigError, match=told):
        check_recipe(recipe)
    with pytest.raises(ConfigError, match=told):
        run_recipe(recipe, out=kitchen.out)
    assert not kitchen.out.exists()


def test_a_stage_that_only_names_what_is_held_out_is_refused_as_soon_as_the_build_is_there(kitchen):
    stages = "base: {kind: train, max_steps: 1}, tune: {kind: train, from: [build, base], tasks: [object_detection]}"
    text = (STAGES % stages).replace(
        "count: 20}], ", "count: 40, use: split}], held_out: {tasks: [object_detection]}, "
    )
    with pytest.raises(ConfigError, match=r"tune\.tasks: .*object_detection \(held out as a task\)"):
        run_recipe(kitchen.recipe(text=text), out=kitchen.out)
    assert not (kitchen.out / "base").exists()
