"""Candidates, what is left after the rules, and what is left of that after duplicates, for each expansion strategy over all tasks.

    python bench/strategies.py --markdown

The published setting (InstrAug, arXiv 2402.14492): five plain requests to rephrase and five meta-prompts on every given wording, so ten calls; at one
temperature, at eleven, and fed back once; `diverse` may spend what the eleven spend. The model is `bench/noisy.py`, a grammar whose replies are
spoiled on purpose, the more the warmer: the rates here are those of that noise and no model's. What carries over is the kind: more
temperatures bring more candidates of which fewer survive, most of the rest being duplicates.

The last line of standard output is one JSON object.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pools

from sayso import tasks
from sayso.artifacts import Progress
from sayso.config import AugmentConfig
from sayso.instructions.augment.counting import count
from sayso.instructions.augment.expand import Expansion, Growing, open_and_expand
from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.augment.strategies._protocol import strategies
from sayso.instructions.diversity import measure
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.library import load_templates

PUBLISHED = {
    "single": "3,345 -> 2,045",
    "multi_temperature": "37,927 -> 19,270 -> 9,827",
    "iterative": "24,186 -> 9,026 -> 8,759",
}
MOVES = (*["rephrase"] * 5, "synonyms", "reorder", "simplify", "shorten", "more_formal")
STRATEGIES = ("single", "multi_temperature", "iterative", "diverse")


def grown(strategy: str, *, options: dict[str, Any], spoil: float, patterns: list[str]) -> tuple[dict[str, Any], float]:
    """The counts of one strategy over the tasks, and the seconds that it took."""
    model = {"name": "noisy:noisy", "spoil": spoil}
    paraphraser = paraphrasers.build("model", {"model": model, "operations": MOVES})
    chain = build_chain(AugmentConfig().filters)
    how = Expansion(
        paraphraser=paraphraser, strategy=strategies.build(strategy, options), chain=chain, max_wordings=100_000, seed=0
    )
    chosen = [task for task in tasks.select(patterns) if task.category != "pretraining"]
    growing = [Growing(load_templates(t), slots=t.slots, chain=chain, max_wordings=how.max_wordings) for t in chosen]
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        used = open_and_expand(growing, how=how, store=Path(folder) / "calls.sqlite", progress=Progress())
    seconds = time.process_time() - started
    counts = count({task.name: one.rows for task, one in zip(chosen, growing, strict=True)})
    accepted = [[row.template.text for row in one.rows if row.verdict and row.verdict.keep] for one in growing]
    found = [measure(texts, max_wordings=pools.SAMPLED) for texts in accepted if len(texts) > 1]
    return {
        "calls": used.usage.calls,
        **counts["funnel"],
        "wordings_per_task": round(counts["after"] / len(chosen), 1),
        "distinct_2": round(statistics.mean(one.distinct_2 for one in found), 3),
        "self_bleu": round(statistics.mean(one.self_bleu for one in found), 3),
        "refused": dict(Counter(counts["refused"]).most_common()),
    }, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=STRATEGIES)
    parser.add_argument("--tasks", nargs="+", default=["*"], help="names or shell patterns")
    parser.add_argument("--spoil", type=float, default=0.45, help="share of spoiled replies at temperature 1")
    parser.add_argument("--markdown", action="store_true", help="print the table")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    result: dict[str, Any] = {}
    for name in options.strategies:
        spent = result.get("multi_temperature", {}).get("calls")
        how = {"max_calls": spent} if name == "diverse" and spent else {}
        result[name], seconds = grown(name, options=how, spoil=options.spoil, patterns=options.tasks)
        result[name]["cpu_s"] = round(seconds, 1)
        print(f"{name}: {result[name]}", file=sys.stderr)
    if options.markdown:
        columns = (
            "calls",
            "candidates",
            "after_rules",
            "after_duplicates",
            "wordings_per_task",
            "distinct_2",
            "self_bleu",
        )
        rows = ([name, *(one[c] for c in columns), PUBLISHED.get(name)] for name, one in result.items())
        print("\n".join(pools.table(("strategy", *columns, "published, of a real model"), rows)))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
