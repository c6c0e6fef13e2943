"""What is sent to an endpoint and what is made of its replies; keys stay where they belong."""

import base64
import io
import json
import os
import subprocess
import sys
from contextlib import suppress

import msgspec
import pytest
from chat_calls import Noted, chat, prompts
from chat_server import ChatServer
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sayso.errors import BackendError, ConfigError
from sayso.lm import language_models, request
from sayso.lm._protocol import Request
from sayso.lm.conversation import key_of
from sayso.lm.store import ReplyStore
from sayso.lm.trying import Again
from sayso.records import Media, MediaPart, Message, Span, TextPart

pytest.importorskip("aiohttp")
KEY = "sk-or-v1-do.not_tell-4711"
OWN_KEY = "no-usual-form-0815"


@pytest.fixture
def store(tmp_path):
    return tmp_path / "run" / "replies.sqlite"


def encoded(color, kind="PNG"):
    raw = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(raw, kind)
    return raw.getvalue()


def shown(medium, text="Which color?"):
    parts = (MediaPart(), TextPart(text=text, spans=()))
    return Request(messages=(Message(role="user", parts=parts),), media=(medium,))


def endpoint(**options):
    model = language_models.build("chat", {"model": "toy", "base_url": "http://127.0.0.1:9/v1", **options})
    return model._calling(None, Noted()).client


def test_a_body_has_the_conversation_and_the_sampling(store):
    one = request(("system", "Be brief."), ("user", "Hello"), temperature=0.6, top_p=0.9, max_tokens=5, seed=3)
    with ChatServer(keep_bodies=True) as server:
        list(chat(server.base_url, store).answer([one]))
        list(chat(server.base_url, store, top_p=0.5, extra={"top_k": 9}, omit=["seed", "temperature"]).answer([one]))
    first, second = server.bodies
    assert first.pop("seed") >= 0
    assert first == {
        "model": "toy",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "temperature": 0.6,
        "top_p": 0.9,
        "max_tokens": 5,
    }
    assert {"top_p": 0.5, "top_k": 9}.items() <= second.items()
    assert not {"seed", "temperature"} & set(second)
    assert "authorization" not in server.headers[0].lower(), "no key is known"


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "png"), ("JPEG", "jpeg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_pictures_are_sent_as_data_urls_from_bytes_and_from_files(tmp_path, kind, mime):
    raw = encoded("red", kind)
    (tmp_path / "picture").write_bytes(raw)
    for medium in (Media(data=raw, width=4, height=4), Media(path=str(tmp_path / "picture"), width=4, height=4)):
        image, text = msgspec.json.decode(endpoint().body(shown(medium)))["messages"][0]["content"]
        assert image == {
            "type": "image_url",
            "image_url": {"url": f"data:image/{mime};base64,{base64.b64encode(raw).decode()}"},
        }
        assert text == {"type": "text", "text": "Which color?"}


def test_keys_tell_pictures_apart_by_their_bytes_and_ignore_roles_of_text(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded("red"))
    red, blue = (shown(Media(data=encoded(color), width=4, height=4)) for color in ("red", "blue"))
    file = shown(Media(path=str(tmp_path / "a.png"), width=4, height=4))
    assert key_of(red, model=b"m") == key_of(file, model=b"m")
    assert len({key_of(one, model=b"m") for one in (red, blue)} | {key_of(red, model=b"n")}) == 3
    parts = (TextPart(text="Hi", spans=(Span(start=0, end=2, role="instr"),)),)
    assert key_of(Request(messages=(Message(role="user", parts=parts),)), model=b"m") == key_of(
        request(("user", "Hi")), model=b"m"
    )


def test_a_picture_that_cannot_be_sent_fails_alone_and_never_leaves_home(store, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    media = [Media(path=str(tmp_path / name), width=1, height=1) for name in ("gone.png", "notes.txt")]
    video = Media(kind="video", path="a.mp4", width=1, height=1)
    with ChatServer() as server:
        found = list(chat(server.base_url, store).answer([*map(shown, media), shown(video), *prompts(1)]))
        assert server.counts.calls == 1
    assert [bool(one.reply) for one in found] == [False, False, False, True]
    assert "gone.png" in found[0].failure
    assert "convert it" in found[1].failure
    assert "video" in found[2].failure


def completion(message, **more):
    return msgspec.json.encode({"choices": [{"message": message, "finish_reason": "stop"}], **more})


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (completion({"content": "Hi"}), "Hi"),
        (completion({"content": None, "refusal": "no"}), ""),
        (completion({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}), "ab"),
        (completion({"content": "{x}\u202e%s"}, usage=None), "{x}\u202e%s"),
        (completion({"content": "Hi"}, usage={"prompt_tokens": None}), "Hi"),
    ],
)
def test_replies_in_their_forms(raw, text):
    assert endpoint()._read(raw).text == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"choices": []}',
        b'{"error": {"message": "x"}}',
        completion({"text": 3}),
        completion({"content": 3}),
    ],
)
def test_what_makes_no_sense_is_to_be_tried_again(raw):
    with pytest.raises(Again, match="no chat completion"):
        endpoint()._read(raw)


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_to_be_tried_again(raw):
    with suppress(Again):
        assert isinstance(endpoint()._read(raw).text, str)


@pytest.mark.parametrize(
    ("reason", "finish"), [("stop", "stop"), ("length", "length"), ("content_filter", "other"), (None, "other")]
)
def test_why_it_stopped(reason, finish):
    raw = msgspec.json.encode({"choices": [{"message": {"content": "x"}, "finish_reason": reason}], "model": "toy-2"})
    assert endpoint()._read(raw).finish == finish
    assert endpoint()._read(raw).model == "toy-2"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"base_url": "localhost:8000"}, "no address"),
        ({"base_url": "http://me:secret@host/v1"}, "has a user, a password"),
        ({"base_url": "http://host/v1?api-key=secret"}, "query"),
        ({"extra": {"api_key": "secret"}}, "keys come from the environment only"),
        ({"max_concurrency": 0}, "at least 1"),
        ({"max_cost": 3}, "needs prices"),
        ({"modle": "toy"}, "did you mean 'model'"),
    ],
)
def test_options_that_make_no_sense(options, says):
    with pytest.raises(ConfigError, match=says) as caught:
        endpoint(**options)
    assert "secret" not in str(caught.value)


def test_the_hosted_endpoint_needs_a_key_and_the_address_may_come_from_the_environment(monkeypatch):
    with pytest.raises(ConfigError, match="export OPENAI_API_KEY"):
        endpoint(base_url=None)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1234/v1/")
    assert endpoint(base_url=None).base_url == "http://127.0.0.1:1234/v1"


@pytest.mark.parametrize("key", [KEY, OWN_KEY])
@pytest.mark.parametrize("fault", ["echo", "401", "400", "500", "hang", "cut"])
def test_a_key_is_sent_and_seen_nowhere_else(store, monkeypatch, key, fault, capfd):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    noted, said = Noted(), []
    with ChatServer(plan=lambda text, attempt: fault, keep_bodies=True, tell=key) as server:
        model = chat(server.base_url, store, progress=noted, max_retries=0, timeout_s=0.2)
        try:
            said += [repr(one) for one in model.answer(prompts(3))]
        except BackendError as error:
            said += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
        assert f"Bearer {key}" in server.headers[0]
    said += [repr(model), repr(model.client), repr(vars(model)), *noted.notes, *capfd.readouterr()]
    assert said
    assert key not in "".join(said)
    files = [path for path in store.parent.rglob("*") if path.is_file()]
    assert files
    assert not any(key.encode() in path.read_bytes() for path in files)
    if fault == "echo":
        with ReplyStore(store) as kept:
            assert kept.counts()["replies"] == 3
        assert "Bearer ***" in "".join(said)


def test_a_used_up_account_ends_the_run(store):
    error = json.dumps({"error": {"code": "insufficient_quota", "message": "pay"}}).encode()
    found = endpoint()._refusal(429, error, None)
    assert "see to the account" in str(found)
    assert not isinstance(found, Again)


def test_an_address_that_moved_is_not_followed(store):
    with (
        ChatServer(plan=lambda text, attempt: "307") as server,
        pytest.raises(BackendError, match="set base_url to the address"),
    ):
        list(chat(server.base_url, store).answer(prompts(1)))


def test_without_aiohttp_it_says_what_to_install(tmp_path):
    (tmp_path / "aiohttp.py").write_text("raise ImportError('no', name='aiohttp')")
    code = "from sayso.lm import language_models; language_models.build('chat', {'model': 'm'})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert "ConfigError: language model 'chat' needs 'aiohttp'; type: pip install 'sayso[lm]'" in done.stderr


def test_fields_of_one_call_are_sent_and_are_part_of_its_key_alone(store):
    plain, more = request(("user", "Hello")), request(("user", "Hello"), extra={"prompt_logprobs": 0, "top_k": 3})
    with ChatServer(keep_bodies=True) as server:
        list(chat(server.base_url, store, extra={"top_k": 9}, max_concurrency=1).answer([plain, more, more]))
    assert [(body.get("top_k"), body.get("prompt_logprobs")) for body in server.bodies] == [(9, None), (3, 0)]


def test_a_call_without_further_fields_is_known_as_ever():
    one = request(("system", "Be brief."), ("user", "hi"), temperature=0.5, number=2)
    assert key_of(one, model=b"m").hex() == "8909b1de7424cd810aabc5e31ffd072972c89c129f39239e91e1e188a0f71f72"


@pytest.mark.parametrize(
    ("places", "tokens"),
    [
        (
            [None, {"7": {"logprob": -1.5, "decoded_token": " a", "rank": 2}}, {"9": {"logprob": -0.5}}],
            [(7, " a"), (9, "")],
        ),
        ([None, {"7": {"logprob": -1.5}, "8": {"logprob": -0.1}}], []),
        ([None, None], []),
        (None, []),
    ],
)
def test_tokens_of_the_prompt_are_read_where_it_is_clear_which_was_sent(places, tokens):
    reply = {"choices": [{"message": {"content": "x"}}], "prompt_logprobs": places}
    found = endpoint()._read(msgspec.json.encode(reply))
    assert [(one.token, one.text) for one in found.given] == tokens


def test_the_places_of_a_picture_are_kept_as_one_with_their_number():
    places = [
        None,
        *({"5": {"logprob": -2.0, "decoded_token": "<image>"}} for _ in range(40)),
        {"6": {"logprob": -1.0}},
    ]
    found = endpoint()._read(
        msgspec.json.encode({"choices": [{"message": {"content": "x"}}], "prompt_logprobs": places})
    )
    assert [(one.token, one.times, one.logprob) for one in found.given] == [(5, 40, -80.0), (6, 1, -1.0)]
    few = endpoint()._read(
        msgspec.json.encode({"choices": [{"message": {"content": "x"}}], "prompt_logprobs": places[:1] + places[30:]})
    )
    assert [one.times for one in few.given] == [1] * 12


def test_a_model_may_be_known_by_something_else_than_its_address(store):
    options = {"model": "toy", "backoff_s": 0.01}
    for _ in range(2):
        with ChatServer() as server:
            model = language_models.build("chat", {**options, "base_url": server.base_url})
            list(model.keeping(store, progress=Noted(), known_as="weights 4711").answer(prompts(3)))
            calls = server.counts.calls
    assert calls == 0
