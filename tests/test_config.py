"""Recipes are checked to the last key, and errors name file, line and remedy."""

import textwrap

import pytest

from sayso.config import load_recipe
from sayso.errors import ConfigError


@pytest.fixture
def recipe(tmp_path):
    def write(text, *overrides):
        path = tmp_path / "mine.yaml"
        path.write_text(textwrap.dedent(text))
        return load_recipe(path, overrides=overrides)

    return write


def test_sections_form_the_usual_line(recipe):
    made = recipe("report: {}\nbuild: {}\ntrain: {}\n")
    assert [(node.name, node.inputs) for node in made.nodes] == [
        ("build", ()),
        ("train", ("build",)),
        ("report", ("train",)),
    ]


def test_stages_are_sorted_after_what_they_read(recipe):
    made = recipe("""
        stages:
          train: {from: [build, base]}
          build: {from: []}
          base: {kind: train, from: [scenes]}
          scenes: {kind: build, from: []}
    """)
    names = [node.name for node in made.nodes]
    assert names.index("train") == 3
    assert names.index("scenes") < names.index("base")


def test_a_stage_takes_its_kinds_section_and_overrides_it(recipe):
    made = recipe("""
        train: {learning_rate: 1e-3, max_steps: 10}
        stages:
          base: {kind: train}
          train: {max_steps: 20}
    """)
    assert [(n.config.learning_rate, n.config.max_steps) for n in made.nodes] == [(0.001, 10), (0.001, 20)]


def test_overrides_reach_sections_stages_and_lists(recipe):
    text = """
        build: {sources: [{name: shapes, count: 5}]}
        stages: {build: {}, train: {}}
    """
    made = recipe(text, "train.learning_rate=2e-4", "build.sources.0.count=7", "stages.train.max_steps=3", "seed=9")
    assert made.seed == 9
    assert made.node("build").config.sources[0].options == {"count": 7}
    assert (made.node("train").config.learning_rate, made.node("train").config.max_steps) == (2e-4, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("buidl: {}", r"mine\.yaml, line 1, buidl: unknown section 'buidl'; did you mean 'build'"),
        ("train:\n  learning_rat: 1", r"line 2, train\.learning_rat: unknown key .*did you mean 'learning_rate'"),
        ("train:\n  learning_rate: fast", r"line 2, train\.learning_rate: .*number, got 'fast'"),
        ("build:\n  prompt:\n    region: x", r"line 3, build\.prompt\.region: unknown key .*did you mean 'regions'"),
        ("stages:\n  go: {kind: trian}", r"line 2, stages\.go: no stage kind 'trian'; did you mean 'train'"),
        ("stages:\n  train: {from: [bild]}\n  build: {}", r"line 2, stages\.train: from 'bild'; did you mean 'build'"),
        ("stages:\n  train: {from: [build]}\n  build: {from: [train]}", "wait for one another"),
        ("stages:\n  ../x: {kind: train}", "names a folder"),
        ("seed: soon\nbuild: {}", "seed is a whole number, got 'soon'"),
        ("name: nothing", "no stages"),
        ("- a\n- b", "a recipe is a mapping"),
        ("build: {", r"mine\.yaml"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(recipe, text, message):
    with pytest.raises(ConfigError, match=message):
        recipe(text)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.learning_rate", "not PATH=VALUE"),
        ("name.inner=3", "has nothing inside it"),
        ("build.sources.4.count=1", "not a position in a list of 0"),
    ],
)
def test_wrong_overrides_say_what_to_type(recipe, override, message):
    with pytest.raises(ConfigError, match=message):
        recipe("name: a\nbuild: {sources: []}", override)


def test_the_environment_fills_paths(recipe, monkeypatch):
    monkeypatch.setenv("SAYSO_TEST_FOLDER", "/data")
    made = recipe("build: {sources: [{name: coco, images: '${SAYSO_TEST_FOLDER}/images'}]}")
    assert made.nodes[0].config.sources[0].options == {"images": "/data/images"}
    with pytest.raises(ConfigError, match=r"SAYSO_NOT_SET.*export SAYSO_NOT_SET="):
        recipe("build: {sources: [{name: coco, images: '${SAYSO_NOT_SET}'}]}")


def test_a_missing_recipe_says_so(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load_recipe(tmp_path / "none.yaml")


def test_yaml_cannot_make_objects(recipe):
    with pytest.raises(ConfigError, match=r"constructor|tag"):
        recipe("name: !!python/object/apply:os.system ['true']\nbuild: {}")


def test_words_stay_words(recipe):
    made = recipe("description: no\nbuild: {sources: [{name: 'on', flag: true, rate: 1e-3, word: yes}]}")
    assert made.description == "no"
    assert made.nodes[0].config.sources[0].options == {"flag": True, "rate": 0.001, "word": "yes"}
