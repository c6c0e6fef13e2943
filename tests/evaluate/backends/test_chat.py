"""The backend `chat` on a server that says what it is told, counts, and fails where it is asked to."""

import base64
import hashlib
from io import BytesIO

import pytest
from asked_samples import asked
from chat_server import ChatServer
from PIL import Image
from toy_conversation import text

from sayso.errors import BackendError, ConfigError, DataError
from sayso.evaluate.backends import Decoding, backends
from sayso.lm.store import ReplyStore
from sayso.records import Media, MediaPart, Message, Sample
from sayso.sources import load_image

pytest.importorskip("aiohttp")
GREEDY = Decoding(max_new_tokens=7)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with ChatServer(keep_bodies=True) as running:
        yield running


@pytest.fixture
def backend(server, tmp_path):
    def make(**options):
        options = {"model": "toy", "base_url": server.base_url, "backoff_s": 0.01, "max_retries": 1, **options}
        return backends.build("chat", {"store": tmp_path / "calls.sqlite", **options})

    return make


def contents(server):
    return [body["messages"][-1]["content"] for body in server.bodies]


def picture_of(part):
    return base64.b64decode(part["image_url"]["url"].partition(",")[2])


def save(path, color, **how):
    Image.new("RGB", (8, 6), color).save(path, **how)
    return Media(path=str(path), width=8, height=6)


def test_every_sample_gets_the_raw_reply_to_its_own_prompt(backend, server):
    samples = [asked(number, wording=wording) for wording in (0, 1) for number in range(5)]
    done = []
    replies = backend().answer(samples, decoding=GREEDY, advance=done.append)
    assert [reply.output for reply in replies] == [
        f"Another way to put it: {sample.messages[0].parts[-1].text}" for sample in samples
    ]
    assert {reply.extraction for reply in replies} == {"generated"}
    assert done == [1] * 10
    assert {(body["temperature"], body["max_tokens"], body["model"]) for body in server.bodies} == {(0.0, 7, "toy")}


def test_turns_keep_the_order_of_texts_and_pictures(backend, server, tmp_path):
    pictures = tuple(save(tmp_path / f"{color}.png", color) for color in ("red", "blue"))
    parts = (
        text(("Is ", "instr")),
        MediaPart(index=1),
        text((" like ", "instr")),
        MediaPart(index=0),
        text(("?", "instr")),
    )
    system = Message(role="system", parts=(text(("Be brief.", "system")),))
    messages = (system, Message(role="user", parts=parts))
    sample = Sample(id="s", example="e", task="t", template="w", messages=messages, media=pictures)
    (reply,) = backend().answer([sample], decoding=GREEDY)
    (content,) = contents(server)
    assert [part.get("text") for part in content] == ["Is ", None, " like ", None, "?"]
    raw = [(tmp_path / f"{color}.png").read_bytes() for color in ("blue", "red")]
    assert [picture_of(content[place]) for place in (1, 3)] == raw
    blue, red = (hashlib.sha256(one).hexdigest()[:16] for one in raw)
    assert reply.prompt == f"[system]\nBe brief.\n[user]\nIs <image sha256:{blue}> like <image sha256:{red}>?"


def test_what_only_a_source_can_draw_is_sent_as_the_pixels_that_it_draws(backend, server):
    sample = asked(3)
    backend().answer([sample], decoding=GREEDY)
    sent = Image.open(BytesIO(picture_of(contents(server)[0][0])))
    assert sent.format == "PNG"
    assert sent.tobytes() == load_image(sample.media[0]).tobytes()


def test_a_format_that_endpoints_do_not_take_goes_as_png_and_a_jpeg_as_it_is(backend, server, tmp_path):
    media = [save(tmp_path / "a.bmp", "green"), save(tmp_path / "a.jpg", "green", quality=30)]
    backend(max_concurrency=1).answer([asked(n, media=one) for n, one in enumerate(media)], decoding=GREEDY)
    bmp, jpeg = (picture_of(content[0]) for content in contents(server))
    assert Image.open(BytesIO(bmp)).format == "PNG"
    assert jpeg == (tmp_path / "a.jpg").read_bytes()


def test_a_second_run_asks_nothing_and_another_picture_of_that_name_is_asked_about(backend, server, tmp_path):
    media = save(tmp_path / "a.png", "red")
    samples = [asked(0, media=media), asked(1, media=media)]
    first = backend().answer(samples, decoding=GREEDY)
    assert backend().answer(samples, decoding=GREEDY) == first
    assert server.counts.calls == 2
    save(tmp_path / "a.png", "blue")
    again = backend().answer(samples, decoding=GREEDY)
    assert server.counts.calls == 4
    assert [one.output for one in again] == [one.output for one in first]
    assert [one.prompt for one in again] != [one.prompt for one in first]


def test_draws_differ_by_their_number_and_greedy_calls_do_not(backend, server):
    sample, model = [asked(0, media=False)], backend()
    for number in (0, 1, 1):
        decoding = Decoding(method="sampled", temperature=0.7, top_p=0.9, seed=3, number=number)
        assert model.answer(sample, decoding=decoding)[0].extraction == "sampled"
        model.answer(sample, decoding=Decoding(seed=number, number=number))
    drawn = [body for body in server.bodies if body["temperature"]]
    assert len({body["seed"] for body in drawn}) == len(drawn) == 2
    assert {(body["temperature"], body["top_p"]) for body in drawn} == {(0.7, 0.9)}
    assert len(server.bodies) == 3


def test_what_fails_is_told_when_all_others_are_kept_and_asked_alone_the_next_time(tmp_path):
    bad = {f"What color is it? Number {number}." for number in (2, 5)}
    options = {"model": "toy", "store": tmp_path / "calls.sqlite", "backoff_s": 0.01, "max_retries": 0}
    samples = [asked(number) for number in range(8)]
    with ChatServer(plan=lambda said, attempt: "400" if said in bad and attempt == 1 else None) as server:
        model = backends.build("chat", {**options, "base_url": server.base_url})
        with pytest.raises(
            BackendError, match=r"no reply to 2 of 8 calls, the first for sample 'color/2/0': .* says 400"
        ):
            model.answer(samples, decoding=GREEDY)
        with ReplyStore(tmp_path / "calls.sqlite") as kept:
            assert kept.counts() == {"replies": 6, "failures": 2}
        assert len(model.answer(samples, decoding=GREEDY)) == 8
        assert server.counts.calls == 10


def test_a_damaged_picture_is_an_error_that_names_it_and_no_call_is_made(backend, server, tmp_path):
    media = save(tmp_path / "whole.png", "red")
    broken = tmp_path / "broken.png"
    broken.write_bytes((tmp_path / "whole.png").read_bytes()[:50])
    with pytest.raises(DataError, match=r"broken\.png"):
        backend().answer(
            [asked(0, media=media), asked(1, media=Media(path=str(broken), width=8, height=6))], decoding=GREEDY
        )
    assert server.counts.calls == 0


def test_an_endpoint_that_ignores_the_question_for_log_probabilities_is_refused(backend, server):
    with pytest.raises(BackendError, match=r"gives no log-probabilities .*; set evaluate.option_decoding: generate"):
        backend().answer([asked(number) for number in range(20)], decoding=Decoding(method="likelihood"))
    assert server.counts.calls == 3


def test_an_endpoint_that_refuses_the_question_is_told_in_its_words(tmp_path):
    with ChatServer(plan=lambda said, attempt: "422") as server:
        model = backends.build("chat", {"model": "toy", "base_url": server.base_url, "store": tmp_path / "s.sqlite"})
        with pytest.raises(BackendError, match=r"cannot rank options by likelihood .*says 422"):
            model.answer([asked(0)], decoding=Decoding(method="likelihood"))


def test_choosing_is_refused_unless_the_server_is_said_to_be_able_to(backend, server):
    with pytest.raises(BackendError, match=r"set guided: structured_outputs"):
        backend().answer([asked(0)], decoding=Decoding(method="choice"))
    assert server.counts.calls == 0


@pytest.mark.parametrize("field", ["structured_outputs", "guided_choice"])
def test_a_server_that_ignores_the_field_is_found_out_by_one_call(backend, server, field):
    with pytest.raises(BackendError, match=f"ignores {field}: held to 'quartz 57 lantern' it wrote 'Another way"):
        backend(guided=field).answer([asked(n) for n in range(9)], decoding=Decoding(method="choice"))
    assert server.counts.calls == 1


@pytest.mark.parametrize("method", ["likelihood", "choice"])
def test_a_sample_without_options_is_an_error_that_names_it(backend, server, method):
    server.answer = lambda said: "quartz 57 lantern"
    with pytest.raises(DataError, match="'color/0/0' has no options to choose among"):
        backend(guided="structured_outputs").answer([asked(0, options=())], decoding=Decoding(method=method))


def test_options_are_those_of_the_language_model_and_are_checked(server):
    with pytest.raises(ConfigError, match=r"max_concurency"):
        backends.build("chat", {"model": "toy", "base_url": server.base_url, "max_concurency": 3})
    with pytest.raises(ConfigError, match="model"):
        backends.build("chat", {"base_url": server.base_url})
    with pytest.raises(ConfigError, match="guided"):
        backends.build("chat", {"model": "toy", "base_url": server.base_url, "guided": "please"})


def test_a_budget_ends_the_run_and_a_larger_one_goes_on(backend, server):
    samples = [asked(number, media=False) for number in range(12)]
    with pytest.raises(BackendError, match="max_total_tokens"):
        backend(max_total_tokens=200, max_concurrency=1).answer(samples, decoding=GREEDY)
    before = server.counts.calls
    assert 0 < before < 12
    assert len(backend().answer(samples, decoding=GREEDY)) == 12
    assert server.counts.calls == 12
