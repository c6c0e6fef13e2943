"""Tiny models in folders, and one of them behind `transformers serve`."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

NEEDED = ("fastapi", "openai", "uvicorn")
WAIT_S = 90


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


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Starts `transformers serve` with the model of a folder, as a context manager that gives its address."""
    return lambda folder: serving(folder, path=tmp_path_factory.mktemp("serve") / "log")


@contextmanager
def serving(folder, *, path):
    lacking = [name for name in NEEDED if find_spec(name) is None]
    if lacking:
        pytest.skip(f"transformers serve needs {', '.join(lacking)}: pip install 'sayso[dev]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with path.open("w") as log, subprocess.Popen(command, stdout=log, stderr=log, env=environment) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, path)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def wait_for(url, process, log):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"transformers serve did not start: {log.read_text()[-2000:]}")
