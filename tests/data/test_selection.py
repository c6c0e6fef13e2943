"""`tasks` of train and evaluate stages: patterns against what a build holds."""

import pytest

from sayso.data import Card
from sayso.data.selection import pick_tasks
from sayso.errors import ConfigError


def card(name, category):
    return Card(name=name, category=category, output="text", metrics=("rouge_l",), slots={})


CARDS = [
    card("counting", "image_understanding"),
    card("object_detection", "image_understanding"),
    card("open_vqa", "vqa"),
    card("task004_mctaco", "text.question_answering"),
]


def names(*patterns):
    return [card.name for card in pick_tasks(CARDS, patterns=patterns, where="train.tasks")]


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (("*",), [card.name for card in CARDS]),
        (("image_understanding/*",), ["counting", "object_detection"]),
        (("text.*/*",), ["task004_mctaco"]),
        (("open_vqa", "count*"), ["counting", "open_vqa"]),
        (("open_vqa", "open_vqa", "*_vqa"), ["open_vqa"]),
    ],
)
def test_patterns_choose_by_name_or_by_category_in_the_order_of_the_build(patterns, found):
    assert names(*patterns) == found


def test_an_alias_is_as_good_as_a_name():
    from sayso import tasks

    known = next(task for task in tasks.catalog().values() if task.aliases)
    cards = [card(known.name, known.category)]
    assert pick_tasks(cards, patterns=[known.aliases[0]], where="train.tasks") == cards


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("countin", r"continual-1-a\.tasks: 'countin' matches no task of the build; did you mean 'counting'\? known: "),
        ("image_understandin/*", r"did you mean 'image_understanding'\? known: image_understanding, text\.question"),
        ("vqa/closed_vqa", r"did you mean 'open_vqa'\? known: open_vqa$"),
        ("zz*", r"'zz\*' matches no task of the build; known: counting"),
    ],
)
def test_a_pattern_without_a_match_says_what_is_near(pattern, told):
    with pytest.raises(ConfigError, match=told):
        pick_tasks(CARDS, patterns=("open_vqa", pattern), where="continual-1-a.tasks")


def test_no_pattern_is_refused():
    with pytest.raises(ConfigError, match=r"train\.tasks is \[\]; name at least one task"):
        names()
