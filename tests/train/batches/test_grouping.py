"""Samples that are alike share batches, each comes once, and any place is reached without the ones before."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_conversation import make_sample, text
from toy_run import BUILD, RUN, TRAIN, run_node

from sayso.artifacts import Manifest, Progress, StageContext, open_stage
from sayso.config import TrainConfig
from sayso.models._protocol import models
from sayso.models.encode import Encoder
from sayso.seeds import derive
from sayso.train.batches.grouping import WINDOW_BATCHES, GroupBy, Grouped, Grouping, Size, measure_samples

WAYS: tuple[GroupBy, ...] = ("length", "modality", "modality_length")
PIECE, BATCH = 4, 8
WINDOW = WINDOW_BATCHES * BATCH


def size_of(number: int) -> Size:
    return Size(derive("media", number) % 3 == 0, 20 + derive("tokens", number) % 200)


def grouping(by: GroupBy, *, total: int, seed: int = 3, together: int = 1) -> Grouping:
    def measure(numbers: Any) -> list[Size]:
        return [size_of(number) for number in numbers]

    return Grouping(by, total=total, sizes=(PIECE, BATCH), measure=measure, seed=seed, together=together)


def waste(numbers: list[int]) -> float:
    """The share of padding in pieces of so many samples."""
    pieces = [[size_of(n).tokens for n in numbers[k : k + PIECE]] for k in range(0, len(numbers), PIECE)]
    return 1 - sum(map(sum, pieces)) / sum(len(piece) * max(piece) for piece in pieces)


@pytest.mark.parametrize("by", WAYS)
@settings(max_examples=15)
@given(total=st.integers(1, 3 * WINDOW), seed=st.integers(0, 10**6))
def test_every_sample_comes_once_and_in_its_window(by: GroupBy, total: int, seed: int) -> None:
    order = grouping(by, total=total, seed=seed)
    numbers = [order[k] for k in range(total)]
    assert sorted(numbers) == list(range(total))
    assert all(k // WINDOW == number // WINDOW for k, number in enumerate(numbers))


@settings(max_examples=8)
@given(k=st.integers(0, 10**9))
def test_any_place_is_reached_without_the_ones_before(k: int) -> None:
    fresh, used = (grouping("length", total=10**9 + 1) for _ in range(2))
    _ = [used[j] for j in range(0, 2000, 100)]
    assert fresh[k] == used[k]


def test_lengths_are_alike_within_a_piece_and_differ_between_pieces() -> None:
    numbers = list_of(grouping("length", total=WINDOW))
    assert waste(numbers) < 0.02 < 0.2 < waste(list(range(WINDOW)))
    starts = [size_of(numbers[k]).tokens for k in range(0, WINDOW, PIECE)]
    assert sum(one > other for one, other in pairwise(starts)) > len(starts) / 4  # not from short to long


@pytest.mark.parametrize("by", ["modality", "modality_length"])
def test_a_batch_is_of_one_modality_but_for_one_a_window(by: GroupBy) -> None:
    numbers = list_of(grouping(by, total=3 * WINDOW + 5))
    batches = [{size_of(n).media for n in numbers[k : k + BATCH]} for k in range(0, len(numbers), BATCH)]
    for window in range(4):
        mixed = [len(kinds) for kinds in batches[window * WINDOW_BATCHES : (window + 1) * WINDOW_BATCHES]]
        assert mixed.count(2) <= 2
    assert Counter(map(len, batches))[1] > len(batches) * 0.9


def test_by_modality_alone_lengths_are_left_to_chance() -> None:
    by_modality, by_both = (list_of(grouping(by, total=WINDOW)) for by in ("modality", "modality_length"))  # type: ignore[arg-type]
    assert waste(by_both) < 0.03
    assert waste(by_modality) > 0.2


def test_windows_and_seeds_differ() -> None:
    first = list_of(grouping("length", total=2 * WINDOW))
    other = list_of(grouping("length", total=2 * WINDOW, seed=4))
    assert first != other
    assert [n % WINDOW for n in first[:WINDOW]] != [n % WINDOW for n in first[WINDOW:]]


@given(total=st.integers(1, 500))
def test_wordings_of_an_example_stay_side_by_side(total: int) -> None:
    numbers = list_of(grouping("modality_length", total=4 * total, together=4))
    assert all(numbers[k : k + 4] == list(range(numbers[k], numbers[k] + 4)) for k in range(0, 4 * total, 4))


def test_a_place_beyond_the_run_is_an_error() -> None:
    with pytest.raises(IndexError, match="place 5 of a run of 5"):
        _ = grouping("length", total=5)[5]


class Numbers:
    """Samples that are their numbers."""

    def __init__(self, total: int) -> None:
        self.total = total

    def __len__(self) -> int:
        return self.total

    def __getitems__(self, numbers: list[int]) -> Any:
        return numbers


def test_a_dataset_gives_samples_in_the_order_of_its_grouping_and_those_beyond_the_end_as_they_are() -> None:
    order = grouping("length", total=20)
    dataset = Grouped(Numbers(20), grouping=order)
    assert len(dataset) == 20
    assert dataset.__getitems__([3, 19, 20, 21]) == [order[3], order[19], 20, 21]
    assert dataset[7] == order[7]


def list_of(order: Grouping) -> list[int]:
    return [order[k] for k in range(len(order))]


def test_samples_are_measured_without_opening_their_pictures() -> None:
    options = {"hidden_size": 32, "vision_hidden_size": 32, "num_layers": (1, 1), "num_heads": 2, "vocab_size": 512}
    bundle = models.build("tiny", options).make(texts=["How many?"], seed=3)
    encoder = Encoder(bundle.processor, max_tokens=200)
    samples = [
        make_sample(prompt=text(("How many?" * (n + 1), "instr")), media=media) for n, media in enumerate([0, 1, 2, 0])
    ]
    sizes = measure_samples(encoder, samples)
    assert [size.media for size in sizes] == [False, True, True, False]
    plain = measure_samples(encoder, [make_sample(prompt=text(("How many?" * 2, "instr")), media=0)])[0]
    assert sizes[1].tokens == plain.tokens + 9  # (48 / 16) squared visual tokens


# The real stage.

GROUPED = TRAIN.model_copy(update={"group_by": "length", "packing": True, "max_steps": 12, "logging_steps": 4})


class KilledError(Exception):
    """A process that ends."""


class Ending(Progress):
    """Ends the run at its seventh step, behind the checkpoint of the sixth."""

    steps = 0

    def advance(self, steps: int = 1) -> None:
        self.steps += steps
        if self.steps == 7:
            raise KilledError


def test_a_grouped_and_packed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    for name in ("whole", "cut"):
        run_node(tmp_path / name, name="build", kind="build", config=BUILD)
    run_node(tmp_path / "whole", name="train", kind="train", config=GROUPED, inputs=("build",))
    with pytest.raises(KilledError):
        start(tmp_path / "cut", GROUPED)
    assert (tmp_path / "cut" / "train.partial" / "checkpoints" / "checkpoint-6").exists()
    run_node(tmp_path / "cut", name="train", kind="train", config=GROUPED, inputs=("build",))
    whole, cut = ((tmp_path / name / "train") for name in ("whole", "cut"))
    assert (cut / "model" / "model.safetensors").read_bytes() == (whole / "model" / "model.safetensors").read_bytes()
    assert (cut / "log.jsonl").read_text() == (whole / "log.jsonl").read_text()


def start(out: Path, config: TrainConfig) -> None:
    manifest = Manifest(
        node="train", kind="train", digest="toy", config=config.model_dump(mode="json"), seed=5, parents={"build": "parent"}
    )  # fmt: skip
    partial = open_stage(out / "train", manifest)
    assert partial is not None
    RUN["train"](
        StageContext(
            node="train", config=config, seed=5, inputs=(out / "build",), folder=partial, progress=Ending()
        )
    )  # fmt: skip


def test_a_grouped_run_takes_the_same_samples(tmp_path: Path) -> None:
    counts = {}
    for by in ("none", "modality_length"):
        config = TRAIN.model_copy(update={"max_steps": -1, "group_by": by})
        run_node(tmp_path / by, name="build", kind="build", config=BUILD)
        run_node(tmp_path / by, name="train", kind="train", config=config, inputs=("build",))
        row = json.loads((tmp_path / by / "train" / "log.jsonl").read_text().splitlines()[-1])
        counts[by] = row["num_targets"]
    assert counts["none"] == counts["modality_length"]
