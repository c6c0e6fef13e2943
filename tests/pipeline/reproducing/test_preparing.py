"""Plans made ready: what is filled in, what is left out for want of data, and what is refused before anything runs."""

import pytest
from toy_plan import written

from sayso.config import load_recipe
from sayso.errors import ConfigError
from sayso.pipeline.reproducing.cells import cells_of
from sayso.pipeline.reproducing.loading import load_plan
from sayso.pipeline.reproducing.preparing import Design, check_design

L3 = "{multi_instruct_templates}"
WITH_L3 = ("  build:\n", f'  augment: {{max_wordings: 8, templates: "{L3}"}}\n  build:\n')
CHANGED_L3 = ("train.max_steps=6", f"'augment.templates={L3}'")


def design_of(folder, *changes, size="cpu", **options):
    loaded = load_plan(written(folder, *changes))
    return Design.of(loaded, size=size, templates=folder / "templates.jsonl", **options)


@pytest.fixture
def no_data(monkeypatch):
    monkeypatch.delenv("SAYSO_DATA", raising=False)


@pytest.fixture
def some_data(monkeypatch, tmp_path):
    monkeypatch.setenv("SAYSO_DATA", str(tmp_path))


def test_each_run_has_the_data_of_its_seed(tmp_path):
    design = design_of(tmp_path)
    seeds = [[source["seed"] for source in design.recipe(seed)["build"]["sources"]] for seed in (1, 2)]
    assert seeds == [[11, 11], [12, 12]]


def test_a_scale_changes_the_recipe_before_an_arm_does_and_set_comes_last(tmp_path):
    design = design_of(tmp_path, size="gpu", overrides=("train.max_steps=9",))
    assert design.changes("longer", 1) == ("train.max_steps=8", "train.max_steps=6", "train.max_steps=9")


def test_lists_drawn_with_the_seed_reach_the_changes(tmp_path):
    drawn = ("arms:\n", "drawn: {some: [counting, color_recognition]}\narms:\n")
    design = design_of(tmp_path, drawn, ("train.max_steps=6", '"train.tasks=[{some:1}]"'))
    assert {design.changes("longer", seed)[0] for seed in range(8)} == {
        "train.tasks=[counting]",
        "train.tasks=[color_recognition]",
    }
    check_design(design)


def test_templates_of_others_are_named_where_they_are(some_data, tmp_path):
    design = design_of(tmp_path, WITH_L3)
    assert design.recipe(1)["augment"]["templates"] == str(tmp_path / "templates.jsonl")
    assert design.missing == ("SAYSO_TOY_DATA",)


def test_without_the_data_templates_are_left_out_and_arms_that_need_them_are_not_run(no_data, tmp_path):
    design = design_of(tmp_path, WITH_L3, CHANGED_L3)
    assert design.recipe(1)["augment"] == {"max_wordings": 8}
    assert design.missing == ("SAYSO_DATA", "SAYSO_TOY_DATA")
    assert [arm for arm in design.plan.arms if design.lacks(arm)] == ["longer"]
    cells = list(cells_of(design, folder=tmp_path / "toy", digest="d"))
    assert [(cell.value, cell.seed) for cell in cells] == [("one", 1), ("one", 2), ("five", 1), ("five", 2)]
    check_design(design)


def test_a_variable_that_is_not_set_keeps_what_names_it_from_running(no_data, tmp_path):
    design = design_of(tmp_path, ("train.max_steps=6", "\"train.model={name: auto, path: '${SAYSO_DATA}/m'}\""))
    assert design.lacks("longer") == ("SAYSO_DATA",)
    check_design(design)
    whole = design_of(tmp_path, ("name: toy\n  build", "name: toy\n  description: ${SAYSO_DATA}\n  build"))
    assert all(whole.lacks(arm) for arm in whole.plan.arms)
    check_design(whole)


def test_what_an_arm_says_itself_to_need_counts(tmp_path):
    design = design_of(tmp_path, ("{label: more steps,", "{label: more steps, needs: [SAYSO_TOY_DATA],"))
    assert design.lacks("longer") == ("SAYSO_TOY_DATA",)


def test_measures_that_cannot_be_had_are_not_read_and_say_why(tmp_path):
    cell = next(cells_of(design_of(tmp_path), folder=tmp_path / "toy", digest="d"))
    assert "L3" not in cell.measures
    assert cell.absent == {"L3": "'others' wordings' needs SAYSO_TOY_DATA, which was not set"}


def test_the_recipe_of_a_cell_is_a_file_that_sayso_runs(tmp_path):
    cell = list(cells_of(design_of(tmp_path), folder=tmp_path / "toy", digest="d"))[3]
    command = cell.command(tmp_path / "other.yaml", shared=tmp_path / "shared")
    assert str(tmp_path / "toy" / "recipes" / "seed-2.yaml") in command
    recipe = load_recipe(cell.recipe, overrides=command[command.index("--set") + 1 :])
    assert (recipe.seed, recipe.node("build").config.max_wordings) == (2, 5)
    assert recipe.node("build").config.sources[0].options["seed"] == 12


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("train.max_steps=6", "train.max_stepz=6", r"arm 'longer' of toy: .*unknown key 'max_stepz'; did you mean 'max_steps'"),
        ("train.max_steps=6", "train.model.name=tin", r"arm 'longer' of toy: .*no model named 'tin'"),
        ("    max_steps: 3\n", "    max_step: 3\n", r"arm 'one' of toy: .*toy\.yaml, line 15, train\.max_step: unknown key"),
        ("{label: more steps,", "{label: more steps, evaluate: evaluat,", r"arm 'longer' of toy: .*no stage 'evaluat'; did you mean 'evaluate'"),
        ("{label: more steps,", "{label: more steps, evaluate: train,", r"stage 'train' is of kind 'train'; known: evaluate"),
        ("path: train.counts", "path: trian.counts", r"line 29, measures\.steps: no arm has a stage 'trian'; did you mean 'train'"),
        ("train.max_steps=6", '"train.tasks=[{some:9}]"\ndrawn: {some: [counting]}', r"asks for 9 of the 1 that some has"),
    ],
)  # fmt: skip
def test_an_arm_that_cannot_be_run_is_refused(old, new, message, tmp_path):
    if "drawn" in new:
        changes = ((old, new.partition("\n")[0]), ("arms:\n", new.partition("\n")[2] + "\narms:\n"))
    else:
        changes = ((old, new),)
    with pytest.raises(ConfigError, match=message):
        check_design(design_of(tmp_path, *changes))


def test_a_scale_that_the_plan_has_not_and_seeds_that_come_twice_are_refused(tmp_path):
    only_cpu = ("  gpu: {changes: [train.max_steps=8], seeds: [1, 2, 3], looks: [2]}\n", "")
    with pytest.raises(ConfigError, match="no scale 'gpu'; .*known: cpu"):
        design_of(tmp_path, only_cpu, size="gpu")
    with pytest.raises(ConfigError, match=r"--seeds: seeds \[3, 3\]"):
        design_of(tmp_path, seeds=(3, 3))


def test_seeds_that_were_asked_for_stand_in_place_of_the_plans(tmp_path):
    assert design_of(tmp_path, size="gpu", seeds=(7, 8)).scale.looks == ()
    assert design_of(tmp_path, size="gpu", seeds=(7, 8, 9)).scale.seeds == (7, 8, 9)
