"""The augment stage with a language model: counts, artifacts, the store beside the run, and going on after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import rule_model

from sayso.artifacts import StageContext, read_jsonl
from sayso.config import AugmentConfig
from sayso.errors import ConfigError
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.augment.meta_prompts.bootstrapping import JudgedMetaPrompt
from sayso.instructions.augment.stage import check_augment, run
from sayso.instructions.library import load_templates
from sayso.records import Template
from sayso.tasks import get

TASKS = ("counting", "color_recognition")
SCRIPT = """
import sys
from pathlib import Path
from sayso.artifacts import StageContext
from sayso.config import AugmentConfig
from sayso.instructions.augment.stage import run
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
model = {"name": "rule_model:rules", "wait_s": float(sys.argv[2]), "log": str(folder.parent / "asked")}
config = AugmentConfig(
    tasks=("counting", "color_recognition"),
    max_wordings=40,
    strategy={"name": sys.argv[3]},
    paraphraser={"name": "model", "model": model, "operations": ["synonyms", "question_form", "reorder"]},
)
run(StageContext(node="augment", config=config, seed=5, inputs=(), folder=folder))
"""


def augment(folder, *, model=None, seed=5, **config):
    model = {"name": "rule_model:rules", **(model or {})}
    paraphraser = {
        "name": "model",
        "model": model,
        "operations": ["synonyms", "reorder"],
        **config.pop("rewriting", {}),
    }
    config = AugmentConfig(**{"tasks": TASKS, "max_wordings": 40, "paraphraser": paraphraser, **config})
    folder.mkdir(parents=True, exist_ok=True)
    return run(StageContext(node="augment", config=config, seed=seed, inputs=(), folder=folder))


def num_given():
    return sum(not template.held_out for name in TASKS for template in load_templates(get(name)))


def test_every_call_is_a_row_with_its_lineage_and_the_counts_say_so(tmp_path):
    counts = augment(tmp_path / "run" / "augment")
    rows = list(read_jsonl(tmp_path / "run" / "augment" / "candidates.jsonl", JudgedTemplate))
    assert counts["calls"] == 2 * num_given() == len(rows) == counts["candidates"]
    assert counts["prompt_tokens"] > counts["completion_tokens"] > 0
    assert set(counts["by_operation"]) == {"synonyms", "reorder"}
    assert counts["by_meta_prompt"]["synonyms@1"]["candidates"] == num_given()
    assert counts["by_task"]["counting"]["candidates"] == 2 * len(
        [t for t in load_templates(get("counting")) if not t.held_out]
    )
    for row in rows:
        lineage = row.template.lineage
        assert (lineage.model, lineage.temperature, lineage.paraphraser) == ("rules", 0.6, "model")
        assert lineage.meta_prompt in {"synonyms@1", "reorder@1"}


def test_candidates_after_rules_and_after_duplicates_are_counted_as_published(tmp_path):
    strategies = {"single": {}, "multi_temperature": {}, "iterative": {}}
    funnels = {}
    for name in strategies:
        counts = augment(tmp_path / name / "augment", strategy={"name": name}, max_wordings=10_000)
        funnel = funnels[name] = counts["funnel"]
        assert funnel["candidates"] >= funnel["after_rules"] >= funnel["after_duplicates"] > 0
        duplicates = sum(n for reason, n in counts["refused"].items() if reason.startswith(("duplicate", "near_dup")))
        assert funnel["after_rules"] - funnel["after_duplicates"] == duplicates
    assert funnels["multi_temperature"]["candidates"] == 11 * funnels["single"]["candidates"]
    assert funnels["iterative"]["candidates"] > funnels["single"]["candidates"]


def test_a_changed_filter_costs_no_second_call(tmp_path):
    log = tmp_path / "asked"
    augment(tmp_path / "run" / "augment", model={"log": str(log)})
    asked = log.read_text()
    strict = augment(tmp_path / "run" / "again", model={"log": str(log)}, filters=({"name": "slots"},))
    assert log.read_text() == asked
    assert strict["candidates"] == 2 * num_given()


def test_wordings_past_what_is_wanted_are_told_not_lost(tmp_path):
    counts = augment(tmp_path / "run" / "augment", max_wordings=6)
    assert counts["refused"]["enough"] > 0
    assert all(one["after"] <= 6 for one in counts["by_task"].values())


def test_meta_prompts_are_written_with_their_verdicts(tmp_path):
    augment(tmp_path / "run" / "augment", rewriting={"bootstrap": 2})
    rows = list(read_jsonl(tmp_path / "run" / "augment" / "meta_prompts.jsonl", JudgedMetaPrompt))
    assert [row.prompt.id for row in rows if row.verdict is None] == ["synonyms", "reorder"]
    proposed = [row for row in rows if row.verdict]
    assert len(proposed) == len(rule_model.PROPOSALS.splitlines())
    kept = {f"{row.prompt.id}@{row.prompt.version}" for row in proposed if row.verdict.keep}
    templates = read_jsonl(tmp_path / "run" / "augment" / "templates.jsonl", Template)
    used = Counter(t.lineage.meta_prompt for t in templates if t.lineage and t.lineage.operation == "bootstrapped")
    assert set(used) <= kept
    assert used


def test_translations_are_templates_in_that_language_beside_the_english_ones(tmp_path):
    chain = ({"name": "characters"}, {"name": "slots"}, {"name": "duplicate"})
    counts = augment(tmp_path / "run" / "augment", rewriting={"languages": ["de"]}, filters=chain)
    templates = list(read_jsonl(tmp_path / "run" / "augment" / "templates.jsonl", Template))
    assert Counter(template.language for template in templates)["de"] >= len(TASKS)
    assert counts["by_operation"]["translate"]["candidates"] == num_given()


def test_a_recipe_with_a_wrong_strategy_is_told_before_anything_is_asked(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'iterative'"):
        check_augment(AugmentConfig(strategy={"name": "iterativ"}))
    with pytest.raises(ConfigError, match="needs a paraphraser with meta-prompts"):
        check_augment(AugmentConfig(strategy={"name": "multi_temperature"}))


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def script(folder, *, wait_s, strategy):
    path = os.pathsep.join([str(Path(rule_model.__file__).parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(wait_s), strategy], env={**os.environ, "PYTHONPATH": path}
    )


@pytest.mark.parametrize("strategy", ["single", "iterative", "diverse"])
def test_a_killed_stage_goes_on_asks_nothing_twice_and_ends_as_one_that_was_not(tmp_path, strategy):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert script(whole / "augment", wait_s=0, strategy=strategy).wait(timeout=120) == 0
    process = script(killed / "augment", wait_s=0.03, strategy=strategy)
    asked = killed / "asked"
    while not (asked.exists() and asked.read_bytes().count(b"\n") >= 8) and process.poll() is None:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "augment" / "templates.jsonl").exists()
    assert script(killed / "augment", wait_s=0, strategy=strategy).wait(timeout=120) == 0
    assert content(killed / "augment") == content(whole / "augment")
    times = Counter(json.loads(line)["seed"] for line in asked.read_text().splitlines())
    assert len(times) == len((whole / "asked").read_text().splitlines())
    assert sum(times.values()) <= len(times) + 1  # the one that was under way
