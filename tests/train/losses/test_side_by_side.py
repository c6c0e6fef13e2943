"""Several wordings of one example side by side: what differs, what does not, and how the train stage counts them."""

from collections import Counter
from pathlib import Path

import pytest
import torch
import toy_samples
from accelerate.data_loader import BatchSamplerShard
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler
from toy_run import TRAIN, run_node

from sayso.artifacts import Manifest, Progress, StageContext, close_stage, open_stage, read_manifest
from sayso.config import BuildConfig, Node, PluginConfig, PromptConfig, SourceConfig, TrainConfig
from sayso.data.cards import Card
from sayso.data.drawing import Wheel
from sayso.data.folder import BuildFolder
from sayso.data.samples import Sampler
from sayso.errors import ConfigError
from sayso.models.auto import load_model
from sayso.models.encode import Encoder
from sayso.pipeline.plugins import check_plugins
from sayso.records import Example, Lineage, Options, Template
from sayso.seeds import Stream
from sayso.sources import load_image
from sayso.train import opening
from sayso.train import stage as train_stage
from sayso.train.batches.batch import make_batch
from sayso.train.batches.supervised import read_targets
from sayso.train.losses import losses
from sayso.train.objectives import objectives
from sayso.train.samples.dataset import Feed, RunDataset
from sayso.train.samples.order import RunOrder, RunSampler

CARD = Card(
    name="vqa", category="vqa", output="option", metrics=("accuracy",), slots={"question": "text", "options": "options"}
)
WRITTEN = [Template(id=f"vqa/{n}", task="vqa", text=f"Wording {n}: {{question}}") for n in range(3)]
MADE = [
    Template(
        id=f"vqa/0~{n}",
        task="vqa",
        text=f"Say yes or no, {n}: {{question}}",
        lineage=Lineage(parent="vqa/0", operation="synonyms"),
    )
    for n in range(3)
]


def sampler(templates=(*WRITTEN, *MADE), *, verbalisers="plain", drawing="uniform") -> Sampler:
    return Sampler(
        cards=[CARD],
        templates=templates,
        prompt=PromptConfig(verbalisers=verbalisers),
        seed=7,
        drawing=PluginConfig(name=drawing),
    )


def example(number: int = 0, *, options=("a", "b", "c", "d"), references=("b", "c")) -> Example:
    return Example(
        id=f"vqa/{number}",
        task="vqa",
        source="toy",
        split="train",
        fields={"question": "Which?", "options": Options(items=options)},
        references=references,
    )


@given(number=st.integers(0, 500), epoch=st.integers(0, 9), count=st.integers(1, 6))
def test_wordings_differ_and_nothing_else_does(number: int, epoch: int, count: int) -> None:
    made = sampler().train_samples(example(number), epoch=epoch, count=count)
    assert len({sample.template for sample in made}) == count
    assert {(sample.options, sample.messages[1], sample.references) for sample in made} == {
        (made[0].options, made[0].messages[1], made[0].references)
    }
    assert made[0] == sampler().train_sample(example(number), epoch=epoch)
    assert made[: count - 1] == sampler().train_samples(example(number), epoch=epoch, count=count)[:-1]
    assert made == sampler().train_samples(example(number), epoch=epoch, count=6)[:count]


def test_further_wordings_come_in_the_proportions_of_the_drawing() -> None:
    halves = sampler(drawing="mass_balanced")
    second = [
        halves.train_samples(example(n), epoch=0, count=2)[1].template in {t.id for t in MADE} for n in range(600)
    ]
    assert sum(second) / 600 == pytest.approx(0.5, abs=0.08)
    assert len({sampler().train_samples(example(n), epoch=0, count=2)[1].template for n in range(100)}) == 6


@given(number=st.integers(0, 50), count=st.integers(1, 9), have=st.integers(1, 3))
def test_wordings_come_again_when_all_have_come(number: int, count: int, have: int) -> None:
    made = sampler(WRITTEN[:have]).train_samples(example(number), epoch=0, count=count)
    times = Counter(sample.template for sample in made)
    assert len(made) == count
    assert max(times.values()) - min([*times.values(), 0] if len(times) < have else times.values()) <= 1


def test_what_weighs_nothing_is_not_drawn_even_then() -> None:
    wheel = Wheel("abc", [1.0, 0.0, 2.0])
    assert set(wheel.spread("a", chances=[Stream(1, n) for n in range(20)])) == {"a", "c"}


def test_the_first_may_be_one_that_somebody_wrote() -> None:
    for number in range(40):
        made = sampler().train_samples(example(number), epoch=0, count=6, written_first=True)
        assert made[0].template in {"vqa/0", "vqa/1", "vqa/2"}
        assert len({sample.template for sample in made}) == 6
    assert sampler(MADE).train_samples(example(), epoch=0, written_first=True)[0].template.startswith("vqa/0~")


def test_all_show_the_same_labels() -> None:
    asked = sampler(verbalisers="varied")
    seen = set()
    for number in range(60):
        made = asked.train_samples(example(number, options=("yes", "no"), references=("yes",)), epoch=0, count=3)
        assert len({(sample.options, sample.references) for sample in made}) == 1
        plain = set(made[0].options or ()) == {"yes", "no"}
        assert plain or not any(sample.template.startswith("vqa/0~") for sample in made)
        seen.add(plain)
    assert seen == {True, False}


def test_a_row_s_own_wordings_stand_side_by_side() -> None:
    messages = toy_samples.spoken(("user", "What?"), ("assistant", "This."), ("user", "Why?"), ("assistant", "So."))
    row = Example(
        id="c/1",
        task="vqa",
        source="toy",
        split="train",
        messages=messages.messages,
        wordings=("Which?", "What is it?"),
        references=("So.",),
    )
    made = sampler().train_samples(row, epoch=0, count=3)
    assert {sample.messages[0].parts[0].text for sample in made} == {"What?", "Which?", "What is it?"}
    assert len({sample.messages[1:] for sample in made}) == 1
    assert made[0] == sampler().train_sample(row, epoch=0)
    first = sampler().train_samples(row, epoch=0, count=3, written_first=True)[0]
    assert first.messages == row.messages


BUILD = BuildConfig(
    sources=(SourceConfig(name="shapes", count=40),),  # type: ignore[call-arg]
    tasks=("counting", "color_recognition"),
)
SHORT = TRAIN.model_copy(update={"max_steps": 4})


def with_loss(name: str, **options: object) -> TrainConfig:
    return SHORT.model_copy(update={"losses": (PluginConfig.model_validate({"name": name, **options}),)})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run_node(folder, name="build", kind="build", config=BUILD)
    return folder


def train(out: Path, name: str, config: TrainConfig) -> Manifest:
    run_node(out, name=name, kind="train", config=config, inputs=("build",))
    return read_manifest(out / name)


def weights(out: Path, node: str) -> bytes:
    return (out / node / "model" / "model.safetensors").read_bytes()


def test_a_run_s_samples_are_each_example_s_wordings_in_a_row(out: Path) -> None:
    train(out, "plain", SHORT)
    opened = BuildFolder(out / "build")
    feed = opening._feed(opened, config=with_loss("wording_consistency"))
    encoder = Encoder(load_model(out / "plain" / "model", device="cpu").processor, max_tokens=512, load=load_image)
    order = RunOrder(opened.store("train").task_sizes, seed=5)
    dataset = RunDataset(feeds=[feed], order=order, encoder=encoder, total=12, num_wordings=2)
    rows = dataset.__getitems__([2, 3, 4, 5])
    assert [row.place for row in rows] == [1, 1, 2, 2]
    assert rows[0].example == rows[1].example != rows[2].example
    assert rows[0].id != rows[1].id
    assert [row.id for row in rows] == [dataset.sample(k).id for k in range(2, 6)]
    batch = make_batch(rows, pad_token_id=0, weigh=objectives.build("response_only", {}).weigh)
    assert batch["loss_groups"].tolist() == [0, 0, 1, 1]
    assert batch["loss_media_pixel_values"].tolist() == [1, 1, 1, 1]
    assert sum(dataset.counts()[0].values()) == 12
    assert isinstance(feed, Feed)


def test_the_batch_counts_samples_whatever_stands_side_by_side(out: Path) -> None:
    plain, counted = (
        train(out, "plain", SHORT).counts,
        train(out, "zero", with_loss("wording_consistency", weight=0)).counts,
    )
    assert plain["num_samples"] == counted["num_samples"] == 16
    assert sum(counted["samples"].values()) == 16
    assert all(number % 2 == 0 for number in counted["samples"].values())
    assert weights(out, "zero") != weights(out, "plain")


def test_an_epoch_is_every_example_under_each_of_its_wordings(out: Path) -> None:
    one_epoch = {"max_steps": -1, "tasks": ("counting",)}
    plain = train(out, "epoch", SHORT.model_copy(update={**one_epoch, "per_device_train_batch_size": 8})).counts
    config = with_loss("worst_wording", num_wordings=2)
    worst = train(out, "worst-epoch", config.model_copy(update={**one_epoch, "per_device_train_batch_size": 16})).counts
    assert worst["num_samples"] == 2 * plain["num_samples"]
    assert worst["steps"] == plain["steps"]


def test_a_batch_that_would_cut_an_example_apart_is_refused_with_what_to_type(out: Path) -> None:
    with pytest.raises(ConfigError, match=r"batch_size 4 is no multiple of the 3 .* type: --set .*_batch_size=3"):
        train(out, "cut", with_loss("wording_consistency", num_wordings=3))


@given(k=st.integers(1, 4), examples=st.integers(1, 3), ranks=st.integers(1, 3), batches=st.integers(1, 5))
def test_an_example_s_wordings_come_to_one_process_in_order(k: int, examples: int, ranks: int, batches: int) -> None:
    size = k * examples
    sampler = BatchSampler(RunSampler(size * ranks * batches), batch_size=size, drop_last=False)
    for rank in range(ranks):
        for batch in BatchSamplerShard(sampler, num_processes=ranks, process_index=rank):
            assert [number % k for number in batch] == list(range(k)) * examples
            assert all(len({number // k for number in batch[low : low + k]}) == 1 for low in range(0, size, k))


def test_a_loss_or_loop_that_does_not_exist_is_told_before_anything_runs() -> None:
    for change, told in (
        (
            {"losses": (PluginConfig(name="wording_consistancy"),)},
            "no loss named .* did you mean 'wording_consistency'",
        ),
        ({"loop": PluginConfig(name="reptil")}, "no loop named 'reptil'; did you mean 'reptile'"),
    ):
        node = Node(name="train", kind="train", config=SHORT.model_copy(update=change), inputs=("build",))
        with pytest.raises(ConfigError, match=told):
            check_plugins(node)


def test_a_term_changes_what_is_learned_and_a_weight_of_0_does_not(out: Path) -> None:
    train(out, "zero", with_loss("wording_consistency", weight=0))
    train(out, "one", with_loss("wording_consistency", weight=1))
    train(out, "first", with_loss("soft_prompt_alignment", weight=0))
    assert weights(out, "one") != weights(out, "zero")
    assert weights(out, "first") == weights(out, "zero")


class Killed(BaseException):
    """What a kill looks like from inside."""


class Killer(Progress):
    """Ends the run when it has made so many steps."""

    left = 3

    def advance(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise Killed


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("worst_wording", {"num_wordings": 2}),
        ("soft_prompt_alignment", {"where": "hidden"}),
    ],
)
def test_a_run_with_a_loss_that_was_cut_ends_in_the_same_bits(out: Path, loss: str, options: dict) -> None:
    config = with_loss(loss, **options).model_copy(update={"save_steps": 2})
    whole, name = train(out, f"whole-{loss}", config), f"cut-{loss}"
    wanted = Manifest(node=name, kind="train", digest="toy", config={}, seed=5, parents={"build": "parent"})
    partial = open_stage(out / name, wanted)
    assert partial is not None
    told = {"node": name, "config": config, "seed": 5, "inputs": (out / "build",), "folder": partial}
    with pytest.raises(Killed):
        train_stage.run(StageContext(**told, progress=Killer()))
    assert (partial / "checkpoints" / "checkpoint-2").exists()
    counts = train_stage.run(StageContext(**told))
    close_stage(partial, wanted)
    assert counts == whole.counts
    assert weights(out, name) == weights(out, f"whole-{loss}")


def test_aligned_wordings_grow_alike_and_learn_no_less(out: Path) -> None:
    """P12's done-when: the divergence falls, the task's loss does not rise."""
    found = {}
    for weight in (0.0, 1.0):
        config = with_loss("soft_prompt_alignment", weight=weight, num_wordings=4)
        name = f"aligned-{weight}"
        train(out, name, config.model_copy(update={"max_steps": 100, "per_device_train_batch_size": 8}))
        found[weight] = measured(out, name)
    assert found[1.0][0] < 0.5 * found[0.0][0]
    assert found[1.0][1] < 1.02 * found[0.0][1]


def measured(out: Path, name: str) -> tuple[float, float]:
    """Divergence and cross entropy of a trained model on 16 examples under four wordings."""
    bundle = load_model(out / name / "model", device="cpu")
    opened = BuildFolder(out / "build")
    feed = opening._feed(opened, config=with_loss("soft_prompt_alignment", num_wordings=4))
    encoder = Encoder(bundle.processor, max_tokens=512, load=load_image)
    order = RunOrder(opened.store("train").task_sizes, seed=6)
    rows = RunDataset(feeds=[feed], order=order, encoder=encoder, total=64, num_wordings=4).__getitems__(
        list(range(64))
    )
    piece = make_batch(rows, pad_token_id=0, weigh=objectives.build("response_only", {}).weigh)
    term = losses.build("soft_prompt_alignment", {"num_wordings": 4})
    with torch.no_grad():
        read = read_targets(bundle.model.eval(), piece)
    return float(term.measure(read, piece=piece)) / term.count(piece), float(read.nll.mean())
