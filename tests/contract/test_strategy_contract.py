"""Every expansion strategy, with rules and with a language model: it ends, keeps to what is wanted, and always asks the same."""

import pytest
from rule_model import RuleModel

from sayso.config import AugmentConfig
from sayso.errors import ConfigError
from sayso.instructions.augment.expand import Expansion, expand_all
from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers.by_model import ModelWriter, Rewriting
from sayso.instructions.augment.paraphrasers.by_rules import RuleWriter
from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.paraphrasers.scripted import scripted
from sayso.instructions.augment.strategies._protocol import strategies
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.template import parse
from sayso.records import Template

CHAIN = build_chain(AugmentConfig().filters)
NO_RULES = {"multi_temperature"}
"""Strategies that need a temperature."""
GIVEN = {
    "color": ("What color is the {thing} in the image?", "Name the color of the {thing} that you see in the picture."),
    "count": ("How many {thing} are there in the image?", "Count the {thing} in the picture. {options}"),
    "bare": ("{thing}",),
}
OPTIONS = {"diverse": {"max_calls": 60, "batch": 16}}
WRITERS = {
    "grammar": lambda: RuleWriter(grammar(), seed=3),
    "scripted": lambda: RuleWriter(scripted(wordings={"*": ["Look for the {thing}.", "{thing"]}), seed=3),
    "silent": lambda: RuleWriter(scripted(wordings={}), seed=3),
    "model": lambda: ModelWriter(
        RuleModel(), name="model", rewriting=Rewriting(operations=("synonyms", "reorder", "synonyms")), seed=3
    ),
}
PAIRS = [(s, w) for s in strategies.names() for w in WRITERS if s not in NO_RULES or w == "model"]
each_pair = pytest.mark.parametrize(("strategy", "writer"), PAIRS)


def tasks(max_wordings=12):
    return [
        Growing(
            [Template(id=f"{name}/{n}", task=name, text=text) for n, text in enumerate(texts)],
            slots={},
            chain=CHAIN,
            max_wordings=max_wordings,
        )
        for name, texts in GIVEN.items()
    ]


def grown(strategy, writer, *, options=None, **wanted):
    found = tasks(**wanted)
    built = strategies.build(strategy, OPTIONS.get(strategy, {}) if options is None else options)
    usage = expand_all(found, strategy=built, writer=WRITERS[writer](), chain=CHAIN)
    return found, usage


def test_the_strategies_are_listed_and_their_helpers_are_not():
    assert {"diverse", "iterative", "multi_temperature", "single"} == set(strategies.names())


@each_pair
def test_no_task_gets_more_than_is_wanted_and_the_given_ones_stay_first(strategy, writer):
    for task in grown(strategy, writer)[0]:
        assert len(task.pool()) <= 12
        assert [row.template.text for row in task.rows[: len(GIVEN[task.name])]] == list(GIVEN[task.name])


@each_pair
def test_every_candidate_has_a_verdict_a_lineage_and_a_number_of_its_own(strategy, writer):
    for task in grown(strategy, writer)[0]:
        made = task.rows[len(GIVEN[task.name]) :]
        assert len({row.template.id for row in made}) == len(made)
        known = {row.template.id for row in task.rows if row.verdict is None or row.verdict.keep}
        assert all(row.verdict and row.template.lineage and row.template.lineage.parent in known for row in made)


@each_pair
def test_what_is_kept_has_the_slots_of_its_parent(strategy, writer):
    for task in grown(strategy, writer)[0]:
        texts = {row.template.id: row.template.text for row in task.rows}
        for row in task.rows:
            if row.verdict and row.verdict.keep:
                parent = texts[row.template.lineage.parent]
                assert sorted(parse(row.template.text).slots) == sorted(parse(parent).slots)


@each_pair
def test_the_same_is_asked_and_kept_every_time(strategy, writer):
    once, again = (grown(strategy, writer) for _ in range(2))
    assert [task.rows for task in once[0]] == [task.rows for task in again[0]]
    assert once[1] == again[1]


@each_pair
def test_where_nothing_is_wanted_nothing_is_kept(strategy, writer):
    for task in grown(strategy, writer, max_wordings=1)[0]:
        assert len(task.pool()) == len(GIVEN[task.name])


@each_pair
def test_no_task_and_tasks_without_wordings_are_no_trouble(strategy, writer):
    built = strategies.build(strategy, OPTIONS.get(strategy, {}))
    empty = Growing([], slots={}, chain=CHAIN, max_wordings=9)
    for none in ([], [empty]):
        assert expand_all(none, strategy=built, writer=WRITERS[writer](), chain=CHAIN).calls == 0
    assert empty.rows == []


@pytest.mark.parametrize("strategy", strategies.names())
def test_a_strategy_that_needs_a_temperature_says_so_and_is_refused_with_rules(strategy):
    built = strategies.build(strategy, {})
    assert built.by_rules == (strategy not in NO_RULES)
    how = {"strategy": built, "paraphraser": grammar(), "chain": CHAIN, "max_wordings": 9, "seed": 1}
    if strategy in NO_RULES:
        with pytest.raises(ConfigError, match="use chat, local or model with it, or single, iterative or diverse"):
            Expansion(**how)
    else:
        Expansion(**how)


@pytest.mark.parametrize("strategy", sorted(set(strategies.names()) - {"diverse"}))
def test_a_task_that_shares_nothing_gets_alone_what_it_gets_among_others(strategy):
    writer = "model" if strategy in NO_RULES else "grammar"
    built = strategies.build(strategy, {})
    assert not built.together
    alone = tasks()[:1]
    expand_all(alone, strategy=built, writer=WRITERS[writer](), chain=CHAIN)
    assert alone[0].rows == grown(strategy, writer)[0][0].rows


@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        ("single", {"temperature": 3}),
        ("single", {"temprature": 0.5}),
        ("multi_temperature", {"temperatures": []}),
        ("iterative", {"rounds": 0}),
        ("diverse", {"min_gain": 0}),
        ("diverse", {"batch": 0}),
        ("diverces", {}),
    ],
)
def test_wrong_options_are_told(strategy, options):
    with pytest.raises(ConfigError):
        strategies.build(strategy, options)
