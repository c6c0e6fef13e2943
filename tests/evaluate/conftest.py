"""A finished run to evaluate: five small tasks on drawn pictures, and two tiny models that were never trained."""

from itertools import cycle

import msgspec
import pytest
from PIL import Image

from sayso.artifacts import Manifest, StageContext, close_stage, write_json, write_jsonl
from sayso.config import EvaluateConfig, PromptConfig
from sayso.data import BuildFolder, Card, ExampleWriter
from sayso.evaluate import stage
from sayso.models import tiny  # noqa: F401 - its import is what every test here pays for once
from sayso.models._protocol import models
from sayso.records import Example, Media, Options, Region, Template

COLORS = ("red", "green", "blue")
WORDINGS = {
    "color": ("What color is it? {options}", "Say the color.\n{options}"),
    "which_box": ("Which box is {name}? {options}", "Choose the box of {name}. {options}"),
    "caption": ("Describe it.", "Write a caption."),
    "locate": ("Where is {name}?", "Give the box of {name}."),
    "compare": ("Are the two equal? {options}", "Same or not? {options}"),
    "arithmetic": ("What is {sum}?", "Compute {sum}."),
}
CARDS = (
    Card(name="color", category="vqa", output="option", metrics=("accuracy",), slots={"options": "options"}),
    Card(name="caption", category="pretraining", output="text", metrics=("rouge_l", "exact_match"), slots={}),
    Card(name="locate", category="grounded", output="region", metrics=("iou",), slots={"name": "text"}),
    Card(
        name="which_box",
        category="grounded",
        output="region_option",
        metrics=("accuracy",),
        slots={"name": "text", "options": "options"},
        held_out="task",
    ),
    Card(name="compare", category="pairs", output="option", metrics=("accuracy",), slots={"options": "options"}),
    Card(
        name="arithmetic",
        category="text",
        output="text",
        metrics=("exact_match",),
        slots={"sum": "text"},
        held_out="category",
    ),
)
BOXES = tuple(Region(x1=x, y1=0.1, x2=x + 0.2, y2=0.6) for x in (0.1, 0.4, 0.7))


def draw(folder, number):
    path = folder / f"{number}.png"
    Image.new("RGB", (24, 18), COLORS[number % 3]).save(path)
    return Media(path=str(path), width=24, height=18)


def make_examples(task, *, split, pictures):
    for number, picture in zip(range(9 if split == "train" else 6), cycle(pictures)):
        color = COLORS[number % 3]
        same = {"id": f"{task}/{split}{number}/0", "task": task, "source": "toy", "split": split}
        if task == "color":
            yield Example(**same, fields={"options": Options(items=COLORS)}, media=(picture,), references=(color,))
        if task == "caption":
            yield Example(**same, media=(picture,), references=(f"a {color} picture", f"it is {color}"))
        if task == "locate":
            yield Example(**same, fields={"name": color}, media=(picture,), references=(BOXES[number % 3],))
        if task == "which_box":
            options = Options(items=BOXES)
            fields = {"name": color, "options": options}
            yield Example(**same, fields=fields, media=(picture,), references=(BOXES[number % 3],))
        if task == "compare":
            pair = (picture, pictures[(number + 1) % len(pictures)])
            fields = {"options": Options(items=("yes", "no"))}
            yield Example(**same, fields=fields, media=pair, references=("no",))
        if task == "arithmetic":
            yield Example(**same, fields={"sum": f"{number} + 1"}, references=(str(number + 1),))


def templates():
    for task, texts in WORDINGS.items():
        for number, text in enumerate(texts):
            yield Template(id=f"{task}/{number}", task=task, text=text)
        yield Template(id=f"{task}/held", task=task, text=f"Please: {texts[0]}", held_out=True, distance="L1")


def finish(folder, *, kind, parents=()):
    manifest = Manifest(
        node=folder.name, kind=kind, digest=folder.name, config={}, seed=7, parents={name: name for name in parents}
    )
    partial = folder.with_name(folder.name + ".partial")
    partial.mkdir(exist_ok=True)
    close_stage(partial, manifest)


def make_build(run, *, tasks=None):
    folder = run / "build.partial"
    pictures = run / "pictures"
    pictures.mkdir()
    drawn = [draw(pictures, number) for number in range(9)]
    cards = [card for card in CARDS if tasks is None or card.name in tasks]
    for split in ("train", "test"):
        with ExampleWriter(folder, split=split) as writer:
            for card in cards:
                for example in make_examples(card.name, split=split, pictures=drawn):
                    if split == "test" or card.held_out is None:
                        writer.add(example)
    write_json(folder / "cards.json", [msgspec.to_builtins(card) for card in cards])
    write_jsonl(folder / "templates.jsonl", [t for t in templates() if any(t.task == card.name for card in cards)])
    write_json(folder / "prompt.json", PromptConfig().model_dump(mode="json"))
    finish(run / "build", kind="build")


def make_models(run, *, texts):
    folder = run / "train.partial"
    for name, seed in (("model", 1), ("untuned", 2)):
        bundle = models.build("tiny", {"hidden_size": 32, "num_layers": (1, 2), "vocab_size": 300}).make(
            texts=texts, seed=seed
        )
        bundle.save(folder / name)
    write_json(folder / "untuned.json", {"path": "untuned"})
    finish(run / "train", kind="train", parents=("build",))


@pytest.fixture(scope="session")
def toy_run(tmp_path_factory):
    """A folder with finished stages `build` and `train`; read it, do not write into it."""
    run = tmp_path_factory.mktemp("run")
    make_build(run)
    make_models(run, texts=[text for texts in WORDINGS.values() for text in texts])
    return run


@pytest.fixture
def damaged_run(toy_run, tmp_path):
    """The same, but every picture is cut off in the middle."""
    run = tmp_path / "damaged"
    run.mkdir()
    make_build(run)
    (run / "train").symlink_to(toy_run / "train")
    for picture in (run / "pictures").iterdir():
        picture.write_bytes(picture.read_bytes()[:60])
    return run


@pytest.fixture
def toy_build(toy_run):
    return BuildFolder(toy_run / "build")


@pytest.fixture
def evaluate_into(toy_run):
    """Evaluate the toy run into a folder and return the counts."""

    def evaluate(folder, *, progress=None, run=toy_run, **config):
        settings = {"max_new_tokens": 6, "num_resamples": 50, "max_examples_per_task": 5, **config}
        folder.mkdir(parents=True, exist_ok=True)
        more = {} if progress is None else {"progress": progress}
        context = StageContext(
            node="evaluate",
            config=EvaluateConfig(**settings),
            seed=7,
            inputs=(run / "train",),
            folder=folder,
            **more,
        )
        return stage.run(context)

    return evaluate
