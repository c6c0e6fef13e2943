"""Two models to take gradients of: a two-layer language model, and a tiny one that sees, with samples for each."""

import pytest
import torch
from msgspec import structs
from tiny_chat import save_tiny_chat
from toy_conversation import make_sample, text

from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.records import Sample
from sayso.sources import load_image, sources

TEXTS = ["How many red circles are there?", "Answer with one of: red, green or blue", "two red circles 12 %"] * 3
PROMPTS = (
    "How many are there?",
    "Answer with one of: red, green or blue",
    "two",
    "Say: red circles",
    "What is it now?",
)
ANSWERS = ("two", "two red circles, and more of them", "red", "green or blue", "12 %")


@pytest.fixture(scope="session")
def chat(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    """An untrained Llama of two layers."""
    return load_model(save_tiny_chat(tmp_path_factory.mktemp("chat")), device="cpu")


@pytest.fixture(scope="session")
def seeing() -> ModelBundle:
    """An untrained LLaVA."""
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 2), "num_heads": 2, "vocab_size": 512}
    bundle = models.build("tiny", options).make(texts=TEXTS, seed=3)
    with torch.no_grad():
        for parameter in bundle.model.parameters():
            parameter.mul_(2.0)  # so that what the picture says reaches the answer
    return bundle


@pytest.fixture(scope="session")
def spoken() -> list[Sample]:
    """Conversations of different lengths, without pictures."""
    return [
        make_sample(prompt=text((asked, "instr")), response=answer, media=0)
        for asked, answer in zip(PROMPTS, ANSWERS, strict=True)
    ]


@pytest.fixture(scope="session")
def scenes() -> list[Sample]:
    """The same about drawn scenes, of none, one and two pictures."""
    items = list(sources.build("shapes", {"count": 6, "seed": 4}).items())
    pictures = [item.media[0] for item in items]
    made = []
    for number, (asked, answer) in enumerate(zip(PROMPTS, ANSWERS, strict=True)):
        count = (1, 1, 2, 0, 1)[number]
        sample = make_sample(prompt=text((asked, "instr")), response=answer, media=count)
        made.append(structs.replace(sample, media=tuple(pictures[number : number + count])))
    assert load_image(pictures[0]).size
    return made
