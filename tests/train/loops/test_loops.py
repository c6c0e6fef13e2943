"""Outer loops: closed forms, what a stretch is made of, and that a killed run goes on in the same bits."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from toy_run import TRAIN, run_node

from sayso.artifacts import Manifest, Progress, StageContext, close_stage, open_stage, read_manifest
from sayso.config import BuildConfig, PluginConfig, ReplayConfig, SourceConfig, TrainConfig
from sayso.data.cards import Card
from sayso.errors import ConfigError
from sayso.train import stage as train_stage
from sayso.train.loops import StretchedOrder, loops, stretched
from sayso.train.samples.order import RunOrder

SIZES = {"counting": 7, "color": 12, "caption": 30}


@given(
    start=st.floats(-3, 3),
    curvature=st.floats(0.1, 2.0),
    steps=st.integers(1, 6),
    size=st.floats(0.05, 1.0),
    turns=st.integers(1, 4),
)
def test_reptile_on_a_quadratic_is_its_closed_form(
    start: float, curvature: float, steps: int, size: float, turns: int
) -> None:
    """f(x) = a (x - 1)^2 / 2 under plain descent: each turn multiplies x - 1 by 1 - e + e (1 - r a)^K."""
    loop = loops.build("reptile", {"inner_steps": steps, "step_size": size})
    x = torch.tensor([start], dtype=torch.float64, requires_grad=True)
    descent = torch.optim.SGD([x], lr=0.3)
    memory = loop.start({"x": x})
    for _ in range(turns):
        for _ in range(steps):
            descent.zero_grad()
            (curvature * (x - 1) ** 2 / 2).sum().backward()
            descent.step()
        loop.end_stretch({"x": x}, memory=memory)
    wanted = 1 + (start - 1) * (1 - size + size * (1 - 0.3 * curvature) ** steps) ** turns
    assert float(x.detach()) == pytest.approx(wanted, abs=1e-9)
    assert torch.equal(memory["x"], x.detach())


def test_between_two_tasks_reptile_goes_to_where_both_are_near() -> None:
    """Two quadratics with minima at -1 and 1, in turn: near 0, where descent alone jumps between them."""
    loop = loops.build("reptile", {"inner_steps": 5, "step_size": 0.1})
    x = torch.tensor([4.0], requires_grad=True)
    memory = loop.start({"x": x})
    for turn in range(200):
        for _ in range(5):
            x.data -= 0.3 * (x.data - (-1) ** turn)
        loop.end_stretch({"x": x}, memory=memory)
    assert abs(float(x.detach())) < 0.06


def test_plain_remembers_and_changes_nothing() -> None:
    loop = loops.build("plain", {})
    weights = {"x": torch.ones(2)}
    loop.end_stretch(weights, memory=loop.start(weights))
    assert (loop.inner_steps, loop.start(weights), weights["x"].tolist()) == (0, {}, [1.0, 1.0])
    assert loops.names() == ["plain", "reptile"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"inner_steps": 0}, "inner_steps 0; give 1"),
        ({"step_size": 0}, "step_size 0.0"),
        ({"step_size": 2}, "at most 1"),
    ],
)
def test_a_loop_that_cannot_go_is_refused(options: dict, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        loops.build("reptile", options)


orders = st.builds(
    lambda length, seed: StretchedOrder({name: {name: size} for name, size in SIZES.items()}, seed=seed, length=length),
    length=st.integers(1, 20),
    seed=st.integers(0, 99),
)


@given(order=orders, stretch=st.integers(0, 10**6))
def test_a_stretch_is_of_one_task(order: StretchedOrder, stretch: int) -> None:
    places = [order[stretch * order.length + k] for k in range(order.length)]
    assert len({place.task for place in places}) == 1
    again = StretchedOrder({name: {name: size} for name, size in SIZES.items()}, seed=5, length=order.length)
    assert again[stretch] == again[stretch]


@given(order=orders)
def test_a_task_s_stretches_go_through_its_examples_in_turn(order: StretchedOrder) -> None:
    turn = sum(max(1, round(size / order.length)) for size in SIZES.values()) * order.length
    by_task: dict[str, list[tuple[int, int]]] = {}
    for k in range(2 * turn):
        place = order[k]
        by_task.setdefault(place.task, []).append((place.epoch, place.position))
    for task, seen in by_task.items():
        assert len(set(seen)) == len(seen)
        laps = Counter(lap for lap, _ in seen)
        assert all(laps[lap] == SIZES[task] for lap in range(max(laps)))
    assert set(by_task) == set(SIZES)
    assert order.num_examples == order.places_of(49) == 49


def test_a_stretch_may_be_of_a_category() -> None:
    cards = [
        Card(name=name, category=category, output="text", metrics=("accuracy",), slots={})
        for name, category in (("counting", "see"), ("color", "see"), ("caption", "say"))
    ]
    order = stretched(cards, sizes=SIZES, by="category", seed=1, length=10)
    for stretch in range(20):
        tasks = {order[stretch * 10 + k].task for k in range(10)}
        assert tasks <= {"counting", "color"} or tasks == {"caption"}


BUILD = BuildConfig(
    sources=(SourceConfig(name="shapes", count=40),),  # type: ignore[call-arg]
    tasks=("counting", "color_recognition"),
)
REPTILE = PluginConfig.model_validate({"name": "reptile", "inner_steps": 3, "step_size": 0.5})
LOOPED = TRAIN.model_copy(update={"max_steps": 10, "save_steps": 4, "loop": REPTILE})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=BUILD)
    train(folder, "looped", LOOPED)
    return folder


def train(out: Path, name: str, config: TrainConfig) -> Manifest:
    run_node(out, name=name, kind="train", config=config, inputs=("build",))
    return read_manifest(out / name)


def weights(out: Path, node: str) -> dict[str, torch.Tensor]:
    return load_file(out / node / "model" / "model.safetensors")


def test_each_stretch_of_a_run_is_of_one_task(out: Path) -> None:
    counts = train(out, "looped", LOOPED).counts
    assert counts["steps"] == 10
    assert all(number % 4 == 0 for number in counts["samples"].values())


def test_a_step_size_of_1_is_ordinary_training_on_the_same_order(out: Path) -> None:
    whole = train(out, "whole", LOOPED.model_copy(update={"loop": REPTILE.model_copy(update={"step_size": 1.0})}))
    kept = {"loop": PluginConfig.model_validate({**REPTILE.model_dump(), "step_size": 1.0, "by": "all"})}
    train(out, "by-all", LOOPED.model_copy(update=kept))
    train(out, "plain", LOOPED.model_copy(update={"loop": PluginConfig(name="plain")}))
    assert whole.counts["steps"] == 10
    for name, weight in weights(out, "plain").items():
        assert torch.allclose(weights(out, "by-all")[name], weight, atol=1e-6), name
    assert any(not torch.equal(weight, weights(out, "plain")[name]) for name, weight in weights(out, "looped").items())


class Killed(BaseException):
    """What a kill looks like from inside."""


class Killer(Progress):
    """Ends the run when it has made so many steps."""

    left = 6

    def advance(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise Killed


def test_a_loop_that_was_cut_inside_a_stretch_ends_in_the_same_bits(out: Path) -> None:
    wanted = Manifest(node="cut", kind="train", digest="toy", config={}, seed=5, parents={"build": "parent"})
    partial = open_stage(out / "cut", wanted)
    assert partial is not None
    told = {"node": "cut", "config": LOOPED, "seed": 5, "inputs": (out / "build",), "folder": partial}
    with pytest.raises(Killed):
        train_stage.run(StageContext(**told, progress=Killer()))
    assert (partial / "checkpoints" / "checkpoint-4" / "outer_loop.safetensors").exists()
    train_stage.run(StageContext(**told))
    close_stage(partial, wanted)
    for name, weight in weights(out, "looped").items():
        assert torch.equal(weights(out, "cut")[name], weight), name


def test_replay_would_break_stretches_up_and_is_refused(out: Path) -> None:
    config = LOOPED.model_copy(update={"replay": ReplayConfig(fraction=0.5)})
    with pytest.raises(ConfigError, match="both replay and loop 'reptile', whose stretches are of one task each"):
        train(out, "replayed", config)


def test_without_a_loop_the_order_is_that_of_any_run() -> None:
    assert [RunOrder(SIZES, seed=2)[k].task for k in range(49)] != sorted(
        RunOrder(SIZES, seed=2)[k].task for k in range(49)
    )
