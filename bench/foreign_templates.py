"""Templates that nobody here wrote, read, grown with `grammar` and audited: MultiInstruct, X-InstructBLIP and PromptSource.

    SAYSO_DATA=... python bench/foreign_templates.py --factor 40 --sample 50

MultiInstruct's are read with the Python expressions that stand in their slots, X-InstructBLIP's with `{}`, both as raw slots which come back to
the letter; PromptSource's are read from their Jinja, which is never run. What is not read is listed with its reason. A pool is a task of
MultiInstruct, a list of X-InstructBLIP, a file of PromptSource, and may grow to `factor` times its different templates. The audit
shares no code with the filters; for raw slots it also compares the raw spellings.

The last line of standard output is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pools

from sayso.errors import DataError
from sayso.instructions.promptsource import read_promptsource
from sayso.instructions.raw_slots import RawTemplate, read_raw
from sayso.records import Template


@dataclass(kw_only=True)
class Collection:
    """Templates by pool, as they were published where their slots are raw, and those that could not be read."""

    name: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    raw: dict[str, RawTemplate] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    published: int = 0

    def add(self, pool: str, text: str) -> None:
        """Take in one more template with raw slots."""
        self.published += 1
        try:
            raw = read_raw(text)
        except DataError as error:
            self.refused.append((pool, str(error)))
            return
        self.raw.setdefault(raw.text, raw)
        self.texts.setdefault(pool, []).append(raw.text)


def multi_instruct(folder: Path) -> Collection:
    found = Collection(name="MultiInstruct")
    for entry in json.loads((folder / "multiinstruct" / "templates.json").read_text()):
        for text in entry["templates_source"]:
            found.add(entry["task"], text)
    return found


def x_instruct_blip(folder: Path) -> Collection:
    found = Collection(name="X-InstructBLIP")
    content = json.loads((folder / "xinstructblip" / "templates.json").read_text())
    for modality, tasks in content.items():
        for task, texts in tasks.items():
            for text in texts:
                found.add(f"{modality}/{task}", text)
    return found


def promptsource(folder: Path) -> Collection:
    found = Collection(name="PromptSource")
    for path in sorted((folder / "promptsource").rglob("templates.yaml")):
        name = path.parent.relative_to(folder / "promptsource").as_posix()
        imported = read_promptsource(path)
        found.published += len(imported.texts) + len(imported.refused)
        found.texts[name] = list(imported.texts.values())
        found.refused += [(f"{name}: {one.name}", f"{one.kind}: {one.reason}") for one in imported.refused]
    return found


def grown(collection: Collection, *, factor: int) -> Iterator[pools.Pool]:
    for name, texts in collection.texts.items():
        given = [
            Template(id=f"{name}/{number}", task=name, text=text) for number, text in enumerate(dict.fromkeys(texts))
        ]
        if given:
            yield pools.grow(name, given, slots={}, max_wordings=factor * len(given))


def raw_problems(collection: Collection, found: Sequence[pools.Pool]) -> int:
    """Accepted wordings whose raw spelling does not have the raw slots of their parent's, each as often."""
    count = 0
    for pool in found:
        parents = {row.template.id: row.template.text for row in pool.rows}
        for template in pool.accepted:
            raw = collection.raw.get(parents[template.lineage.parent]) if template.lineage else None
            if raw is not None:
                restored = read_raw(raw.restore(template.text))
                count += Counter(restored.raw.values()) != Counter(raw.raw.values())
    return count


def measured(collection: Collection, found: Sequence[pools.Pool], *, seconds: float) -> dict[str, Any]:
    read = sum(len(texts) for texts in collection.texts.values())
    before, after = (sum(len(getattr(pool, name)) for pool in found) for name in ("raw", "all"))
    factors = [len(pool.all) / len(pool.raw) for pool in found]
    embed = pools.embedder()
    return {
        "published": collection.published,
        "read": read,
        "different": before,
        "after": after,
        "factor": round(after / before, 1),
        "pools": len(found),
        "without_any": sum(pools.barren(pool) for pool in found),
        "pools_under_30x": sum(factor < 30 for factor in factors),
        "cpu_s": round(seconds, 1),
        "audit": pools.audit(found) | {"raw_slots_changed": raw_problems(collection, found)},
        "refused": dict(pools.refusals(found).most_common()),
        "not_read": dict(Counter(reason.partition(":")[0] for _, reason in collection.refused)),
        "diversity": {
            "published, draws of 5": pools.diversity((pool.raw for pool in found), size=5, embed=embed),
            "grown, draws of 5": pools.diversity((pool.all for pool in found), size=5, embed=embed),
            "grown, pool": pools.diversity((pool.all for pool in found), size=None, embed=embed),
        },
    }


def markdown(result: dict[str, Any]) -> list[str]:
    columns = ("published", "read", "different", "after", "factor", "without_any", "pools_under_30x", "cpu_s")
    figures = (
        [f"{name}, {kind}", *(one[f] for f in pools.FIGURES)]
        for name, r in result.items()
        for kind, one in r["diversity"].items()
    )
    return [
        *pools.table(
            ("templates", *columns), ([name, *(r[column] for column in columns)] for name, r in result.items())
        ),
        "",
        *pools.table(("wordings", *pools.FIGURES), figures),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factor", type=int, default=40, help="grow each pool up to so many times its templates")
    parser.add_argument(
        "--sample", type=int, default=0, help="print so many random accepted wordings of each collection"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--markdown", action="store_true", help="print the tables")
    options = parser.parse_args()
    if not os.environ.get("SAYSO_DATA"):
        raise SystemExit("set SAYSO_DATA to a folder with instruction_templates/")
    folder = Path(os.environ["SAYSO_DATA"], "instruction_templates")
    result = {}
    for collection in (multi_instruct(folder), x_instruct_blip(folder), promptsource(folder)):
        started = time.process_time()
        found = list(grown(collection, factor=options.factor))
        result[collection.name] = measured(collection, found, seconds=time.process_time() - started)
        for place, reason in collection.refused:
            print(f"not read: {place}: {reason}")
        print("\n".join(pools.sample(found, count=options.sample, seed=options.seed)))
        print(f"{collection.name}: {result[collection.name]['factor']} times", file=sys.stderr)
    if options.markdown:
        print("\n".join(markdown(result)))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
