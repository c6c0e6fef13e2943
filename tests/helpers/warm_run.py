"""A build of several tasks on drawn scenes and a short warm-up with LoRA on it: what scorers that follow training read."""

from pathlib import Path

from toy_run import run_node

from sayso.config import BuildConfig, PartConfig, PluginConfig, SourceConfig, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.scorers import Scoring, Trained
from sayso.records import Sample

TASKS = ("counting", "color_recognition", "object_recognition", "image_captioning")
TWO_LAYERS = PluginConfig(
    name="tiny", hidden_size=32, vision_hidden_size=32, num_layers=(1, 2), num_heads=2, vocab_size=420
)  # type: ignore[call-arg]
LORA = {"projector": PartConfig(method="full"), "language_model": PartConfig(method="lora", rank=4)}  # type: ignore[call-arg]
WARM = TrainConfig(
    model=TWO_LAYERS,
    max_steps=20,
    per_device_train_batch_size=8,
    learning_rate=3e-3,
    parts=LORA,
    save_steps=10,
    logging_steps=5,
    report_to=(),
    preflight=False,
)


def build_scenes(out: Path, *, count: int = 60) -> Path:
    """The stage `build` in `out`."""
    source = SourceConfig(name="shapes", count=count)  # type: ignore[call-arg]
    run_node(out, name="build", kind="build", config=BuildConfig(sources=(source,), tasks=TASKS))
    return out / "build"


def warm_up(out: Path, *, name: str = "warm", after: tuple[str, ...] = ("build",), **changes) -> Trained:
    """A train stage on the build in `out`."""
    config = WARM.model_copy(update=changes)
    run_node(out, name=name, kind="train", config=config, inputs=after)
    return Trained(name=name, model=out / name / "model", folder=out / name)


def pool_of(build: Path, *, split: str = "train") -> list[Sample]:
    """Every example with its answer, as it is rendered in epoch 0."""
    folder = BuildFolder(build)
    sampler, store = folder.sampler(), folder.store(split)
    return [sampler.train_sample(example, epoch=0) for example in store.iter()]


def scoring_in(folder: Path, *, trained=(), target=None, seed: int = 5) -> Scoring:
    """What a stage would give."""
    return Scoring(
        seed=seed, store=folder / "replies.sqlite", columns=folder / "columns", trained=trained, target=target or {}
    )
