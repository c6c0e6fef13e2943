"""Train stages in rounds: what is written, what does not go together, and that a run killed in any round ends in the same bits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from toy_run import BUILD, RUN, TRAIN, run_node

from sayso.artifacts import Manifest, Progress, StageContext, close_stage, open_stage, write_json
from sayso.config import PluginConfig, ReplayConfig, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.train.handover._opening import hand_over_stage

TASKS = BUILD.model_copy(update={"tasks": ("counting", "color_recognition", "dense_description")})
SHORT = TRAIN.model_copy(update={"max_steps": 4, "per_device_train_batch_size": 4, "save_steps": 100})
ADAPTIVE = PluginConfig(name="adaptive", num_examples=5, smoothing=0.0, floor=0.3)  # type: ignore[call-arg]
ROUNDS = SHORT.model_copy(update={"mixer": ADAPTIVE, "num_rounds": 4, "max_steps": 11, "save_steps": 2})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of three tasks."""
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=TASKS)
    return folder


@pytest.fixture(scope="module")
def whole(out: Path) -> Manifest:
    """An adaptive run of four rounds that nobody killed."""
    return train(out, "whole", ROUNDS)


def train(out: Path, name: str, config: TrainConfig, *, after: tuple[str, ...] = ()) -> Manifest:
    return run_node(out, name=name, kind="train", config=config, inputs=("build", *after))


def with_(**options: object) -> TrainConfig:
    return TrainConfig.model_validate({**SHORT.model_dump(), **options})


def policies(folder: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((folder / "policies").glob("round-*.json"))]


def weights(out: Path, node: str) -> bytes:
    return (out / node / "model" / "model.safetensors").read_bytes()


def sizes(out: Path) -> dict[str, int]:
    return BuildFolder(out / "build").store("train").task_sizes


def test_a_run_as_ever_writes_its_one_policy(out: Path) -> None:
    manifest = train(out, "plain", SHORT)
    assert [p["shares"] for p in policies(out / "plain")] == [sizes(out)]
    assert sum(manifest.counts["samples"].values()) == 16


def test_weights_of_a_mixer_are_what_comes(out: Path) -> None:
    shares = {"name": "fixed", "shares": {"counting": 3, "dense_description": 1, "color*": 4}}
    counts = train(out, "fixed", with_(mixer=shares)).counts
    assert counts["samples"] == {"color_recognition": 8, "counting": 6, "dense_description": 2}
    (policy,) = policies(out / "fixed")
    assert policy["mixer"] == "fixed"
    assert policy["weights"] == {"color_recognition": 4, "counting": 3, "dense_description": 1}


def test_epochs_are_of_as_many_samples_whatever_the_weights(out: Path) -> None:
    counts = train(out, "epochs", with_(mixer="square_root", max_steps=-1, per_device_train_batch_size=32)).counts
    assert counts["num_samples"] == sum(sizes(out).values())


def test_an_order_s_phases_are_rounds_with_a_file_each(out: Path) -> None:
    order = {"name": "corgi", "levels": [["counting"], ["color_recognition", "dense_description"]], "subject": "task"}
    config = with_(order=order, max_steps=-1, per_device_train_batch_size=32)
    counts = train(out, "corgi", config).counts
    assert counts["samples"] == sizes(out)
    found = policies(out / "corgi")
    assert [(p["phase"], p["turns"]) for p in found] == [("level 1", True), ("level 2", True)]
    assert [p["num_places"] for p in found] == [sizes(out)["counting"], counts["num_samples"] - sizes(out)["counting"]]


def test_every_round_is_measured_and_weak_tasks_get_more(out: Path, whole: Manifest) -> None:
    found = policies(out / "whole")
    assert [(p["first_place"], p["num_places"]) for p in found] == [(0, 12), (12, 12), (24, 12), (36, 8)]
    for policy in found:
        losses, total = policy["losses"], sum(policy["losses"].values())
        for task, loss in losses.items():
            assert policy["weights"][task] == pytest.approx(0.1 + 0.7 * loss / total)
    assert found[0]["losses"] != found[3]["losses"]
    assert found[0]["held_back"] == dict.fromkeys(sizes(out), 5)
    assert sum(whole.counts["samples"].values()) == 44


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


def killed(out: Path, name: str, config: TrainConfig, *, steps: int) -> StageContext:
    """What a run leaves behind that is killed after so many steps."""
    made = config.model_dump(mode="json")
    parents = {"build": "parent"}
    wanted = Manifest(node=name, kind="train", digest="toy", config=made, seed=5, parents=parents)
    partial = open_stage(out / name, wanted)
    assert partial is not None
    context = StageContext(node=name, config=config, seed=5, inputs=(out / "build",), folder=partial)
    with pytest.raises(Killed):
        RUN["train"](replace(context, progress=Killer(steps)))
    return context


@pytest.mark.parametrize(("steps", "ahead", "lost"), [(5, 0, ()), (7, 1, (2,)), (10, 0, ())])
def test_a_run_killed_in_any_round_ends_in_the_same_bits(
    out: Path, whole: Manifest, steps: int, ahead: int, lost: tuple[int, ...]
) -> None:
    """It goes on from step 4, in the second round; from 6, before the third is decided, while a worker reads ahead; from 10, in the last."""
    context = killed(out, f"cut-{steps}", ROUNDS.model_copy(update={"dataloader_num_workers": ahead}), steps=steps)
    for number in lost:
        (context.folder / "policies" / f"round-{number:05d}.json").unlink()
    assert RUN["train"](context) == whole.counts
    assert (context.folder / "model/model.safetensors").read_bytes() == weights(out, "whole")
    assert policies(context.folder) == policies(out / "whole")


def test_a_policy_that_was_in_force_cannot_be_made_up(out: Path) -> None:
    context = killed(out, "robbed", ROUNDS, steps=5)
    (context.folder / "policies" / "round-00001.json").unlink()
    with pytest.raises(DataError, match=r"round-00001.json is gone, but the run goes on 1 steps into what it decided"):
        RUN["train"](context)


def test_a_mixer_of_one_s_own_is_asked_in_every_round_before_the_first_step(out: Path) -> None:
    mixer = {"name": "toy_mixing:Later", "task": "counting"}
    train(out, "own", with_(mixer=mixer, num_rounds=2))
    found = policies(out / "own")
    assert [policy["shares"]["counting"] > 0 for policy in found] == [False, True]
    assert [policy["weights"]["counting"] for policy in found] == [0.0, 1.0]


def test_what_is_written_is_not_asked_again(out: Path) -> None:
    """A run that goes on takes its policies from the files, whatever a mixer would say now."""
    config = with_(mixer="square_root")
    folder = out / "written.partial"
    policy = policies(out / "fixed")[0]
    write_json(folder / "policies" / "round-00000.json", policy | {"shares": dict.fromkeys(policy["shares"], 1)})
    context = StageContext(node="written", config=config, seed=5, inputs=(out / "build",), folder=folder)
    assert set(RUN["train"](context)["samples"].values()) == {5, 6}
    write_json(folder / "policies" / "round-00000.json", policy | {"shares": {"counting": 1}})
    with pytest.raises(DataError, match="has shares of counting, but the round has color_recognition, counting, dense"):
        RUN["train"](context)
    (folder / "policies" / "round-00000.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        RUN["train"](context)


def test_a_loss_may_be_weighed_by_a_mixer(out: Path) -> None:
    by_hand = {task: 3 * size for task, size in sizes(out).items()}
    total = sum(sizes(out).values())
    train(out, "by-mixer", with_(loss_mixer="proportional"))
    train(out, "by-hand", with_(task_weights={task: weight / total for task, weight in by_hand.items()}))
    assert weights(out, "by-mixer") == weights(out, "by-hand")
    with pytest.raises(ConfigError, match="loss_mixer 'adaptive' measures losses while it trains"):
        train(out, "never", with_(loss_mixer="adaptive"))


def test_scores_of_an_evaluation_weigh_tasks(out: Path) -> None:
    scores = {"counting": 0.1, "color_recognition": 0.7, "dense_description": None}
    rows = [{"task": task, "held_in_wordings": score, "mean": 0.4} for task, score in scores.items()]
    partial = open_stage(out / "judged", Manifest(node="judged", kind="evaluate", digest="toy", config={}, seed=5))
    write_json(partial / "summary.json", {"by_task": rows})
    close_stage(partial, Manifest(node="judged", kind="evaluate", digest="toy", config={}, seed=5))
    mixer = {"name": "adaptive", "measure": "score", "floor": 0}
    train(out, "by-score", with_(mixer=mixer), after=("judged",))
    found = policies(out / "by-score")[0]["weights"]
    assert found == pytest.approx({"counting": 0.5, "color_recognition": 1 / 6, "dense_description": 1 / 3})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mixer": ADAPTIVE.model_dump()}, "num_rounds 1; a mixer that measures while it trains needs num_rounds of 2"),
        ({"mixer": "capped", "num_rounds": 5}, "num_rounds 5 for 4 steps; give fewer rounds"),
        ({"mixer": "caped"}, "no mixer named 'caped'; did you mean 'capped'"),
        ({"order": "corgie"}, "no order named 'corgie'; did you mean 'corgi'"),
        ({"order": "corgi", "mixer": "capped"}, "order 'corgi' says itself how often each subject comes"),
        ({"mixer": "capped", "replay": ReplayConfig().model_dump()}, "and replay, which mixes by size; take one out"),
        ({"mixer": "capped", "loop": "reptile"}, "has both mixer 'capped' and order 'shuffled' and loop 'reptile'"),
        ({"order": "toy_mixing:Nothing"}, "order 'toy_mixing:Nothing' has no example in 0 phases"),
        ({"order": "toy_mixing:OneHeap"}, "pool 'heap' of phase 'heap' is not of the one task that it is named after"),
        ({"mixer": "toy_mixing:Later", "tasks": ["counting"]}, "task"),
        ({"mixer": {"name": "toy_mixing:Later", "task": "counting"}, "tasks": ["counting"]}, "not all 0"),
        ({"order": {"name": "easy_to_hard", "by": "ifd"}}, "ordered by column 'ifd', but no select stage before it"),
        ({**ROUNDS.model_dump(), "group_by": "length"}, "look at samples ahead, whose round is not decided yet"),
        ({**ROUNDS.model_dump(), "truncation": "drop"}, "look at samples ahead, whose round is not decided yet"),
    ],
)
def test_what_does_not_go_together_is_refused(out: Path, tmp_path: Path, changes: dict, told: str) -> None:
    context = StageContext(node="n", config=with_(**changes), seed=5, inputs=(out / "build",), folder=tmp_path)
    with pytest.raises(ConfigError, match=told):
        RUN["train"](context)


def test_what_is_decided_while_training_cannot_be_handed_over(out: Path, tmp_path: Path) -> None:
    context = StageContext(node="n", config=ROUNDS, seed=5, inputs=(out / "build",), folder=tmp_path)
    with pytest.raises(ConfigError, match="mixer 'adaptive' decides from losses while it trains what comes next"):
        hand_over_stage(context, to="trl", inexact=False)


def test_examples_may_be_ordered_by_a_file_of_numbers(out: Path) -> None:
    store = BuildFolder(out / "build").store("train")
    path = out / "numbers.jsonl"
    rows = [{"id": one.id, "loss": n} for n, one in enumerate(store.iter("counting"))]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    order = {"name": "easy_to_hard", "by": "loss", "file": str(path), "pacing": "bands", "num_phases": 2}
    config = with_(order=order, tasks=["counting"], max_steps=-1, per_device_train_batch_size=64)
    assert train(out, "by-number", config).counts["samples"] == {"counting": len(rows)}
    assert [p["phase"] for p in policies(out / "by-number")] == ["0% to 50%", "50% to 100%"]
    for wrong, told in (({"by": "lost"}, "has no column 'lost'; did you mean 'loss'"), ({"file": "none"}, "cannot be")):
        context = StageContext(
            node="n", config=with_(order={**order, **wrong}), seed=5, inputs=(out / "build",), folder=out / "wrong"
        )
        with pytest.raises((ConfigError, DataError), match=told):
            RUN["train"](context)
