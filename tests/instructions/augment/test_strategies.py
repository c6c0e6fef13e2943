"""What each strategy asks, in what order, and when it stops."""

import itertools
from collections import Counter

import pytest
from rule_model import RuleModel

from sayso.config import AugmentConfig
from sayso.instructions.augment.expand import expand_all
from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers._protocol import Proposal, Written
from sayso.instructions.augment.paraphrasers.by_model import ModelWriter, Rewriting
from sayso.instructions.augment.paraphrasers.by_rules import RuleWriter
from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.strategies.diverse import Diverse, Novelty
from sayso.instructions.augment.strategies.iterative import Iterative
from sayso.instructions.augment.strategies.multi_temperature import TEMPERATURES, MultiTemperature
from sayso.instructions.augment.strategies.single import Single
from sayso.instructions.filters.chain import build_chain
from sayso.records import Lineage, Template

CHAIN = build_chain(AugmentConfig().filters)
TEXTS = (
    "What color is the {thing} in the image?",
    "Name the color of the {thing} that you see in the picture.",
    "Tell me which color the {thing} has.",
)


class Recording:
    """A writer that gives each ask a text of its own, made by `say`; remembers every batch."""

    def __init__(self, *moves, say=None):
        self.moves, self.batches = moves, []
        self.say = say or (lambda ask, n: f"Way {n} of saying {ask.move} {ask.temperature}: {ask.parent.text}")

    def write(self, asks):
        self.batches.append(list(asks))
        for ask in asks:
            number = sum(map(len, self.batches[:-1])) + asks.index(ask)
            lineage = Lineage(parent=ask.parent.id, operation=ask.move or "x", round=ask.round)
            yield Written(ask=ask, proposals=(Proposal(text=self.say(ask, number), lineage=lineage),))


def task(name="t", *, texts=TEXTS, max_wordings=1000, chain=()):
    given = [Template(id=f"{name}/{n}", task=name, text=text) for n, text in enumerate(texts)]
    return Growing(given, slots={}, chain=chain, max_wordings=max_wordings)


def run(strategy, writer, *tasks, chain=()):
    return expand_all(tasks, strategy=strategy, writer=writer, chain=chain)


def test_single_asks_every_move_of_every_parent_of_all_tasks_in_one_batch():
    writer = Recording("synonyms", "reorder", "synonyms")
    run(Single(temperature=0.6), writer, task("a"), task("b"))
    (asks,) = writer.batches
    assert len(asks) == 2 * 3 * 3
    assert {ask.temperature for ask in asks} == {0.6}
    assert [ask.parent.id for ask in asks[:4]] == ["a/0", "a/1", "a/2", "a/0"]
    assert Counter((ask.move, ask.number) for ask in asks) == {
        ("synonyms", 0): 6,
        ("reorder", 0): 6,
        ("synonyms", 1): 6,
    }


def test_the_published_number_of_calls_is_ten_a_wording():
    published = ("synonyms", "reorder", "simplify", "shorten", "voice", *["rephrase"] * 5)
    writer = ModelWriter(RuleModel(), name="chat", rewriting=Rewriting(operations=published, without=()), seed=1)
    assert len(writer.moves) == 10
    assert run(Single(), writer, task()).calls == 30
    assert run(MultiTemperature(), writer, task()).calls == 330


def test_multi_temperature_asks_at_the_eleven_published_temperatures():
    assert tuple(round(0.5 + 0.05 * n, 2) for n in range(11)) == TEMPERATURES
    writer = Recording("synonyms", "reorder")
    run(MultiTemperature(), writer, task())
    (asks,) = writer.batches
    assert Counter(ask.temperature for ask in asks) == dict.fromkeys(TEMPERATURES, 6)


def test_iterative_rewrites_what_survived_and_remembers_where_it_came_from():
    writer = Recording("synonyms")
    grown = task(texts=TEXTS[:2])
    run(Iterative(rounds=2), writer, grown)
    assert [{ask.round for ask in asks} for asks in writer.batches] == [{0}, {1}, {2}]
    assert [ask.parent.id for ask in writer.batches[1]] == ["t/0~0", "t/1~0"]
    assert [ask.root.id for ask in writer.batches[2]] == ["t/0", "t/1"]
    assert [row.template.lineage.parent for row in grown.rows[-2:]] == ["t/0~0~0", "t/1~0~0"]
    assert [row.template.lineage.round for row in grown.rows[2:]] == [0, 0, 1, 1, 2, 2]


def test_iterative_takes_survivors_of_all_ancestors_in_turn_and_not_too_many():
    writer = Recording("a", "b", "c")
    run(Iterative(rounds=1, max_parents=5), writer, task())
    assert [ask.parent.id for ask in writer.batches[1][:5]] == ["t/0~0", "t/1~0", "t/2~0", "t/0~1", "t/1~1"]
    assert len(writer.batches[1]) == 15


def test_a_grandchild_that_drifted_is_refused_against_its_ancestor():
    chain = build_chain(AugmentConfig(filters=({"name": "length", "slack": 2},)).filters)
    writer = Recording("grow", say=lambda ask, n: f"{ask.parent.text} please do that now")
    grown = task(texts=("What color is the {thing} in this nice old image here?",))
    grown._chain = chain
    run(Iterative(rounds=2), writer, grown, chain=chain)
    reasons = [row.verdict.reason for row in grown.rows[1:]]
    assert reasons == ["accepted", "length: too long (against t/0, from which its parent comes)"]


def test_rules_leave_room_for_each_round():
    grown = task(max_wordings=23, chain=CHAIN)
    run(Iterative(rounds=1), RuleWriter(grammar(), seed=1), grown, chain=CHAIN)
    kept = Counter(row.template.lineage.parent.count("~") for row in grown.rows[3:] if row.verdict.keep)
    assert kept == {0: 10, 1: 10}


def test_diverse_goes_where_something_new_comes():
    said = {"good": "Wording {n} alpha{n} beta{n} gamma{n} {text}", "dull": "What color is the {{thing}} in the image?"}

    def say(ask, n):
        return said[ask.move].format(n=n, text=ask.parent.text)

    writer = Recording("dull", "good", say=say)
    grown = task(chain=build_chain(AugmentConfig(filters=({"name": "duplicate"},)).filters))
    run(Diverse(max_calls=120, batch=8, temperatures=(0.5,)), writer, grown)
    asked = Counter(ask.move for asks in writer.batches for ask in asks)
    assert sum(asked.values()) == 120
    assert asked["good"] > 2 * asked["dull"]


def test_diverse_stops_when_nothing_new_comes_and_goes_on_elsewhere():
    def say(ask, n):
        return f"Wording w{n} x{n} y{n} {{thing}}" if ask.parent.task == "rich" else TEXTS[0]

    writer = Recording("m", say=say)
    dull, rich = task("dull", chain=CHAIN), task("rich", max_wordings=200)
    run(Diverse(batch=10, patience=20, temperatures=(0.5,)), writer, dull, rich)
    asked = Counter(ask.parent.task for asks in writer.batches for ask in asks)
    assert 20 <= asked["dull"] <= 120
    assert len(rich.pool()) == 200


def test_diverse_keeps_its_budget_to_the_call():
    for budget in (1, 7, 64, 65):
        assert run(Diverse(max_calls=budget), Recording("a", "b"), task()).calls == budget


def test_diverse_never_asks_for_more_than_there_is_room_for():
    writer = Recording("a", "b")
    run(Diverse(), writer, task(max_wordings=8))
    assert sum(map(len, writer.batches)) == 5


def test_what_is_new_in_a_wording_is_counted_once():
    novelty = Novelty([Template(id="x", task="x", text="Count the {thing}.")])
    assert novelty.gain("count the {thing}") == 0
    assert novelty.gain("Count all the {thing}.") == pytest.approx(2 / 5)
    assert novelty.gain("Count all the {thing}!") == 0
    assert novelty.gain("") == 1


def test_at_equal_calls_diverse_gets_more_new_word_pairs_than_the_published_strategies():
    """With moves that differ in what they bring, as those of a model do: the rules of the grammar, one operation each."""

    def grown(strategy):
        given = [task(f"t{n}", texts=(text,), chain=CHAIN) for n, text in enumerate(TEXTS)]
        writer = ModelWriter(RuleModel(), name="model", rewriting=Rewriting(), seed=2)
        usage = run(strategy, writer, *given, chain=CHAIN)
        pairs = sum(len({p for row in one.pool().templates for p in _pairs(row.text)}) for one in given)
        return usage.calls, pairs

    calls, by_temperature = grown(MultiTemperature())
    spent, by_bandit = grown(Diverse(max_calls=calls, min_gain=1e-6))
    assert spent <= calls
    assert by_bandit >= by_temperature


def _pairs(text):
    words = text.split()
    return itertools.pairwise(words)
