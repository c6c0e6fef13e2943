"""What is read of a sample: sides, templates apart from what fills them, instruction apart from input, media."""

from alike_rows import alpaca_sample
from hypothesis import given
from hypothesis import strategies as st
from toy_samples import spoken, toy_sample

from sayso.data.scorers._said import answer, asked, asked_apart, compared, media_mark, num_media, turns, written_of
from sayso.records import Media

A, B = (Media(path=f"{name}.png", width=4, height=4) for name in "ab")
TALK = spoken(("system", "Be kind."), ("user", "One?"), ("assistant", "1."), ("user", "Two?"), ("assistant", "2."))


def test_a_conversation_is_asked_by_users_and_answered_last():
    assert asked(TALK) == "One?\nTwo?"
    assert answer(TALK) == "2."
    assert asked_apart(TALK) == ("Two?", "")
    assert turns(TALK, side="both", wording=False) == ["Be kind.", "One?", "1.", "Two?", "2."]
    assert turns(TALK, side="response", wording=False) == ["2."]
    assert turns(TALK, side="instruction", wording=False) == ["Be kind.", "One?", "1.", "Two?"]


def test_a_prompt_without_an_answer():
    prompt = spoken(("user", "One?"))
    assert (asked(prompt), answer(prompt), turns(prompt, side="both", wording=True)) == ("One?", "", ["One?", ""])


@given(instruction=st.text(min_size=1, max_size=20), given=st.text(max_size=20), said=st.text(max_size=9))
def test_instruction_and_input_come_back_apart(instruction, given, said):
    sample = alpaca_sample(0, instruction, given, said)
    written = written_of(sample)
    assert (written.instruction, written.input, written.output) == (instruction, given, said)
    assert written.num_media == 0


def test_a_template_counts_only_with_wording():
    sample = alpaca_sample(0, "Is this there:", "a car", "Yes.", role="instr_template")
    assert compared(sample, side="both", wording=False) == "\na car\nYes."
    assert compared(sample, side="instruction", wording=True) == "Is this there:\na car"
    assert asked_apart(sample) == ("Is this there:\na car", "")


def test_media_are_told_apart_by_name_bytes_and_order():
    assert num_media(toy_sample(media=(A, B))) == 2
    both = [media_mark(toy_sample(media=media)) for media in ((A,), (B,), (A, B), (B, A), ())]
    assert len(set(both)) == 5
    assert media_mark(None) == media_mark(toy_sample()) == 0
    assert media_mark(toy_sample(media=(A,))) == media_mark(toy_sample(media=(A,), question="Else?", number=3))
    assert media_mark(None, also="task") != 0
    same = [toy_sample(media=(Media(data=b"x", width=w, height=4),)) for w in (4, 5)]
    assert media_mark(same[0]) == media_mark(same[1])
