"""What each expansion strategy makes of the same number of calls: candidates, what the filters leave, and how much is new in it.

    python bench/equal_calls.py --tasks 10

The language model is one of rules (`tests/helpers/rule_model.py`): it rewrites with the grammar's operation that a meta-prompt names, goes further
down the list the warmer it is asked, and spoils a share of its replies as models do. So the numbers speak of how the strategies spend calls,
not of what a language model writes. Every strategy gets the calls that `multi_temperature` takes; `single` and `iterative` repeat their
moves until these are spent.

distinct-2 is the number of different pairs of neighbouring words over all pairs of a task's wordings, new pairs their number. Distance is one
minus the share of common words, over all pairs of wordings of a task. The last line of standard output is one JSON object.
"""

import argparse
import itertools
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sayso import tasks
from sayso.config import AugmentConfig
from sayso.instructions.augment.counting import count
from sayso.instructions.augment.expand import expand_all
from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.meta_prompts import choose
from sayso.instructions.augment.paraphrasers.by_model import ModelWriter, Rewriting
from sayso.instructions.augment.strategies._protocol import Strategy
from sayso.instructions.augment.strategies.diverse import Diverse
from sayso.instructions.augment.strategies.iterative import Iterative
from sayso.instructions.augment.strategies.multi_temperature import MultiTemperature
from sayso.instructions.augment.strategies.single import Single
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.wording import overlap, words
from sayso.instructions.library import load_templates

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
from rule_model import RuleModel

CHAIN = build_chain(AugmentConfig().filters)


def grown(strategy: Strategy, *, names: Sequence[str], times: int = 1, seed: int = 1) -> dict[str, Any]:
    found = [
        Growing(load_templates(task), slots=task.slots, chain=CHAIN, max_wordings=100_000)
        for task in map(tasks.get, names)
    ]
    operations = tuple(one.id for one in choose(without=["perspective"])) * times
    writer = ModelWriter(RuleModel(), name="model", rewriting=Rewriting(operations=operations), seed=seed)
    begun = time.perf_counter()
    usage = expand_all(found, strategy=strategy, writer=writer, chain=CHAIN)
    return {"calls": usage.calls, "wall_s": round(time.perf_counter() - begun, 1), **measured(found)}


def measured(found: Sequence[Growing]) -> dict[str, Any]:
    counts = count({task.name: task.rows for task in found})
    pools = [[template.text for template in task.pool().templates] for task in found]
    pairs = [[pair for text in pool for pair in itertools.pairwise(("", *words(text), ""))] for pool in pools]
    distances = [1 - overlap(a, b) for pool in pools for a, b in itertools.combinations(pool[:150], 2)]
    return {
        **counts["funnel"],
        "new_pairs": sum(len(set(one)) for one in pairs),
        "distinct_2": round(sum(len(set(one)) for one in pairs) / sum(map(len, pairs)), 4),
        "distance": round(statistics.fmean(distances), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    names = sorted(task.name for task in tasks.select(("*",)))[:: max(1, 62 // given.tasks)][: given.tasks]
    rows: dict[str, list[dict[str, Any]]] = {}
    for seed in range(1, given.seeds + 1):
        by_temperature = grown(MultiTemperature(), names=names, seed=seed)
        calls = by_temperature["calls"]
        runs = {
            "single": grown(Single(), names=names, times=11, seed=seed),
            "multi_temperature": by_temperature,
            "iterative": grown(Iterative(max_parents=50), names=names, seed=seed),
            "diverse": grown(Diverse(max_calls=calls, min_gain=1e-9), names=names, seed=seed),
            "diverse, its own stop": grown(Diverse(), names=names, seed=seed),
        }
        for name, row in runs.items():
            rows.setdefault(name, []).append(row)
    means = {
        name: {key: round(statistics.fmean(row[key] for row in found), 4) for key in found[0]}
        for name, found in rows.items()
    }
    for name, row in means.items():
        print(f"{name:24}", "  ".join(f"{key} {value:,.6g}" for key, value in row.items()))
    print(json.dumps({"tasks": len(names), "seeds": given.seeds, "means": means}))


if __name__ == "__main__":
    main()
