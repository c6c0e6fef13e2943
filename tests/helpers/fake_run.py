"""A finished run on disk without a model: seeded numbers in the formats of docs/architecture.md, with small pictures."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from sayso.artifacts import Manifest, StageContext, digest, write_json, write_jsonl
from sayso.config import ReportConfig
from sayso.records import Template
from sayso.seeds import Stream

CATEGORIES = {
    "VQA": ("open_vqa", "color_vqa", "counting_vqa"),
    "Region": ("region_label", "region_size", "region_choice"),
    "Grounding": ("object_grounding", "text_grounding"),
    "Visual Relationship": ("object_relation", "subject_of_relation"),
    "Commonsense": ("entailment", "pair_entailment"),
    "Captioning": ("caption", "region_caption"),
    "Text in image": ("read_text", "text_type"),
}
DISTANCES = ("L1", "L2", "L3")
HELD_OUT_TASKS = ("region_choice", "pair_entailment")
HELD_OUT_CATEGORY = "Text in image"
OPENINGS = (
    "How many {color} things can you see?",
    "Look at the picture. What does it show at {region}?",
    "Answer the question about this image: {question}",
    "{question} Choose one of the options.",
    "Given the image, say what {subject} is doing with the object in {region}, in a word or two.",
    "Tell me the colour of the thing in {region}.",
)
COLOURS = {"red": "#d5473d", "blue": "#3a6fd0", "green": "#3c9a54", "yellow": "#e2b93b", "purple": "#8653b8"}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large the run is, and what it lacks."""

    num_tasks: int = 16
    num_trained: int = 6
    num_held_out: int = 2
    num_examples: int = 30
    hostile: str = ""
    measured: bool = True


def write_run(root: Path, *, shape: Shape | None = None, config: ReportConfig | None = None) -> StageContext:
    """Write augment, build, train and evaluate folders into `root`; returns the context of a report stage on them."""
    shape = shape or Shape()
    tasks = list(task_names(shape))
    templates = [template for task, _, _ in tasks for template in task_templates(task, shape=shape)]
    write_augment(root / "augment", templates=templates, shape=shape)
    write_build(root / "build", tasks=tasks, shape=shape)
    write_stage(
        root / "describe", kind="train", parents=["build"], config={"learning_rate": 2e-3}, counts={"num_steps": 900}
    )
    counts = {"num_steps": 1200, "final_loss": 0.0731}
    write_stage(
        root / "train", kind="train", parents=["build", "describe"], config={"learning_rate": 1e-3}, counts=counts
    )
    write_evaluate(root / "evaluate", tasks=tasks, templates=templates, shape=shape)
    folder = root / "report.partial"
    folder.mkdir(parents=True, exist_ok=True)
    return StageContext(
        node="report", config=config or ReportConfig(), seed=7, inputs=(root / "evaluate",), folder=folder
    )


def write_stage(folder: Path, *, kind: str, parents: list[str], config: dict[str, Any], counts: dict[str, Any]) -> None:
    """A manifest that names its parents with their real digests."""
    manifest = {
        "node": folder.name,
        "kind": kind,
        "config": config,
        "seed": 7,
        "parents": {name: digest(name) for name in parents},
        "digest": digest(folder.name),
        "counts": counts,
        "versions": {"sayso": "0.1.0", "python": "3.11.9"},
        "wall_s": 12.5 + 60 * len(parents),
    }
    write_json(folder / "manifest.json", manifest)
    assert Manifest(**manifest).node == folder.name


def task_names(shape: Shape) -> Iterator[tuple[str, str, str]]:
    """Name, category and group of each task; more than 16 get numbered names."""
    known = [(name, category) for category, names in CATEGORIES.items() for name in names]
    for number in range(shape.num_tasks):
        name, category = known[number % len(known)]
        turn = number // len(known)
        group = "held_out_category" if category == HELD_OUT_CATEGORY else "held_in"
        group = "held_out_task" if name in HELD_OUT_TASKS else group
        yield (f"{name}_{turn + 1}" if turn else name), category, group


def task_templates(task: str, *, shape: Shape) -> Iterator[Template]:
    """The wordings of a task, the last ones held out."""
    for number in range(shape.num_trained + shape.num_held_out):
        held_out = number >= shape.num_trained
        text = f"{OPENINGS[number % len(OPENINGS)]} ({task}, {number + 1}){shape.hostile}"
        distance = f"L{1 + (number - shape.num_trained) % 3}" if held_out else None
        yield Template(id=f"{task}/{number}", task=task, text=text, held_out=held_out, distance=distance)


def write_augment(folder: Path, *, templates: list[Template], shape: Shape) -> None:
    """Kept templates, and refused candidates with their reasons."""
    write_jsonl(folder / "templates.jsonl", templates)
    kept = [candidate(item.text, keep=True, reason="passed every filter") for item in templates]
    refused = [
        candidate(f"Say it once more{shape.hostile}", keep=False, reason=f"duplicate of 'open_vqa/{i}'")
        for i in range(9)
    ]
    refused += [candidate("What is it?", keep=False, reason="slots: missing slot {region}") for _ in range(4)]
    write_jsonl(folder / "candidates.jsonl", kept + refused)
    counts = {"num_candidates": len(kept) + len(refused), "verdicts": {"kept": len(kept), "refused": len(refused)}}
    write_stage(
        folder,
        kind="augment",
        parents=[],
        config={"max_wordings": 20, "paraphraser": {"name": "grammar"}},
        counts=counts,
    )


def candidate(text: str, *, keep: bool, reason: str) -> dict[str, Any]:
    """A line of candidates.jsonl."""
    return {"template": {"id": text, "task": "open_vqa", "text": text}, "verdict": {"keep": keep, "reason": reason}}


def write_build(folder: Path, *, tasks: list[tuple[str, str, str]], shape: Shape) -> None:
    """Cards, and a quarantine with three bad rows."""
    cards = [
        {
            "name": name,
            "category": category,
            "output": "text",
            "metrics": ["exact_match"],
            "slots": {"region": "region"},
            "held_out": {"held_out_task": "task", "held_out_category": "category"}.get(group),
            "num_train": 0 if group != "held_in" else 2400,
            "num_test": 120,
        }
        for name, category, group in tasks
    ]
    write_json(folder / "cards.json", cards)
    bad = [
        {"place": f"rows.jsonl, line {line}", "reason": f"box {line} has no area{shape.hostile}"} for line in (3, 17)
    ]
    write_jsonl(
        folder / "quarantine.jsonl", [*bad, {"place": "rows.jsonl, line 40", "reason": "image 'a.png' is missing"}]
    )
    config = {"sources": [{"name": "shapes", "use": "split", "num_items": 4000, "max_items": None}], "tasks": ["*"]}
    counts = {
        "num_train": 2400 * len(tasks),
        "licenses": {"CC0-1.0": 41_000, "": 12},
        "skipped_tasks": {"sorting": "needs steps"},
    }
    write_stage(folder, kind="build", parents=["augment"], config=config, counts=counts)


def write_evaluate(folder: Path, *, tasks: list[tuple[str, str, str]], templates: list[Template], shape: Shape) -> None:
    """Scores of every wording, the summary, and a showcase with pictures."""
    rows = [row for task in tasks for row in task_scores(task, templates=templates, shape=shape)]
    write_jsonl(folder / "scores.jsonl", rows)
    write_json(folder / "summary.json", summary(tasks, rows=rows, shape=shape))
    if shape.num_examples:
        write_jsonl(folder / "showcase.jsonl", list(showcase(folder, tasks=tasks, shape=shape)))
    counts = {"num_predictions": 46_080, "refused": {"open_vqa": {"longer than 512 tokens": 3}}}
    config = {"confidence": 0.95, "num_resamples": 1000, "models": ["tuned", "untuned"]}
    write_stage(folder, kind="evaluate", parents=["train", "build"], config=config, counts=counts)


def task_scores(task: tuple[str, str, str], *, templates: list[Template], shape: Shape) -> Iterator[dict[str, Any]]:
    """Rows of scores.jsonl: the tuned model on plain input is better and less even in held-out wordings."""
    name, category, group = task
    level = {"held_in": 0.84, "held_out_task": 0.55, "held_out_category": 0.4}[group]
    level += Stream(7, "level", name).uniform(-0.14, 0.14)
    for model, condition, share in (
        ("tuned", "plain", 1.0),
        ("untuned", "plain", 0.2),
        ("tuned", "shuffled_images", 0.45),
    ):
        for template in (item for item in templates if item.task == name):
            drop = Stream(7, model, template.id).uniform(0.0, 0.14 if template.held_out else 0.05)
            mean = round(max(0.0, min(1.0, (level - drop) * share)), 4) if shape.measured else None
            yield {
                "model": model,
                "condition": condition,
                "task": name,
                "category": category,
                "group": group,
                "template": template.id,
                "template_held_out": template.held_out,
                "distance": template.distance,
                "metric": "exact_match",
                "mean": mean,
                "low": None if mean is None else max(0.0, round(mean - 0.05, 4)),
                "high": None if mean is None else min(1.0, round(mean + 0.05, 4)),
                "n": 50 if shape.measured else 0,
                "unscored": 0 if shape.measured else 50,
            }


def summary(tasks: list[tuple[str, str, str]], *, rows: list[dict[str, Any]], shape: Shape) -> dict[str, Any]:
    """summary.json from the rows of scores.jsonl."""
    by_task = [by_task_row(task, rows=[row for row in rows if row["task"] == task[0]]) for task in tasks]
    held_in = [row for row in by_task if row["group"] == "held_in"]
    return {
        "held_in": estimate([row["held_in_wordings"] for row in held_in]),
        "held_in_untuned": estimate([row["untuned"] for row in held_in]),
        "held_in_blind": estimate([row["blind"] for row in held_in]),
        "held_in_shuffled": estimate([row["shuffled"] for row in held_in]),
        "held_out_tasks": estimate([row["mean"] for row in by_task if row["group"] == "held_out_task"]),
        "held_out_categories": estimate([row["mean"] for row in by_task if row["group"] == "held_out_category"]),
        "held_out_wordings": estimate([row["held_out_wordings"] for row in held_in]),
        **by_distance(held_in),
        "sensitivity": estimate([row["sensitivity"] for row in by_task], width=0.006),
        **(robustness() if shape.measured else {}),
        "by_task": by_task,
    }


def robustness() -> dict[str, Any]:
    """Figures beside the Sensitivity."""
    return {
        "sensitivity_corrected": {
            "mean": 0.031,
            "untruncated": 0.031,
            "low": 0.0,
            "high": 0.052,
            "p_value": 0.083,
            "n": 350,
        },
        "sensitivity_noise_floor": {"mean": 0.036, "num_tasks": 7},
        "prompt_sensitivity": 0.029,
        "consistency": {"mean": 0.87, "right": 0.8, "num_tasks": 7},
        "worst_wording": {"mean": 0.78, "expected": 0.81},
        "best_wording": {"mean": 0.9, "expected": None},
    }


def by_distance(held_in: list[dict[str, Any]]) -> dict[str, Any]:
    """Held-out wordings of each distance: their score, and what is lost against trained ones of the same tasks."""
    known = {
        name: [row for row in held_in if row["held_out_wordings_by_distance"][name] is not None] for name in DISTANCES
    }
    scores = {name: [row["held_out_wordings_by_distance"][name] for row in rows] for name, rows in known.items()}
    drops = {
        name: average([row["held_in_wordings"] - score for row, score in zip(rows, scores[name], strict=True)])
        for name, rows in known.items()
    }
    return {
        "held_out_wordings_by_distance": {name: estimate(values) for name, values in scores.items()},
        "drop_by_distance": {
            name: None
            if drop is None
            else {"mean": drop, "low": drop - 0.02, "high": drop + 0.02, "n": 50, "num_tasks": 1}
            for name, drop in drops.items()
        },
        "sensitivity_by_distance": dict.fromkeys(DISTANCES),
    }


def by_task_row(task: tuple[str, str, str], *, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One row of `by_task`."""
    plain = [row for row in rows if (row["model"], row["condition"]) == ("tuned", "plain")]
    means = [row["mean"] for row in plain if row["mean"] is not None]
    mean, std = average(means), statistics.stdev(means) if len(means) > 1 else None
    return {
        "task": task[0],
        "category": task[1],
        "group": task[2],
        "metric": "exact_match",
        "mean": mean,
        "low": None if mean is None else max(0.0, mean - 0.04),
        "high": None if mean is None else min(1.0, mean + 0.04),
        "std": std,
        "sensitivity": std / mean if std is not None and mean else None,
        "worst": min(means, default=None),
        "best": max(means, default=None),
        "num_wordings": len(plain),
        "n": 50,
        "blind": round(Stream(7, "blind", task[0]).uniform(0.15, 0.4), 4) if means else None,
        "untuned": average([row["mean"] for row in rows if row["model"] == "untuned"]),
        "shuffled": average([row["mean"] for row in rows if row["condition"] == "shuffled_images"]),
        "held_in_wordings": average([row["mean"] for row in plain if not row["template_held_out"]]),
        "held_out_wordings": average([row["mean"] for row in plain if row["template_held_out"]]),
        "held_out_wordings_by_distance": {
            name: average([row["mean"] for row in plain if row["distance"] == name]) for name in DISTANCES
        },
        "reasons": {} if means else {"no box in the output": 50 * len(plain)},
    }


def average(values: list[float | None]) -> float | None:
    """The mean of what was measured."""
    found = [value for value in values if value is not None]
    return sum(found) / len(found) if found else None


def estimate(values: list[float | None], *, width: float = 0.012) -> dict[str, Any] | None:
    """A headline number, None where nothing was measured."""
    mean = average(values)
    if mean is None:
        return None
    return {
        "mean": mean,
        "low": max(0.0, mean - width),
        "high": min(1.0, mean + width),
        "n": 50 * len(values),
        "num_tasks": len(values),
    }


def showcase(folder: Path, *, tasks: list[tuple[str, str, str]], shape: Shape) -> Iterator[dict[str, Any]]:
    """Lines of showcase.jsonl, right and wrong, with no, one and two images."""
    for number in range(shape.num_examples):
        task, _, group = tasks[number % len(tasks)]
        stream = Stream(7, "show", number)
        colours = list(COLOURS)
        stream.shuffle(colours)
        answer, wrong = colours[:2]
        right = number % 3 != 2
        yield {
            "task": task,
            "group": group,
            "instruction": f"What colour is the largest thing in the picture?{shape.hostile}",
            "options": [answer, wrong, "grey"] if number % 2 else [],
            "references": [answer],
            "outputs": {
                "tuned-plain": f"{answer if right else wrong}{shape.hostile}",
                "untuned-plain": "",
                "tuned-shuffled_images": wrong,
            },
            "correct": {
                "tuned-plain": right,
                "untuned-plain": False,
                "tuned-shuffled_images": None if number % 5 == 0 else False,
            },
            "images": [draw(folder, number, picture, colour=answer) for picture in range((1, 1, 2, 1, 0)[number % 5])],
            "boxes": [box("gold", 0.2), box("found", 0.32), box("asked", 0.02)] if number % 4 == 0 else [],
        }


def box(label: str, left: float) -> dict[str, Any]:
    """A box of an example."""
    return {"x1": left, "y1": 0.25, "x2": left + 0.5, "y2": 0.75, "medium": 0, "label": label}


def draw(folder: Path, number: int, picture: int, *, colour: str) -> str:
    """Write a scene of a few shapes on grey; returns its path in the folder."""
    stream = Stream(7, "scene", number, picture)
    image = Image.new("RGB", (96, 96), "#e9e6df")
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        x, y, size = stream.below(72), stream.below(72), 10 + stream.below(12)
        pen.rectangle((x, y, x + size, y + size), fill=stream.choice(list(COLOURS.values())))
    pen.ellipse((20, 25, 66, 71), fill=COLOURS[colour])
    name = f"images/{number:03d}-{picture}.png"
    (folder / "images").mkdir(parents=True, exist_ok=True)
    image.save(folder / name)
    return name
