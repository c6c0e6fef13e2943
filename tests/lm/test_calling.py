"""Many calls at once against a real server that goes wrong in every way: complete, in order, nothing asked twice after success."""

import gc
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chat_calls import Noted, chat, prompts
from chat_server import KINDS, ChatServer, random_faults

from sayso.errors import BackendError
from sayso.lm import request
from sayso.lm.calling import CHUNK, WINDOW
from sayso.lm.engine import Pending
from sayso.lm.store import ReplyStore

pytest.importorskip("aiohttp")
CALLS = Path(__file__).parents[1] / "helpers" / "chat_calls.py"
SHARP = 4  # seconds that none of these may take


@pytest.fixture
def store(tmp_path):
    return tmp_path / "replies.sqlite"


def failing(kind, *, times=1):
    return lambda text, attempt: kind if attempt <= times else None


def replies(answers):
    return [answered.reply.text for answered in answers]


def test_every_request_is_answered_in_order_by_its_own_reply_at_most_so_many_at_once(store):
    asked = prompts(300)
    with ChatServer(latency_s=0.01, limit=16) as server:
        found = list(chat(server.base_url, store, max_concurrency=16).answer(iter(asked)))
    assert [one.request for one in found] == asked
    assert replies(found) == [f"Another way to put it: Say it again, number {n}." for n in range(300)]
    assert (server.counts.most_at_once, server.counts.over_limit, server.counts.calls) == (16, 0, 300)


def test_a_second_run_asks_nothing(store):
    with ChatServer() as server:
        first = list(chat(server.base_url, store).answer(prompts(50)))
        assert list(chat(server.base_url, store).answer(prompts(50))) == first
        assert server.counts.calls == 50
        list(chat(server.base_url, store).answer(prompts(60)))
        assert server.counts.calls == 60


def test_equal_requests_are_asked_once_and_a_number_or_a_setting_makes_another(store):
    one = prompts(1)
    others = [*prompts(1, number=1), *prompts(1, temperature=0.5), *prompts(1, top_p=0.5), *prompts(1, seed=2)]
    with ChatServer(latency_s=0.05, keep_bodies=True) as server:
        found = list(chat(server.base_url, store).answer(one * 20 + others))
        assert server.counts.calls == 5
        assert len(found) == 24
        list(chat(server.base_url, store, model="another").answer(one))
        list(chat(server.base_url, store, extra={"top_k": 5}).answer(one))
        assert server.counts.calls == 7
    seeds = [body["seed"] for body in server.bodies[:2]]
    assert len(set(seeds)) == 2, "an endpoint that keeps to its seed would say the same again"


@pytest.mark.parametrize("kind", [*KINDS, "503", "shape"])
def test_what_went_wrong_is_tried_again(store, kind):
    with ChatServer(plan=failing(kind, times=2)) as server:
        found = list(chat(server.base_url, store, timeout_s=0.2).answer(prompts(20)))
    assert all(one.reply for one in found)
    assert server.counts.calls == 60
    assert server.counts.repeated == 0


@pytest.mark.slow
def test_with_a_fifth_of_all_tries_going_wrong_everything_is_answered_and_nothing_twice(store):
    with ChatServer(latency_s=0.005, limit=64, plan=random_faults(0.2, kinds=(*KINDS, "shape"))) as server:
        found = list(chat(server.base_url, store, timeout_s=0.3).answer(prompts(2000)))
    assert sum(one.reply is not None for one in found) == 2000
    assert set(server.counts.faults) == {*KINDS, "shape"}
    assert server.counts.repeated == 0


def test_retry_after_is_waited_for(store):
    with ChatServer(plan=failing("429"), retry_after="1") as server:
        started = time.monotonic()
        list(chat(server.base_url, store).answer(prompts(3)))
    assert time.monotonic() - started >= 1
    assert server.counts.calls == 6


def test_who_is_told_to_wait_for_an_hour_is_sent_home(store):
    with ChatServer(plan=failing("429"), retry_after="3600") as server, pytest.raises(BackendError, match="3,600 s"):
        list(chat(server.base_url, store).answer(prompts(3)))


def test_a_refused_request_fails_alone_is_kept_with_its_reason_and_is_asked_again_by_the_next_run(store):
    bad = "Say it again, number 4."
    with ChatServer(plan=lambda text, attempt: "400" if text == bad and attempt == 1 else None) as server:
        noted = Noted()
        found = list(chat(server.base_url, store, progress=noted).answer(prompts(9)))
        assert [n for n, one in enumerate(found) if one.reply is None] == [4]
        assert "says 400" in found[4].failure
        assert any("1 failed" in note for note in noted.notes)
        with ReplyStore(store) as kept:
            (letter,) = kept.failures()
        assert "says 400" in letter.reason
        assert bad.encode() in letter.request
        again = list(chat(server.base_url, store).answer(prompts(9)))
        assert all(one.reply for one in again)
        assert server.counts.calls == 10
    with ReplyStore(store) as kept:
        assert kept.counts() == {"replies": 9, "failures": 0}


@pytest.mark.parametrize("status", ["400", "403"])
def test_many_refused_requests_do_not_keep_the_next_run_from_its_end(store, status):
    with ChatServer(plan=lambda text, attempt: status if int(text.split()[-1][:-1]) >= 20 else None) as server:
        for _ in range(2):
            found = list(chat(server.base_url, store, max_concurrency=4).answer(prompts(80)))
            assert [one.reply is None for one in found] == [False] * 20 + [True] * 60
        assert server.counts.calls == 80 + 60


def test_an_endpoint_that_refuses_everything_ends_the_run(store):
    with ChatServer(plan=failing("422", times=99)) as server:
        with pytest.raises(BackendError, match=r"32 requests in a row failed, the last with: .* says 422"):
            list(chat(server.base_url, store, max_concurrency=4).answer(prompts(400)))
        assert server.counts.calls < 40


def test_retries_come_to_an_end(store):
    plan = lambda text, attempt: "500" if "number 2" in text else None  # noqa: E731
    with ChatServer(plan=plan) as server:
        found = list(chat(server.base_url, store, max_retries=2).answer(prompts(5)))
    assert "3 tries" in found[2].failure
    assert server.counts.calls == 4 + 3


def test_an_endpoint_that_fails_for_good_ends_the_run_and_what_it_said_before_is_kept(store):
    with ChatServer(plan=lambda text, attempt: "500" if int(text.split()[-1][:-1]) >= 100 else None) as server:
        with pytest.raises(BackendError, match="in a row failed"):
            list(chat(server.base_url, store, max_retries=1, max_concurrency=4).answer(prompts(400)))
        assert server.counts.calls < 300
    with ReplyStore(store) as kept:
        assert kept.counts()["replies"] == 100


@pytest.mark.parametrize(
    ("status", "says"), [("401", "OPENAI_API_KEY"), ("403", "OPENAI_API_KEY"), ("404", "base_url")]
)
def test_a_wrong_key_address_or_model_says_what_to_type_at_once(store, status, says):
    with ChatServer(plan=failing(status, times=99)) as server, pytest.raises(BackendError, match=says):
        list(chat(server.base_url, store, max_concurrency=2).answer(prompts(50)))
    assert server.counts.calls <= 4


def test_nobody_there_says_what_to_type(store):
    started = time.monotonic()
    with pytest.raises(BackendError, match=r"nothing answers at http://127\.0\.0\.1:9/v1 .*base_url"):
        list(chat("http://127.0.0.1:9/v1", store).answer(prompts(500)))
    assert time.monotonic() - started < SHARP


def test_a_server_that_comes_back_is_waited_for(store):
    with ChatServer() as server:
        port = server.port
        answers = chat(server.base_url, store, max_concurrency=1, backoff_s=0.2).answer(prompts(200))
        first = list(itertools.islice(answers, 1))
    with ChatServer(port=port) as server:
        rest = list(answers)
    assert all(one.reply for one in first + rest)
    assert len(rest) == 199


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_kill_in_the_middle_and_the_same_command_again(store, share):
    count = 600
    plan = random_faults(share, kinds=("429", "500", "cut", "garbage")) if share else None
    with ChatServer(latency_s=0.02, limit=64, plan=plan) as server:
        command = [sys.executable, str(CALLS), server.base_url, str(store), str(count)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while len(server.counts.done) < count // 2 and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        time.sleep(0.1)
        answered = len(server.counts.done)
        with ReplyStore(store) as kept:
            stored = kept.counts()["replies"]
        assert count // 2 <= answered < count
        assert answered - stored <= 64, "only what was on its way is lost"
        assert server.counts.repeated == 0
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == str(count), done.stderr
        assert server.counts.repeated == answered - stored
        assert len(server.counts.done) == count


@pytest.mark.slow
def test_two_processes_may_share_a_store(store):
    with ChatServer(latency_s=0.01) as server:
        command = [sys.executable, str(CALLS), server.base_url, str(store), "400"]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        assert [process.communicate(timeout=60)[0].strip() for process in both] == ["400", "400"]
    with ReplyStore(store) as kept:
        assert kept.counts() == {"replies": 400, "failures": 0}


def test_who_stops_reading_stops_the_calls(store):
    with ChatServer(latency_s=0.01) as server:
        answers = chat(server.base_url, store, max_concurrency=4).answer(prompts(4000))
        assert len(list(itertools.islice(answers, 10))) == 10
        answers.close()
        calls = server.counts.calls
        assert calls < 400
        time.sleep(0.1)
        assert server.counts.calls == calls


def pendings():
    gc.collect()
    return sum(type(one) is Pending for one in gc.get_objects())


@pytest.mark.slow
def test_requests_are_taken_in_lazily_and_nothing_piles_up(store):
    before, taken = pendings(), itertools.count()
    endless = (request(("user", f"number {number}"), max_tokens=8) for number in taken)
    with ChatServer() as server:
        answers = chat(server.base_url, store).answer(endless)
        assert len(list(itertools.islice(answers, 6_000))) == 6_000
        held = pendings() - before
        answers.close()
    assert 0 < held <= WINDOW + 2 * CHUNK
    assert next(taken) <= 6_000 + WINDOW + 2 * CHUNK


def test_an_error_of_whoever_makes_the_requests_is_theirs(store):
    def broken():
        yield from prompts(3)
        raise KeyError("theirs")

    with ChatServer() as server, pytest.raises(KeyError, match="theirs"):
        list(chat(server.base_url, store).answer(broken()))


def test_progress_has_a_label_a_total_and_every_step(store):
    noted = Noted()
    with ChatServer() as server:
        list(chat(server.base_url, store, progress=noted).answer(prompts(70)))
    assert noted.labels == [("asking toy", 70)]
    assert noted.steps == 70


def test_without_a_store_it_answers_too_and_leaves_nothing_behind(tmp_path, monkeypatch):
    from sayso.lm import language_models

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with ChatServer() as server:
        model = language_models.build("chat", {"model": "toy", "base_url": server.base_url})
        assert len(replies(model.answer(prompts(5)))) == 5
    assert os.listdir(tmp_path) == []
