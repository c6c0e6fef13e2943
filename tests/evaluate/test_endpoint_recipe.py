"""A recipe that evaluates a model at an endpoint: no train stage, a name of its own, and no call for what is on file."""

import shutil

import pytest
from chat_server import ChatServer

from sayso.config import load_recipe
from sayso.errors import BackendError, ConfigError
from sayso.pipeline import check_recipe, run_recipe

pytest.importorskip("aiohttp")
RECIPE = """
name: api
build:
  sources: [{name: shapes, use: test, count: 3, seed: 3}]
  tasks: [color_recognition, image_captioning]
evaluate:
  backend: {name: chat, model: owner/model, base_url: "%s", max_retries: 0}
  option_decoding: %s
  max_wordings: 2
  num_resamples: 20
report: {}
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def make(url, *, decoding="generate", **replaced):
        text = RECIPE % (url, decoding)
        for old, new in replaced.items():
            text = text.replace(old, new)
        (tmp_path / "api.yaml").write_text(text)
        return load_recipe(tmp_path / "api.yaml")

    return make


def test_no_train_stage_is_needed_and_nothing_is_asked_twice(recipe, tmp_path):
    with ChatServer() as server:
        check_recipe(recipe(server.base_url))
        first = run_recipe(recipe(server.base_url), out=tmp_path / "run")
        calls = server.counts.calls
        for stage in ("evaluate", "report"):
            shutil.rmtree(tmp_path / "run" / stage)
        again = run_recipe(recipe(server.base_url), out=tmp_path / "run")
    assert server.counts.calls == calls > 0
    assert first[1].manifest.counts == again[1].manifest.counts
    names = {path.name for path in (tmp_path / "run" / "evaluate" / "predictions").iterdir()}
    assert names == {"owner-model-plain", "owner-model-shuffled_images"}


def test_ranking_is_refused_and_says_what_to_set(recipe, tmp_path):
    with ChatServer() as server, pytest.raises(BackendError, match=r"set evaluate\.option_decoding: generate"):
        run_recipe(recipe(server.base_url, decoding="likelihood"), out=tmp_path / "run")
    assert not (tmp_path / "run" / "evaluate").exists()


def test_a_backend_that_does_not_exist_is_told_before_anything_runs(recipe, tmp_path):
    with pytest.raises(ConfigError, match=r"no backend named 'chatt'; did you mean 'chat'"):
        check_recipe(recipe("http://127.0.0.1:9/v1", **{"name: chat,": "name: chatt,"}))
    serve = "name: serve, serve: 'python {checkpoint} {port}',"
    with pytest.raises(ConfigError, match="has no train stage before it"):
        check_recipe(recipe("http://127.0.0.1:9/v1", **{"name: chat, model: owner/model,": serve}))
    with pytest.raises(ConfigError, match=r"lacks \{port\}"):
        check_recipe(
            recipe("http://127.0.0.1:9/v1", **{"name: chat, model: owner/model,": serve.replace(" {port}", "")})
        )
    with pytest.raises(ConfigError, match=r"set evaluate\.conditions: \[plain\]"):
        check_recipe(recipe("http://127.0.0.1:9/v1", **{"name: chat, model: owner/model,": "name: file, path: p,"}))
