"""Every backend: one reply a sample, in order, the same ones again, and a refusal of what it cannot do."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from asked_samples import asked

from sayso.errors import BackendError, DataError
from sayso.evaluate.backends import Decoding, backends
from sayso.evaluate.opening import using

each_backend = pytest.mark.parametrize("name", backends.names())
METHODS = ("generated", "sampled", "likelihood", "choice")
SAMPLES = [asked(number, wording=wording) for number in range(3) for wording in (0, 1)]
SMALL = Path(__file__).parents[1] / "helpers" / "small_server.py"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    pytest.importorskip("torch")
    from sayso.models._protocol import models

    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 300}
    bundle = models.build("tiny", options).make(texts=["What color is it? Say red, green, blue."] * 3, seed=3)
    folder = tmp_path_factory.mktemp("models") / "sees"
    bundle.save(folder)
    return str(folder)


@pytest.fixture
def options(model, tmp_path, request):
    """What a backend by that name needs."""

    def make(name):
        if name == "file":
            rows = [{"example": s.example, "template": s.template, "output": f"{s.id} is red"} for s in SAMPLES]
            (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
            return {"path": tmp_path / "rows.jsonl"}
        if name == "local":
            return {"model": model}
        pytest.importorskip("aiohttp")
        if name == "serve":
            command = shlex.join([sys.executable, str(SMALL), "{port}", "{checkpoint}", str(tmp_path / "pids")])
            return {"model": model, "serve": command, "store": tmp_path / "calls.sqlite"}
        from chat_server import ChatServer

        server = ChatServer().__enter__()
        request.addfinalizer(lambda: server.__exit__())
        return {"model": "toy", "base_url": server.base_url, "store": tmp_path / "calls.sqlite"}

    return make


@each_backend
def test_one_reply_a_sample_in_order_and_the_same_again(name, options):
    done = []
    decoding = Decoding(max_new_tokens=4)
    with using(backends.build(name, options(name))) as backend:
        replies = backend.answer(SAMPLES, decoding=decoding, advance=done.append)
        assert len(replies) == len(SAMPLES) == sum(done)
        assert backend.answer(SAMPLES[::-1], decoding=decoding)[::-1] == replies
        assert backend.answer([], decoding=decoding) == []
    assert all(isinstance(reply.output, str) and reply.extraction.startswith("generated") for reply in replies)


@each_backend
@pytest.mark.parametrize("method", METHODS)
def test_it_decodes_as_it_is_told_or_refuses(name, options, method):
    with using(backends.build(name, options(name))) as backend:
        try:
            replies = backend.answer(SAMPLES[:2], decoding=Decoding(method=method, max_new_tokens=4))
        except BackendError:
            if method == "generated":
                raise
            return
    if name != "file":  # whose answers came about as they did
        assert {reply.extraction for reply in replies} == {method}
    if method in {"likelihood", "choice"} and name != "file":
        assert all(reply.output in SAMPLES[0].options for reply in replies)


@each_backend
def test_options_are_not_invented(name, options):
    if name == "file":
        pytest.skip("its answers are there already")
    with using(backends.build(name, options(name))) as backend, pytest.raises((DataError, BackendError)):
        backend.answer([asked(0, options=())], decoding=Decoding(method="likelihood"))
