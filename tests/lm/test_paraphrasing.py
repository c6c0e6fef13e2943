"""The paraphrasers `chat` and `local` end to end: a served model, the same one in this process, and an endpoint that rewrites well."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import rule_model
from chat_server import ChatServer

import sayso
from sayso.artifacts import StageContext, read_jsonl
from sayso.config import AugmentConfig
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.augment.stage import run
from sayso.instructions.library import load_templates
from sayso.lm.store import ReplyStore
from sayso.tasks import get

pytest.importorskip("aiohttp")

TASK = "counting"
REWRITING = {"operations": ["synonyms", "reorder"], "max_tokens": 24}
TEMPLATES = [
    {"task": "a", "template": "What color is the {region[0]} in the image? {sep.join(options)}"},
    {"task": "b", "template": "Name the object that is shown in {region}."},
    {"task": "c", "template": "Count the people in the picture."},
]
KEY = "sk-nobody-may-read-this-0123456789"


def augment(folder, **paraphraser):
    """The augment stage of a run in `folder`, on one task."""
    config = AugmentConfig(tasks=(TASK,), max_wordings=60, paraphraser={**REWRITING, **paraphraser})
    (folder / "augment").mkdir(parents=True, exist_ok=True)
    return run(StageContext(node="augment", config=config, seed=5, inputs=(), folder=folder / "augment"))


def candidates(folder):
    return list(read_jsonl(folder / "augment" / "candidates.jsonl", JudgedTemplate))


def stored(path):
    with ReplyStore(path) as kept:
        return kept.counts()


def num_asked():
    return 2 * sum(not template.held_out for template in load_templates(get(TASK)))


def command(given, out, *more):
    files = ["--templates", str(given), "--out", str(out), "--max-wordings", "6", "--json"]
    settings = [f"augment.paraphraser.{name}={json.dumps(value)}" for name, value in REWRITING.items()]
    return [sys.executable, "-m", "sayso", "augment", *files, *more[:-1], "--set", *settings, *more[-1]]


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(Path(sayso.__file__).parents[1]), **more}


def call(given, out, *more, **variables):
    done = subprocess.run(
        command(given, out, *more), capture_output=True, text=True, timeout=240, env=environment(**variables)
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in TEMPLATES))
    return path


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def every_byte(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def well(text):
    """Another way to put it, by rules, whatever a slot looks like; what it says depends on the text alone."""
    found = rule_model._rewritten(text, "")
    return found[0] if found else text


@pytest.mark.slow
def test_rubbish_of_a_served_model_is_refused_row_by_row_and_asked_for_once(served, text_model, tmp_path):
    options = {"name": "chat", "model": str(text_model), "base_url": served, "timeout_s": 60, "max_concurrency": 4}
    counts = augment(tmp_path, **options)
    found = candidates(tmp_path)
    assert counts["calls"] == num_asked() <= len(found)
    assert all(row.verdict and row.verdict.reason and not row.verdict.keep for row in found)
    assert {row.template.lineage.paraphraser for row in found} == {"chat"}
    assert not any(row.verdict.reason.startswith("no reply") for row in found)
    assert stored(tmp_path / "calls.sqlite") == {"replies": num_asked(), "failures": 0}
    before = (tmp_path / "augment" / "candidates.jsonl").read_bytes()
    again = augment(tmp_path, **options, max_retries=0)
    assert (tmp_path / "augment" / "candidates.jsonl").read_bytes() == before
    assert again == counts
    with ReplyStore(tmp_path / "calls.sqlite") as kept:
        assert kept.spent(str(text_model)).calls == num_asked()


@pytest.mark.slow
def test_the_same_model_in_this_process_is_judged_the_same_way(text_model, tmp_path):
    pytest.importorskip("torch")
    counts = augment(tmp_path, name="local", path=str(text_model))
    found = candidates(tmp_path)
    assert counts["calls"] == num_asked() <= len(found)
    assert all(row.verdict.reason and not row.verdict.keep for row in found)
    assert {row.template.lineage.model for row in found} == {"tiny-chat"}
    assert stored(tmp_path / "calls.sqlite") == {"replies": num_asked(), "failures": 0}
    before = (tmp_path / "calls.sqlite").read_bytes()
    assert augment(tmp_path, name="local", path=str(text_model)) == counts
    assert (tmp_path / "calls.sqlite").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chat", "local"])
def test_the_command_for_plain_files_takes_either(name, served, text_model, given, tmp_path):
    options = ["--paraphraser", name, "--model", str(text_model), *(["--base-url", served] if name == "chat" else [])]
    told = call(given, tmp_path / "pool.jsonl", *options, [])
    judged = rows(tmp_path / "pool.candidates.jsonl")
    assert (told["calls"], told["num_wordings"]) == (2 * len(TEMPLATES), 0)
    assert len(judged) >= told["calls"]
    assert all(row["verdict"]["reason"] and not row["verdict"]["keep"] for row in judged)
    assert (tmp_path / "pool.jsonl").read_bytes() == b""
    assert stored(tmp_path / "pool.calls.sqlite") == {"replies": told["calls"], "failures": 0}


def test_good_rewordings_of_an_endpoint_are_kept_with_the_whole_lineage(tmp_path):
    with ChatServer(answer=well) as server:
        counts = augment(tmp_path, name="chat", model="toy-1", base_url=server.base_url)
        kept = [row.template for row in candidates(tmp_path) if row.verdict.keep]
        assert counts["accepted"] == len(kept) > 0
        calls = server.counts.calls
        assert augment(tmp_path, name="chat", model="toy-1", base_url=server.base_url) == counts
        assert server.counts.calls == calls == counts["calls"]
    given = {template.id for template in load_templates(get(TASK)) if not template.held_out}
    for template in kept:
        lineage = template.lineage
        assert lineage.parent in given
        assert lineage.operation in {"synonyms", "reorder"}
        assert lineage.meta_prompt == f"{lineage.operation}@1"
        assert (lineage.paraphraser, lineage.model, lineage.temperature) == ("chat", "toy", 0.6)
    assert len({template.lineage.seed for template in kept} - {0}) == len(kept)  # each is that of its own call


def test_a_killed_command_asks_for_no_reply_that_is_on_file_and_ends_as_one_that_was_not(given, tmp_path):
    more = ["--paraphraser", "chat", "--model", "toy", "--strategy", "multi_temperature", "--base-url"]
    with ChatServer(answer=well, latency_s=0.05) as server:
        more = [*more, server.base_url, ["augment.paraphraser.max_concurrency=2"]]
        whole = call(given, tmp_path / "whole" / "pool.jsonl", *more)
        asked = server.counts.calls
        killed = tmp_path / "killed" / "pool.jsonl"
        process = subprocess.Popen(command(given, killed, *more), env=environment(), stderr=subprocess.DEVNULL)
        while server.counts.calls < asked + 20 and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not killed.exists()
        on_file, before = stored(killed.parent / "pool.calls.sqlite")["replies"], server.counts.calls
        told = call(given, killed, *more)
        assert on_file > 0
        assert server.counts.calls - before == asked - on_file
    assert told["num_wordings"] == whole["num_wordings"] > 0
    for name in ("pool.jsonl", "pool.candidates.jsonl"):
        assert (killed.parent / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_key_is_in_no_file_even_where_the_endpoint_says_it_back(given, tmp_path):
    def plan(text, attempt):
        return "echo" if "Count" in text else "500" if attempt == 1 else None

    more = ["--paraphraser", "chat", "--model", "toy", "--base-url"]
    with ChatServer(answer=well, plan=plan, tell=KEY, keep_bodies=True) as server:
        call(given, tmp_path / "out" / "pool.jsonl", *more, server.base_url, [], OPENAI_API_KEY=KEY)
        assert server.counts.faults["echo"] >= 1
        assert all(KEY in head for head in server.headers)
    assert stored(tmp_path / "out" / "pool.calls.sqlite")["replies"] > 0
    assert KEY.encode() not in every_byte(tmp_path / "out")
