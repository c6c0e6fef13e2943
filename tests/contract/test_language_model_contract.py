"""Every language model: one answer a request, in order, lazily, and with a store never twice."""

import itertools

import pytest
from chat_server import ChatServer

from sayso.config import PluginConfig
from sayso.lm import Answered, language_models, open_model, request

each_model = pytest.mark.parametrize("name", language_models.names())


@pytest.fixture
def options(request, tmp_path_factory):
    """Makes what a model by that name needs."""

    def make(name):
        if name == "chat":
            pytest.importorskip("aiohttp")
            server = ChatServer().__enter__()
            request.addfinalizer(lambda: server.__exit__())
            return {"model": "toy", "base_url": server.base_url}
        if name == "local":
            return {"path": str(request.getfixturevalue("tiny_chat_folder")), "batch_size": 4}
        return {"replies": {"*": "so it is"}}

    return make


@pytest.fixture(scope="session")
def tiny_chat_folder(tmp_path_factory):
    pytest.importorskip("torch")
    from tiny_chat import save_tiny_chat

    return save_tiny_chat(tmp_path_factory.mktemp("models") / "tiny-chat")


def asked(count, **settings):
    return [request(("user", f"Say it again, number {n}"), max_tokens=8, **settings) for n in range(count)]


@each_model
def test_one_answer_a_request_in_order(name, options):
    model = language_models.build(name, options(name))
    found = list(model.answer(asked(9)))
    assert [one.request for one in found] == asked(9)
    assert all((one.reply is None) != (one.failure is None) for one in found)
    assert all(isinstance(one, Answered) and one.reply.model for one in found)
    assert model.name


@each_model
def test_nothing_in_nothing_out(name, options):
    assert list(language_models.build(name, options(name)).answer([])) == []


@each_model
def test_requests_may_have_no_end(name, options):
    endless = (request(("user", f"{n}"), max_tokens=2) for n in itertools.count())
    answers = language_models.build(name, options(name)).answer(endless)
    assert len(list(itertools.islice(answers, 3))) == 3
    answers.close()


@each_model
def test_with_a_store_the_second_run_says_the_same(name, options, tmp_path):
    config = PluginConfig(name=name, **options(name))
    first, second = (
        list(open_model(config, store=tmp_path / "replies.sqlite").answer(asked(5, temperature=0.9))) for _ in range(2)
    )
    assert first == second
    assert (tmp_path / "replies.sqlite").exists()


@each_model
def test_a_second_number_is_a_second_call(name, options, tmp_path):
    model = open_model(PluginConfig(name=name, **options(name)), store=tmp_path / "replies.sqlite")
    found = list(model.answer([one for n in range(3) for one in asked(1, number=n, temperature=1.0)]))
    assert [one.request.number for one in found] == [0, 1, 2]
