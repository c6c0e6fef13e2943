"""Plugins are found by name, and wrong names and options are explained."""

import sys
from dataclasses import dataclass

import pytest

from sayso.errors import ConfigError
from sayso.registry import Registry
from sayso.sources import sources


@pytest.fixture
def shouts():
    registry: Registry[str] = Registry("shout", "sayso.recipes.reproductions")

    @registry.register("loud")
    def loud(*, word: str, times: int = 1) -> str:
        return word.upper() * times

    return registry


def test_a_plugin_is_built_from_its_options(shouts):
    assert shouts.build("loud", {"word": "ab", "times": 2}) == "ABAB"


def test_options_are_converted_as_a_recipe_writes_them(shouts):
    assert shouts.build("loud", {"word": "a", "times": "3"}) == "AAA"


def test_a_keyword_only_dataclass_is_a_factory_too(shouts):
    @shouts.register("shout")
    @dataclass(frozen=True, kw_only=True)
    class Shout:
        word: str
        times: int = 1

    assert shouts.build("shout", {"word": "a", "times": "3"}) == Shout(word="a", times=3)
    with pytest.raises(ConfigError, match=r"no option 'time'; did you mean 'times'"):
        shouts.build("shout", {"word": "a", "time": 3})
    with pytest.raises(ConfigError, match="times: Input should be a valid integer"):
        shouts.build("shout", {"word": "a", "times": "many"})


def test_an_unknown_name_suggests_the_nearest(shouts):
    with pytest.raises(ConfigError, match="no shout named 'laud'; did you mean 'loud'"):
        shouts.build("laud", {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wort": "a"}, "no option 'wort'; did you mean 'word'"),
        ({}, "word: Missing.*; give word: VALUE"),
        ({"word": "a", "times": "many"}, "times: Input should be a valid integer.*, got 'many'"),
    ],
)
def test_wrong_options_are_explained(shouts, options, message):
    with pytest.raises(ConfigError, match=message):
        shouts.build("loud", options)


def test_a_function_of_the_users_own_module_is_a_plugin(shouts):
    assert shouts.build("textwrap:dedent", {"text": "  a"}) == "a"


def test_a_module_that_is_not_there_says_what_to_do(shouts):
    with pytest.raises(ConfigError, match="PYTHONPATH"):
        shouts.get("no_such_module_here:thing")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("textwrap:dedant", "cannot use 'textwrap:dedant' \\(AttributeError.*write MODULE:FUNCTION"),
        ("textwrap:", "cannot use 'textwrap:'"),
        (":dedent", "cannot use ':dedent'"),
        ("string:digits", "it is '0123456789' and no function"),
        ("textwrap.nothing:dedent", "cannot import 'textwrap.nothing'"),
    ],
)
def test_a_function_that_is_not_there_says_what_to_write(shouts, name, message):
    with pytest.raises(ConfigError, match=message):
        shouts.build(name, {})


def test_a_module_that_does_not_even_load_is_told_with_its_reason(shouts, tmp_path):
    (tmp_path / "broken_plugin_of_mine.py").write_text("def f(:\n")
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.raises(ConfigError, match=r"broken_plugin_of_mine:f.*SyntaxError"):
            shouts.get("broken_plugin_of_mine:f")
    finally:
        sys.path.remove(str(tmp_path))


def test_options_of_the_caller_are_suggested_too(shouts):
    with pytest.raises(ConfigError, match="no option 'max_item'; did you mean 'max_items'"):
        shouts.build("loud", {"word": "a", "max_item": 1}, others=["max_items"])


def test_names_are_files_and_registered_ones_without_the_private(shouts):
    assert shouts.names() == ["loud"]
    assert {"coco", "hf", "jsonl", "nlvr", "shapes"} <= set(sources.names())


@pytest.mark.parametrize("name", sources.names())
def test_a_file_offers_the_plugin_of_its_name(name):
    assert callable(sources.get(name))


class Plain:
    """A class that is no dataclass, as people write them."""

    def __init__(self, *, size: int = 3):
        self.size = size


class Bare:
    """A class without any options."""


def test_a_plain_class_is_a_factory_whose_init_is_checked():
    registry = Registry("thing", "sayso.sources")
    registry.register("plain")(Plain)
    registry.register("bare")(Bare)
    assert registry.build("plain", {"size": "4"}).size == 4
    assert registry.build("plain", {}).size == 3
    assert isinstance(registry.build("bare", {}), Bare)
    with pytest.raises(ConfigError, match="thing 'plain': size: Input should be a valid integer"):
        registry.build("plain", {"size": "many"})
    with pytest.raises(ConfigError, match="has no option 'sise'"):
        registry.build("plain", {"sise": 1})
    with pytest.raises(ConfigError, match="has no option 'size'"):
        registry.build("bare", {"size": 1})
