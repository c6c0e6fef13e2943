"""Photographs and NLVR from the first row to an export; runs where SAYSO_DATA names the folder of real data."""

import pytest

from sayso.artifacts import StageContext
from sayso.config import BuildConfig, PromptConfig
from sayso.data.check import check_sources
from sayso.data.folder import BuildFolder
from sayso.data.formats import formats
from sayso.data.samples import Sampler
from sayso.data.stage import run
from sayso.data.store import ExampleStore
from sayso.instructions.regions import format_region, parse_region
from sayso.records import Region
from sayso.sources import sources


@pytest.fixture
def coco(sayso_data) -> BuildConfig:
    folder = sayso_data / "coco_photos"
    source = {
        "name": "coco",
        "instances": str(folder / "annotations" / "instances_val2017.json"),
        "captions": str(folder / "annotations" / "captions_val2017.json"),
        "images": str(folder / "val2017"),
        "use": "split",
        "test_fraction": 0.3,
    }
    return BuildConfig.model_validate({"sources": [source], "max_bad_rows": 20})


def build(config: BuildConfig, folder):
    folder.mkdir()
    return run(StageContext(node="build", config=config, seed=3, inputs=(), folder=folder))


def sampler(folder, **prompt) -> Sampler:
    built = BuildFolder(folder)
    return Sampler(cards=built.cards, templates=built.templates, prompt=PromptConfig(**prompt), seed=3)


@pytest.mark.parametrize("style", ["unit", "pixels"])
def test_boxes_of_photographs_come_back_within_a_pixel(coco, tmp_path, style):
    build(coco, tmp_path / "build")
    seen = 0
    for example in ExampleStore(tmp_path / "build", split="train").iter():
        for region in (value for value in (*example.fields.values(), *example.references) if isinstance(value, Region)):
            medium = example.media[region.medium]
            text = format_region(region, style=style, media=example.media)
            back = parse_region(text, style=style, media=example.media, medium=region.medium)
            for side, size in (
                ("x1", medium.width),
                ("y1", medium.height),
                ("x2", medium.width),
                ("y2", medium.height),
            ):
                assert abs(getattr(back, side) - getattr(region, side)) * size <= 1
            seen += 1
    assert seen > 100


def test_every_task_that_photographs_allow_is_built_and_exported_without_loss(coco, tmp_path):
    counts = build(coco, tmp_path / "build")
    assert len(counts["train"]) >= 10
    samples = [
        sampler(tmp_path / "build").train_sample(example, epoch=0)
        for example in ExampleStore(tmp_path / "build", split="train").iter()
    ]
    llava = formats.build("llava", {})
    written = llava.write(samples, out=tmp_path / "a")
    assert written.num_samples == len(samples) == counts["num_train"]
    assert not written.left_out
    back = list(sources.build("conversations", {"path": str(tmp_path / "a")}).items())
    assert [spoken(item.conversation) for item in back] == [spoken(sample.messages) for sample in samples]
    assert [len(item.media) for item in back] == [len(sample.media) for sample in samples]


def spoken(messages) -> list[tuple[str, str]]:
    """What is said by whom, pictures as marks."""
    return [(m.role, "".join(getattr(part, "text", "<image>\n") for part in m.parts).strip()) for m in messages]


def test_photographs_pass_the_check(coco):
    report = check_sources(coco, seed=3)
    assert not [problem for problem in report.problems if problem.kind not in {"row", "example"}]
    assert report.num_media >= 10


def test_nlvr_is_split_by_its_folders(sayso_data, tmp_path):
    def source(split: str, use: str) -> dict:
        folder = sayso_data / "nlvr_v1" / split
        return {
            "name": "nlvr",
            "annotations": str(folder / f"{split}.json"),
            "images": str(folder / "images"),
            "split": split,
            "use": use,
            "max_items": 300,
        }

    config = BuildConfig.model_validate(
        {"sources": [source("dev", "train"), source("test", "test")], "max_bad_rows": 300}
    )
    counts = build(config, tmp_path / "build")
    assert counts["train"]["counting"] > 100
    trained, tested = (
        {medium.path for example in ExampleStore(tmp_path / "build", split=split).iter() for medium in example.media}
        for split in ("train", "test")
    )
    assert trained
    assert tested
    assert not trained & tested
    assert "natural_language_visual_reasoning" not in counts["train"]
    assert counts["test"]["natural_language_visual_reasoning"] > 100
