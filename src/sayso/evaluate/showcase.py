"""Examples to look at: a few per task, right and wrong in turn, each with its image, gold answer and every model's output.

All outputs of a row answer the same wording. Images are small PNG files: at most 256 pixels a side, and small ones enlarged by a
whole factor without smoothing, so that their pixels can be seen. Boxes are those of the question (`asked`), the gold answer
(`gold`) and the main model's (`found`).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sayso.artifacts import read_jsonl
from sayso.config import PromptConfig
from sayso.evaluate.plan import TaskPlan, Unit
from sayso.evaluate.scoring import ScoreTable
from sayso.instructions.regions import parse_regions
from sayso.records import Example, Media, Prediction, Region, Regions, Sample
from sayso.seeds import derive
from sayso.sources import load_image

__all__ = ["choose", "save_thumbnail", "showcase", "showcase_rows", "thumbnail"]

MAX_SIDE = 256
NUM_PER_TASK = 4


def showcase(
    work: Sequence[Unit], *, tables: Sequence[ScoreTable], folder: Path, prompt: PromptConfig
) -> Iterator[dict[str, Any]]:
    """The rows of `showcase.jsonl` for all tasks; `folder` holds the predictions of the units and gets the images."""
    for plan in {unit.plan.task.name: unit.plan for unit in work}.values():
        mine = [unit for unit in work if unit.plan.task.name == plan.task.name]
        yield from showcase_rows(
            plan,
            tables={
                f"{t.model}-{t.condition}": t
                for t in tables
                if t.task.name == plan.task.name and t.metric == plan.task.metrics[0]
            },
            predictions={f"{u.model}-{u.condition}": list(read_jsonl(u.path(folder), Prediction)) for u in mine},
            prompt=prompt,
            folder=folder,
        )


def showcase_rows(
    plan: TaskPlan,
    *,
    tables: Mapping[str, ScoreTable],
    predictions: Mapping[str, Sequence[Prediction]],
    prompt: PromptConfig,
    folder: Path,
) -> Iterator[dict[str, Any]]:
    """Rows of `showcase.jsonl` for one task, their images written to `folder/images`.

    `tables` (of the task's headline metric) and `predictions` are by `model-condition`, the main one first.
    """
    template = plan.reference_templates[0]
    outputs = {
        name: {row.example: row.output for row in rows if row.template == template.id}
        for name, rows in predictions.items()
    }
    values = {name: _column(table, template=template.id) for name, table in tables.items()}
    examples = {example.id: example for example in plan.examples}
    main = next(iter(tables))
    for number, name in enumerate(choose(values[main], number=NUM_PER_TASK)):
        example = examples[name]
        sample = plan.sampler.test_sample(example, template=template)
        yield {
            "task": plan.task.name,
            "group": plan.task.group,
            "instruction": instruction(sample),
            "options": list(sample.options),
            "references": list(sample.references),
            "outputs": {key: rows[name] for key, rows in outputs.items() if name in rows},
            "correct": {key: correct(rows[name]) for key, rows in values.items() if name in rows},
            "images": [
                _save(media, folder=folder, name=f"{plan.task.name}-{number}-{place}.png")
                for place, media in enumerate(sample.media)
            ],
            "boxes": _boxes(example, found=outputs[main].get(name, ""), plan=plan, prompt=prompt),
        }


def choose(values: Mapping[str, float], *, number: int) -> list[str]:
    """At most `number` example ids, right and wrong (below one half) in turn, unscored ones left out."""
    order = sorted((name for name in values if not np.isnan(values[name])), key=lambda name: derive("showcase", name))
    right = [name for name in order if values[name] >= 0.5]
    wrong = [name for name in order if values[name] < 0.5]
    turns = (name for pair in zip_longest(right, wrong) for name in pair if name is not None)
    return list(turns)[:number]


def _column(table: ScoreTable, *, template: str) -> dict[str, float]:
    rows = [row for row, known in enumerate(table.templates) if known.id == template]
    return dict(zip(table.examples, map(float, table.values[rows[0]]), strict=True)) if rows else {}


def correct(value: float) -> bool | float | None:
    """Right or wrong where it is plain, else the share; None where unscored."""
    if np.isnan(value):
        return None
    return value == 1.0 if value in (0.0, 1.0) else value


def instruction(sample: Sample) -> str:
    """What the user's turn says."""
    return sample.messages[-1].text


def _boxes(example: Example, *, found: str, plan: TaskPlan, prompt: PromptConfig) -> list[dict[str, Any]]:
    asked = [box for value in example.fields.values() if isinstance(value, Region | Regions) for box in _items(value)]
    gold = [box for answer in example.references[:1] if not isinstance(answer, str) for box in _items(answer)]
    answered = plan.task.output in {"region", "region_option"}
    mine = parse_regions(found, style=prompt.regions, media=example.media) if answered and example.media else ()
    named = [("asked", asked), ("gold", gold), ("found", mine)]
    return [
        {"x1": b.x1, "y1": b.y1, "x2": b.x2, "y2": b.y2, "medium": b.medium, "label": label}
        for label, boxes in named
        for b in boxes
    ]


def _items(value: Region | Regions) -> tuple[Region, ...]:
    return value.items if isinstance(value, Regions) else (value,)


def _save(media: Media, *, folder: Path, name: str) -> str:
    save_thumbnail(load_image(media), folder / "images" / name)
    return f"images/{name}"


def save_thumbnail(image: Image.Image, path: Path) -> None:
    """Write `thumbnail(image)` as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    thumbnail(image).save(path, format="PNG", optimize=True)


def thumbnail(image: Image.Image) -> Image.Image:
    """At most 256 pixels a side; small images enlarged by the largest whole factor that fits, without smoothing."""
    factor = MAX_SIDE // max(image.size)
    if factor >= 2:
        return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    small = image.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    return small
