"""A tiny model and toy samples, made once."""

import pytest
from PIL import Image
from toy_conversation import make_sample, text

from sayso.models._protocol import ModelBundle, models
from sayso.records import Sample

TEXTS = ["How many red circles are there?", "Answer with one of: red, green or blue", "two red circles 12 %"] * 3


@pytest.fixture(scope="session")
def bundle() -> ModelBundle:
    """An untrained tiny model."""
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 512}
    return models.build("tiny", options).make(texts=TEXTS, seed=3)


@pytest.fixture
def sample() -> Sample:
    """One image, an instruction with a filled slot, a response."""
    prompt = text(("How many ", "instr_template"), ("red", "instr"), (" circles are there?", "instr_template"))
    return make_sample(prompt=prompt)


@pytest.fixture
def image() -> Image.Image:
    """A red picture of 48 pixels."""
    return Image.new("RGB", (48, 48), (255, 0, 0))
