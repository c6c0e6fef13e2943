"""What every way of prompting promises, whoever wrote it."""

import pytest

from sayso.instructions.prompting import promptings
from sayso.instructions.template import join_spans
from sayso.records import Media, MediaPart, Message, Sample, TextPart

every_prompting = pytest.mark.parametrize("name", promptings.names())


def text_part(*chunks):
    text, spans = join_spans(list(chunks))
    return TextPart(text=text, spans=spans)


def sample(number, *, wording="Which colour is", answer=None, pictures=1):
    media = tuple(Media(path=f"{number}-{index}.png", width=8, height=8) for index in range(pictures))
    question = text_part((f"{wording} ", "instr_template"), (f"thing {number}", "instr"), ("?", "instr_template"))
    parts = (*(MediaPart(index=index) for index in range(pictures)), question)
    messages = [Message(role="user", parts=parts)]
    if answer:
        messages.append(Message(role="assistant", parts=(text_part((answer, "response")),)))
    reference = answer or f"secret {number}"
    return Sample(
        id=f"e{number}@w",
        example=f"e{number}",
        task="t",
        template="w",
        messages=tuple(messages),
        media=media,
        references=(reference,),
    )


POOL = [sample(number, answer=("red", "blue", "green")[number % 3]) for number in range(10, 22)]


def build(name):
    return promptings.build(name, {})


def all_text(one):
    return "".join(part.text for m in one.messages for part in m.parts if isinstance(part, TextPart))


@every_prompting
def test_the_question_stays_in_and_the_answer_stays_out(name):
    asked = build(name).prompt(sample(1), demonstrations=POOL, seed=3)
    assert "thing 1" in all_text(asked)
    assert "secret" not in all_text(asked)
    assert asked.messages[-1].role == "user"


@every_prompting
def test_ids_options_and_references_stay(name):
    one = sample(1)
    asked = build(name).prompt(one, demonstrations=POOL, seed=3)
    assert (asked.id, asked.example, asked.template) == (one.id, one.example, one.template)
    assert (asked.options, asked.references) == (one.options, one.references)


@every_prompting
def test_every_medium_has_its_place_and_the_samples_own_come_last(name):
    one = sample(1, pictures=2)
    asked = build(name).prompt(one, demonstrations=POOL, seed=3)
    places = [part.index for m in asked.messages for part in m.parts if isinstance(part, MediaPart)]
    assert places == list(range(len(asked.media)))
    assert asked.media[-2:] == one.media


@every_prompting
def test_roles_cover_every_character(name):
    for message in build(name).prompt(sample(1), demonstrations=POOL, seed=3).messages:
        for part in message.parts:
            if isinstance(part, TextPart):
                ends = [span.end for span in part.spans]
                assert [span.start for span in part.spans] == [0, *ends[:-1]]
                assert ends[-1] == len(part.text)


@every_prompting
def test_demonstrations_are_those_of_the_example_under_every_wording(name):
    prompting = build(name)
    first, second = (
        prompting.prompt(sample(1, wording=w), demonstrations=POOL, seed=3) for w in ("Which colour is", "Name")
    )
    assert first.media == second.media
    assert prompting.prompt(sample(1), demonstrations=POOL, seed=3) == first


@every_prompting
def test_it_says_what_it_needs(name):
    prompting = build(name)
    assert prompting.num_demonstrations >= 0
    assert isinstance(prompting.written, bool)
    assert prompting.parser.name
