"""Pictures behind text: in front of their turn, left there, or refused; nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_conversation import text

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.instructions.media_order import order_media
from sayso.instructions.render import render_sample
from sayso.records import Example, Media, MediaPart, Message, Part, Template, TextPart

ANSWER = Message(role="assistant", parts=(text(("A cat.", "response")),))


def user(*parts: str | int) -> Message:
    made: list[Part] = [MediaPart(index=p) if isinstance(p, int) else text((p, "instr")) for p in parts]
    return Message(role="user", parts=tuple(made))


def shown(message: Message) -> list[str | int]:
    return [part.text if isinstance(part, TextPart) else part.index for part in message.parts]


def ordered(*parts: str | int, position: str = "first") -> list[str | int]:
    return shown(order_media([user(*parts), ANSWER], position=position, name="example 'x'")[0])


@pytest.mark.parametrize(
    ("given_parts", "wanted"),
    [
        (("What?\n", 0), [0, "What?"]),
        (("What?", 0, 1), [0, 1, "What?"]),
        ((0, "A", 1, " or B? "), [0, 1, "A", " or B?"]),
        (("\n", 0), [0]),
        (("See ", 0, " here", "\n"), [0, "See ", " here"]),
        (("  See ", 0), [0, "See"]),
        ((0, " What? "), [0, " What? "]),
        ((" no picture ",), [" no picture "]),
    ],
)
def test_first_puts_media_in_front_of_their_turn(given_parts: tuple, wanted: list) -> None:
    assert ordered(*given_parts) == wanted


def test_a_picture_stays_in_its_turn() -> None:
    talk = [user("Hello."), ANSWER, user("And this?", 0), ANSWER]
    assert [shown(m) for m in order_media(talk, position="first", name="x")] == [["Hello."], ["A cat."], [0, "And this?"], ["A cat."]]  # fmt: skip


def test_keep_changes_nothing_and_refuse_names_the_place() -> None:
    talk = (user(0, "What?"), ANSWER, user("And this?", 1), ANSWER)
    assert order_media(talk, position="keep", name="x") == talk
    with pytest.raises(DataError, match=r"example 'x': message 3 \(user\) has medium 1 behind text.*media_position"):
        order_media(talk, position="refuse", name="example 'x'")
    assert order_media(talk[:2], position="refuse", name="x") == talk[:2]


PARTS = st.lists(st.one_of(st.integers(0, 9), st.text(st.sampled_from("ab \n"), min_size=1, max_size=6)), max_size=5)


@given(PARTS)
def test_media_keep_their_order_and_texts_their_words_and_roles(parts: list[str | int]) -> None:
    before = user(*parts)
    after = order_media([before], position="first", name="x")[0]
    assert [p for p in shown(after) if isinstance(p, int)] == [p for p in parts if isinstance(p, int)]
    texts = [part for part in after.parts if isinstance(part, TextPart)]
    assert "".join(p.text for p in texts).strip() == "".join(p for p in parts if isinstance(p, str)).strip()
    assert order_media([after], position="refuse", name="x") == (after,)
    for part in texts:
        assert [s.start for s in part.spans] == [0, *(s.end for s in part.spans[:-1])]
        assert part.spans[-1].end == len(part.text)


@pytest.mark.parametrize(("position", "wanted"), [("first", [0, "What?"]), ("keep", ["What?\n", 0])])
def test_conversations_are_rendered_as_the_recipe_says(position: str, wanted: list) -> None:
    example = Example(
        id="talk/1", task="talk", source="s", split="train", messages=(user("What?\n", 0), ANSWER),
        media=(Media(path="toy:0", width=8, height=8),), references=("A cat.",),
    )  # fmt: skip
    template = Template(id="talk/as_written", task="talk", text="")
    sample = render_sample(
        example,
        template=template,
        card=None,
        prompt=PromptConfig(media_position=position),
        order=None,
        reference="A cat.",
    )
    assert shown(sample.messages[0]) == wanted
    assert sample.messages[1] == ANSWER
