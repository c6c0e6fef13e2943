"""Conversations as questions with their answers."""

from spoken_items import item

from sayso.instructions.exchanges import exchanges
from sayso.records import Media

PICTURE = Media(path="x.png", width=9, height=9)


def test_every_answered_question_is_an_exchange_with_what_came_before():
    talk = item(
        ("system", "Be kind."), ("user", "A?"), ("assistant", "B."), ("user", "C?"), ("user", "D?"), ("assistant", "E."),
        media=(PICTURE,),
    )  # fmt: skip
    first, second = exchanges(talk.conversation)
    assert (first.instruction, first.response, first.before) == ("A?", "B.", "System: Be kind.")
    assert (second.instruction, second.response) == ("C?\nD?", "E.")
    assert second.before == "System: Be kind.\nUser: A?\nAssistant: B."
    assert (first.asked, first.answered, second.asked, second.answered) == (1, 2, 4, 5)
    assert first.media == second.media == (0,)


def test_answers_to_nothing_and_questions_without_answers_are_none():
    assert exchanges(()) == []
    assert exchanges(item(("assistant", "Hello.")).conversation) == []
    assert exchanges(item(("user", "Hello?")).conversation) == []
    (only,) = exchanges(item(("assistant", "Hi."), ("user", "A?"), ("assistant", "B."), ("user", "C?")).conversation)
    assert (only.instruction, only.before) == ("A?", "Assistant: Hi.")
