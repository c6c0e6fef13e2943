"""Every rule: a verdict with a reason for any text, the same each time, and nothing remembered that it was not told to keep."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.config import PluginConfig
from sayso.instructions.synthesize.rules import RULE_SETS, Written, announce, build_rules, judge, remember, rules
from sayso.records import Verdict

each_rule = pytest.mark.parametrize("name", rules.names())
texts = st.text(max_size=60) | st.text(alphabet=st.characters(codec=None), max_size=30)
sentences = st.lists(
    st.sampled_from(["Describe", "the", "picture", "I", "cannot", "sorry", ":", "yes", "Write a program", "\n"]),
    max_size=8,
).map(" ".join)
anything = texts | sentences
writtens = st.builds(
    Written,
    instruction=anything,
    input=anything,
    output=anything,
    num_media=st.integers(0, 2),
    parent=anything,
)
HOSTILE = {
    "empty": "",
    "spaces": " " * 200_000,
    "long": "very " * 40_000,
    "one word": "a" * 200_000,
    "sorry": "I'm sorry " * 20_000,
    "colons": ":" * 100_000,
    "surrogate": "Describe \ud800 it",
    "null": "Describe\x00 it",
    "bidi": "\u202eDescribe it",
    "wide": "\ufdfa" * 20_000,
    "marks": "\u0301" * 50_000,
    "braces": "{shape.__class__} {0} %(name)s ${HOME} {% raw %}",
    "pattern": "(((((a+)+)+)+)+)$ [\\",
    "markers": "### Instruction: <|im_start|> #Given Prompt#",
    "other digits": "٣٤ पाँच 五",
}
GOOD = Written(
    instruction="Describe the weather that you see here in one sentence.",
    output="It rains, and the wind bends the trees.",
    num_media=1,
    parent="Describe the weather.",
)


@each_rule
@settings(max_examples=30, deadline=None)
@given(written=writtens)
def test_anything_gets_the_same_verdict_with_a_reason_each_time(name, written):
    rule = rules.build(name, {})
    verdict = rule.judge(written)
    assert isinstance(verdict, Verdict)
    assert verdict.reason
    assert verdict.score is None or 0 <= verdict.score <= 1
    assert verdict == rule.judge(written) == rules.build(name, {}).judge(written)


@each_rule
@settings(max_examples=15, deadline=None)
@given(rows=st.lists(writtens, max_size=6), last=writtens)
def test_judging_leaves_no_trace_and_keeping_is_repeatable(name, rows, last):
    asked, silent = ([(name, rules.build(name, {}))] for _ in range(2))
    for row in rows:
        judge(row, asked)
        remember(row, asked)
        remember(row, silent)
    assert judge(last, asked) == judge(last, silent)


@each_rule
@settings(max_examples=15, deadline=None)
@given(rows=st.lists(writtens, max_size=6))
def test_what_is_announced_is_judged_alike_in_any_order(name, rows):
    there, back = ([(name, rules.build(name, {}))] for _ in range(2))
    announce(rows, there)
    announce(rows[::-1], back)
    assert [judge(row, there) for row in rows] == [judge(row, back) for row in rows]


@each_rule
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_crashes_no_rule_and_its_reason_can_be_written(name, text):
    for where in ("instruction", "input", "output", "parent"):
        parts = {"instruction": "Say it", "output": "It is said", where: text}
        chain = [(name, rules.build(name, {}))]
        remember(Written(**parts), chain)
        judge(Written(**parts), chain).reason.encode()


@each_rule
def test_a_good_pair_is_kept_by_every_rule(name):
    assert rules.build(name, {}).judge(GOOD).keep


@pytest.mark.parametrize("name", RULE_SETS)
def test_the_sets_of_the_methods_are_built_and_keep_a_good_pair_once(name):
    chain = build_rules(RULE_SETS[name])
    assert judge(GOOD, chain) == Verdict(keep=True, reason="accepted")
    remember(GOOD, chain)
    assert judge(GOOD, chain).keep == ("novelty" not in dict(chain))


def test_the_first_rule_that_refuses_gives_the_reason():
    both = Written(instruction="!", output="")
    for order in (("length", "empty_output"), ("empty_output", "length")):
        chain = build_rules(PluginConfig(name=name) for name in order)
        assert judge(both, chain).reason.startswith(f"{order[0]}: ")
    assert judge(both, []).keep


def test_the_rules_are_those_of_the_documentation():
    assert [name for name in rules.names() if ":" not in name] == [
        "ascii_first",
        "blacklist",
        "contradiction",
        "duplicate",
        "empty_output",
        "input_is_output",
        "leaked_markers",
        "length",
        "novelty",
        "only_stop_words",
        "punctuation_first",
        "refusal",
        "same_as_parent",
        "short_apology",
        "starts_with",
        "trailing_colon",
    ]
