"""A sequence for real, on a model of a few thousand parameters: base, three tasks in turn with replay, and what is left of each."""

import json
import shutil

import pytest

from sayso.artifacts import StageContext
from sayso.config import EvaluateConfig, TransferConfig, load_recipe
from sayso.data import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.evaluate.plan import make_plans
from sayso.evaluate.trained import unlike_the_build
from sayso.evaluate.transfer import stage as transfer_stage
from sayso.models.auto import load_model
from sayso.pipeline import run_stages
from sayso.seeds import derive

RECIPE = """
seed: 3
stages:
  build:
    sources: [{name: shapes, use: split, count: 60, test_fraction: 0.2}]
    tasks: [counting, color_recognition, object_detection, image_text_matching, image_captioning]
    held_out: {tasks: [image_captioning]}
    prompt: {regions: bins, verbalisers: varied}
  base: {kind: train, from: [build], tasks: [counting], max_steps: 2}
  continual:
    kind: sequence
    from: [build, base]
    sequence: {looking: [color_recognition], finding: [object_detection], matching: [image_text_matching/*]}
    replay: {fraction: 0.25, max_examples_per_task: 8, choice: {name: diverse}}
  report: {}
train:
  model: {name: tiny, hidden_size: 32, vision_hidden_size: 32, num_layers: [1, 1], num_heads: 2, vocab_size: 600}
  max_steps: 3
  per_device_train_batch_size: 4
  report_to: []
evaluate: {max_examples_per_task: 4, max_wordings: 2, max_new_tokens: 6, num_resamples: 20}
transfer: {num_resamples: 50}
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "continual.yaml"
    path.write_text(RECIPE)
    return load_recipe(path)


@pytest.fixture(scope="module")
def finished(recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return out, {result.manifest.node: result for result in run_stages(recipe, out=out)}


def read(path):
    return json.loads(path.read_text())


def test_every_stage_ran_and_is_skipped_the_second_time(recipe, finished):
    out, first = finished
    assert not any(result.skipped for result in first.values())
    assert all(result.skipped for result in run_stages(recipe, out=out))


def test_a_stage_that_is_gone_is_made_again_alone(recipe, finished):
    out, _ = finished
    before = (out / "continual" / "transfer.json").read_bytes()
    shutil.rmtree(out / "continual")
    again = {result.manifest.node: result.skipped for result in run_stages(recipe, out=out)}
    assert [node for node, skipped in again.items() if not skipped] == ["continual"]
    assert (out / "continual" / "transfer.json").read_bytes() == before


def test_later_stages_replay_what_came_before_them(finished):
    counts = {node: result.manifest.counts for node, result in finished[1].items()}
    assert counts["continual-1-looking"]["num_replayed"] == 0
    assert counts["continual-2-finding"]["samples"] == {"object_detection": 9}
    assert set(counts["continual-2-finding"]["replayed"]) == {"color_recognition", "counting"}
    assert sum(counts["continual-3-matching"]["replayed"].values()) == 3
    assert set(counts["continual-3-matching"]["replayed"]) == {"color_recognition", "counting", "object_detection"}


def test_bins_are_learned_once_and_stay(finished):
    out, _ = finished
    sizes = {
        len(load_model(out / node / "model", device="cpu").tokenizer)
        for node in ("base", "continual-1-looking", "continual-3-matching")
    }
    assert len(sizes) == 1
    assert not (out / "continual-1-looking" / "untuned-with-bins").exists()
    tokenizer = load_model(out / "base" / "untuned", device="cpu").tokenizer
    assert "<bin_999>" in tokenizer.get_vocab()


def test_the_matrix_has_the_scores_that_the_evaluations_have(finished):
    """Two ways to the same number: the summary of each evaluation, and the matrix made from its predictions."""
    out, _ = finished
    found = read(out / "continual" / "transfer.json")
    by_task = {(cell["stage"], cell["task"]): cell["mean"] for cell in found["wordings"]["all"]["by_task"]}
    for stage in found["stages"]:
        for row in read(out / stage["evaluation"] / "summary.json")["by_task"]:
            assert by_task[stage["label"], row["task"]] == pytest.approx(row["mean"])
    assert [stage["label"] for stage in found["stages"]] == ["before", "looking", "finding", "matching"]
    assert found["wordings"]["all"]["columns"]["never trained"] == ["image_captioning"]
    assert found["wordings"]["all"]["summary"]["forward_transfer"] is not None


def test_held_out_tasks_are_tested_after_every_stage(finished):
    out, _ = finished
    for node in ("continual-0-evaluate", "continual-3-matching-evaluate"):
        tested = {row["task"] for row in read(out / node / "summary.json")["by_task"]}
        assert tested == {"color_recognition", "object_detection", "image_text_matching", "image_captioning"}


def test_the_report_shows_the_sequence_and_the_last_model(finished):
    out, _ = finished
    page, text = ((out / "report" / name).read_text() for name in ("report.html", "report.md"))
    assert "data:image/svg+xml;base64," in page
    assert page.count('<section id="transfer-1"') == 1
    assert "## Training in stages: continual" in text
    assert "| Backward transfer |" in text
    shown = read(out / "report" / "report.json")
    assert shown["transfers"][0]["stages"] == ["before", "looking", "finding", "matching"]
    assert "figure" not in shown["transfers"][0]
    last = read(out / "continual-3-matching-evaluate" / "summary.json")
    assert shown["held_in"]["mean"] == last["held_in"]["mean"]


def run_transfer(out, *names, folder, **config):
    context = StageContext(
        node="mine", config=TransferConfig(**config), seed=3, inputs=tuple(out / name for name in names), folder=folder
    )
    folder.mkdir(exist_ok=True)
    transfer_stage.run(context)
    return read(folder / "transfer.json")


def test_without_a_stage_before_the_sequence_there_is_no_forward_transfer(finished, tmp_path):
    names = ("continual-1-looking-evaluate", "continual-2-finding-evaluate")
    found = run_transfer(finished[0], *names, folder=tmp_path / "t", num_resamples=20)
    assert [stage["label"] for stage in found["stages"]] == ["continual-1-looking", "continual-2-finding"]
    assert found["wordings"]["all"]["summary"]["forward_transfer"] is None


@pytest.mark.parametrize(
    ("names", "config", "told"),
    [
        (("build",), {}, "'mine' reads no evaluate stage; name the evaluate stage of every train stage"),
        (("continual-0-evaluate",), {"before": "continual-0-evaluat"}, "did you mean 'continual-0-evaluate'"),
        (
            ("continual-0-evaluate",),
            {"before": "continual-0-evaluate"},
            "reads continual-0-evaluate; name the evaluate",
        ),
    ],
)
def test_what_is_no_sequence_is_refused(finished, tmp_path, names, config, told):
    with pytest.raises(ConfigError, match=told):
        run_transfer(finished[0], *names, folder=tmp_path / "t", **config)


def test_evaluations_on_other_examples_are_refused(finished, recipe, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(finished[0], out)
    manifest = read(out / "continual-2-finding-evaluate" / "manifest.json")
    manifest["config"]["max_examples_per_task"] = 3
    (out / "continual-2-finding-evaluate" / "manifest.json").write_text(json.dumps(manifest))
    for path in (out / "continual-2-finding-evaluate" / "predictions").rglob("*.jsonl"):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        kept = sorted({row["example"] for row in rows}, key=lambda name: derive(3, "evaluate", name))[:3]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows if row["example"] in kept))
    names = ("continual-1-looking-evaluate", "continual-2-finding-evaluate")
    with pytest.raises(
        DataError, match=r"continual-2-finding-evaluate and continual-1-looking-evaluate test other examples of"
    ):
        run_transfer(out, *names, folder=tmp_path / "t")


def test_a_train_stage_cannot_start_from_a_transfer(finished, tmp_path):
    path = tmp_path / "more.yaml"
    path.write_text(RECIPE.replace("  report: {}", "  more: {kind: train, from: [build, continual]}"))
    with pytest.raises(ConfigError, match=r"stage 'more' reads 'continual' of kind transfer, which has no weights"):
        list(run_stages(load_recipe(path), out=finished[0], only=("more",)))


def test_an_evaluation_tells_which_held_in_tasks_no_stage_was_trained_on_and_the_last_has_none(finished):
    told = {
        path.parent.name: read(path)["counts"].get("warnings", [])
        for path in finished[0].glob("*-evaluate/manifest.json")
    }
    trained = {path.parent.name: set(read(path)["counts"]["samples"]) for path in finished[0].glob("*/manifest.json")
               if read(path)["kind"] == "train"}  # fmt: skip
    assert told["continual-3-matching-evaluate"] == []
    (warning,) = told["continual-1-looking-evaluate"]
    assert warning.startswith("counted as held-in, but no stage was trained on them")
    assert all(name in warning for name in trained["continual-3-matching"] - trained["continual-1-looking"])
    assert not any(f" {name}," in warning for name in trained["continual-1-looking"])


def test_an_evaluation_tells_which_held_out_tasks_an_earlier_stage_was_trained_on(finished, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(finished[0], out)
    manifest = read(out / "base" / "manifest.json")
    manifest["counts"]["samples"]["image_captioning"] = 3
    (out / "base" / "manifest.json").write_text(json.dumps(manifest))
    config = EvaluateConfig(max_examples_per_task=1)
    plans = make_plans(BuildFolder(out / "build"), config=config, seed=0)
    context = StageContext(
        node="e", config=config, seed=0, inputs=(out / "continual-3-matching",), folder=tmp_path / "e"
    )
    assert list(unlike_the_build(plans, context=context)) == [
        "held out by the build, but a stage before was trained on them: image_captioning"
    ]
