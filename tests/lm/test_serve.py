"""`transformers serve` as a real endpoint, and the same model in process."""

import pytest
from chat_calls import chat, prompts

from sayso.lm import language_models
from sayso.lm.store import ReplyStore

pytest.importorskip("torch")
pytest.importorskip("aiohttp")
pytestmark = pytest.mark.slow


def test_a_served_model_answers_and_the_second_run_asks_nothing(served, text_model, tmp_path):
    store = tmp_path / "replies.sqlite"
    options = {"model": str(text_model), "timeout_s": 60, "max_concurrency": 4}
    found = list(chat(served, store, **options).answer(prompts(6)))
    assert all(one.reply and one.reply.completion_tokens for one in found), found
    assert list(chat(served, store, max_retries=0, **options).answer(prompts(6))) == found
    with ReplyStore(store) as kept:
        assert kept.counts() == {"replies": 6, "failures": 0}
        assert kept.spent(str(text_model)).calls == 6


def test_served_and_in_process_it_says_the_same_where_nothing_is_drawn(served, text_model, tmp_path):
    options = {"model": str(text_model), "timeout_s": 60, "max_concurrency": 2}
    there = [one.reply.text for one in chat(served, tmp_path / "s.sqlite", **options).answer(prompts(4))]
    here = language_models.build("local", {"path": str(text_model)})
    assert [one.reply.text for one in here.answer(prompts(4))] == [text.strip() for text in there]


def test_what_it_does_not_take_is_a_failure_with_its_own_words(served, tmp_path):
    (found,) = chat(served, tmp_path / "s.sqlite", model="any", timeout_s=60, extra={"n": 2}).answer(prompts(1))
    assert found.reply is None
    assert f"{served} says 4" in found.failure
