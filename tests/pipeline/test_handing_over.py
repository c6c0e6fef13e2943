"""A train stage goes to other tools with its settings, weights and samples, or is refused with the reason.

TRL is really run where it is installed, or where SAYSO_TRL_PYTHON names an interpreter that has it.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
import yaml
from tiny_chat import save_tiny_chat
from toy_run import TINY, TRAIN, run_node

from sayso.artifacts import StageContext
from sayso.config import BuildConfig, PluginConfig, SourceConfig
from sayso.errors import ConfigError, DataError
from sayso.pipeline import HandOver, hand_over_recipe, hand_over_run
from sayso.sources.conversations import conversations
from sayso.train.handover import tools
from sayso.train.opening import open_run

pytest.importorskip("torch")

SEES = BuildConfig(sources=(SourceConfig(name="shapes", count=12),), tasks=("counting", "image_captioning"))
READS = BuildConfig(
    sources=(SourceConfig(name="shapes", count=12, num_images=0),), tasks=("description_question_answering",)
)
STEPS = TRAIN.model_copy(
    update={"max_steps": -1, "num_train_epochs": 2, "warmup_steps": 0, "logging_steps": 1, "max_tokens": 2048}
)
TOOLS = tools.names()
OBJECTIVES = {name: PluginConfig(name=f"toy_weights:{name}") for name in ("instructions_too", "everything", "half")}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of two epochs: of a model that sees, and of one that reads text alone."""
    folder = tmp_path_factory.mktemp("runs")
    larger = TINY.model_copy(update={"vocab_size": 1200})
    chat = PluginConfig(name="auto", path=str(save_tiny_chat(folder / "chat")), device="cpu")
    for name, build, model in (("sees", SEES, larger), ("reads", READS, chat)):
        run_node(folder / name, name="build", kind="build", config=build)
        config = STEPS.model_copy(update={"model": model})
        run_node(folder / name, name="train", kind="train", config=config, inputs=("build",))
    return folder


@pytest.fixture(scope="module")
def stage(runs):
    """Adds a train stage with another config beside the one that is there; (run, name) -> how to hand it over."""

    def make(run, name, **changes):
        old = json.loads((runs / run / "train" / "manifest.json").read_text())
        old["config"] |= {
            key: getattr(value, "model_dump", lambda value=value: value)() for key, value in changes.items()
        }
        old["node"] = name
        (runs / run / name).mkdir(exist_ok=True)
        (runs / run / name / "manifest.json").write_text(json.dumps(old))
        return name

    return make


def hand(runs, run, out, *, to="trl", **how):
    return hand_over_run(runs / run, how=HandOver(to=to, **{"stage": "train", **how}), out=out)


def places(runs, run, tmp_path):
    """The samples of the run, place by place, as training draws them."""
    model = json.loads((runs / run / "train" / "manifest.json").read_text())["config"]["model"]
    config = STEPS.model_copy(update={"model": PluginConfig(**model)})
    (tmp_path / "context").mkdir()
    context = StageContext(
        node="train", config=config, seed=5, inputs=(runs / run / "build",), folder=tmp_path / "context"
    )
    bundle, dataset = open_run(context)
    return bundle, dataset


@pytest.mark.parametrize("to", TOOLS)
def test_every_sample_of_all_epochs_is_there_in_the_order_of_training(runs, tmp_path, to):
    written = hand(runs, "sees", tmp_path / "out", to=to)
    _, dataset = places(runs, "sees", tmp_path)
    assert written["num_samples"] == dataset.total > 24
    lineage = [json.loads(line) for line in (tmp_path / "out" / "data" / "lineage.jsonl").read_text().splitlines()]
    assert [(row["id"], row["template"]) for row in lineage] == [
        (sample.id, sample.template) for sample in map(dataset.sample, range(dataset.total))
    ]
    worded = {(row["example"], row["template"]) for row in lineage}
    assert len(worded) > len({example for example, _ in worded}) == dataset.total // 2
    rows = list(conversations(path=str(tmp_path / "out" / "data")).items())
    assert len(rows) == dataset.total
    for row, place in zip(rows, range(dataset.total), strict=True):
        said = ["".join(p.text for p in m.parts if hasattr(p, "text")) for m in row.conversation]
        wanted = ["".join(p.text for p in m.parts if hasattr(p, "text")) for m in dataset.sample(place).messages]
        assert [text.strip() for text in said] == [text.strip() for text in wanted]


@pytest.mark.parametrize("to", TOOLS)
def test_the_weights_before_the_first_step_go_along(runs, tmp_path, to):
    hand(runs, "sees", tmp_path / "out", to=to)
    untuned = runs / "sees" / "train" / "untuned"
    for name in ("model.safetensors", "chat_template.jinja", "tokenizer.json"):
        assert (tmp_path / "out" / "model" / name).read_bytes() == (untuned / name).read_bytes()
    assert not (tmp_path / "out" / "untuned.json").exists()


def test_settings_are_said_in_the_words_of_each_tool(runs, tmp_path):
    for to in TOOLS:
        hand(runs, "sees", tmp_path / to, to=to)
    trl = json.loads((tmp_path / "trl" / "sft.json").read_text())["settings"]
    factory = yaml.safe_load((tmp_path / "llama_factory" / "train.yaml").read_text())
    swift = yaml.safe_load((tmp_path / "ms_swift" / "sft.yaml").read_text())
    for settings in (trl, factory, swift):
        assert settings["learning_rate"] == 3e-3
        assert settings["per_device_train_batch_size"] == 4
        assert settings["lr_scheduler_type"] == "cosine"
        assert settings["num_train_epochs"] == 1
        assert settings["gradient_checkpointing"] is settings["bf16"] is False
        assert settings["seed"] == trl["seed"]
    assert (trl["train_sampling_strategy"], trl["completion_only_loss"], trl["max_length"]) == (
        "sequential",
        True,
        None,
    )
    assert (factory["disable_shuffling"], factory["cutoff_len"], factory["stage"]) == (True, 2048, "sft")
    assert not {"train_on_prompt", "mask_history"} & set(factory)
    assert (swift["dataset_shuffle"], swift["train_dataloader_shuffle"], swift["loss_scale"]) == (
        False,
        False,
        "default",
    )


FACTORY = {
    *(
        "model_name_or_path",
        "stage",
        "do_train",
        "finetuning_type",
        "freeze_vision_tower",
        "freeze_multi_modal_projector",
    ),
    *("dataset", "dataset_dir", "media_dir", "cutoff_len", "train_on_prompt", "mask_history", "disable_shuffling"),
    "overwrite_cache",
}
"""Arguments of LLaMA-Factory's own classes (hparams/model_args, data_args, finetuning_args) that an export may use."""
SWIFT = {
    *("model", "use_hf", "tuner_type", "freeze_vit", "freeze_aligner", "freeze_llm", "dataset", "split_dataset_ratio"),
    *("dataset_shuffle", "train_dataloader_shuffle", "strict", "max_length", "truncation_strategy", "loss_scale"),
}
"""Arguments of ms-swift's documentation that an export may use."""


@pytest.mark.parametrize("run", ["sees", "reads"])
def test_keys_are_those_of_the_tools_or_of_transformers(runs, tmp_path, run):
    from transformers import TrainingArguments

    for to in ("llama_factory", "ms_swift"):
        hand(runs, run, tmp_path / to, to=to)
    usual = set(TrainingArguments.__dataclass_fields__) | {"gradient_checkpointing"}
    factory = yaml.safe_load((tmp_path / "llama_factory" / "train.yaml").read_text())
    assert set(factory) - usual <= FACTORY
    assert ("freeze_vision_tower" in factory) == (run == "sees")
    swift = yaml.safe_load((tmp_path / "ms_swift" / "sft.yaml").read_text())
    assert set(swift) - usual <= SWIFT
    register = json.loads((tmp_path / "llama_factory" / "data" / "dataset_info.json").read_text())
    assert factory["dataset"] in register
    assert (tmp_path / "llama_factory" / factory["dataset_dir"] / register["sayso"]["file_name"]).exists()
    assert (tmp_path / "ms_swift" / swift["dataset"][0]).exists()


def test_an_export_says_what_is_equal_and_what_is_lost(runs, tmp_path):
    for to in TOOLS:
        written = hand(runs, "sees", tmp_path / to, to=to)
        text = (tmp_path / to / "README.md").read_text()
        assert written["command"] in text
        assert all(line in text for line in written["lost"])
        assert ("was not run with the tool" in text) == (to != "trl")
        assert f"It has {written['num_samples']} samples for {written['num_steps']} steps on one process" in text


@pytest.mark.parametrize(
    ("to", "objective", "file", "said"),
    [
        ("llama_factory", "everything", "train.yaml", {"train_on_prompt": True}),
        ("ms_swift", "everything", "sft.yaml", {"loss_scale": "all"}),
    ],
)
def test_an_objective_that_a_tool_has_a_word_for_is_said_so(runs, stage, tmp_path, to, objective, file, said):
    name = stage("sees", "other", objective=OBJECTIVES[objective])
    hand(runs, "sees", tmp_path / "out", to=to, stage=name)
    assert said.items() <= yaml.safe_load((tmp_path / "out" / file).read_text()).items()


@pytest.mark.parametrize("to", TOOLS)
@pytest.mark.parametrize("objective", ["instructions_too", "half"])
def test_an_objective_that_a_tool_cannot_express_is_refused_unless_the_nearest_will_do(
    runs, stage, tmp_path, to, objective
):
    name = stage("sees", "other", objective=OBJECTIVES[objective])
    with pytest.raises(
        ConfigError, match=rf"objective 'toy_weights:{objective}' .* trains on tokens of the roles .* --inexact"
    ):
        hand(runs, "sees", tmp_path / "out", to=to, stage=name)
    assert not (tmp_path / "out").exists()
    written = hand(runs, "sees", tmp_path / "out", to=to, stage=name, inexact=True)
    assert any("written with --inexact" in line for line in written["lost"])


def test_terms_that_no_tool_knows_are_refused_unless_they_may_be_left_out(runs, stage, tmp_path):
    name = stage("sees", "other", losses=[{"name": "wording_consistency"}])
    with pytest.raises(ConfigError, match=r"TRL is not told train.losses .*wording_consistency.* --inexact"):
        hand(runs, "sees", tmp_path / "out", stage=name)
    written = hand(runs, "sees", tmp_path / "out", stage=name, inexact=True)
    assert any("`train.losses" in line for line in written["lost"])


def test_a_model_of_text_gets_any_binary_objective_as_ids_and_labels(runs, stage, tmp_path):
    name = stage("reads", "other", objective=OBJECTIVES["instructions_too"])
    hand(runs, "reads", tmp_path / "out", stage=name)
    bundle, dataset = places(runs, "reads", tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "out" / "data" / "tokens.jsonl").read_text().splitlines()]
    assert len(rows) == dataset.total
    for place, row in enumerate(rows):
        sample = dataset.sample(place)
        assert row["input_ids"] == dataset.encoder.encode(sample).input_ids
        kept = bundle.tokenizer.decode([label for label in row["labels"] if label != -100])
        asked, answer = (m.parts[0].text for m in sample.messages)
        assert kept.replace(" ", "") == f"{asked}{answer}{bundle.tokenizer.eos_token}".replace(" ", "")
    with pytest.raises(
        ConfigError, match="with different weights, which TRL cannot: it trains on tokens of one weight"
    ):
        hand(runs, "reads", tmp_path / "half", stage=stage("reads", "other", objective=OBJECTIVES["half"]))


@pytest.mark.parametrize(
    ("how", "error", "text"),
    [
        ({"to": "tlr"}, ConfigError, "no tool 'tlr' to hand over to; did you mean 'trl'"),
        ({"stage": "trian"}, ConfigError, "no train stage 'trian'; did you mean 'train'"),
    ],
)
def test_names_that_do_not_exist_are_told(runs, tmp_path, how, error, text):
    with pytest.raises(error, match=text):
        hand(runs, "reads", tmp_path / "out", **how)
    assert not (tmp_path / "out").exists()


def test_a_run_without_a_train_stage_says_what_to_type(runs, tmp_path):
    with pytest.raises(DataError, match="holds no train stage; give the recipe in place of the run"):
        hand_over_run(runs / "sees" / "build", how=HandOver(to="trl"), out=tmp_path / "out")


def test_a_recipe_is_handed_over_without_training_it(kitchen):
    text = f"""
        stages:
          build: {{from: []}}
          train: {{from: [build]}}
        build:
          sources: [{{name: shapes, count: 8}}]
          tasks: [counting]
        train: {{model: {json.dumps(TINY.model_dump())}, max_steps: 3, per_device_train_batch_size: 2}}
    """
    out = kitchen.folder / "given"
    written = hand_over_recipe(kitchen.recipe(text=text), run=kitchen.out, how=HandOver(to="ms_swift"), out=out)
    assert (written["stage"], written["num_samples"], written["num_steps"]) == ("train", 6, 3)
    assert [path.name for path in kitchen.out.iterdir() if path.is_dir()] == ["build"]
    assert (out / "model" / "config.json").exists()


def trl_python():
    named = os.environ.get("SAYSO_TRL_PYTHON")
    if named or find_spec("trl"):
        return named or sys.executable
    return pytest.skip("trl is not installed: name an interpreter that has it in SAYSO_TRL_PYTHON")


@pytest.mark.slow
def test_trl_trains_what_it_is_given_with_our_first_loss(runs, stage, tmp_path):
    """A model that sees on responses, and one that reads on instructions too; one process, for the seconds that imports take."""
    python, wanted = trl_python(), {}
    for run, changes in (("sees", {}), ("reads", {"objective": OBJECTIVES["instructions_too"]})):
        out = tmp_path / run / "out"
        hand(runs, run, out, stage=stage(run, "other", **changes))
        before, _, after = (out / "train.py").read_text().partition("here = ")
        (out / "train.py").write_text(f"{before}{LOSSES}here = {after}")
        wanted[run] = first_loss(runs, run, changes, tmp_path / run)
    settings = ["max_steps=2", "use_cpu=true", 'save_strategy="no"', "disable_tqdm=true"]
    scripts = [str(tmp_path / run / "out" / "train.py") for run in wanted]
    done = subprocess.run(
        [python, "-c", f"import runpy\nfor one in {scripts}: runpy.run_path(one, run_name='__main__')", *settings],
        cwd=tmp_path,
        env={**os.environ, "HF_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for run, first in wanted.items():
        theirs = json.loads((tmp_path / run / "losses.json").read_text())
        assert len(theirs) == 2
        assert theirs[0] == pytest.approx(first, abs=1e-4), run


LOSSES = """
seen = []


class SFTTrainer(SFTTrainer):
    def compute_loss(self, *given, **named):
        loss = super().compute_loss(*given, **named)
        seen.append(float(loss if not isinstance(loss, tuple) else loss[0]))
        (here.parent / "losses.json").write_text(json.dumps(seen))
        return loss


"""
"""TRL rounds the losses that it logs; this writes them down as they are."""


def first_loss(runs, run, changes, tmp_path):
    """The loss of our first batch, from the logits of the plain model and the weights of the objective."""
    from sayso.train.batches.batch import make_batch
    from sayso.train.batches.supervised import read_targets
    from sayso.train.objectives import objectives

    bundle, dataset = places(runs, run, tmp_path)
    objective = changes.get("objective", PluginConfig(name="response_only"))
    weigh = objectives.build(objective.name, objective.options).weigh
    batch = make_batch(dataset.__getitems__([0, 1, 2, 3]), pad_token_id=bundle.tokenizer.pad_token_id, weigh=weigh)
    return float(read_targets(bundle.model.eval(), batch).nll.detach().mean())
