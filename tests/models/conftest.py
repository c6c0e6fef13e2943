"""A tiny model and toy samples, made once."""

import pytest
from PIL import Image

from sayso.models._protocol import ModelBundle, models
from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart

TEXTS = ["How many red circles are there?", "Answer with one of: red, green or blue", "two red circles 12 %"] * 3


@pytest.fixture(scope="session")
def bundle() -> ModelBundle:
    """An untrained tiny model."""
    options = {"hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 512}
    return models.build("tiny", options).make(texts=TEXTS, seed=3)


def text(*pieces: tuple[str, str]) -> TextPart:
    """A text part from (text, role) pieces."""
    spans, end = [], 0
    for piece, role in pieces:
        spans.append(Span(start=end, end=end + len(piece), role=role))
        end += len(piece)
    return TextPart(text="".join(piece for piece, _ in pieces), spans=tuple(spans))


def make_sample(*, prompt: TextPart, response: str = "two circles", media: int = 1, system: str = "") -> Sample:
    """A conversation of one turn."""
    parts = (*(MediaPart(index=i) for i in range(media)), prompt)
    messages = [Message(role="user", parts=parts), Message(role="assistant", parts=(text((response, "response")),))]
    if system:
        messages.insert(0, Message(role="system", parts=(text((system, "system")),)))
    pictures = tuple(Media(path=f"toy:{i}", width=48, height=48) for i in range(media))
    return Sample(id="s", example="e", task="t", template="w", messages=tuple(messages), media=pictures)


@pytest.fixture
def sample() -> Sample:
    """One image, an instruction with a filled slot, a response."""
    prompt = text(("How many ", "instr_template"), ("red", "instr"), (" circles are there?", "instr_template"))
    return make_sample(prompt=prompt)


@pytest.fixture
def image() -> Image.Image:
    """A red picture of 48 pixels."""
    return Image.new("RGB", (48, 48), (255, 0, 0))
