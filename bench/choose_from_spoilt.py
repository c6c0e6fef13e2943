"""What choosing is worth where data are bad: as many steps on what rules and scorers leave of a spoilt pool as on all of it, on a part by chance, and on good rows alone.

    python bench/choose_from_spoilt.py
    python bench/choose_from_spoilt.py --pool hard --seeds 1 2 3 4 5

The pool is that of `planted_samples.py`, with a tenth spoilt by each of its five faults, so that a quarter of what it holds is wrong or a refusal and a sixth repeats another row. The small base is tuned on the pool as it is, for half of the steps, and scores it. Every arm is
then tuned from the same weights for the same steps, on three tenths of the pool, and evaluated on further scenes, none of them spoilt, by the tasks themselves.

all         the pool as it is
chance      three tenths by chance
rules       refusals, copies and near copies refused; of the rest by chance
rules_sight rules, then the higher half of each task by visual dependence, of which by chance
rules_cut   the same, but for the lowest three tenths of each task
rules_ifd   rules, then IFD at most 1, of which by chance
top_ifd     IFD at most 1, then the highest
less        the highest by LESS, which is told of 40 good scenes
good        by chance among the rows that nobody spoilt

`bad` is the share of an arm's rows that are wrong or refusals, `held_in` the mean accuracy over tasks; values over seeds are means with the lowest and highest, `over_chance` the difference to `chance` in the same seed. The last line is one JSON object.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planted_samples import TRAIN, exported, in_file, plant, run

POOLS = {
    "easy": ("color_recognition", "counting", "image_captioning", "object_recognition", "position_reasoning"),
    "hard": ("color_recognition", "counting", "image_text_matching", "object_detection", "object_recognition", "position_reasoning", "region_caption_matching"),
}  # fmt: skip
"""Tasks that the small base learns in a moment, and some that it does not; captions are learned from and not measured."""
WRONG = ("answer", "picture", "refusal")
PART = 0.3
RULES = [{"name": "threshold", "by": "refusal", "max": 0.5}, "exact_duplicates", "near_duplicates"]
USEFUL = {"name": "threshold", "by": "ifd_loss", "max": 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", choices=list(POOLS), default="easy")
    parser.add_argument("--scenes", type=int, default=400)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=320)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--arms", nargs="+", default=None)
    asked = parser.parse_args()
    found = []
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measured(Path(folder), seed=seed, asked=asked))
            print(f"seed {seed}: {json.dumps(found[-1])}", file=sys.stderr)
    table = {arm: {what: over_seeds(found, arm, what) for what in found[0][arm]} for arm in found[0]}
    for arm in table:
        table[arm]["over_chance"] = spread([one[arm]["held_in"] - one["chance"]["held_in"] for one in found])
        print(arm, *(f"{what} {value}" for what, value in table[arm].items()), sep="  ")
    print(json.dumps({**vars(asked), "table": table}))


def measured(folder: Path, *, seed: int, asked: argparse.Namespace) -> dict[str, dict[str, float]]:
    """By arm, of one pool."""
    tasks = POOLS[asked.pool]
    pool = exported(folder / "pool", seed=seed, start=0, count=asked.scenes, tasks=tasks)
    clean = exported(folder / "clean", seed=seed, start=500000, count=40, tasks=tasks)
    good = pool.with_name("good.json")
    rows = json.loads(pool.read_text())
    kinds = plant(pool, seed=seed, share=asked.share)
    good.write_text(json.dumps([row for row in rows if row["id"] not in kinds]))
    count = int(PART * len(json.loads(pool.read_text())))
    arms = {
        name: arm for name, arm in select_stages(count).items() if asked.arms is None or name in {"chance", *asked.arms}
    }
    files = {"pool": pool, "good": good, "clean": clean}
    stages = run(recipe(files, arms, tasks=tasks, seed=seed, steps=asked.steps), out=folder / "run")
    return {name: outcome(stages, name, kinds) for name in ["all", *arms]}


def select_stages(count: int) -> dict[str, dict[str, Any]]:
    """Select stages by name, each of so many rows."""
    chance = {"selectors": ["random"], "budget": count}
    return {
        "chance": {"from": ["pool"], **chance},
        "rules": {"from": ["ruled"], **chance},
        "rules_sight": {"from": ["ruled", "warm"], **by_sight(0.5), "budget": count},
        "rules_cut": {"from": ["ruled", "warm"], **by_sight(0.7), "budget": count},
        "rules_ifd": {"from": ["ruled", "warm"], "scorers": ["ifd"], "selectors": [USEFUL, "random"], "budget": count},
        "top_ifd": {
            "from": ["pool", "warm"],
            "scorers": ["ifd"],
            "selectors": [USEFUL, {"name": "top", "by": "ifd_loss"}],
            "budget": count,
        },
        "less": {
            "from": ["pool", "clean", "warm"],
            "scorers": [{"name": "less", "dimensions": 1024, "max_targets": 16}],
            "selectors": [{"name": "top", "by": "less"}],
            "budget": count,
        },
        "good": {"from": ["unspoilt"], **chance},
    }


def by_sight(share: float) -> dict[str, Any]:
    """So much of each task, by what the picture does for the answer; of that by chance."""
    best = {"name": "top", "by": "visual_dependence", "per_task": True, "budget": share}
    return {"scorers": ["visual_dependence"], "selectors": [best, "random"]}


def recipe(
    files: Mapping[str, Path], arms: Mapping[str, Any], *, tasks: Sequence[str], seed: int, steps: int
) -> dict[str, Any]:
    """Everything of one seed: what was read and scored is read and scored once."""
    source = {"name": "conversations", "use": "train"}
    read = {key: {**source, "path": str(path), "images": str(path.parent)} for key, path in files.items()}
    train = {"kind": "train", **TRAIN, "warmup_steps": 40, "adam_beta2": 0.98}
    asking = {
        "models": ["tuned"],
        "conditions": ["plain"],
        "max_examples_per_task": 60,
        "max_wordings": 6,
        "num_resamples": 50,
    }
    tests = {"name": "shapes", "use": "test", "count": 120, "seed": seed, "start": 1000000}
    stages: dict[str, Any] = {
        "pool": {"kind": "build", "from": [], "sources": [read["pool"]]},
        "unspoilt": {"kind": "build", "from": [], "sources": [read["good"]]},
        "clean": {"kind": "build", "from": [], "sources": [read["clean"]]},
        "tests": {"kind": "build", "from": [], "sources": [tests], "tasks": [task for task in tasks if task != "image_captioning"], "prompt": {"regions": "percent"}},
        "warm": {**train, "from": ["pool"], "max_steps": steps // 2, "save_steps": steps},
        "ruled": {"kind": "select", "from": ["pool"], "scorers": ["refusal"], "selectors": RULES},
        **{name: {"kind": "select", **arm} for name, arm in arms.items()},
    }  # fmt: skip
    for name in ["all", *arms]:
        on = "pool" if name == "all" else name
        stages[f"train_{name}"] = {**train, "from": [on], "max_steps": steps, "save_steps": steps}
        stages[f"evaluate_{name}"] = {"kind": "evaluate", "from": [f"train_{name}", "tests"], **asking}
    return {"name": "spoilt", "seed": seed, "stages": stages}


def outcome(stages: Mapping[str, Path], arm: str, kinds: Mapping[str, str]) -> dict[str, float]:
    """Accuracy in per cent, and what the arm was made of."""
    held_in = json.loads((stages[f"evaluate_{arm}"] / "summary.json").read_text())["held_in"]["mean"]
    kept = [kinds.get(row, "") for row in chosen(stages, arm)]
    return {"held_in": 100 * held_in, "rows": len(kept), "bad": 100 * sum(kind in WRONG for kind in kept) / len(kept)}


def chosen(stages: Mapping[str, Path], arm: str) -> list[str]:
    """Ids in the file of what an arm was trained on."""
    verdicts = stages["ruled" if arm == "all" else arm] / "verdicts.jsonl"
    rows = [json.loads(line) for line in verdicts.read_text().splitlines()]
    return [in_file(row) for row in rows if row["keep"] or arm == "all"]


def over_seeds(found: Sequence[Mapping[str, Any]], arm: str, what: str) -> list[float]:
    return spread([one[arm][what] for one in found])


def spread(values: Sequence[float]) -> list[float]:
    """Mean, lowest, highest."""
    return [round(number, 1) for number in (statistics.mean(values), min(values), max(values))]


if __name__ == "__main__":
    sys.exit(main())
