"""Replies on file: whole or not there, first one stays, failures and spending beside them."""

import sqlite3
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import BackendError, DataError
from sayso.lm import Reply
from sayso.lm.store import Failure, ReplyStore, Spent

KEYS = [bytes([n]) * 32 for n in range(200)]
ONE = Spent(1, 10, 5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "replies.sqlite"


def failure(key, reason="no"):
    return Failure(key=key, model="m", reason=reason, tries=2, request=b"[]")


def test_what_was_written_is_read_by_the_next_who_opens_it(path):
    with ReplyStore(path) as store:
        store.write(model="m", replies=[(key, Reply(text=str(n))) for n, key in enumerate(KEYS)], spent=ONE)
    with ReplyStore(path) as store:
        assert store.known([*KEYS[:3], b"none"]) == set(KEYS[:3])
        assert store.read(KEYS)[KEYS[7]] == Reply(text="7")
        assert len(store.read(KEYS * 5)) == 200
        assert store.counts() == {"replies": 200, "failures": 0}


@given(text=st.text(max_size=300))
def test_any_text_comes_back(tmp_path_factory, text):
    reply = Reply(text=text.encode("utf-8", "replace").decode(), finish="length", completion_tokens=3, model="m")
    with ReplyStore(tmp_path_factory.getbasetemp() / "any.sqlite") as store:
        key = b"k" + reply.text.encode()
        store.write(model="m", replies=[(key, reply)], spent=ONE)
        assert store.read([key]) == {key: reply}


def test_the_first_reply_stays(path):
    with ReplyStore(path) as one, ReplyStore(path) as other:
        one.write(model="m", replies=[(KEYS[0], Reply(text="first"))], spent=ONE)
        other.write(model="m", replies=[(KEYS[0], Reply(text="second"))], spent=ONE)
        assert one.read(KEYS[:1])[KEYS[0]].text == other.read(KEYS[:1])[KEYS[0]].text == "first"


def test_spending_adds_up_by_model(path):
    with ReplyStore(path) as store:
        assert store.spent("m") == Spent()
        for _ in range(3):
            store.write(model="m", spent=ONE)
        store.write(model="other", spent=ONE)
        assert store.spent("m") == Spent(3, 30, 15)


def test_a_failure_is_kept_until_there_is_a_reply(path):
    with ReplyStore(path) as store:
        store.write(model="m", failures=[failure(KEYS[1]), failure(KEYS[0])], spent=ONE)
        store.write(model="m", failures=[failure(KEYS[0], "another reason")], spent=ONE)
        assert [(one.key, one.reason) for one in store.failures()] == [(KEYS[0], "another reason"), (KEYS[1], "no")]
        store.write(model="m", replies=[(KEYS[0], Reply(text="now"))], spent=ONE)
        assert [one.key for one in store.failures()] == [KEYS[1]]


def test_a_batch_is_written_whole_or_not_at_all(path):
    with ReplyStore(path) as store:
        with pytest.raises(DataError):
            store.write(
                model="m",
                replies=[(KEYS[0], Reply(text="a")), (None, Reply(text="b"))],
                failures=[failure(None)],
                spent=(1, None, 1),
            )
        assert store.counts() == {"replies": 0, "failures": 0}
        store.write(model="m", replies=[(KEYS[0], Reply(text="a"))], spent=ONE)


def test_another_kind_of_file_is_refused_with_its_name(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("these are notes, and long enough to be no empty file " * 20)
    with pytest.raises(DataError, match=r"notes\.txt is no store of replies"):
        ReplyStore(text)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    with pytest.raises(DataError, match=r"other\.sqlite is no store of replies of version 1"):
        ReplyStore(other)
    assert text.read_text().startswith("these are notes")


def test_a_place_that_cannot_be_written_is_a_backend_that_gave_up(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendError, match="free some space"):
        ReplyStore(tmp_path / "file" / "replies.sqlite")
    with pytest.raises(BackendError, match="cannot use the store"):
        ReplyStore(tmp_path)


def test_a_process_that_dies_after_writing_leaves_what_it_wrote(path):
    code = (
        "import os, sys; from pathlib import Path; from sayso.lm import Reply; from sayso.lm.store import ReplyStore, Spent\n"
        "store = ReplyStore(Path(sys.argv[1]))\n"
        "store.write(model='m', replies=[(b'k', Reply(text='kept'))], spent=Spent(1, 1, 1))\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    with ReplyStore(path) as store:
        assert store.read([b"k"])[b"k"].text == "kept"


def test_many_may_make_the_file_at_one_moment(tmp_path):
    code = (
        "import sys; from pathlib import Path; from sayso.lm.store import ReplyStore\n"
        "for name in sys.stdin: ReplyStore(Path(sys.argv[1], name.strip()))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    opening = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for number in range(300):
        for process in opening:
            print(number, file=process.stdin, flush=True)
    assert [process.communicate(timeout=60)[1] for process in opening] == [""] * 4
    assert len(list(tmp_path.glob("[0-9]*"))) >= 300
