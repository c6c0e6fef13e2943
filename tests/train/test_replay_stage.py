"""Train stages one after the other: which tasks they take, what they replay, and that a killed one ends in the same bits."""

from pathlib import Path

import pytest
from toy_run import BUILD, RUN, TRAIN, run_node

from sayso.artifacts import Manifest, Progress, StageContext, close_stage, open_stage
from sayso.config import PluginConfig, ReplayConfig, TrainConfig
from sayso.errors import ConfigError

TASKS = BUILD.model_copy(update={"tasks": ("counting", "color_recognition", "object_detection")})
SHORT = TRAIN.model_copy(update={"max_steps": 2, "per_device_train_batch_size": 2})
LATER = SHORT.model_copy(update={"tasks": ("object_detection",), "max_steps": 10, "replay": ReplayConfig(fraction=0.3)})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build, and two train stages on one task each."""
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=TASKS)
    train(folder, "first", SHORT.model_copy(update={"tasks": ("counting",)}))
    train(folder, "second", SHORT.model_copy(update={"tasks": ("color*",)}), after="first")
    return folder


def train(out: Path, name: str, config: TrainConfig, *, after: str = "") -> Manifest:
    inputs = ("build", after) if after else ("build",)
    return run_node(out, name=name, kind="train", config=config, inputs=inputs)


def weights(out: Path, node: str) -> bytes:
    return (out / node / "model" / "model.safetensors").read_bytes()


def with_replay(**options: object) -> TrainConfig:
    return LATER.model_copy(update={"replay": ReplayConfig.model_validate(options)})


def test_a_stage_trains_on_the_tasks_it_names_alone(out: Path) -> None:
    manifest = train(out, "named", SHORT.model_copy(update={"tasks": ("image_understanding/count*",)}))
    assert manifest.counts["samples"] == {"counting": 4}
    assert manifest.counts["replayed"] == {}


def test_what_earlier_stages_were_trained_on_comes_back_and_is_counted(out: Path) -> None:
    counts = train(out, "replayed", LATER, after="second").counts
    assert counts["num_samples"] == 20
    assert counts["samples"] == {"object_detection": 14}
    assert counts["replayed"] == {"color_recognition": 3, "counting": 3}
    assert counts["num_replayed"] == 6


def test_only_some_of_the_earlier_tasks_may_be_replayed(out: Path) -> None:
    counts = train(out, "some", with_replay(fraction=0.3, tasks=["count*"]), after="second").counts
    assert counts["replayed"] == {"counting": 6}
    both = train(out, "both", with_replay(fraction=0.3, tasks=["count*", "object_detection"]), after="second").counts
    assert both["replayed"] == {"counting": 6}


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (
            "object_detection",
            r"\['object_detection'\] name nothing that was trained before; that was color_rec\w+, counting",
        ),
        ("counter", r"'counter' matches no task of the build; did you mean 'counting'"),
    ],
)
def test_a_replay_of_nothing_is_refused(out: Path, pattern: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"none\.replay\.tasks: " + told):
        train(out, "none", with_replay(fraction=0.3, tasks=[pattern]), after="second")


def test_recent_tasks_come_back_more_often(out: Path) -> None:
    config = with_replay(fraction=0.5, choice={"name": "recent", "decay": 0.1}).model_copy(update={"max_steps": 11})
    replayed = train(out, "recent", config, after="second").counts["replayed"]
    assert replayed["color_recognition"] > 4 * replayed.get("counting", 0)


def test_epochs_are_of_what_is_new(out: Path) -> None:
    config = LATER.model_copy(update={"max_steps": -1, "per_device_train_batch_size": 16})
    counts = train(out, "epoch", config, after="second").counts
    size = sum(counts["samples"].values())
    assert (
        size
        == train(out, "plain-epoch", config.model_copy(update={"replay": None}), after="second").counts["num_samples"]
    )
    assert abs(counts["num_replayed"] - counts["num_samples"] * 0.3) < 1


class Killed(BaseException):
    """What a kill looks like from inside."""


class Killer(Progress):
    """Ends the run when it has made so many steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise Killed


@pytest.mark.parametrize("choice", [PluginConfig(name="balanced"), PluginConfig(name="diverse")])
def test_a_stage_with_replay_that_was_cut_ends_in_the_same_bits(out: Path, choice: PluginConfig) -> None:
    config = with_replay(fraction=0.3, choice=choice.model_dump(), max_examples_per_task=4)
    whole = train(out, f"whole-{choice.name}", config, after="second")
    name = f"cut-{choice.name}"
    made = config.model_dump(mode="json")
    parents = {"build": "parent", "second": "parent"}
    wanted = Manifest(node=name, kind="train", digest="toy", config=made, seed=5, parents=parents)
    partial = open_stage(out / name, wanted)
    assert partial is not None
    inputs = (out / "build", out / "second")
    context = StageContext(node=name, config=config, seed=5, inputs=inputs, folder=partial, progress=Killer(7))
    with pytest.raises(Killed):
        RUN["train"](context)
    assert (partial / "checkpoints" / "checkpoint-6").exists()
    again = StageContext(node=name, config=config, seed=5, inputs=inputs, folder=partial)
    counts = RUN["train"](again)
    close_stage(partial, wanted)
    assert counts == whole.counts
    assert weights(out, name) == weights(out, f"whole-{choice.name}")


def test_replay_changes_what_is_learned(out: Path) -> None:
    train(out, "without", LATER.model_copy(update={"replay": None}), after="second")
    train(out, "with", LATER, after="second")
    assert weights(out, "with") != weights(out, "without")


def test_nothing_before_is_an_error_that_says_what_to_do(out: Path) -> None:
    with pytest.raises(ConfigError, match="'lonely' has replay, but nothing was trained before it; add a train stage"):
        train(out, "lonely", LATER)


def test_replaying_what_is_trained_on_anyway_is_refused(out: Path) -> None:
    config = LATER.model_copy(update={"tasks": ("counting", "color_recognition")})
    with pytest.raises(
        ConfigError, match=r"trains on everything that was trained before \(color_recognition, counting\)"
    ):
        train(out, "again", config, after="second")


def test_a_choice_must_weigh_every_task(out: Path) -> None:
    config = with_replay(fraction=0.3, choice={"name": "toy_replays:careless"})
    with pytest.raises(ConfigError, match=r"'toy_replays:careless' weighs 2 tasks as \[0, 0\]; give a whole number"):
        train(out, "careless", config, after="second")


def test_a_pattern_without_a_match_names_the_stage(out: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"typo\.tasks: 'countin' matches no task of the build; did you mean 'counting'"
    ):
        train(out, "typo", SHORT.model_copy(update={"tasks": ("countin",)}))


def test_tasks_that_are_held_out_cannot_be_trained_on(tmp_path: Path) -> None:
    sources = (BUILD.sources[0].model_copy(update={"use": "split"}),)
    held_out = TASKS.held_out.model_copy(update={"tasks": ("counting",)})
    run_node(
        tmp_path, name="build", kind="build", config=TASKS.model_copy(update={"held_out": held_out, "sources": sources})
    )
    with pytest.raises(
        ConfigError, match=r"\['counting'\] match only tasks without training examples: counting \(held out as a task\)"
    ):
        train(tmp_path, "train", SHORT.model_copy(update={"tasks": ("counting",)}))
