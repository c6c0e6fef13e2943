"""Losses for robustness against plain training on many wordings: accuracy and Sensitivity at three distances, over seeds.

    SAYSO_DATA=... OMP_NUM_THREADS=1 python bench/robust_losses.py --out runs/robust_losses --seeds 1 2 3 4 5

Drawn scenes and the tiny model of `quickstart`, ten of its tasks whose answers are options or short, 16 wordings a task, one base a seed that has learned to see. All arms of a seed start
from it, see the same pictures, and take as many steps of as many samples; with k wordings side by side a step holds k times fewer examples:

- `plain`: every example under one drawn wording;
- `side_by_side`: k wordings of each example and no further term, which tells the term from the smaller number of examples;
- `wording_consistency`: the same with the term;
- `worst_wording`: the worst of k; the others are only scored, so a step trains on a k-th of the samples and costs less than a plain one;
- `worst_wording_full`: the same with k times the batch, which trains on as many examples as `plain` and costs (k + 3) / 3 times as much;
- `further_plain`, `further_consistency` and `further_worst`: the model of `plain` is trained on, for as many steps again at half the rate, and the two are
  compared with the first: what a loss for robustness does to a model that knows its tasks by now;
- `prompt_only` and `soft_prompt_alignment`: the model of `plain` is frozen and gets a prompt in front, trained without and with P12's term for as many steps again.

L1 and L2 are held-out wordings of the library and of the augment stage, L3 the templates of MultiInstruct, read from SAYSO_DATA where it is set. A run that is
stopped goes on; `--arms` runs some arms alone and the table takes in all that are there, and those of folders that `--also` names. Several processes may share the work by seeds.
Stages of another version of sayso are not taken up where recipes have new keys since; with `--plain-from FOLDER` the prompt arms start from the models that an earlier run left there. The last line of standard output is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import yaml

from sayso.artifacts import read_manifest, write_jsonl
from sayso.config import TrainConfig, load_recipe
from sayso.instructions.foreign import FOREIGN, foreign_wordings
from sayso.pipeline import run_stages
from sayso.pipeline.studying.table import interval

PARTS = {
    "vision_tower": {"method": "frozen"},
    "projector": {"method": "frozen"},
    "language_model": {"method": "prompt", "num_tokens": 20},
}
AFTER_PLAIN = {
    "further_plain": "plain",
    "further_consistency": "further_plain",
    "further_worst": "further_plain",
    "prompt_only": "plain",
    "soft_prompt_alignment": "prompt_only",
}
"""Arms that start from the model of `plain`, and what each is compared with."""
FURTHER_RATE = 4e-4
RECIPE = """
name: robust_losses
stages:
  scenes:
    kind: build
    from: []
    sources: [{name: shapes, use: train, count: 20000, seed: 1, min_objects: 3, max_objects: 6}]
    tasks: [dense_description]
  augment: {from: []}
  build: {from: [augment]}
  base: {kind: train, from: [scenes, build], learning_rate: 3e-3, warmup_steps: 300}
augment: {max_wordings: 16, held_out: {fraction: 0.15, operations: [question_form]}}
build:
  sources:
    - {name: shapes, use: train, count: 3000, seed: 2}
    - {name: shapes, use: test, count: 120, seed: 2, start: 1000000}
  prompt: {regions: percent}
train:
  model: {name: tiny}
  per_device_train_batch_size: 32
  learning_rate: 8e-4
  warmup_steps: 50
  adam_beta2: 0.98
  save_steps: 400
  logging_steps: 50
  report_to: []
evaluate: {models: [tuned], conditions: [plain], max_wordings: 8, max_generated_wordings: 3, num_resamples: 50}
"""
MEASURES = ("held_in", "L1", "L2", "L3", "sensitivity_L1", "sensitivity_L2", "sensitivity_L3", "unseen_tasks")


def arms(k: int, *, batch: int, rate: float) -> dict[str, dict[str, Any]]:
    """What each arm's train stage sets beside the rest."""
    consistency = {"name": "wording_consistency", "num_wordings": k, "form": "symmetric"}
    alignment = {"name": "soft_prompt_alignment", "num_wordings": k}
    worst = [{"name": "worst_wording", "num_wordings": k}]
    prompt = {"parts": PARTS, "learning_rate": rate}
    further = {"learning_rate": FURTHER_RATE}
    return {
        "plain": {},
        "wording_consistency": {"losses": [consistency | {"weight": 1.0}]},
        "worst_wording": {"losses": worst},
        "side_by_side": {"losses": [consistency | {"weight": 0.0}]},
        "worst_wording_full": {"losses": worst, "per_device_train_batch_size": k * batch},
        "further_plain": further,
        "further_consistency": further | {"losses": [consistency | {"weight": 1.0}]},
        "further_worst": further | {"losses": worst},
        "prompt_only": prompt | {"losses": [alignment | {"weight": 0.0}]},
        "soft_prompt_alignment": prompt | {"losses": [alignment | {"weight": 1.0}]},
    }


def templates_of_others(out: Path) -> Path | None:
    """MultiInstruct's templates as held-out lines of `augment.templates`."""
    if not (data := os.environ.get("SAYSO_DATA")):
        print("no wordings of distance L3: set SAYSO_DATA to the folder of real data", file=sys.stderr)
        return None
    write_jsonl(out / "foreign.jsonl", foreign_wordings(Path(data)))
    return out / "foreign.jsonl"


def recipe_of(options: argparse.Namespace, *, seed: int, foreign: Path | None) -> dict[str, Any]:
    """The stages of all arms that this version of sayso has keys for."""
    made: dict[str, Any] = yaml.safe_load(RECIPE)
    made["build"]["tasks"] = sorted(FOREIGN.values())
    made["train"]["per_device_train_batch_size"] = options.batch
    made["stages"]["base"]["max_steps"] = options.base_steps
    made["evaluate"]["max_examples_per_task"] = options.examples
    if foreign is not None:
        made["augment"]["templates"] = str(foreign)
    for name, change in arms(options.wordings, batch=options.batch, rate=options.prompt_rate).items():
        if set(change) <= set(TrainConfig.model_fields):
            start = _start("plain" if name in AFTER_PLAIN else "base", options=options, seed=seed)
            made["stages"][name] = {"kind": "train", "max_steps": options.steps, **start, **change}
            made["stages"][f"{name}-evaluate"] = {"kind": "evaluate", "from": [name, "build"]}
    return made


def _start(parent: str, *, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    if parent == "plain" and options.plain_from:
        model = (options.plain_from / f"seed-{seed}" / "plain" / "model").resolve()
        return {"from": ["build"], "model": {"name": "auto", "path": str(model)}}
    return {"from": ["build", parent]}


def measured(folder: Path) -> dict[str, float]:
    """The numbers of one evaluation."""
    summary = json.loads((folder / "summary.json").read_text())
    unseen = [row["mean"] for row in summary["by_task"] if row["group"] != "held_in"]
    found = {"held_in": summary["held_in"], "unseen_tasks": {"mean": mean(unseen)} if unseen else None}
    for distance in ("L1", "L2", "L3"):
        found[distance] = summary["held_out_wordings_by_distance"][distance]
        found[f"sensitivity_{distance}"] = summary["sensitivity_by_distance"][distance]
    return {name: value["mean"] for name, value in found.items() if value is not None}


def run_arm(name: str, *, seed: int, options: argparse.Namespace, foreign: Path | None) -> None:
    """Train and evaluate one arm of one seed, and what it needs before."""
    started, out = time.monotonic(), options.out / f"seed-{seed}"
    made = recipe_of(options, seed=seed, foreign=foreign)
    if name not in made["stages"]:
        print(f"{name}: this version of sayso has no train.parts, the arm is left out", file=sys.stderr)
        return
    recipe = options.out / f"seed-{seed}.yaml"
    recipe.write_text(yaml.safe_dump({**made, "seed": seed}, sort_keys=False))
    for stage in run_stages(load_recipe(recipe), out=out, only=(f"{name}-evaluate",)):
        if not stage.skipped:
            print(f"seed {seed} {stage.folder.name}: {stage.manifest.wall_s:.0f} s", file=sys.stderr, flush=True)
    print(f"seed {seed} {name}: {time.monotonic() - started:.0f} s in all", file=sys.stderr, flush=True)


def collected(folders: Iterable[Path]) -> dict[str, dict[int, dict[str, float]]]:
    """All evaluations that are there, by arm and seed; a later folder's stand for an earlier one's."""
    found: dict[str, dict[int, dict[str, float]]] = {}
    for path in [path for out in folders for path in sorted(out.glob("seed-*/*-evaluate/summary.json"))]:
        arm, seed = path.parent.name.removesuffix("-evaluate"), int(path.parent.parent.name.partition("-")[2])
        trained = read_manifest(path.parents[1] / arm)
        found.setdefault(arm, {})[seed] = measured(path.parent) | {"train_s": trained.wall_s}
    return {arm: found[arm] for arm in arms(2, batch=1, rate=1) if arm in found}


def compared(found: Mapping[str, Mapping[int, Mapping[str, float]]]) -> dict[str, Any]:
    """By arm and measure the mean over seeds with its interval, and the paired difference to `plain` with its own."""
    result: dict[str, Any] = {}
    for arm, by_seed in found.items():
        result[arm] = {"seeds": sorted(by_seed), "train_s": round(mean(row["train_s"] for row in by_seed.values()), 1)}
        control = found.get(AFTER_PLAIN.get(arm, "plain"), {})
        for name in MEASURES:
            values = {seed: row[name] for seed, row in by_seed.items() if name in row}
            shared = [seed for seed in values if name in control.get(seed, {})]
            if values:
                result[arm][name] = _numbers(values.values())
            if shared and by_seed is not control:
                result[arm][name]["change"] = _numbers(values[seed] - control[seed][name] for seed in shared)
    return result


def _numbers(values: Iterable[float]) -> dict[str, Any]:
    point = interval(list(values))
    return {key: None if value is None else round(value, 4) for key, value in vars(point).items()}


def table(result: Mapping[str, Any]) -> Iterator[str]:
    """A line of Markdown per arm: the mean, and in brackets the paired change with the half of its interval."""
    yield "| arm | seeds | train s | " + " | ".join(MEASURES) + " |"
    yield "|---" * (3 + len(MEASURES)) + "|"
    for arm, row in result.items():
        cells = [_cell(row.get(name)) for name in MEASURES]
        yield f"| `{arm}` | {len(row['seeds'])} | {row['train_s']} | " + " | ".join(cells) + " |"


def _cell(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return ""
    text = f"{entry['mean']:.3f}"
    if (change := entry.get("change")) and change["high"] is not None:
        text += f" ({change['mean']:+.3f} ± {(change['high'] - change['low']) / 2:.3f})"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/robust_losses"))
    parser.add_argument(
        "--also", type=Path, nargs="*", default=[], help="folders of earlier runs that the table takes in"
    )
    parser.add_argument("--plain-from", type=Path, help="an earlier run's folder, with models for the prompt arms")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--arms", nargs="+", help="some arms alone; `none` only prints the table")
    parser.add_argument("--wordings", type=int, default=4, help="k, wordings side by side")
    parser.add_argument("--batch", type=int, default=32, help="samples of a step")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--base-steps", type=int, default=800)
    parser.add_argument("--prompt-rate", type=float, default=0.03, help="learning rate of the prompt arms")
    parser.add_argument("--examples", type=int, default=40, help="test examples a task")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    foreign = templates_of_others(options.out)
    known = arms(options.wordings, batch=options.batch, rate=options.prompt_rate)
    for name in [one for one in options.arms or known if one != "none"]:
        for seed in options.seeds:
            run_arm(name, seed=seed, options=options, foreign=foreign)
    result = compared(collected([*options.also, options.out]))
    print("\n".join(table(result)))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
