"""The log's sums by role: plain means, added up over processes, the same after a checkpoint."""

import json
import math
from pathlib import Path

import pytest
from toy_losses import make_rows, pieces_of, speaking
from transformers import TrainerControl, TrainerState, TrainingArguments

from sayso.artifacts import Progress
from sayso.train.batches.supervised import read_targets
from sayso.train.engine.log import RunLog
from sayso.train.objectives import objectives

ROWS = make_rows(["bos", "instr", "instr", "response"], ["bos", "response", "resp_end"])
MODEL = speaking(ROWS, probabilities=[0.5, 0.5, 0.125, 0.25, 0.5, 0.5, 0.0625])
PIECES = pieces_of(ROWS, weigh=objectives.build("l2t", {"instr": 0.1}).weigh, sizes=[1])
BITS = {"instr": (1 + 3) / 2, "response": (2 + 1) / 2, "resp_end": 4.0}
COUNTS = {"instr": 2, "response": 2, "resp_end": 1}
EXPECTED = {f"loss_by_role/{role}": bits * math.log(2) for role, bits in BITS.items()} | {
    f"targets_by_role/{role}": count for role, count in COUNTS.items()
}


def log_of(folder: Path, *pieces) -> RunLog:
    log = RunLog(folder / "log.jsonl", progress=Progress(), steps_per_epoch=1)
    for piece in pieces:
        log.add_read(read_targets(MODEL, piece))
    return log


def begin(log: RunLog, *, state: dict) -> None:
    control, kept = TrainerControl(), TrainerState(stateful_callbacks={"RunLog": state})
    log.on_train_begin(TrainingArguments(output_dir=str(log.path.parent), report_to=[]), kept, control)


def test_means_are_of_a_roles_own_targets_whatever_they_weigh(tmp_path: Path) -> None:
    assert log_of(tmp_path, *PIECES).by_role() == pytest.approx(EXPECTED)
    assert log_of(tmp_path).by_role() == {}


def test_processes_add_up(tmp_path: Path) -> None:
    other = log_of(tmp_path, PIECES[1])
    assert log_of(tmp_path, PIECES[0]).by_role(lambda sums: sums + other._by_role) == pytest.approx(EXPECTED)


def test_levelled_processes_add_up_to_the_same(tmp_path: Path) -> None:
    logs = [log_of(tmp_path, piece) for piece in PIECES]
    held = sum(log._by_role for log in logs) / 2
    for log in logs:
        log.level(lambda sums: held if sums.ndim else sums)
    assert logs[0].by_role(lambda sums: sums + logs[1]._by_role) == pytest.approx(EXPECTED)


def test_a_checkpoint_takes_the_sums_along_to_the_bit(tmp_path: Path) -> None:
    state = json.loads(json.dumps(log_of(tmp_path, PIECES[0]).state()))
    resumed = log_of(tmp_path)
    begin(resumed, state=state)
    resumed.add_read(read_targets(MODEL, PIECES[1]))
    assert resumed.by_role() == log_of(tmp_path, *PIECES).by_role()


def test_a_checkpoint_from_before_there_were_roles_can_be_resumed(tmp_path: Path) -> None:
    state = log_of(tmp_path, PIECES[0]).state()
    del state["attributes"]["by_role"]
    resumed = log_of(tmp_path, *PIECES)
    begin(resumed, state=state)
    assert resumed.by_role() == {}


def test_a_line_nests_what_trackers_get_flat_and_opens_a_new_window(tmp_path: Path) -> None:
    log = log_of(tmp_path, *PIECES)
    args = TrainingArguments(output_dir=str(tmp_path), report_to=[])
    log.on_log(args, TrainerState(global_step=3), TrainerControl(), {"loss": 1.5, **log.by_role()})
    (row,) = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert row["targets_by_role"] == COUNTS
    assert row["loss_by_role"] == pytest.approx({role: bits * math.log(2) for role, bits in BITS.items()})
    assert set(row) == {"step", "loss", "loss_by_role", "targets_by_role", "num_targets"}
    assert log.by_role() == {}
