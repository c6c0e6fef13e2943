"""Plugins are found by name, and wrong names and options are explained."""

from dataclasses import dataclass

import pytest

from sayso.errors import ConfigError
from sayso.registry import Registry


@pytest.fixture
def shouts():
    registry: Registry[str] = Registry("shout", "sayso.recipes")

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
        ({}, "word: Missing"),
        ({"word": "a", "times": "many"}, "times: Input should be a valid integer"),
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
