"""Bad samples planted among good ones on drawn scenes: which scorer finds which kind.

    python bench/planted_samples.py
    python bench/planted_samples.py --scenes 800 --seeds 1 2 3 4 5

A pool of questions, captions and descriptions is written out as LLaVA records, and a twentieth of it each is spoilt: `answer` has the answer of another row of the same task, `picture` the picture of another row (its answer being another),
`refusal` a refusal in place of the answer, `copy` is a further row with the same text and picture, `near_copy` one with a few more words. The small base is tuned for a moment on the pool as it is, bad rows included, and scores it; `less` is told
of a few clean rows of other scenes. Everything goes through the public stages.

area    how often a bad row is more suspect than a good one, by the end of the column that its page calls suspect (0.5 is chance)
caught  share of the bad rows among the most suspect rows of these and the good ones, as many as are bad

Values are means over seeds with the lowest and highest; the last line is one JSON object.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sayso.config import make_recipe
from sayso.pipeline.exporting import export_run
from sayso.pipeline.running import run_recipe
from sayso.seeds import Stream

SHARE = 0.05
KINDS = ("answer", "picture", "refusal", "copy", "near_copy")
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "As an AI language model, I am not able to see images.",
    "I cannot answer this question.",
    "Sorry, I am unable to assist with this request.",
)
SUSPECT = {
    "perplexity": "high",
    "ifd_loss": "high",
    "ifd_ppl": "high",
    "visual_dependence": "low",
    "refusal": "high",
    "response_words": "high",
    "less": "low",
}
"""Columns, and the end at which bad rows are looked for."""
TASKS = ["color_recognition", "object_recognition", "position_reasoning", "image_captioning", "counting"]
TRAIN = {
    "model": {"name": "tiny_base"},
    "per_device_train_batch_size": 16,
    "learning_rate": 6e-4,
    "report_to": [],
    "preflight": False,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=400)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    asked = parser.parse_args()
    found = []
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measured(Path(folder), seed=seed, scenes=asked.scenes, steps=asked.steps))
    table = {column: {kind: told(found, column, kind) for kind in KINDS} for column in found[0]}
    for column, kinds in table.items():
        print(column, *(f"{kind} {cell['caught'][0]:.2f}" for kind, cell in kinds.items()), sep="  ")
    print(json.dumps({"seeds": asked.seeds, "scenes": asked.scenes, "steps": asked.steps, "columns": table}))


def told(found: Sequence[Mapping[str, Any]], column: str, kind: str) -> dict[str, list[float]]:
    """Mean, lowest and highest over seeds."""
    values = {what: [one[column][kind][what] for one in found] for what in ("area", "caught")}
    return {what: [round(number, 3) for number in (statistics.mean(v), min(v), max(v))] for what, v in values.items()}


def measured(folder: Path, *, seed: int, scenes: int, steps: int) -> dict[str, dict[str, dict[str, float]]]:
    """By column and kind, of one pool."""
    pool = exported(folder / "pool", seed=seed, start=0, count=scenes)
    clean = exported(folder / "clean", seed=seed, start=500000, count=40)
    kinds = plant(pool, seed=seed)
    chosen = run(chosen_recipe(pool, clean=clean, seed=seed, steps=steps), out=folder / "run")
    rows = [json.loads(line) for line in (chosen["scored"] / "verdicts.jsonl").read_text().splitlines()]
    columns = {
        name: {in_file(row): row["values"].get(name) for row in rows} for name in SUSPECT if name in rows[0]["values"]
    }
    found = {
        name: {kind: ends(values, kinds, kind=kind, end=SUSPECT[name]) for kind in KINDS}
        for name, values in columns.items()
    }
    for selector in ("exact_duplicates", "near_duplicates"):
        kept = [json.loads(line) for line in (chosen[selector] / "verdicts.jsonl").read_text().splitlines()]
        refused = {in_file(row): None if row["keep"] else 1.0 for row in kept}
        found[selector] = {kind: refusals(refused, kinds, kind=kind) for kind in KINDS}
    return found


def in_file(row: Mapping[str, Any]) -> str:
    """The id that an example of a conversation had in its file."""
    return str(row["id"]).removeprefix("conversation/").rpartition("/")[0]


def run(recipe: dict[str, Any], *, out: Path) -> dict[str, Path]:
    """Folders of the stages by name."""
    results = run_recipe(make_recipe(recipe, path=Path("bench.yaml"), lines={}), out=out)
    return {result.folder.name: result.folder for result in results}


def exported(folder: Path, *, seed: int, start: int, count: int, tasks: Sequence[str] = TASKS) -> Path:
    """A file of LLaVA records of drawn scenes."""
    source = {"name": "shapes", "use": "train", "count": count, "seed": seed, "start": start}
    run({"name": "scenes", "seed": seed, "build": {"sources": [source], "tasks": list(tasks), "prompt": {"regions": "percent"}}}, out=folder / "run")  # fmt: skip
    export_run(folder / "run", to="llava", out=folder / "llava")
    return next(path for path in sorted((folder / "llava").rglob("*.json")))


def plant(path: Path, *, seed: int, share: float = SHARE) -> dict[str, str]:
    """Spoil so much of the file with each fault, in place; what was done to which row."""
    rows = json.loads(path.read_text())
    order = list(range(len(rows)))
    Stream(seed, "planted").shuffle(order)
    number = int(share * len(rows))
    kinds: dict[str, str] = {}
    before = [json.loads(json.dumps(row)) for row in rows]
    for place, kind in enumerate(KINDS):
        for index in order[place * number : (place + 1) * number]:
            row = spoilt(before[index], others(before, index), kind=kind, chance=Stream(seed, kind, index))
            if kind in {"copy", "near_copy"}:
                rows.append({**row, "id": f"{row['id']}-{kind}"})
            else:
                rows[index] = row
            kinds[rows[-1]["id"] if kind in {"copy", "near_copy"} else row["id"]] = kind
    path.write_text(json.dumps(rows))
    return kinds


def others(rows: Sequence[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    """Rows of the same task with another answer."""
    task, answer = rows[index]["id"].split("/")[0], rows[index]["conversations"][-1]["value"]
    return [row for row in rows if row["id"].split("/")[0] == task and row["conversations"][-1]["value"] != answer]


def spoilt(row: dict[str, Any], others: Sequence[dict[str, Any]], *, kind: str, chance: Stream) -> dict[str, Any]:
    """The row with its fault."""
    new: dict[str, Any] = json.loads(json.dumps(row))
    if kind == "answer":
        new["conversations"][-1]["value"] = chance.choice(others)["conversations"][-1]["value"]
    elif kind == "picture":
        new["image"] = chance.choice(others)["image"]
    elif kind == "refusal":
        new["conversations"][-1]["value"] = chance.choice(REFUSALS)
    elif kind == "near_copy":
        new["conversations"][0]["value"] += " Please."
    return new


def chosen_recipe(pool: Path, *, clean: Path, seed: int, steps: int) -> dict[str, Any]:
    """Tuned for a moment on the pool as it is, then scored by that model."""
    source = {"name": "conversations", "use": "train"}
    scorers = [
        "perplexity",
        "ifd",
        "visual_dependence",
        "refusal",
        "length",
        {"name": "less", "dimensions": 1024, "weights": "auto"},
    ]
    return {
        "name": "planted",
        "seed": seed,
        "stages": {
            "build": {"kind": "build", "from": [], "sources": [{**source, "path": str(pool), "images": str(pool.parent)}]},
            "dev": {"kind": "build", "from": [], "sources": [{**source, "path": str(clean), "images": str(clean.parent)}]},
            "warm": {"kind": "train", "from": ["build"], **TRAIN, "max_steps": steps, "warmup_steps": 20, "save_steps": steps},
            "scored": {"kind": "select", "from": ["build", "dev", "warm"], "scorers": scorers, "selectors": ["random"], "budget": 0.9},
            **{name: {"kind": "select", "from": ["build"], "selectors": [name]} for name in ("exact_duplicates", "near_duplicates")},
        },
    }  # fmt: skip


def ends(values: Mapping[str, float | None], kinds: Mapping[str, str], *, kind: str, end: str) -> dict[str, float]:
    """Area and share caught of one kind by one column; rows without a value are the least suspect."""
    sign = 1.0 if end == "high" else -1.0
    suspect = {row: sign * value if value is not None else float("-inf") for row, value in values.items()}
    bad = [value for row, value in suspect.items() if kinds.get(row) == kind]
    good = [value for row, value in suspect.items() if row not in kinds]
    wins = sum((one > other) + 0.5 * (one == other) for one in bad for other in good)
    return {"area": wins / (len(bad) * len(good)), "caught": share_of_top(bad, good)}


def share_of_top(bad: Sequence[float], good: Sequence[float]) -> float:
    """Of the bad ones, among as many of the highest; those that tie at the edge count by their share."""
    edge = sorted([*bad, *good], reverse=True)[len(bad) - 1]
    above, tied = sum(v > edge for v in bad), sum(v == edge for v in bad)
    room = len(bad) - sum(v > edge for v in [*bad, *good])
    return (above + tied * room / sum(v == edge for v in [*bad, *good])) / len(bad)


def refusals(refused: Mapping[str, float | None], kinds: Mapping[str, str], *, kind: str) -> dict[str, float]:
    """Of a selector: the share of a kind that it refuses, as caught; the area is halfway to that of good ones it refuses too."""
    bad = [value is not None for row, value in refused.items() if kinds.get(row) == kind]
    good = [value is not None for row, value in refused.items() if row not in kinds]
    caught, wrong = sum(bad) / len(bad), sum(good) / len(good)
    return {"area": (1 + caught - wrong) / 2, "caught": caught}


if __name__ == "__main__":
    sys.exit(main())
