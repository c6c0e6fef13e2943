"""A server that sayso starts, uses and ends: a small one, and `transformers serve` with a model that sees."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from asked_samples import asked
from endpoint_run import evaluate

from sayso.artifacts import Progress, read_jsonl
from sayso.config import EvaluateConfig
from sayso.errors import BackendError, ConfigError
from sayso.evaluate.backends import Decoding, backends
from sayso.evaluate.backends._server import Server
from sayso.evaluate.opening import open_backend, using
from sayso.lm.store import ReplyStore
from sayso.models._protocol import models
from sayso.pipeline.probing import ProbeOptions, probe_model
from sayso.records import Prediction
from sayso.sources import load_image

pytest.importorskip("aiohttp")
HELPERS = Path(__file__).parents[2] / "helpers"
SMALL = shlex.join([sys.executable, str(HELPERS / "small_server.py"), "{port}", "{checkpoint}"])
REAL = shlex.join([sys.executable, "-m", "transformers.cli.transformers", "serve"])
REAL += " {checkpoint} --host 127.0.0.1 --port {port} --device cpu"
ASKED = {
    "conditions": ["plain"],
    "option_decoding": "generate",
    "max_new_tokens": 5,
    "max_examples_per_task": 3,
    "num_resamples": 20,
}
AT_ONCE = 2
WAIT_S = 120


@pytest.fixture
def pids(tmp_path):
    return tmp_path / "pids"


@pytest.fixture
def backend(tmp_path, pids):
    """The backend `serve` with the small server; nothing is started before it is asked."""

    def make(*how, **options):
        model = tmp_path / "model"
        model.mkdir(exist_ok=True)
        command = f"{SMALL} {shlex.join([str(pids), *how])}"
        return backends.build(
            "serve",
            {"serve": command, "model": str(model), "store": tmp_path / "calls.sqlite", "max_retries": 0, **options},
        )

    return make


def wait_until(true, *, what):
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def started(pids):
    return [int(pid) for pid in pids.read_text().split()]


def gone(pids):
    return not any(map(is_running, started(pids)))


def ask(backend, count=1):
    return [reply.output for reply in backend.answer([asked(n) for n in range(count)], decoding=Decoding())]


def test_it_starts_with_the_first_question_and_ends_with_its_children(backend, pids):
    server = backend()
    assert not pids.exists()
    with using(server):
        assert ask(server, 2) == ["small of model"] * 2
        assert all(map(is_running, started(pids)))
    assert gone(pids)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_it_ends_whatever_happens(backend, pids, error):
    def ask_and_fail():
        with using(backend()) as server:
            ask(server)
            raise error

    with pytest.raises(error):
        ask_and_fail()
    assert gone(pids)


def test_it_ends_when_nobody_refers_to_it_any_more(backend, pids):
    server = backend()
    ask(server)
    del server
    assert gone(pids)


def test_it_ends_when_sayso_is_killed(pids, tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from sayso.evaluate.backends._server import Server\n"
        "server = Server(sys.argv[1], checkpoint='c', log=Path(sys.argv[2]), ready_s=60); time.sleep(300)"
    )
    command = f"{SMALL} {shlex.quote(str(pids))}"
    with subprocess.Popen([sys.executable, "-c", code, command, str(tmp_path / "log")]) as holder:
        wait_until(pids.exists, what="no server")
        assert not gone(pids)
        holder.kill()
    wait_until(lambda: gone(pids), what="it runs on")


def test_one_that_dies_is_told_with_its_last_words(backend, tmp_path):
    with pytest.raises(
        BackendError, match=r"(?s)did not become a server.*no memory for the model.*ended with exit code 1"
    ):
        ask(backend("dies"))
    assert "no memory for the model" in (tmp_path / "calls.server.log").read_text()


def test_one_that_never_answers_is_given_up_and_ended(backend, pids):
    with pytest.raises(BackendError, match=r"did not answer at http://127.0.0.1:\d+/v1 within ready_s 0.5"):
        ask(backend("waits", ready_s=0.5))
    wait_until(lambda: not pids.exists() or gone(pids), what="it runs on")


def test_one_that_is_gone_in_the_middle_is_told_with_its_log(backend, pids):
    with using(backend(backoff_s=0.01)) as server:
        ask(server)
        os.kill(started(pids)[0], signal.SIGKILL)
        wait_until(lambda: gone(pids), what="it runs on")
        with pytest.raises(BackendError, match=r"(?s)nothing answers at .*its log is .*ended with exit code -9"):
            ask(server, 3)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("vllm serve --port {port}", "lacks {checkpoint}"),
        ("vllm serve {checkpoint}", "lacks {port}"),
        ("no-such-program {checkpoint} {port}", "there is no program 'no-such-program'"),
        ("'{checkpoint} {port}", "close its quotes"),
    ],
)
def test_a_command_that_cannot_work_is_refused_before_anything_is_started(command, said):
    with pytest.raises(ConfigError, match=said):
        backends.build("serve", {"serve": command, "model": "m"})


def test_no_shell_sees_the_command_and_other_braces_stay(tmp_path, pids):
    command = f"{SMALL} {shlex.quote(str(pids))} ; touch {tmp_path}/x '{{\"image\": 2}}'"
    server = Server(command, checkpoint="a; b", log=tmp_path / "log", ready_s=WAIT_S)
    server.stop()
    assert server.words[3] == "a; b"
    assert server.words[-4:] == [";", "touch", f"{tmp_path}/x", '{"image": 2}']
    assert not (tmp_path / "x").exists()


def test_a_model_that_was_trained_again_is_asked_anew_and_the_same_one_is_not(backend, tmp_path):
    def replies():
        with using(backend()) as server:
            ask(server, 3)
        with ReplyStore(tmp_path / "calls.sqlite") as kept:
            return kept.counts()["replies"]

    assert [replies(), replies()] == [3, 3]
    (tmp_path / "model" / "weights").write_text("new")
    assert replies() == 6


@pytest.fixture(scope="module")
def seeing(tmp_path_factory):
    """A model that sees and, with larger weights than a fresh one's, says something else of other pictures."""
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 300}
    texts = ["What color is it? red green blue", "Say the color of it. Number 1 2 3"] * 3
    bundle = models.build("tiny", options).make(texts=texts, seed=3)
    with torch.no_grad():
        for weight in bundle.model.parameters():
            weight.mul_(6)
    folder = tmp_path_factory.mktemp("models") / "seeing"
    bundle.save(folder)
    return folder


@pytest.fixture(scope="module")
def real(seeing, tmp_path_factory):
    """`transformers serve` with it, once for all tests."""
    lacking = [name for name in ("fastapi", "openai", "uvicorn") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"transformers serve needs {', '.join(lacking)}: pip install 'sayso[dev]'")
    log = tmp_path_factory.mktemp("serve") / "log"
    server = Server(REAL, checkpoint=str(seeing), log=log, ready_s=WAIT_S)
    yield server
    server.stop()


def calls(server):
    """How many it answered, when it has none to answer any more."""
    text = ""
    while text != (text := server.log.read_text()):
        time.sleep(0.3)
    return answered(server)


def answered(server):
    return server.log.read_text().count("POST /v1/chat/completions")


@pytest.mark.slow
def test_transformers_serve_says_of_pictures_what_the_model_says_here(real, seeing, tmp_path):
    options = {"max_concurrency": AT_ONCE}
    there = open_backend(f"{seeing}@{real.base_url}", store=tmp_path / "s.sqlite", options=options)
    here = open_backend(str(seeing))
    samples = [asked(number, wording=wording) for number in range(4) for wording in (0, 1)]
    decoding = Decoding(max_new_tokens=6)
    said = [reply.output.strip() for reply in there.answer(samples, decoding=decoding)]
    assert said == [reply.output.strip() for reply in here.answer(samples, decoding=decoding)]
    assert len(set(said)) > 2, said
    with pytest.raises(BackendError, match=r"cannot rank options by likelihood .*says 422.*prompt_logprobs"):
        there.answer(samples, decoding=Decoding(method="likelihood"))


@pytest.mark.slow
def test_a_served_model_is_probed_as_the_same_one_in_this_process(real, seeing, tmp_path):
    load_image(asked(0).media[0]).save(tmp_path / "it.png")
    (tmp_path / "wordings.txt").write_text("\n".join(("Say the color.", "red green blue", "Number 1 2 3")))
    options = ProbeOptions(wordings=tmp_path / "wordings.txt", max_new_tokens=6, store=tmp_path / "replies.sqlite")

    def probed(model):
        picture = str(tmp_path / "it.png")
        return probe_model(model, picture, "What color is it?", options=options, progress=Progress()).probe

    before = calls(real)
    there, here = probed(f"{seeing}@{real.base_url}"), probed(str(seeing))
    assert [one.answer for one in there.answers] == [one.answer for one in here.answers]
    assert there.agreement == here.agreement
    assert there.answers[0].prompt.startswith("[user]\n<image sha256:")
    assert probed(f"{seeing}@{real.base_url}") == there
    assert calls(real) - before == len(there.answers) == 4


@pytest.mark.slow
def test_an_evaluation_that_is_killed_goes_on_asks_nothing_twice_and_ends_with_the_same_numbers(
    real, seeing, toy_run, tmp_path
):
    backend = {"name": "chat", "model": str(seeing), "base_url": real.base_url, "max_concurrency": AT_ONCE}
    config = EvaluateConfig(**ASKED, backend=backend)
    whole, killed = tmp_path / "whole" / "evaluate", tmp_path / "killed" / "evaluate"
    before = calls(real)
    evaluate(toy_run, whole, config=config)
    needed = calls(real) - before
    program = [sys.executable, str(HELPERS / "endpoint_run.py"), str(toy_run), str(killed), config.model_dump_json()]
    with subprocess.Popen(program) as process:
        wait_until(
            lambda: answered(real) - before - needed >= needed // 3 or process.poll() is not None, what="no calls"
        )
        process.kill()
    assert not (killed / "summary.json").exists()
    with ReplyStore(killed.parent / "calls.sqlite") as kept:
        stored = kept.counts()["replies"]
    assert 0 < stored < needed
    asked_already = calls(real)
    evaluate(toy_run, killed, config=config)
    assert calls(real) - asked_already == needed - stored
    assert calls(real) - before - needed <= needed + AT_ONCE
    for name in ("scores.jsonl", "summary.json", "values.jsonl"):
        assert (killed / name).read_text() == (whole / name).read_text()
    rows = [
        row for path in sorted(whole.glob("predictions/seeing-plain/*.jsonl")) for row in read_jsonl(path, Prediction)
    ]
    assert len(rows) == 6 * 3 * 3 >= needed  # some examples show equal pictures
    assert {(row.model, row.extraction) for row in rows} == {("seeing", "generated")}
    assert sum("<image sha256:" in row.prompt for row in rows) == 5 * 3 * 3
    assert len({row.output for row in rows}) > 5


def test_a_recipe_serves_what_it_trained_and_what_that_began_with(toy_run, tmp_path, pids):
    backend = {"name": "serve", "serve": f"{SMALL} {pids}"}
    config = EvaluateConfig(**{**ASKED, "max_examples_per_task": 1, "tasks": ["caption"]}, backend=backend)
    assert evaluate(toy_run, tmp_path / "evaluate", config=config)["num_predictions"] == 3 + 2
    for model, folder in (("tuned", "model"), ("untuned", "untuned")):
        path = tmp_path / "evaluate" / "predictions" / f"{model}-plain" / "caption.jsonl"
        assert {row.output for row in read_jsonl(path, Prediction)} == {f"small of {folder}"}
    assert (tmp_path / "calls.server.log").read_text().count("$ ") == 2
    assert gone(pids)


def test_a_file_of_predictions_is_evaluated_without_a_model(toy_run, tmp_path):
    first = EvaluateConfig(**{**ASKED, "tasks": ["color"]})
    evaluate(toy_run, tmp_path / "first", config=first)
    made = tmp_path / "first" / "predictions" / "tuned-plain" / "color.jsonl"
    again = first.model_copy(update={"backend": first.backend.model_validate({"name": "file", "path": str(made)})})
    evaluate(toy_run, tmp_path / "again", config=again)
    rows = {
        name: [json.loads(line) for line in (tmp_path / name / "scores.jsonl").read_text().splitlines()]
        for name in ("first", "again")
    }
    assert {row["model"] for row in rows["again"]} == {"file"}
    assert (
        [{**row, "model": "tuned"} for row in rows["again"]]
        == [r for r in rows["first"] if r["model"] == "tuned"]
        != []
    )
    with pytest.raises(ConfigError, match=r"set evaluate.conditions: \[plain\]"):
        evaluate(
            toy_run, tmp_path / "other", config=again.model_copy(update={"conditions": ("plain", "shuffled_images")})
        )
