"""Recipes are checked to the last key, and errors name file, line and remedy."""

import json
import textwrap
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import load_recipe
from sayso.errors import ConfigError

KEYS = ["name", "seed", "stages", "build", "train", "kind", "from", "sources", "tasks", "prompt", "max_steps", "0"]


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("build: 5", r"line 1, build: build is a mapping of keys to values, got 5"),
        ("build: [a]", r"build is a mapping of keys to values, got \['a'\]"),
        ("stages: {build: [a]}", r"stages\.build: build is a mapping"),
        ("stages: [build]", "no stages"),
        ("stages: {}", "no stages"),
        ("stages: {1: {kind: build}}", r"stages\.1: 1 names a folder"),
        ("stages: {build: {from: 5}}", r"stages\.build\.from: from is the name of a stage or a list of names, got 5"),
        ("stages: {build: {from: [[a]]}}", "from is the name of a stage or a list of names"),
        ("stages: {build: {from: {a: b}}}", "from is the name of a stage or a list of names"),
        ("stages: {build: {from: }}", "got None"),
        ("stages: {build: {kind: [a]}}", r"no stage kind \['a'\]"),
        ("stages: {build: {from: [build]}}", "wait for one another"),
        ("1: 2\nbuild: {}", "unknown section 1"),
        ("build: {1: 2}", "unknown key 1 in build; keys are words"),
        ("seed: true\nbuild: {}", "seed is a whole number, got True"),
        ("seed: 1.5\nbuild: {}", "seed is a whole number, got 1.5"),
        ("name: ../../home\nbuild: {}", r"line 1, name: '\.\./\.\./home' names a folder"),
        ("name: a/b\nbuild: {}", "names a folder"),
        ("build:\n  tasks: counting", r"line 2, build\.tasks: Input should be a list, got 'counting'"),
        (
            "build:\n  prompt: {regions: pixel}",
            r"build\.prompt\.regions: Input should be 'unit', 'percent', 'pixels' or 'bins'",
        ),
        ("build:\n  prompt: {options: letters}", r"'numbered' or 'letter_lines', got 'letters'"),
        ("build: {sources: [{use: train}]}", r"build\.sources\.0\.name: Field required"),
        ("build: {sources: [{name: a, use: validation}]}", r"sources\.0\.use: .*'train', 'test' or 'split'"),
        ("build: {max_bad_rows: -1}", r"build\.max_bad_rows: .*greater than or equal to 0, got -1"),
        ("build: {}\nbuild: {tasks: [counting]}", r"line 2: the key 'build' stands on line 1 already"),
        ("build:\n  tasks: [a]\n  seed: 1\n  tasks: [b]", r"line 4: the key 'tasks' stands on line 2 already"),
        ("a: &x [*x]", "holds itself"),
        ("build: {}\nname: a: b", r"mine\.yaml cannot be read"),
        (
            "stages: {build: {}}\naugment: {max_wrods: 3}",
            r"augment\.max_wrods: unknown key .*did you mean 'max_wordings'",
        ),
    ],
)
def test_recipes_of_any_shape_are_explained(recipe, text, message):
    with pytest.raises(ConfigError, match=message):
        recipe(text)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("build.tasks.0.x=1", "'0' holds 'counting', which has nothing inside it"),
        ("build.tasks.²=1", "'²' is not a position in a list of 1"),
        ("build.tasks.-1=a", "'-1' is not a position"),
        ("build.tasks.1=a", "'1' is not a position in a list of 1; count from 0"),
        ("=1", "not PATH=VALUE"),
        ("build..tasks=1", "not PATH=VALUE"),
        ("build=5", r"--set 'build=5', build: build is a mapping"),
        ("build.max_bad_rows=many", r"--set 'build.max_bad_rows=many', build\.max_bad_rows: .*got 'many'"),
        ("build.max_bad_row=3", r"--set 'build.max_bad_row=3', build\.max_bad_row: .*did you mean 'max_bad_rows'"),
        ("biuld.tasks=[a]", r"--set 'biuld.tasks=\[a\]', biuld: unknown section 'biuld'; did you mean 'build'"),
        ("seed=", r"seed is a whole number, got None"),
        ("build.tasks=[a", "--set 'build.tasks=\\[a'"),
        ("stages.build.max_bad_rows=3", r"the recipe has no stages:, so its sections are set: build\.max_bad_rows="),
    ],
)
def test_overrides_of_any_shape_are_explained_by_what_was_typed(recipe, override, message):
    with pytest.raises(ConfigError, match=message):
        recipe("name: a\nbuild: {tasks: [counting], max_bad_rows: 1}", override)


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("build.sources.0.flag=true", True),
        ("build.sources.0.flag=1e-3", 0.001),
        ("build.sources.0.flag=a=b=c", "a=b=c"),
        ("build.sources.0.flag=no", "no"),
        ("build.sources.0.flag={a: [1, 2]}", {"a": [1, 2]}),
        ("build.sources.0.flag= spaced ", "spaced"),
        ("build.sources.0.deep.er=1", None),
    ],
)
def test_values_are_read_as_yaml(recipe, override, value):
    options = recipe("build: {sources: [{name: shapes}]}", override).node("build").config.sources[0].options
    assert options == ({"flag": value} if value is not None else {"deep": {"er": 1}})


def test_the_last_override_of_a_key_holds(recipe):
    assert recipe("build: {}", "seed=1", "seed=2").seed == 2


def test_an_override_may_fill_in_what_the_environment_lacks(recipe):
    text = "build: {sources: [{name: coco, images: '${SAYSO_NOT_SET}'}]}"
    made = recipe(text, "build.sources.0.images=here")
    assert made.nodes[0].config.sources[0].options == {"images": "here"}
    with pytest.raises(ConfigError, match="export SAYSO_NOT_SET="):
        recipe(text, "build.sources.0.images=${SAYSO_NOT_SET}")


def test_a_recipe_of_an_editor_that_marks_its_files_is_read(tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"\xef\xbb\xbfseed: 4\nbuild: {}\n")
    assert load_recipe(tmp_path / "mine.yaml").seed == 4
    (tmp_path / "mine.yaml").write_bytes(b"name: \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml cannot be read"):
        load_recipe(tmp_path / "mine.yaml")


def test_a_folder_is_no_recipe(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_recipe(tmp_path)


def test_the_name_is_that_of_the_file_where_none_is_given(recipe):
    assert recipe("build: {}").name == "mine"
    assert recipe("name:\nbuild: {}").name == "mine"
    assert recipe("name: My recipe-2.1\nbuild: {}").name == "My recipe-2.1"


def test_from_may_be_one_name_and_repeats_count_once(recipe):
    text = "stages: {a: {kind: build, from: []}, b: {kind: train, from: a}, c: {kind: train, from: [a, b, a]}}"
    assert [node.inputs for node in recipe(text).nodes] == [(), ("a",), ("a", "b")]


def test_an_unknown_stage_suggests_the_nearest(recipe):
    made = recipe("build: {}\ntrain: {}")
    assert made.node("train").kind == "train"
    with pytest.raises(ConfigError, match="no stage 'trian'; did you mean 'train'"):
        made.node("trian")
    assert made.of_kind("report") == ()


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["train", "x", "*", "1e-3", "a.b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(KEYS), yaml_values, max_size=5), st.sampled_from(KEYS), yaml_values)
def test_whatever_is_written_is_a_recipe_or_an_explanation(tmp_path_factory, written, key, value):
    """Never a traceback: the two ends of reading a recipe are a Recipe and a ConfigError."""
    path = tmp_path_factory.mktemp("recipe") / "any.yaml"
    path.write_text(json.dumps(written))
    with suppress(ConfigError):
        made = load_recipe(path, overrides=[f"{key}.{key}={json.dumps(value)}"])
        assert {node.kind for node in made.nodes} <= {"augment", "build", "train", "evaluate", "report"}


def test_a_plugin_without_options_is_its_name(recipe):
    short = recipe("build: {}\ntrain: {objective: l2t, losses: [worst_wording], parts: {language_model: lora}}")
    long = recipe(
        "build: {}\ntrain: {objective: {name: l2t}, losses: [{name: worst_wording}], parts: {language_model: {method: lora}}}"
    )
    assert short.node("train").config == long.node("train").config
