"""How often gates fire where nothing changed, and how often where something did.

    OMP_NUM_THREADS=1 python bench/gate_false_alarms.py [--pairs 200] [--drops 2 5 10] [--seed 1]

Two models that are equal by construction: for every task, wording and example there is one probability to be right, and each model throws its own coin. Probabilities of an example's
wordings lie together (a difficulty of the example, a shift of the wording, and some of both), so predictions of one example are no independent ones. Some pairs have five wordings a task, some
one, some a task with overlaps between 0 and 1 in place of right and wrong, and some few examples. Gates are those of `evaluate.comparing`, at 5 %, asked in families:

- `one`: `overall < -0`; `any_task`: the worst of the tasks; `any_wording`: the worst of all wordings; `several`: five conditions at once;
- `strict`: `overall < -0` without a test, for comparison: it fires half of the time;
- `identical`: the second model's scores are the first one's, as with two greedy runs of one model: nothing may fire.

Power is the share of pairs in which `held_in < -0` and `any_task < -0` fire where the second model's probabilities are so many points lower (in all tasks; in one of them).
The last line of standard output is one JSON object.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sayso.evaluate.comparing.gates import judge, parse_gate
from sayso.evaluate.comparing.pairing import TaskScores
from sayso.evaluate.comparing.resampling import PairMeans, pair_means
from sayso.evaluate.intervals import Bootstrap

ALPHA = 0.05
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "one": ("overall < 0",),
    "any_task": ("any_task < 0",),
    "any_wording": ("any_wording < 0",),
    "worst_wording": ("worst_wording < 0",),
    "sensitivity": ("sensitivity > 0",),
    "wording_gap": ("wording_gap > 0",),
    "several": ("held_in < -0.5", "unseen < 0", "any_task < -1", "worst_wording < -1", "sensitivity > 0.5"),
}
SHAPES = ((4, 5, 100), (8, 1, 60), (3, 10, 30), (6, 4, 200))
"""Tasks, wordings and examples, in turn."""


def probabilities(random: np.random.Generator, *, wordings: int, examples: int) -> np.ndarray:
    """Of being right, (W, N): logits of an example, of a wording, and of the two together."""
    logits = random.normal(0.5, 1.5, (1, examples)) + random.normal(0, 0.4, (wordings, 1))
    return 1 / (1 + np.exp(-logits - random.normal(0, 0.7, (wordings, examples))))


def thrown(random: np.random.Generator, chances: np.ndarray, *, graded: bool) -> np.ndarray:
    """Right or wrong; where `graded`, an overlap that is correlated within the example."""
    hits = (random.random(chances.shape) < chances).astype(float)
    return hits * random.beta(4, 2, (1, chances.shape[1])) if graded else hits


def make_pair(random: np.random.Generator, *, shape: tuple[int, int, int], drops: Sequence[float]) -> list[TaskScores]:
    """Both models on every task; `drops` are what the second one's probabilities lose, a task each."""
    tasks, wordings, examples = shape
    made = []
    for task in range(tasks):
        before = probabilities(random, wordings=wordings, examples=examples)
        after = np.clip(before - drops[task], 0, 1)
        graded = task == 2
        values = np.stack([thrown(random, chances, graded=graded) for chances in (before, after)])
        made.append(scores(f"task{task}", values))
    return made


def scores(task: str, values: np.ndarray) -> TaskScores:
    wordings, examples = values.shape[1:]
    unseen = max(1, wordings // 3)
    return TaskScores(
        task=task,
        metric="score",
        group="held_in",
        templates=tuple(map(str, range(wordings))),
        distances=tuple("L1" if wordings > 1 and row < unseen else None for row in range(wordings)),
        examples=tuple(map(str, range(examples))),
        values=values,
    )


def paired(tasks: Sequence[TaskScores], *, seed: int, swaps: int) -> list[PairMeans]:
    bootstrap = Bootstrap(seed=seed, num_resamples=20)  # gates use the swaps alone
    return [pair_means(task, place=1, bootstrap=bootstrap, num_swaps=swaps) for task in tasks]


def fires(conditions: Sequence[str], pair: Sequence[PairMeans], *, strict: bool = False) -> bool:
    gates = [parse_gate(text) for text in conditions]
    found = judge(gates, [("b", pair)], alpha=ALPHA, strict=strict, confidence=1 - ALPHA)
    return any(gate["fired"] for gate in found)


def pairs(
    number: int, *, seed: int, swaps: int, drop: float = 0.0, only_first: bool = False
) -> Iterator[list[PairMeans]]:
    for one in range(number):
        shape = SHAPES[one % len(SHAPES)]
        random = np.random.default_rng([seed, one, round(1e4 * drop), int(only_first)])
        drops = [drop if task == 0 or not only_first else 0.0 for task in range(shape[0])]
        yield paired(make_pair(random, shape=shape, drops=drops), seed=one, swaps=swaps)


def asked(conditions: Sequence[str], pair: Sequence[PairMeans]) -> bool:
    """Whether these tasks have what the conditions are about; tasks of one wording have no Sensitivity and no gap."""
    return len(pair[0].first) > 1 or not any(c.startswith(("sensitivity", "wording_gap", "unseen")) for c in conditions)


def identical(pair: Sequence[PairMeans], *, swaps: int) -> list[PairMeans]:
    twice = [scores(task.scores.task, np.stack([task.first, task.first])) for task in pair]
    return paired(twice, seed=0, swaps=swaps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--drops", type=float, nargs="*", default=[2, 5, 10], help="in points")
    parser.add_argument("--swaps", type=int, default=1999)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    fired, tried, strict, equal = dict.fromkeys(FAMILIES, 0), dict.fromkeys(FAMILIES, 0), 0, 0
    for pair in pairs(options.pairs, seed=options.seed, swaps=options.swaps):
        for name, conditions in FAMILIES.items():
            if asked(conditions, pair):
                tried[name] += 1
                fired[name] += fires(conditions, pair)
        strict += fires(FAMILIES["one"], pair, strict=True)
        same = identical(pair, swaps=options.swaps)
        equal += any(fires(conditions, same) for conditions in FAMILIES.values() if asked(conditions, same))
    bound = math.floor(0.08 * options.pairs)
    for name in FAMILIES:
        sys.stdout.write(f"equal models, {name:14} fired {fired[name]:3} of {tried[name]}\n")
    sys.stdout.write(
        f"equal models, strict         fired {strict:3} of {options.pairs}\nidentical runs               fired {equal:3}\n"
    )
    power = {}
    for drop in options.drops:
        for name, condition, first in (("overall", "overall < 0", False), ("any_task", "any_task < 0", True)):
            made = pairs(options.pairs // 2, seed=options.seed, swaps=options.swaps, drop=drop / 100, only_first=first)
            share = sum(fires((condition,), pair) for pair in made) / (options.pairs // 2)
            power[f"{name}_{drop:g}"] = share
            sys.stdout.write(
                f"drop of {drop:g} points{' in one task' if first else ''}: {condition} fires in {share:.0%}\n"
            )
    found = {
        "pairs": options.pairs,
        "alpha": ALPHA,
        "fired": fired,
        "tried": tried,
        "most": max(fired.values()),
        "bound": bound,
        "strict": strict,
        "identical": equal,
        "power": power,
        "seconds": round(time.monotonic() - started, 1),
        "holds": max(fired.values()) <= bound and equal == 0,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
