"""All tasks with `grammar`, offline: how many wordings come of the library's, whether they are safe, and how much they differ.

    python bench/wordings.py --max-wordings 600 --sample 100 --markdown

Every task's wordings are grown by the usual filters; an audit that shares no code with these then reads every accepted one: slots as in
its parent, no two equal after normalising, none equal or near to a held-out wording. Diversity stands beside the library's own
wordings and, where SAYSO_DATA names the data, two lists that others wrote: MultiInstruct's (five a task) and X-InstructBLIP's. Figures of
pools depend on their size, so they are given for the pool (at most 100 of it) and for draws of five.

The last line of standard output is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import pools

from sayso import tasks
from sayso.instructions.library import load_templates

SMALL = 5


def published() -> dict[str, list[list[str]]]:
    """Lists that others wrote, one a task."""
    folder = Path(os.environ.get("SAYSO_DATA", ""), "instruction_templates")
    if not os.environ.get("SAYSO_DATA") or not folder.is_dir():
        return {}
    multi = json.loads((folder / "multiinstruct" / "templates.json").read_text())
    blip = json.loads((folder / "xinstructblip" / "templates.json").read_text())
    return {
        "MultiInstruct": [list(dict.fromkeys(entry["templates"])) for entry in multi],
        "X-InstructBLIP": [texts for found in blip.values() for texts in found.values()],
    }


def grown(max_wordings: int) -> list[pools.Pool]:
    found = []
    for task in tasks.select(["*"]):
        given = load_templates(task)
        if task.category != "pretraining" and given:
            found.append(pools.grow(task.name, given, slots=task.slots, max_wordings=max_wordings))
    return found


def compared(found: list[pools.Pool]) -> dict[str, dict[str, object]]:
    embed = pools.embedder()
    lists = {"library": [pool.raw for pool in found], "grammar": [pool.all for pool in found], **published()}
    return {
        f"{name}, {'draws of ' + str(size) if size else 'pool'}": pools.diversity(texts, size=size, embed=embed)
        for size in (None, SMALL)
        for name, texts in lists.items()
    }


def markdown(found: list[pools.Pool], compare: dict[str, dict[str, object]]) -> list[str]:
    lines = pools.table(
        ("task", "before", "after", "factor", "refused"),
        (
            (p.name, len(p.raw), len(p.all), f"{len(p.all) / len(p.raw):.0f}", pools.refusals([p]).total())
            for p in found
        ),
    )
    rows = ([name, *(one[figure] for figure in pools.FIGURES)] for name, one in compare.items())
    return [*lines, "", *pools.table(("wordings", *pools.FIGURES), rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--max-wordings", type=int, default=600, help="per task, the given ones included")
    parser.add_argument("--sample", type=int, default=0, help="print so many random accepted wordings")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--markdown", action="store_true", help="print the tables")
    options = parser.parse_args()
    started = time.process_time()
    found = grown(options.max_wordings)
    seconds = time.process_time() - started
    before, after = (sum(len(getattr(pool, name)) for pool in found) for name in ("raw", "all"))
    fewest = min(found, key=lambda pool: len(pool.all))
    compare = compared(found)
    result = {
        "tasks": len(found),
        "before": before,
        "after": after,
        "factor": round(after / before, 1),
        "fewest": {fewest.name: len(fewest.all)},
        "cpu_s": round(seconds, 1),
        "audit": pools.audit(found),
        "refused": dict(pools.refusals(found).most_common()),
        "diversity": compare,
    }
    print("\n".join(pools.sample(found, count=options.sample, seed=options.seed)))
    if options.markdown:
        print("\n".join(markdown(found, compare)))
    print(f"{before:,} wordings became {after:,} in {seconds:.0f} s", file=sys.stderr)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
