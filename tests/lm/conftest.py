"""Tiny models in folders, and one of them behind `transformers serve`."""

import pytest


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    """No test knows a key or an address that it does not set itself."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def text_model(tmp_path_factory):
    """The folder of an untrained Llama of a few thousand weights, with a chat template."""
    pytest.importorskip("torch")
    from tiny_chat import save_tiny_chat

    return save_tiny_chat(tmp_path_factory.mktemp("models") / "tiny-chat")


@pytest.fixture(scope="session")
def image_model(tmp_path_factory):
    """The folder of an untrained model that sees."""
    pytest.importorskip("torch")
    from tiny_chat import TEXTS

    from sayso.models._protocol import models

    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 400}
    bundle = models.build("tiny", options).make(texts=TEXTS, seed=3)
    folder = tmp_path_factory.mktemp("models") / "tiny-sees"
    bundle.model.save_pretrained(folder)
    bundle.processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def served(text_model, serve):
    """The address of `transformers serve` with the tiny model."""
    with serve(text_model) as address:
        yield address
