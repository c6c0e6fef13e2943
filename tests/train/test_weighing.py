"""Objectives and weights of tasks in whole train stages: what is logged, what no cut of a batch changes, what is refused."""

import json
import math
import pickle
from functools import partial
from pathlib import Path

import msgspec
import pytest
import torch
from toy_conversation import make_sample, text
from toy_losses import PAD, make_rows, speaking
from toy_run import BUILD, TRAIN, run_node
from transformers import PrinterCallback, TrainingArguments

from sayso.artifacts import Progress
from sayso.config import PluginConfig, TrainConfig, load_recipe
from sayso.errors import ConfigError, DataError
from sayso.models._protocol import models
from sayso.models.encode import Encoder
from sayso.pipeline import check_recipe
from sayso.records import ROLES
from sayso.train.batches.batch import make_batch
from sayso.train.batches.supervised import read_targets
from sayso.train.engine.log import RunLog
from sayso.train.engine.trainer import RoleTrainer
from sayso.train.objectives import Weigh, objectives
from sayso.train.samples.order import RunSampler
from sayso.train.weighing import ByTask

TASKS = BUILD.model_copy(update={"tasks": ("counting", "object_recognition", "open_domain_vqa")})
SHORT = TRAIN.model_copy(
    update={
        "max_steps": 3,
        "logging_steps": 1,
        "save_steps": 100,
        "objective": PluginConfig(name="l2t_keep_task_templates"),
    }
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of three tasks."""
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=TASKS)
    return folder


def train(out: Path, name: str, **changes: object) -> list[dict]:
    """The log of a short run."""
    config = TrainConfig.model_validate({**SHORT.model_dump(), **changes})
    run_node(out, name=name, kind="train", config=config, inputs=("build",))
    return [json.loads(line) for line in (out / name / "log.jsonl").read_text().splitlines()]


def losses(rows: list[dict]) -> list[float]:
    return [row["loss"] for row in rows]


def test_the_log_tells_the_loss_and_the_number_of_targets_of_every_role(out: Path) -> None:
    rows = train(out, "logged")
    for row in rows:
        counts, means = row["targets_by_role"], row["loss_by_role"]
        assert set(counts) == set(means) <= {"instr_template", "instr", "options", "response", "resp_end"}
        assert {"instr_template", "response", "resp_end"} <= set(counts)
        assert row["loss"] == pytest.approx(sum(means[role] * counts[role] for role in counts) / sum(counts.values()))
    assert sum(sum(row["targets_by_role"].values()) for row in rows) == rows[-1]["num_targets"]


def test_losses_by_role_are_means_whatever_their_tokens_weigh(out: Path) -> None:
    """At the first step nothing is learned yet, so that two objectives see the same model and the same samples."""
    light = {"name": "prompt_loss_weight", "weight": 0.1}
    first, other = train(out, "logged")[0], train(out, "light", objective=light, max_steps=1)[0]
    for role in first["loss_by_role"]:
        assert other["loss_by_role"][role] == pytest.approx(first["loss_by_role"][role], abs=1e-5)
    counts, means = other["targets_by_role"], other["loss_by_role"]
    weight = {role: 1.0 if role in {"response", "resp_end"} else 0.1 for role in counts}
    total = sum(weight[role] * means[role] * counts[role] for role in counts)
    assert other["loss"] == pytest.approx(total / sum(weight[role] * counts[role] for role in counts))


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": {"name": "l2t", "normaliser": "sequence_mean"}, "task_weights": {"counting": 4.0, "vqa/*": 0.25}},
        {"objective": {"name": "toy_objectives:options_only"}, "preflight": False},
        {"objective": {"name": "wit", "prompt": 0.2, "response": 0.7}, "task_weights": {"*": 2.0}},
    ],
    ids=["means of samples by task", "pieces without targets", "wit"],
)
def test_accumulated_pieces_give_the_loss_of_the_whole_batch(out: Path, changes: dict, request) -> None:
    name = request.node.callspec.id.replace(" ", "-")
    whole = train(out, f"{name}-whole", **changes)
    split = train(out, f"{name}-split", **changes, per_device_train_batch_size=1, gradient_accumulation_steps=4)
    assert losses(split) == pytest.approx(losses(whole), abs=1e-4)
    for a, b in zip(split, whole, strict=True):
        assert a["targets_by_role"] == b["targets_by_role"]
        assert a["loss_by_role"] == pytest.approx(b["loss_by_role"], abs=1e-4)


def test_equal_weights_of_all_tasks_change_nothing_and_others_do(out: Path) -> None:
    plain = losses(train(out, "logged"))
    assert losses(train(out, "alike", task_weights={"*": 2.0})) == pytest.approx(plain, abs=1e-5)
    assert abs(losses(train(out, "unlike", task_weights={"*": 1.0, "counting": 9.0}))[0] - plain[0]) > 1e-4


def test_a_pattern_of_task_weights_that_matches_nothing_is_refused(out: Path, tmp_path: Path) -> None:
    told = r"task_weights: 'countin' matches no task of the build; did you mean 'counting'"
    with pytest.raises(ConfigError, match=rf"typo\.{told}"):
        train(out, "typo", task_weights={"countin": 2.0})
    recipe = tmp_path / "typo.yaml"
    recipe.write_text(
        "build: {sources: [{name: shapes, count: 20}], tasks: [counting]}\ntrain: {task_weights: {countin: 2}}"
    )
    with pytest.raises(ConfigError, match=rf"train\.{told}"):
        check_recipe(load_recipe(recipe))


@pytest.mark.parametrize("weight", [0, -1])
def test_a_task_weighs_something(weight: float) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        TrainConfig.model_validate({"task_weights": {"counting": weight}})


def test_a_mistyped_option_of_an_objective_is_told(out: Path) -> None:
    with pytest.raises(ConfigError, match="'l2t' has no option 'instr_turn'; did you mean 'instr_turns'"):
        train(out, "mistyped", objective={"name": "l2t", "instr_turn": "all"})


def test_an_objective_with_weights_of_tasks_goes_to_other_processes() -> None:
    objective = ByTask(objective=objectives.build("vit", {}), task_weights={"t": 2.5})
    (row,) = make_rows(["bos", "response", "resp_end"])
    elsewhere = pickle.loads(pickle.dumps(objective.weigh))
    assert elsewhere(row).weights.tolist() == [0, 2.5, 2.5]
    assert elsewhere(row).count == 5
    assert objective.weights["response"] == 1


class Listed(list):
    """Encoded rows as a data set."""

    def __getitems__(self, places: list[int]) -> list:
        return [self[place] for place in places]


@pytest.mark.parametrize(
    ("normaliser", "size"),
    [("weights", 1), ("weights", 2), ("weights", 3), ("nonzero", 2), ("response_tokens", 2), ("sequence_mean", 2), ("sum", 2)],
)  # fmt: skip
def test_a_step_of_the_trainer_is_the_sum_worked_out_by_hand(normaliser: str, size: int, tmp_path: Path) -> None:
    """In units of ln 2. Prompts weigh 1/4, so A is 1/4 * 2 + 3 over 1.25, B 1/4 * (1 + 1) + 1 over 1.5, C 1/4 * 4 + 2 + 1, twice as much for its
    task, over 2.25 * 2. Whatever the pieces, one step sees all three.
    """
    rows = make_rows(
        ["bos", "instr", "response"], ["bos", "instr", "options", "response"], ["bos", "role_mark", "response", "resp_end"], tasks=["a", "b", "c"],
    )  # fmt: skip
    model = speaking(rows, probabilities=[0.5, 1 / 4, 1 / 8, 0.5, 1 / 2, 1 / 2, 1 / 2, 0.5, 1 / 16, 1 / 4, 1 / 2])
    objective = objectives.build("prompt_loss_weight", {"weight": 0.25, "normaliser": normaliser})
    weigh = ByTask(objective=objective, task_weights={"c": 2.0}).weigh
    a, b, c = 0.5 + 3, 0.5 + 1, 2 * (1 + 2 + 1)
    counts = {
        "weights": 1.25 + 1.5 + 2 * 2.25,
        "nonzero": 2 + 3 + 2 * 3,
        "response_tokens": 1 + 1 + 2 * 2,
        "sum": 1 + 1 + 2,
    }
    expected = (
        (a / 1.25 + b / 1.5 + c / 2.25) / 4 if normaliser == "sequence_mean" else (a + b + c) / counts[normaliser]
    )
    assert one_step(model, rows, weigh=weigh, size=size, folder=tmp_path) / math.log(2) == pytest.approx(
        expected, rel=1e-5
    )


def one_step(model: torch.nn.Module, rows: list, *, weigh: Weigh, size: int, folder: Path) -> float:
    """The loss that the trainer logs of a step over all rows, so many a piece."""
    options = {"max_steps": 1, "logging_steps": 1, "report_to": [], "disable_tqdm": True, "use_cpu": True, "save_strategy": "no", "remove_unused_columns": False}  # fmt: skip
    args = TrainingArguments(
        output_dir=str(folder), per_device_train_batch_size=size, gradient_accumulation_steps=-(-len(rows) // size), learning_rate=0.0, **options,
    )  # fmt: skip
    log = RunLog(folder / "log.jsonl", progress=Progress(), steps_per_epoch=1)
    trainer = RoleTrainer(
        sampler=RunSampler(len(rows)), terms=(), log=log, model=model, args=args, train_dataset=Listed(rows),
        data_collator=partial(make_batch, pad_token_id=PAD, weigh=weigh),
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return log.final_loss


PROMPT = text(("How many ", "instr_template"), ("red", "instr"), (" circles are there?", "instr_template"))


@pytest.fixture(scope="module")
def bundle():
    """An untrained tiny model."""
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 300}
    return models.build("tiny", options).make(texts=["How many red circles are there?", "two circles"] * 3, seed=3)


def test_a_real_model_gives_a_text_without_targets_no_loss_and_no_gradient(bundle) -> None:
    row = Encoder(bundle.processor, max_tokens=512).encode(make_sample(prompt=PROMPT, media=0))
    objective = objectives.build("l2t", {"instr_on_text_only": False})
    asked = type(row)(id=row.id, input_ids=row.input_ids[:6], roles=row.roles[:6])
    piece = make_batch([asked], pad_token_id=0, weigh=objective.weigh)
    read = read_targets(bundle.model, piece)
    loss = (read.weights * read.nll).sum()
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad is None or not p.grad.abs().sum() for p in bundle.model.parameters())


def test_a_real_model_gives_one_loss_however_samples_are_padded(bundle) -> None:
    encoder = Encoder(bundle.processor, max_tokens=512)
    short = encoder.encode(make_sample(prompt=PROMPT, media=0))
    long = encoder.encode(make_sample(prompt=text(("How many ", "instr_template"), ("red " * 20, "instr")), media=0))
    weigh = objectives.build("l2t", {}).weigh
    sums = []
    for pieces in ([[short, long]], [[short], [long]]):
        reads = [read_targets(bundle.model, make_batch(rows, pad_token_id=0, weigh=weigh)) for rows in pieces]
        sums.append(sum((read.weights * read.nll).sum() for read in reads).item())
        assert {ROLES[code] for read in reads for code in read.roles.tolist()} == {"instr", "response", "resp_end"}
    assert sums[0] == pytest.approx(sums[1], rel=1e-5)


def test_turns_of_a_real_conversation_are_told_apart(bundle) -> None:
    sample = make_sample(prompt=text(("red circles", "instr")), media=0)
    later = (*sample.messages, *make_sample(prompt=text(("red", "instr")), media=0, response="two").messages)
    row = Encoder(bundle.processor, max_tokens=512).encode(msgspec.structs.replace(sample, messages=later))
    trained = {}
    for turns in ("all", "first"):
        weights = objectives.build("l2t", {"instr_turns": turns}).weigh(row).weights
        ids = [token for token, weight in zip(row.input_ids, weights, strict=True) if weight]
        trained[turns] = " ".join(bundle.tokenizer.decode(ids).split())
    end = bundle.tokenizer.eos_token
    told = {turns: words.replace(end, " | ").split() for turns, words in trained.items()}
    assert "".join(told["all"]) == "redcirclestwocircles|redtwo|"
    assert "".join(told["first"]) == "redcirclestwocircles|two|"


def test_an_instruction_whose_picture_cannot_be_opened_is_never_trained(bundle) -> None:
    def load(media):
        raise DataError(f"{media.path} is truncated")

    with pytest.raises(DataError, match="toy:0 is truncated"):
        Encoder(bundle.processor, max_tokens=512, load=load).encode(make_sample(prompt=PROMPT))
