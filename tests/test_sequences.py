"""A node of kind `sequence` becomes the stages it stands for; what is wrong is said at the line that was written."""

import textwrap

import pytest

from sayso.config import load_recipe
from sayso.errors import ConfigError

RECIPE = """
train: {max_steps: 7, learning_rate: 1e-4}
evaluate: {max_examples_per_task: 9, models: [tuned, untuned]}
transfer: {num_resamples: 20}
stages:
  build: {from: [], sources: [{name: shapes}]}
  base: {kind: train, from: [build]}
  continual:
    kind: sequence
    from: [build, base]
    sequence:
      looking: [image_understanding/*]
      answering: [vqa/*, counting]
    replay: {fraction: 0.2}
    learning_rate: 2e-4
  report: {}
"""


@pytest.fixture
def load(tmp_path):
    def write(text=RECIPE, *overrides):
        path = tmp_path / "mine.yaml"
        path.write_text(textwrap.dedent(text))
        return load_recipe(path, overrides=overrides)

    return write


def test_a_sequence_becomes_its_stages_their_evaluations_and_a_transfer(load):
    made = {node.name: node for node in load().nodes if node.name.startswith("continual")}
    assert {name: (node.kind, node.inputs) for name, node in made.items()} == {
        "continual-0-evaluate": ("evaluate", ("base", "build")),
        "continual-1-looking": ("train", ("build", "base")),
        "continual-1-looking-evaluate": ("evaluate", ("continual-1-looking", "build")),
        "continual-2-answering": ("train", ("build", "continual-1-looking")),
        "continual-2-answering-evaluate": ("evaluate", ("continual-2-answering", "build")),
        "continual": (
            "transfer",
            ("continual-0-evaluate", "continual-1-looking-evaluate", "continual-2-answering-evaluate"),
        ),
    }


def test_stages_take_their_tasks_and_the_settings_of_the_sequence_and_of_the_section(load):
    recipe = load()
    first, second = (recipe.node(f"continual-{name}").config for name in ("1-looking", "2-answering"))
    assert (first.tasks, second.tasks) == (("image_understanding/*",), ("vqa/*", "counting"))
    assert (first.max_steps, first.learning_rate) == (7, 2e-4)
    assert first.replay is None
    assert second.replay.fraction == 0.2


def test_all_are_tested_alike_on_what_the_sequence_names_and_on_what_is_held_out(load):
    recipe = load()
    tests = [node.config for node in recipe.of_kind("evaluate")]
    assert len(tests) == 3
    assert all(test == tests[0] for test in tests)
    assert tests[0].tasks == ("image_understanding/*", "vqa/*", "counting")
    assert tests[0].held_out
    assert (tests[0].models, tests[0].conditions, tests[0].max_examples_per_task) == (("tuned",), ("plain",), 9)
    assert recipe.node("continual").config.before == "continual-0-evaluate"
    assert recipe.node("continual").config.num_resamples == 20


def test_an_evaluation_of_its_own_overrides(load):
    text = RECIPE.replace(
        "    learning_rate: 2e-4", "    evaluate: {tasks: [vqa/*], held_out: false, max_examples_per_task: 3}"
    )
    test = load(text).node("continual-0-evaluate").config
    assert (test.tasks, test.held_out, test.max_examples_per_task) == (("vqa/*",), False, 3)


def test_without_a_stage_before_it_the_untuned_model_stands_in(load):
    recipe = load(RECIPE.replace("from: [build, base]", "from: build"))
    assert [node.name for node in recipe.of_kind("evaluate")] == [
        "continual-1-looking-evaluate",
        "continual-2-answering-evaluate",
    ]
    assert [node.config.models for node in recipe.of_kind("evaluate")] == [("tuned", "untuned"), ("tuned",)]
    assert recipe.node("continual").config.before is None


def test_the_evaluation_before_can_be_left_out(load):
    recipe = load(RECIPE.replace("    learning_rate: 2e-4", "    evaluate_before: false"))
    assert "continual-0-evaluate" not in [node.name for node in recipe.nodes]
    assert recipe.node("continual-1-looking-evaluate").config.models == ("tuned",)


def test_what_follows_reads_the_transfer_and_another_sequence_may_go_on(load):
    text = RECIPE + "  more: {kind: sequence, from: [build, continual-2-answering], sequence: {saying: [counting]}}\n"
    recipe = load(text)
    assert recipe.node("report").inputs == ("continual",)
    assert recipe.node("more-0-evaluate").inputs == ("continual-2-answering", "build")
    assert recipe.node("more-1-saying").inputs == ("build", "continual-2-answering")


def test_settings_on_the_command_line_reach_every_stage(load):
    recipe = load(RECIPE, "stages.continual.max_steps=3", "stages.continual.sequence.looking=[counting]")
    trained = recipe.of_kind("train")[1:]
    assert [node.config.max_steps for node in trained] == [3, 3]
    assert trained[0].config.tasks == ("counting",)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("learning_rate: 2e-4", "learning_rat: 2e-4", r"line 15, stages\.continual\.learning_rat: unknown key 'learning_rat'; did"),
        ("fraction: 0.2", "fraction: 2", r"line 14, stages\.continual\.replay\.fraction: .*less than 1, got 2"),
        ("fraction: 0.2", "fractio: 0.2", r"line 14, .*replay\.fractio: unknown key 'fractio'; did you mean 'fraction'"),
        ("looking: [image_understanding/*]", "Looking at: [a]", r"line 12, .*sequence\.Looking at: 'Looking at' names a folder"),
        ("looking: [image_understanding/*]", "looking: counting", r"line 12, .*sequence\.looking: .*list, got 'counting'"),
        ("[build, base]", "[build, bose]", r"line 8, stages\.continual: from 'bose'; did you mean 'base'"),
        ("learning_rate: 2e-4", "tasks: [vqa/*]", r"line 15, .*tasks: \['vqa/\*'\]; the tasks of a sequence stand in sequence"),
        ("learning_rate: 2e-4", "evaluate: {max_examples: 3}", r"line 15, .*evaluate\.max_examples: unknown key"),
        ("learning_rate: 2e-4", "evaluate: 3", r"line 15, .*evaluate: evaluate is a mapping of keys to values, got 3"),
        ("max_examples_per_task: 9", "max_example: 9", r"line 3, evaluate\.max_example: unknown key 'max_example'; did you"),
        ("max_steps: 7", "max_steps: -7", r"line 2, train\.max_steps: .*got -7"),
        ("  report: {}", "  continual-1-looking: {kind: train}", r"line 16, .*is a stage of the sequence 'continual'"),
        ("kind: sequence", "kind: sequenc", r"no stage kind 'sequenc'; did you mean 'sequence'"),
        ("  continual:", "  Continual:", r"line 8, stages\.Continual: 'Continual' names a folder"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_the_line_that_was_written(load, old, new, told):
    assert old in RECIPE
    with pytest.raises(ConfigError, match=told):
        load(RECIPE.replace(old, new))


def test_a_sequence_of_nothing_is_refused(load):
    with pytest.raises(ConfigError, match=r"stages\.go\.?.*sequence"):
        load("stages:\n  build: {}\n  go: {kind: sequence}")
    with pytest.raises(ConfigError, match=r"line 3, stages\.go\.sequence: .*at least 1"):
        load("stages:\n  build: {}\n  go: {kind: sequence, sequence: {}}")


def test_two_sequences_that_make_a_stage_of_one_name_are_told_so(load):
    more = "  q: {kind: sequence, from: [build], sequence: {x-1-y: [counting]}}\n"
    more += "  q-1-x: {kind: sequence, from: [build], sequence: {y: [counting]}}\n"
    with pytest.raises(ConfigError, match="two sequences both make a stage 'q-1-x-1-y'; rename one"):
        load(RECIPE + more)


def test_no_task_to_test_on_is_not_taken_for_all(load):
    assert load(RECIPE, "stages.continual.evaluate.tasks=[]").node("continual-0-evaluate").config.tasks == ()
