"""The stage in a recipe: files, counts, lineage, resume from where it was stopped, and builds that train on what was made."""

import json
import os
import signal
import subprocess
import sys
import time

import made_up
import pytest
import yaml
from chat_server import ChatServer

from sayso.artifacts import read_jsonl, read_manifest
from sayso.config import SourceConfig, load_recipe, make_recipe
from sayso.data.folder import BuildFolder
from sayso.errors import BackendError, ConfigError, DataError
from sayso.instructions.synthesize import Made
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesizing.seeds import read_seeds
from sayso.lm.pairs import REVISE, lay_out, read_pair
from sayso.pipeline import check_recipe, preview_recipe, run_recipe
from sayso.records import AnnotatedItem

FILES = ("items.jsonl", "tasks.jsonl", "candidates.jsonl")


def recipe(tmp_path, url, *, build=None, seed=3, **changed):
    section = {
        "sources": [{"name": "conversations", "path": str(made_up.seeds_file(tmp_path))}],
        "synthesizer": {"name": "alpaca", "requests_per_round": 2},
        "model": {"name": "chat", "model": "toy", "base_url": url, "max_retries": 0},
        "max_items": 25,
    }
    model = changed.pop("model", {})
    raw = {"seed": seed, "synthesize": section | changed, **({"build": build} if build else {})}
    raw["synthesize"]["model"] |= model
    return make_recipe(raw, path=tmp_path / "mine.yaml", lines={})


@pytest.fixture(scope="module")
def server():
    with ChatServer(answer=made_up.writing_tasks) as server:
        yield server


@pytest.fixture
def made(tmp_path, server):
    run_recipe(recipe(tmp_path, server.base_url), out=tmp_path / "run")
    return tmp_path / "run" / "synthesize"


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_it_writes_items_candidates_and_their_counts(made):
    items = list(read_jsonl(made / "items.jsonl", AnnotatedItem))
    candidates = list(read_jsonl(made / "candidates.jsonl", Made))
    counts = read_manifest(made).counts
    assert [item.id for item in items] == [one.id for one in candidates if one.verdict.keep]
    assert all(item.id.startswith("synthesize/alpaca-") for item in items)
    assert (counts["num_items"], counts["num_seeds"], counts["candidates"]) == (25, 5, len(candidates))
    assert counts["refused"].keys() >= {"blacklist", "novelty"}
    assert counts["candidates"] - counts["kept"] == sum(counts["refused"].values())
    assert counts["calls"] >= 4
    assert counts["completion_tokens"] > 100
    assert "warnings" not in counts


def test_a_run_that_ran_out_of_tokens_goes_on_and_ends_as_one_that_did_not(tmp_path, server, made):
    out, before = tmp_path / "stopped", server.counts.summary()["repeated"]
    with pytest.raises(BackendError, match="max_total_tokens"):
        run_recipe(recipe(tmp_path, server.base_url, model={"max_total_tokens": 900}, seed=3), out=out)
    assert not (out / "synthesize").exists()
    asked = server.counts.calls
    run_recipe(recipe(tmp_path, server.base_url), out=out)
    assert contents(out / "synthesize") == contents(made)
    assert asked < server.counts.calls
    assert before <= server.counts.summary()["repeated"]


SCRIPT = """
import sys
from pathlib import Path
from sayso.config import load_recipe
from sayso.pipeline import run_recipe
run_recipe(load_recipe(Path(sys.argv[1])), out=Path(sys.argv[2]))
"""


def test_a_run_that_was_killed_asks_nothing_twice(tmp_path, made):
    with ChatServer(answer=made_up.writing_tasks, latency_s=0.15) as slow:
        raw = yaml.safe_load((tmp_path / "run" / "synthesize" / "manifest.json").read_text())["config"]
        raw["model"]["base_url"] = slow.base_url
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"seed": 3, "synthesize": raw}))
        words = [sys.executable, "-c", SCRIPT, str(tmp_path / "mine.yaml"), str(tmp_path / "killed")]
        process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        while slow.counts.answered < 3 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        num_answered = slow.counts.answered
        run_recipe(load_recipe(tmp_path / "mine.yaml"), out=tmp_path / "killed")
        assert contents(tmp_path / "killed" / "synthesize") == contents(made)
        assert 3 <= num_answered < len(slow.counts.asked)
        assert slow.counts.repeated <= 2  # what was under way when it was killed


BUILD = {"sources": [{"name": "shapes", "count": 8, "use": "split"}], "tasks": ["counting", "conversation"]}


def test_a_build_trains_on_what_was_made_and_keeps_license_and_source(tmp_path, server):
    run_recipe(recipe(tmp_path, server.base_url, build=BUILD), out=tmp_path / "run")
    build = BuildFolder(tmp_path / "run" / "build")
    card = build.card("conversation")
    assert (card.num_train, card.num_test) == (25, 0)
    examples = list(build.store("train").iter("conversation"))
    made = [
        one.item for one in read_jsonl(tmp_path / "run" / "synthesize" / "candidates.jsonl", Made) if one.verdict.keep
    ]
    assert [one.messages for one in examples] == [item.conversation for item in made]
    assert {one.source for one in examples} == {"alpaca"}
    assert check_recipe(recipe(tmp_path, server.base_url, build=BUILD)).reports["build"].ok


def test_a_build_needs_no_other_source_and_refuses_to_leave_all_aside(tmp_path, server):
    run_recipe(recipe(tmp_path, server.base_url, build={"tasks": ["*"]}), out=tmp_path / "alone")
    assert [card.name for card in BuildFolder(tmp_path / "alone" / "build").cards] == ["conversation"]
    with pytest.raises(ConfigError, match="reads nothing but what 'synthesize' makes"):
        preview_recipe(recipe(tmp_path, server.base_url, build={"tasks": ["*"]}))
    only = {**BUILD, "tasks": ["counting"]}
    with pytest.raises(ConfigError, match="takes anything that stage 'synthesize' made; its items offer conversation"):
        run_recipe(recipe(tmp_path, server.base_url, build=only), out=tmp_path / "other")
    assert check_recipe(recipe(tmp_path, server.base_url, build={"tasks": ["*"]})).reports["build"].ok


def test_what_goes_to_test_is_no_seed(tmp_path, server):
    split = [{"name": "conversations", "path": str(made_up.seeds_file(tmp_path)), "use": "split", "test_fraction": 0.3}]
    run_recipe(recipe(tmp_path, server.base_url, sources=split), out=tmp_path / "run")
    assert 0 < read_manifest(tmp_path / "run" / "synthesize").counts["num_seeds"] < 5
    split[0]["use"] = "test"
    with pytest.raises(ConfigError, match="has use: test, and what is made is trained on"):
        run_recipe(recipe(tmp_path, server.base_url, sources=split), out=tmp_path / "other")


def test_rows_of_tasks_that_sources_bring_are_seeds(tmp_path, server):
    task = {
        "Definition": ["Say which season it is."],
        "Input_language": ["English"],
        "Categories": ["Classification"],
        "Positive Examples": [],
        "Instances": [{"id": "a", "input": "Snow falls.", "output": ["winter"]}],
    }
    (tmp_path / "task001_season.json").write_text(json.dumps(task))
    sources = [{"name": "natural_instructions", "path": str(tmp_path / "task001_season.json")}]
    with (
        ChatServer(answer=lambda text: "nothing", keep_bodies=True) as other,
        pytest.raises(DataError, match="kept none of 6 candidates"),
    ):
        run_recipe(recipe(tmp_path, other.base_url, sources=sources), out=tmp_path / "run")
    (content,) = {body["messages"][0]["content"] for body in other.bodies}
    assert "Instruction: Say which season it is.\nInput: Snow falls.\nOutput: winter" in content
    left = list(read_jsonl(tmp_path / "run" / "synthesize.partial" / "candidates.jsonl", Made))
    assert {one.verdict.reason for one in left} == {"no task in the reply"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"synthesizer": {"name": "alpacca"}}, "no synthesizer named 'alpacca'; did you mean 'alpaca'"),
        ({"synthesizer": {"name": "alpaca", "num_show": 3}}, "has no option 'num_show'; did you mean 'num_shown'"),
        ({"synthesizer": None}, "no synthesizer and no revisers"),
        ({"rules": ["lenght"]}, "no rule named 'lenght'"),
        ({"sources": []}, "synthesize.sources is"),
        ({"model": {"name": "chatt"}}, "no language model named 'chatt'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(tmp_path, changed, told):
    with pytest.raises(ConfigError, match=told):
        check_recipe(recipe(tmp_path, "http://127.0.0.1:9/v1", **changed))


def test_rows_that_cannot_be_read_are_told(tmp_path, server):
    rows = made_up.seeds_file(tmp_path).read_text() + '{"instruction": "Say something.", "output": ""}\n'
    (tmp_path / "broken.jsonl").write_text(rows)
    sources = [{"name": "conversations", "path": str(tmp_path / "broken.jsonl")}]
    run_recipe(recipe(tmp_path, server.base_url, sources=sources), out=tmp_path / "run")
    counts = read_manifest(tmp_path / "run" / "synthesize").counts
    assert counts["num_bad_rows"] == 1
    assert "1 rows of the sources cannot be used" in counts["warnings"][0]


def test_two_items_of_one_id_are_told(tmp_path):
    (tmp_path / "more").mkdir()
    paths = [made_up.seeds_file(folder) for folder in (tmp_path, tmp_path / "more")]
    sources = [SourceConfig.model_validate({"name": "conversations", "path": str(path)}) for path in paths]
    with pytest.raises(DataError, match="two items have the id 'seeds-0': one of source 1, one of source 2"):
        read_seeds(sources, seed=0)


def test_an_instruction_of_what_was_made_can_be_read_back(made):
    for item in read_jsonl(made / "items.jsonl", AnnotatedItem):
        assert written_of(item).output.startswith("Here is")


def better(text):
    """Tasks, and for a reviser the pair that it is asked about, its answer with a word more."""
    if not text.startswith(REVISE):
        return made_up.writing_tasks(text)
    pair, _ = read_pair(text.removeprefix(REVISE))
    return "I would leave it." if "poem" in pair[1] else lay_out(pair[0], f"{pair[1]} Indeed.")


def test_revisers_work_on_what_was_kept_and_what_they_cannot_do_stays(tmp_path):
    with ChatServer(answer=better) as server:
        run_recipe(recipe(tmp_path, server.base_url, revisers=["coachlm"]), out=tmp_path / "run")
        again = recipe(tmp_path, server.base_url, revisers=["coachlm"], max_items=26)
        run_recipe(again, out=tmp_path / "other")
    stage = tmp_path / "run" / "synthesize"
    made = list(read_jsonl(stage / "candidates.jsonl", Made))
    kept = {one.item.id: one.item for one in made if one.verdict.keep and one.operation == "write"}
    items = {item.id: item for item in read_jsonl(stage / "items.jsonl", AnnotatedItem)}
    counts = read_manifest(stage).counts
    assert kept.keys() == items.keys()
    changed = [name for name, item in items.items() if item != kept[name]]
    assert all(items[name].conversation[1].text == f"{kept[name].conversation[1].text} Indeed." for name in changed)
    assert counts["revised"]["coachlm"]["revised"] == len(changed) < counts["kept"] == 25
    assert sum(counts["revised"]["coachlm"].values()) == 25


def test_a_stage_may_only_revise(tmp_path):
    changed = {"synthesizer": None, "revisers": ["coachlm"], "max_items": 4}
    with ChatServer(answer=better) as server:
        run_recipe(recipe(tmp_path, server.base_url, build={"tasks": ["*"]}, **changed), out=tmp_path / "run")
    counts = read_manifest(tmp_path / "run" / "synthesize").counts
    assert counts["revised"] == {"coachlm": {"revised": 4}}
    assert counts["refused"] == {"enough": 1}
    assert counts["warnings"] == ["only the first 4 of 5 items were taken; raise synthesize.max_items"]
    examples = list(BuildFolder(tmp_path / "run" / "build").store("train").iter())
    assert all(one.messages[-1].text.endswith("Indeed.") and one.source == "conversations" for one in examples)


def test_what_is_only_revised_has_no_bound_that_nobody_named(tmp_path):
    rows = [{"instruction": f"Say {number} in words.", "output": f"It is {number}."} for number in range(120)]
    (tmp_path / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with ChatServer(answer=better) as server:
        section = {
            "sources": [{"name": "conversations", "path": str(tmp_path / "many.jsonl")}],
            "model": {"name": "chat", "model": "toy", "base_url": server.base_url},
            "revisers": ["coachlm"],
        }
        run_recipe(make_recipe({"synthesize": section}, path=tmp_path / "m.yaml", lines={}), out=tmp_path / "run")
    assert read_manifest(tmp_path / "run" / "synthesize").counts["num_items"] == 120
