"""Rates are kept, and a budget ends the run before it is exceeded."""

import asyncio
import time

import pytest
from chat_calls import chat, prompts
from chat_server import ChatServer
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import BackendError, ConfigError
from sayso.lm import Reply, request
from sayso.lm.limits import Bucket, Gate, Limits, counted, estimate
from sayso.lm.store import ReplyStore, Spent
from sayso.lm.trying import Ended

pytest.importorskip("aiohttp")


@pytest.fixture
def store(tmp_path):
    return tmp_path / "replies.sqlite"


def test_requests_a_minute(store):
    with ChatServer() as server:
        started = time.monotonic()
        list(chat(server.base_url, store, max_requests_per_minute=1200).answer(prompts(40)))
        took = time.monotonic() - started
    assert took >= (40 - 20) / (1200 / 60), "a second's worth at once, then 20 a second"


def test_tokens_a_minute_count_what_may_be_written_and_give_back_what_was_not(store):
    each = estimate(prompts(1)[0])
    assert each.completion_tokens == 32
    with ChatServer(answer=lambda text: "x" * 200) as server:
        started = time.monotonic()
        list(chat(server.base_url, store, max_tokens_per_minute=6000, max_concurrency=1).answer(prompts(6)))
        took = time.monotonic() - started
    assert 1 < took < 5


@given(amounts=st.lists(st.floats(0.1, 500), min_size=1, max_size=30), per_minute=st.floats(1, 10_000))
def test_a_bucket_never_gives_more_than_its_rate(amounts, per_minute):
    clock, taken = [0.0], []

    async def run():
        bucket = Bucket(per_minute, clock=lambda: clock[0])
        for amount in amounts:
            clock[0] += bucket.wait_s(amount) + 1e-6
            await bucket.take(amount)
            taken.append((clock[0], amount))

    asyncio.run(run())
    for start, _ in taken:
        within = [amount for then, amount in taken if start <= then < start + 60]
        assert sum(within) <= per_minute + max(amounts) + 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"max_total_tokens": 2000}, "max_total_tokens 2,000"),
        ({"max_cost": 0.002, "prompt_price": 1.0, "completion_price": 1.0}, r"max_cost 0\.002 .* cost 0\.00"),
    ],
)
def test_a_budget_ends_the_run_before_it_is_exceeded_and_what_was_paid_for_is_kept(store, options, says):
    with ChatServer(latency_s=0.005) as server:
        with pytest.raises(BackendError, match=says) as caught:
            list(chat(server.base_url, store, max_concurrency=8, **options).answer(prompts(500)))
        assert caught.value.exit_code == 4
        calls = server.counts.calls
        with ReplyStore(store) as kept:
            spent = kept.spent("toy")
            assert kept.counts()["replies"] == calls == spent.calls
        total = spent.prompt_tokens + spent.completion_tokens
        assert 1900 <= total <= 2000, "it comes near, and not over"
        with pytest.raises(BackendError, match="raise it, and run again"):
            list(chat(server.base_url, store, max_concurrency=8, **options).answer(prompts(500)))
        assert server.counts.calls == calls, "the next run has no more to spend"
        found = list(chat(server.base_url, store, max_total_tokens=100_000).answer(prompts(100)))
        assert len(found) == server.counts.calls == 100


def test_what_may_have_been_written_for_nothing_is_paid_for(store):
    with ChatServer(plan=lambda text, attempt: "garbage" if attempt == 1 else None) as server:
        list(chat(server.base_url, store).answer(prompts(1)))
    with ReplyStore(store) as kept:
        spent = kept.spent("toy")
    assert spent.calls == 2
    assert spent.completion_tokens > 32


def test_the_gate_waits_for_calls_that_may_turn_out_cheaper():
    async def run():
        gate = Gate(Limits(max_total_tokens=100), spent=Spent())
        guess = Spent(1, 10, 50)
        await gate.enter(guess)
        second = asyncio.create_task(gate.enter(guess))
        await asyncio.sleep(0.01)
        assert not second.done()
        gate.leave(guess, used=Spent(1, 10, 20))
        await asyncio.wait_for(second, 1)
        gate.leave(guess, used=guess)
        with pytest.raises(Ended, match="might exceed"):
            await gate.enter(guess)

    asyncio.run(run())


def test_without_a_count_the_guess_counts():
    guess = estimate(request(("system", "ab" * 30), ("user", "c" * 60), max_tokens=7))
    assert guess == Spent(1, 40 + 16, 7)
    assert counted(Reply(text="x"), guess=guess) == guess
    assert counted(Reply(text="x", prompt_tokens=3), guess=guess) == Spent(1, 3, 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"max_cost": 1.0}, "needs prices"), ({"max_total_tokens": 0}, "above 0"), ({"prompt_price": -1.0}, "below 0")],
)
def test_limits_that_make_no_sense(options, says):
    with pytest.raises(ConfigError, match=says):
        Limits(**options)
