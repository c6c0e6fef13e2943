"""From MODEL to a backend."""

import pytest

from sayso.artifacts import Manifest, close_stage
from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.backends import backends
from sayso.evaluate.opening import backend_of, brings_its_model, endpoint_of, label_of, model_path, open_backend, using


def stage(folder, *, kind):
    partial = folder.with_name(folder.name + ".partial")
    (partial / "model").mkdir(parents=True)
    close_stage(partial, Manifest(node=folder.name, kind=kind, digest="d", config={}, seed=0))


def test_a_folder_a_run_and_an_id(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "config.json").write_text("{}")
    assert model_path(str(tmp_path / "plain")) == str(tmp_path / "plain")
    assert model_path("owner/name") == "owner/name"
    stage(tmp_path / "run" / "base", kind="train")
    stage(tmp_path / "run" / "build", kind="build")
    assert model_path(str(tmp_path / "run")) == str(tmp_path / "run" / "base" / "model")
    stage(tmp_path / "run" / "train", kind="train")
    assert model_path(str(tmp_path / "run")) == str(tmp_path / "run" / "train" / "model")
    assert model_path(str(tmp_path / "run" / "base")) == str(tmp_path / "run" / "base" / "model")


def test_what_is_no_model_is_told_apart(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no model at \./gone"):
        model_path("./gone")
    with pytest.raises(ConfigError, match="holds no model"):
        model_path(str(tmp_path))
    stage(tmp_path / "one", kind="train")
    stage(tmp_path / "two", kind="train")
    with pytest.raises(ConfigError, match=r"several tuned models: .*one/model, .*two/model"):
        model_path(str(tmp_path))


def test_an_address_without_its_scheme_is_told_how_it_would_do():
    with pytest.raises(ConfigError, match=r"such as tiny@http://localhost:8000/v1"):
        open_backend("tiny@localhost:8000/v1")


def test_a_name_at_an_address_is_an_endpoint(tmp_path):
    pytest.importorskip("aiohttp")
    from sayso.evaluate.backends.chat import Chat

    backend = open_backend("me@home@http://localhost:9/v1", store=tmp_path / "s.sqlite", options={"timeout_s": 3})
    assert isinstance(backend, Chat)
    assert backend.name == "me@home"
    with pytest.raises(ConfigError, match="timeout"):
        open_backend("a@http://localhost:9/v1", options={"timeouts": 3})


def test_backends_that_have_their_own_model_and_what_rows_call_it():
    own = [{"name": "chat", "model": "owner/name"}, {"name": "file", "path": "p"}, {"name": "local", "model": "/a/b"}]
    configs = [PluginConfig.model_validate(one) for one in own]
    assert all(map(brings_its_model, configs))
    assert [label_of(config) for config in configs] == ["owner-name", "file", "b"]
    assert label_of(PluginConfig.model_validate({"name": "file", "label": "gpt 4"})) == "gpt-4"
    for one in ({"name": "local"}, {"name": "serve", "serve": "x"}):
        assert not brings_its_model(PluginConfig.model_validate(one))


def test_a_recipe_names_options_that_are_checked(tmp_path):
    config = PluginConfig.model_validate({"name": "file", "pth": "x"})
    with pytest.raises(ConfigError, match=r"no option 'pth'; did you mean 'path'"):
        backend_of(config, model=lambda: "m")
    with pytest.raises(ConfigError, match=r"no backend named 'chatt'; did you mean 'chat'"):
        backend_of(PluginConfig(name="chatt"), model=lambda: "m")


def test_what_can_be_closed_is_closed_whatever_happens():
    class Open:
        closed = 0

        def answer(self, samples, *, decoding, advance=None):
            raise KeyboardInterrupt

        def close(self):
            self.closed += 1

    backend = Open()
    with pytest.raises(KeyboardInterrupt), using(backend) as given:
        given.answer([], decoding=None)
    assert backend.closed == 1


def test_the_backends_that_there_are():
    assert {"chat", "file", "local", "serve"} <= set(backends.names())


@pytest.mark.parametrize("said", ["qwen", "qwen@host", "@http://host/v1", "folder/model", "a@b ftp://host"])
def test_what_is_no_name_at_an_address_is_no_endpoint(said):
    assert endpoint_of(said) is None


def test_an_endpoint_is_a_plugin_with_model_and_address():
    found = endpoint_of("org/qwen@2@http://host:8000/v1")
    assert (found.name, found.options) == ("chat", {"model": "org/qwen@2", "base_url": "http://host:8000/v1"})
