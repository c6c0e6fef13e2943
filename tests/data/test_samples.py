import pytest

from sayso.config import PromptConfig
from sayso.data.cards import Card
from sayso.data.samples import Sampler
from sayso.errors import DataError
from sayso.records import Example, MediaPart, Message, Options, Span, Template, TextPart

CARD = Card(
    name="vqa", category="vqa", output="option", metrics=("accuracy",), slots={"question": "text", "options": "options"}
)
TEMPLATES = [Template(id=f"vqa/{n}", task="vqa", text=f"Wording {n}: {{question}}", held_out=n >= 4) for n in range(6)]


def sampler(seed: int = 7, templates=TEMPLATES) -> Sampler:
    return Sampler(cards=[CARD], templates=templates, prompt=PromptConfig(), seed=seed)


def example(number: int = 0) -> Example:
    return Example(
        id=f"vqa/{number}",
        task="vqa",
        source="toy",
        split="train",
        fields={"question": "Which?", "options": Options(items=("a", "b", "c", "d"))},
        references=("b", "c"),
    )


def test_training_draws_trained_wordings_only():
    drawn = {sampler().train_sample(example(n), epoch=0).template for n in range(200)}
    assert drawn == {"vqa/0", "vqa/1", "vqa/2", "vqa/3"}


def test_a_sample_is_the_same_whenever_it_is_drawn():
    assert sampler().train_sample(example(3), epoch=2) == sampler().train_sample(example(3), epoch=2)


def test_each_epoch_draws_again_unless_the_wording_is_fixed():
    def draws(wording):
        return {repr(sampler().train_sample(example(1), epoch=epoch, wording=wording)) for epoch in range(12)}

    assert len(draws("per_epoch")) > 6
    assert len(draws("fixed")) == 1


def test_every_order_and_every_reference_is_drawn():
    samples = [sampler().train_sample(example(n), epoch=0) for n in range(300)]
    assert len({sample.options for sample in samples}) == 24
    assert {sample.messages[1].parts[0].text for sample in samples} == {"b", "c"}
    assert {sample.references for sample in samples} == {("b", "c")}


def test_a_test_shows_the_same_options_under_every_wording():
    drawn = [sampler().test_sample(example(5), template=template) for template in TEMPLATES]
    assert len({sample.options for sample in drawn}) == 1
    assert len({sample.template for sample in drawn}) == 6
    assert all(len(sample.messages) == 1 for sample in drawn)
    assert len({sampler().test_sample(example(n), template=TEMPLATES[0]).options for n in range(50)}) > 10


def test_wordings_are_listed_by_whether_they_are_held_out():
    assert [template.id for template in sampler().templates("vqa", held_out=True)] == ["vqa/4", "vqa/5"]
    assert len(sampler().templates("vqa", held_out=False)) == 4


def test_a_task_whose_wordings_are_all_held_out_cannot_be_trained():
    with pytest.raises(DataError, match="'vqa' has no wording to train on"):
        sampler(templates=TEMPLATES[4:]).train_sample(example(), epoch=0)


def test_a_task_that_was_not_built_is_named():
    with pytest.raises(DataError, match="did you mean 'vqa'"):
        sampler().templates("vqq", held_out=False)


def conversation(*wordings: str) -> Example:
    def said(role, text):
        spans = (Span(start=0, end=len(text), role="instr" if role == "user" else "response"),)
        return Message(role=role, parts=(TextPart(text=text, spans=spans),))

    first = Message(role="user", parts=(MediaPart(), *said("user", "What?").parts))
    turns = (
        said("system", "Be brief."),
        first,
        said("assistant", "This."),
        said("user", "Why?"),
        said("assistant", "So."),
    )
    return Example(
        id="c/1", task="vqa", source="toy", split="train", messages=turns, wordings=wordings, references=("So.",)
    )


def test_other_wordings_of_a_row_are_drawn_in_place_of_its_first_instruction():
    drawn = [sampler().train_sample(conversation("Which?", "What is it?"), epoch=epoch).messages for epoch in range(60)]
    assert {messages[1].parts[-1].text for messages in drawn} == {"What?", "Which?", "What is it?"}
    assert {messages[1].parts[0] for messages in drawn} == {MediaPart()}
    assert len({(messages[0], *messages[2:]) for messages in drawn}) == 1
    assert all(messages[1].parts[-1].spans[-1].end == len(messages[1].parts[-1].text) for messages in drawn)


def test_a_row_s_wording_may_be_fixed_and_is_left_alone_in_testing():
    row = conversation("Which?", "What is it?")
    drawn = [sampler().train_sample(row, epoch=epoch, wording="fixed").messages for epoch in range(9)]
    assert len({messages[1] for messages in drawn}) == 1
    assert sampler().test_sample(row, template=TEMPLATES[0]).messages == row.messages[:-1]


def test_rows_without_other_wordings_draw_as_before():
    plain = conversation()
    assert sampler().train_sample(plain, epoch=3).messages == plain.messages
