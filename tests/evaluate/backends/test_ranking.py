"""Ranking and guided choice on a server with a real model that tells log-probabilities in vLLM's words."""

import pytest
from asked_samples import asked
from telling_server import ALL, TellingServer
from tiny_chat import save_tiny_chat

from sayso.errors import BackendError
from sayso.evaluate.backends import Decoding, backends
from sayso.models.auto import load_model
from sayso.models.direct import make_encoder
from sayso.models.likelihood import option_logprobs

pytest.importorskip("aiohttp")
RANK, CHOOSE = Decoding(method="likelihood"), Decoding(method="choice")
SAMPLES = [
    asked(n, media=False, options=options) for n, options in enumerate((("red", "blue", "red circles"), ("no", "yes")))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_chat(tmp_path_factory.mktemp("models") / "tiny-chat")


@pytest.fixture
def telling(folder, tmp_path):
    """Starts a server that heeds some fields, and gives it with the backend that asks it."""
    started = []

    def start(*, knows=ALL, alternatives=0, **options):
        server = TellingServer(folder, knows=knows, alternatives=alternatives).__enter__()
        started.append(server)
        options = {"model": "telling", "base_url": server.base_url, "store": tmp_path / "calls.sqlite", **options}
        return server, backends.build("chat", options)

    yield start
    for server in started:
        server.__exit__()


@pytest.fixture(scope="module")
def here(folder):
    """The log-probabilities of the same options by the same model in this process."""
    bundle = load_model(str(folder))

    def rank(normalise):
        prompts = make_encoder(bundle, max_tokens=500).encode_batch(SAMPLES, response=False)
        return option_logprobs(bundle, prompts=prompts, options=[one.options for one in SAMPLES], normalise=normalise)

    return rank


@pytest.mark.parametrize("normalise", [False, True])
def test_an_endpoint_ranks_options_with_the_numbers_of_the_model_itself(telling, here, normalise):
    server, backend = telling()
    decoding = Decoding(method="likelihood", normalise=normalise)
    replies = backend.answer(SAMPLES, decoding=decoding)
    for sample, reply, expected in zip(SAMPLES, replies, here(normalise), strict=True):
        assert reply.logprobs == pytest.approx(expected, abs=2e-4)
        assert reply.output == sample.options[expected.index(max(expected))]
        assert reply.prompt == f"[user]\n{sample.messages[0].parts[0].text}"
    calls = len(server.bodies)
    assert backend.answer(SAMPLES, decoding=decoding) == replies
    assert len(server.bodies) == calls == 1 + sum(1 + len(sample.options) for sample in SAMPLES)


def test_one_that_begins_another_answer_after_each_option_is_refused(telling):
    server, backend = telling(knows=ALL - {"add_generation_prompt"})
    with pytest.raises(BackendError, match="does not heed add_generation_prompt"):
        backend.answer(SAMPLES, decoding=RANK)
    assert len(server.bodies) == 3


def test_one_that_does_not_say_which_of_several_tokens_was_sent_is_refused(telling):
    _, backend = telling(alternatives=3)
    with pytest.raises(BackendError, match="gives no log-probabilities of the text it is sent"):
        backend.answer(SAMPLES, decoding=RANK)


def test_a_chat_template_that_writes_another_prompt_before_an_answer_is_refused(telling):
    server, backend = telling()
    written = server.tokenizer.chat_template
    server.tokenizer.chat_template = "{% if not add_generation_prompt %}Now: {% endif %}" + written
    with pytest.raises(BackendError, match="the prompt becomes other tokens"):
        backend.answer(SAMPLES, decoding=RANK)


@pytest.mark.parametrize("field", ["structured_outputs", "guided_choice"])
def test_a_server_that_is_held_to_options_writes_one_of_them(telling, here, field):
    server, backend = telling(knows={field}, guided=field)
    replies = backend.answer(SAMPLES, decoding=CHOOSE)
    best = [sample.options[row.index(max(row))] for sample, row in zip(SAMPLES, here(False), strict=True)]
    assert [(reply.output, reply.extraction) for reply in replies] == [(one, "choice") for one in best]
    assert all(field in body for body in server.bodies)
    assert {body["temperature"] for body in server.bodies} == {0.0}


def test_a_text_that_is_no_option_is_an_error_and_no_answer(telling):
    server, backend = telling(guided="structured_outputs")
    server.likeliest = lambda messages, choices: choices[0] if len(choices) == 1 else "violet"
    with pytest.raises(BackendError, match=r"'violet' is none of the options"):
        backend.answer(SAMPLES, decoding=CHOOSE)
