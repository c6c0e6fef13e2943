"""One task expanded: who is paraphrased, what is kept, and that nothing is lost on the way."""

import time
from collections import Counter
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.config import AugmentConfig
from sayso.instructions.augment.expand import Expansion, JudgedTemplate, expand
from sayso.instructions.augment.paraphrasers._protocol import Proposal
from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.augment.paraphrasers.scripted import scripted
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.wording import key
from sayso.records import Lineage, Template

SLOTS = {"color": "text", "options": "options"}
GIVEN = (
    Template(id="t/0", task="t", text="How many {color} things are there?"),
    Template(id="t/1", task="t", text="Count the {color} things. {options}"),
    Template(id="t/h0", task="t", text="Give the number of {color} things.", held_out=True, distance="L1"),
)


def how(paraphraser, *, max_wordings=20, seed=1):
    chain = build_chain(AugmentConfig().filters)
    return Expansion(paraphraser=paraphraser, chain=chain, max_wordings=max_wordings, seed=seed)


def run(paraphraser, given=GIVEN, *, extra=(), **options):
    return list(expand(given, extra=extra, slots=SLOTS, how=how(paraphraser, **options)))


def replay(*texts, given=GIVEN, **options):
    return run(scripted(wordings={"t/0": list(texts)}), given, **options)


def usable(rows):
    return [row.template for row in rows if row.verdict is None or row.verdict.keep]


def test_the_grammar_fills_the_pool_up_to_the_wanted_number_of_held_in_wordings():
    held_in = [template for template in usable(run(grammar(), max_wordings=20)) if not template.held_out]
    assert len(held_in) == 20
    assert len({key(template.text) for template in held_in}) == 20


def test_library_wordings_pass_through_unjudged_and_marked():
    rows = run(grammar())
    assert [row.template for row in rows[:3]] == list(GIVEN)
    assert all(row.verdict is None for row in rows[:3])
    assert all(row.verdict is not None for row in rows[3:])


def test_every_generated_wording_has_a_lineage_to_a_held_in_parent_defect_c1_12():
    generated = [row.template for row in run(grammar())[3:]]
    assert {template.lineage.parent for template in generated} == {"t/0", "t/1"}
    assert {template.origin for template in generated} == {"grammar"}
    assert not any(template.held_out for template in generated)


def test_raw_and_generated_wordings_are_told_apart_in_any_order_defect_c1_12():
    rows = list(reversed(run(grammar())))
    assert [row.template.id for row in rows if row.template.lineage is None] == ["t/h0", "t/1", "t/0"]


def test_a_candidate_near_a_held_out_wording_is_kept_out_and_counted():
    rows = replay("Please give the number of {color} things!", "Say how many {color} things there are.")
    assert [row.verdict.reason for row in rows[3:]] == ["held_out_leak: near a held-out wording", "accepted"]


def test_candidates_are_judged_against_those_accepted_before():
    rows = replay("Say how many {color} things there are.", "say how many {color} things there are")
    assert [row.verdict.keep for row in rows[3:]] == [True, False]
    assert [row.template.id for row in rows[3:]] == ["t/0~0", "t/0~1"]


def test_identity_rewrites_are_refused_defect_c1_6():
    assert [row.verdict.reason for row in replay(GIVEN[0].text)[3:]] == ["duplicate: equals a wording the task has"]


def test_hostile_candidates_are_kept_with_their_reason_in_a_form_that_any_file_can_hold():
    rows = replay("How many {color} things\ud800 are there?", "very " * 300_000)[3:]
    assert [row.verdict.keep for row in rows] == [False, False]
    assert rows[0].template.text == "How many {color} things\\ud800 are there?"
    assert len(rows[1].template.text) < 5000
    assert "1500000 characters" in rows[1].template.text


def test_a_full_pool_asks_for_nothing_more():
    assert len(run(grammar(), max_wordings=2)) == 3
    assert len(run(grammar(), max_wordings=1)) == 3


def test_equal_given_wordings_are_paraphrased_once():
    twins = tuple(Template(id=f"t/{n}", task="t", text="How many {color} things are there?") for n in range(5))
    parents = {row.template.lineage.parent for row in run(grammar(), twins) if row.template.lineage}
    assert parents == {"t/0"}


def test_extra_wordings_are_judged_like_candidates_and_become_parents():
    extra = (
        Template(id="t/file/1", task="t", text="Which number of {color} things is in sight?", origin="file"),
        Template(id="t/file/2", task="t", text="count the {color} things {options}", origin="file"),
        Template(id="t/file/3", task="t", text="Unheard of: {color}?", origin="file", held_out=True, distance="L3"),
    )
    rows = replay(extra=extra)
    verdicts = {row.template.id: row.verdict.reason if row.verdict else None for row in rows[3:]}
    assert verdicts == {
        "t/file/1": "accepted",
        "t/file/2": "duplicate: equals a wording the task has",
        "t/file/3": None,
    }
    assert "t/file/1" in {row.template.lineage.parent for row in run(grammar(), extra=extra) if row.template.lineage}


def test_parents_take_turns():
    generated = [row.template for row in run(grammar(), max_wordings=22) if row.template.lineage]
    counts = Counter(template.lineage.parent for template in generated)
    assert abs(counts["t/0"] - counts["t/1"]) <= 1


def test_the_same_seed_gives_the_same_rows_and_another_seed_others():
    assert run(grammar(), seed=1) == run(grammar(), seed=1)
    assert run(grammar(), seed=1) != run(grammar(), seed=2)


BARE = Expansion(paraphraser=scripted(wordings={}), chain=(), max_wordings=20, seed=1)


def bare(*texts, given=GIVEN, extra=(), slots=SLOTS):
    """Expanded by a script without any filter."""
    how = replace(BARE, paraphraser=scripted(wordings={"t/0": list(texts)}))
    return list(expand(given, extra=extra, slots=slots, how=how))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Count {", "is not a slot"),
        ("Count {color.__class__}", "is not a slot"),
        ("Count {colour}", "unknown slot {colour}; did you mean 'color'"),
        ("Count {color} {color}", "appears 2 times"),
        ("Count them.", "missing slot {color}"),
        ("Count {color}\ud800", "half a surrogate pair"),
    ],
)
def test_what_could_not_be_rendered_or_written_is_refused_without_any_filter(text, told):
    (row,) = bare(text)[3:]
    assert not row.verdict.keep
    assert row.verdict.reason.startswith("unusable (")
    assert told in row.verdict.reason
    row.template.text.encode()


def test_without_filters_everything_usable_is_kept():
    assert [row.verdict.keep for row in bare("Count {color}.", "Count {color}.")[3:]] == [True, True]


@pytest.mark.parametrize("wanted", [3, 4, 7, 11, 40])
def test_the_budget_counts_held_in_wordings_and_is_never_exceeded(wanted):
    held_in = [template for template in usable(run(grammar(), max_wordings=wanted)) if not template.held_out]
    assert len(held_in) == wanted


def test_a_smaller_budget_gives_the_beginning_of_a_larger_one_where_as_much_is_proposed():
    texts = [f"Number {n} of the {{color}} things?" for n in range(30)]
    few, many = (usable(replay(*texts, max_wordings=wanted)) for wanted in (5, 9))
    assert few == many[: len(few)]


def test_what_is_refused_costs_no_budget():
    rows = replay("bad", "{color} {", "Tell me the sum of {color} things.", max_wordings=3)
    assert [row.verdict.keep for row in rows[3:]] == [False, False, True]


def test_nothing_is_asked_after_the_last_wording_that_is_wanted():
    asked = []

    class Counting:
        def propose(self, template, *, count, stream):
            for number in range(count):
                asked.append(template.id)
                yield Proposal(
                    text=f"Way {number} of {template.id} for {{color}}",
                    lineage=Lineage(parent=template.id, operation="x"),
                )

    rows = list(expand(GIVEN, slots=SLOTS, how=replace(BARE, paraphraser=Counting(), max_wordings=7)))
    assert len(asked) == 5
    assert len(rows) == 8


def test_a_parent_with_nothing_to_say_leaves_its_turn_to_the_others():
    given = (Template(id="t/0", task="t", text="{color}", language="de"), *GIVEN[1:])
    generated = [template for template in usable(run(grammar(), given, max_wordings=10)) if template.lineage]
    assert {template.lineage.parent for template in generated} == {"t/1"}
    assert len(generated) == 8


def test_a_task_of_held_out_wordings_alone_is_left_as_it_is():
    assert [row.template for row in run(grammar(), GIVEN[2:])] == [GIVEN[2]]
    assert run(grammar(), ()) == []


def test_a_wording_held_out_by_the_user_that_training_sees_anyway_is_refused_and_told():
    extra = (
        Template(id="t/file/1", task="t", text="how many {color} things are there", held_out=True, distance="L3"),
        Template(id="t/file/2", task="t", text="Tally {color} things.", held_out=True, distance="L3"),
    )
    rows = {row.template.id: row for row in run(grammar(), extra=extra)}
    assert rows["t/file/1"].verdict.reason == "held out, but training sees the same wording (t/0)"
    assert rows["t/file/1"].template.held_out
    assert rows["t/file/2"].verdict is None


def test_what_the_user_holds_out_keeps_candidates_away_whatever_the_order_of_the_lines():
    kept_apart = Template(id="t/file/9", task="t", text="Name the total of {color} things.", held_out=True)
    near = Template(id="t/file/1", task="t", text="Please name the total of {color} things!")
    for extra in ((near, kept_apart), (kept_apart, near)):
        rows = {row.template.id: row for row in replay("Name the total of the {color} things.", extra=extra)}
        assert rows["t/file/1"].verdict.reason == "held_out_leak: near a held-out wording"
        assert rows["t/0~0"].verdict.reason == "held_out_leak: near a held-out wording"


@given(texts=st.lists(st.text(max_size=30) | st.sampled_from([t.text for t in GIVEN]), max_size=6))
def test_every_proposal_gets_a_row_and_rows_can_be_written_and_read(texts):
    rows = replay(*texts)
    assert len(rows) == 3 + len(texts)
    assert [row.template.id for row in rows[3:]] == [f"t/0~{n}" for n in range(len(texts))]
    assert [msgspec.json.decode(msgspec.json.encode(row), type=JudgedTemplate) for row in rows] == rows


def test_a_thousand_wordings_of_one_task_are_expanded_in_a_moment():
    given = tuple(Template(id=f"t/{n}", task="t", text=f"Count the {{color}} things, way {n}.") for n in range(1000))
    begun = time.perf_counter()
    assert len(run(grammar(), given, max_wordings=1010)) >= 1010
    assert time.perf_counter() - begun < 20
