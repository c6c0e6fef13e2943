"""Held-out wordings: how many, by which operation, and that nothing like them is trained on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sayso.config import AugmentConfig, HeldOutWordingsConfig
from sayso.instructions.augment.expand import Expansion, JudgedTemplate, expand
from sayso.instructions.augment.holding_out import _bag, hold_out, operations_of, unused_operations
from sayso.instructions.augment.paraphrasers.grammar.paraphraser import grammar
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.wording import overlap
from sayso.instructions.library import load_templates
from sayso.records import Lineage, Template, Verdict
from sayso.tasks import get

ACCEPTED = Verdict(keep=True, reason="accepted")
WORDS = ["look", "tell", "picture", "answer", "question", "please", "short", "what", "shown", "region"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
operations = st.sampled_from(["synonyms", "question_form", "voice", "question_form+synonyms"])


def given_wording(number, text, **more):
    return JudgedTemplate(template=Template(id=f"t/{number}", task="t", text=text, **more))


def made(number, text, operation="synonyms", *, parent="t/0", verdict=ACCEPTED):
    lineage = Lineage(parent=parent, operation=operation, paraphraser="toy")
    template = Template(id=f"t/0~{number}", task="t", text=text, origin="toy", lineage=lineage)
    return JudgedTemplate(template=template, verdict=verdict)


def decided(rows, *, seed=1, **config):
    return hold_out(rows, config=HeldOutWordingsConfig(**config), seed=seed)


def held(rows, distance=None):
    return [row.template for row in rows if row.template.held_out and distance in {None, row.template.distance}]


def trained(rows):
    return [row.template for row in rows if not row.template.held_out and (row.verdict is None or row.verdict.keep)]


FAR = [made(n, f"{word} {word}x {word}y") for n, word in enumerate(f"w{n}" for n in range(20))]


def test_a_share_of_what_was_generated_is_held_out_at_the_first_distance():
    rows = [given_wording(0, "Answer the question"), *FAR]
    found = decided(rows, fraction=0.25)
    assert len(held(found, "L1")) == 5
    assert [row.template.id for row in found] == [row.template.id for row in rows]
    assert all(row.verdict == ACCEPTED for row in found[1:])
    assert len({tuple(t.id for t in held(decided(rows, fraction=0.25, seed=seed))) for seed in range(8)}) > 3


def test_what_somebody_wrote_is_never_held_out_here():
    rows = [given_wording(n, f"{n} words of mine") for n in range(10)]
    assert decided(rows, fraction=0.9, operations=("synonyms",)) == rows


@pytest.mark.parametrize("operation", ["question_form", "question_form+synonyms", "politeness+question_form"])
def test_every_wording_by_a_named_operation_is_held_out_at_the_second(operation):
    rows = [given_wording(0, "Answer"), *FAR[:5], made(99, "Would you see to it", operation)]
    found = decided(rows, operations=("question_form",))
    assert [template.id for template in held(found)] == ["t/0~99"]
    assert held(found)[0].distance == "L2"


def test_a_name_within_a_name_is_another_operation():
    rows = [made(0, "Would you see to it", "no_question_form_here")]
    assert not held(decided(rows, operations=("question_form",)))


def test_what_was_made_of_a_wording_by_that_operation_is_its_work_too():
    rows = [
        made(0, "Would you tell me", "question_form"),
        made(1, "Could somebody say", "synonyms", parent="t/0~0"),
        made(2, "May anyone explain", "voice", parent="t/0~1"),
        made(3, "Say it now", "voice"),
    ]
    found = decided(rows, operations=("question_form",))
    assert [template.id for template in held(found, "L2")] == ["t/0~0", "t/0~1", "t/0~2"]


def test_two_wordings_that_are_said_to_be_each_other_s_parent_do_not_hang_it():
    rows = [made(0, "One text", "voice", parent="t/0~1"), made(1, "Another one", "split", parent="t/0~0")]
    known = {row.template.id: row.template for row in rows}
    assert operations_of(rows[0].template, known=known) == {"voice", "split"}


def test_a_wording_near_a_given_one_is_never_held_out_as_unseen():
    near = made(0, "answer the question about the picture now")
    rows = [given_wording(0, "answer the question about the picture"), near]
    assert decided(rows, fraction=0.9) == rows
    by_operation = made(0, near.template.text, "question_form")
    (_, refused) = decided([rows[0], by_operation], operations=("question_form",))
    assert refused.verdict.reason == "held_out: by an operation that is held out, and near a trained wording (t/0)"
    assert not refused.verdict.keep


def test_near_copies_of_a_held_out_wording_are_refused_with_its_name():
    rows = [
        made(0, "see to the picture in full please", "question_form"),
        made(1, "see to the picture in full", "synonyms"),
        made(2, "something else entirely"),
    ]
    first, second, third = decided(rows, operations=("question_form",))
    assert first.template.distance == "L2"
    assert second.verdict.reason == "held_out: near a held-out wording (t/0~0, L2)"
    assert third == rows[2]


def test_a_group_of_copies_is_held_out_whole_before_anything_is_lost():
    copies = [made(n, f"see to the picture in full {'please ' * n}") for n in range(4)]
    found = decided([*copies, *FAR[:4]], fraction=0.5)
    assert len(held(found, "L1")) == 4
    assert len(held(found)) + len(trained(found)) >= 7


def test_refused_candidates_and_wordings_held_out_before_stay_as_they_are():
    rows = [
        given_wording(0, "Answer"),
        given_wording(1, "Kept by hand", held_out=True, distance="L3"),
        made(0, "Not kept", verdict=Verdict(keep=False, reason="length: too short")),
        *FAR,
    ]
    found = decided(rows, fraction=0.3)
    assert found[:3] == rows[:3]


@settings(deadline=None, max_examples=150)
@given(
    given_texts=st.lists(texts, max_size=3, unique=True),
    generated=st.lists(st.tuples(texts, operations), max_size=12),
    fraction=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    named=st.sampled_from([(), ("question_form",), ("voice", "synonyms")]),
)
def test_nothing_trained_is_near_anything_held_out_and_no_row_is_lost(given_texts, generated, fraction, named):
    rows = [given_wording(n, text) for n, text in enumerate(given_texts)]
    rows += [made(n, text, operation) for n, (text, operation) in enumerate(generated)]
    found = decided(rows, fraction=fraction, operations=named)
    assert [row.template.id for row in found] == [row.template.id for row in rows]
    assert [row.template.text for row in found] == [row.template.text for row in rows]
    for kept in held(found):
        assert all(overlap(kept.text, other.text) < 0.75 for other in trained(found))
    for template in trained(found):
        assert not template.lineage or not set(template.lineage.operation.split("+")) & set(named)
    assert decided(rows, fraction=fraction, operations=named) == found
    for before, after in zip(rows, found, strict=True):
        assert after.verdict == before.verdict or after.verdict.reason.startswith("held_out: ")


@given(first=texts, second=texts)
def test_near_means_what_the_filter_of_held_out_leaks_means(first, second):
    one, other = _bag(first), _bag(second)
    union = len(one | other)
    assert (len(one & other) / union if union else 1.0) == pytest.approx(overlap(first, second))


@pytest.mark.parametrize("name", ["counting", "open_domain_vqa", "grounded_captioning"])
def test_on_wordings_of_the_grammar_training_loses_few_beside_those_held_out(name):
    task = get(name)
    chain = build_chain(AugmentConfig().filters)
    how = Expansion(paraphraser=grammar(), chain=chain, max_wordings=60, seed=3)
    rows = list(expand(load_templates(task), slots=task.slots, how=how))
    found = decided(rows, fraction=0.1)
    before, after = (len([t for t in trained(some) if t.lineage]) for some in (rows, found))
    kept = len([template for template in held(found, "L1") if template.lineage])
    assert kept == round(0.1 * before) > 0
    assert before - after - kept <= 0.15 * before


def test_operations_that_nothing_was_made_by_are_named():
    config = HeldOutWordingsConfig(operations=("voice", "qestion_form"))
    templates = [made(0, "a", "voice+synonyms").template, given_wording(0, "b").template]
    assert unused_operations(templates, config=config) == ("qestion_form",)


@pytest.mark.parametrize("wrong", [{"fraction": 1.0}, {"fraction": -0.1}, {"near": 0}, {"operation": ["voice"]}])
def test_a_config_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        AugmentConfig(held_out=wrong)
