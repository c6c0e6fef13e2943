"""What each filter is worth against human judgements, and what it does to attacked prompts and to our own wordings.

    SAYSO_DATA=DIR python bench/filters.py [--encoder]

human      `instruction_paraphrases`: for each filter how many of the wrong rewordings it refuses (recall), what share of those it refuses is
           wrong (precision), how many right ones it loses, and its ROC area; then the chains. Scores of `meaning` are out of task:
           weights fitted on 16 tasks judge the 17th
attacked   `promptbench_prompts`: prompts and what attacks made of them; the share refused by each filter, and of the prompts' own
           rewordings (ten of each task, judged against the first)
own        the wordings that `grammar` makes of the library: how many each filter refuses, and the time for one

The last line of standard output is one JSON object.
"""

import argparse
import ast
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fit_meaning import KEPT, figures, labelled, roc_area, scored, tables

from sayso.config import PluginConfig
from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.filters._protocol import FilterContext, Pool, filters
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.holes import with_slots
from sayso.instructions.filters.meaning.weighing import load_weights
from sayso.instructions.filters.screening import lowered
from sayso.instructions.library import load_templates
from sayso.records import Template
from sayso.seeds import Stream
from sayso.tasks import get, names

HARD = ("characters", "slots", "chatter", "answer_format", "answer_leak", "language", "fluency")
OPTIONS: dict[str, dict[str, Any]] = {"slots": {"repeats": True}, "characters": {"max_characters": 4000}}


def build(name: str) -> Any:
    return filters.build(name, OPTIONS.get(name, {}))


def refuses(name: str, pairs: list[tuple[str, str]], **options: Any) -> np.ndarray:
    one = filters.build(name, {**OPTIONS.get(name, {}), **options})
    return np.array([not _verdict(one, *pair).keep for pair in pairs])


def _verdict(one: Any, parent: str, candidate: str) -> Any:
    given, found = (
        Template(id=i, task="", text=text) for i, text in zip("pc", with_slots(parent, candidate), strict=True)
    )
    return one.judge(found, context=FilterContext(parent=given))


def worth(refused: np.ndarray, right: np.ndarray) -> dict[str, float]:
    caught = int((refused & ~right).sum())
    return {
        "refused": int(refused.sum()),
        "precision": caught / max(1, int(refused.sum())),
        "recall": caught / int((~right).sum()),
        "right_lost": float((refused & right).sum() / right.sum()),
        "roc": roc_area(-refused.astype(float), right),
    }


def human(folder: Path, *, encoder: bool) -> dict[str, Any]:
    rows = labelled(folder)
    right, tasks = np.array([row["right"] for row in rows]), np.array([row["task"] for row in rows])
    pairs = [(row["parent"], row["candidate"]) for row in rows]
    found: dict[str, Any] = {}
    refused = {name: refuses(name, pairs) for name in HARD}
    refused |= {f"length {preset}": refuses("length", pairs, preset=preset) for preset in ("strict", "loose")}
    found.update({name: worth(values, right) for name, values in refused.items()})
    for name, (clue_names, X) in tables(rows, encoder=encoder).items():
        odds = scored(name, clue_names, X, right, tasks=tasks, groups=tasks)
        chance = 1 / (1 + np.exp(-odds))
        at = load_weights()[name].threshold
        found[f"meaning {name}"] = worth(chance < at, right) | figures(odds, right, tasks)
        for chain, parts in (("slots", ("slots",)), ("all but length", HARD)):
            hard = np.any([refused[part] for part in parts], axis=0)
            first = [next((part for part in parts if refused[part][row]), None) for row in range(len(rows))]
            told = zip(chance, first, chance >= at, strict=True)
            score = np.array([lowered(float(one), refused_by=by, meant=bool(meant)) for one, by, meant in told])
            found[f"chain {chain}, {name}"] = worth(hard | (chance < at), right) | {
                "roc": roc_area(score, right),
                "roc_within": float(np.mean([roc_area(score[tasks == t], right[tasks == t]) for t in set(tasks)])),
            }
    return found


def attacks(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, prompt and what became of it; `reworded` pairs the first prompt of a list with the others."""
    for path in sorted((folder / "promptbench_prompts" / "adv_prompts").glob("*_zeroshot.md")):
        kind, original, first = "", "", ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("#"):
                kind, first = line.strip("# "), ""
            elif line.startswith("Original prompt:"):
                original = line.partition(":")[2].strip()
            elif line.startswith("Attacked prompt:"):
                yield kind, original, _decoded(line.partition(":")[2].strip())
            elif found := re.match(r"Acc: [\d.]+%, prompt: (.+)", line):
                if first:
                    yield "reworded", first, found.group(1).strip()
                first = first or found.group(1).strip()


def _decoded(text: str) -> str:
    if re.match(r"b['\"]", text):
        value = ast.literal_eval(text)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else text
    return text


def attacked(folder: Path) -> dict[str, Any]:
    rows = sorted({row for row in attacks(folder) if row[1] != row[2]})
    kinds = np.array([row[0] for row in rows])
    pairs = [row[1:] for row in rows]
    refused = {name: refuses(name, pairs) for name in (*HARD, "length", "meaning")}
    refused["any but length"] = np.any([refused[name] for name in (*HARD, "meaning")], axis=0)
    return {
        kind: {"pairs": int((kinds == kind).sum())}
        | {name: float(r[kinds == kind].mean()) for name, r in refused.items()}
        for kind in sorted(set(kinds))
    }


def own(*, each: int) -> dict[str, Any]:
    """Every filter sees the same wordings, those of each library template by `grammar`, however others judged them."""
    paraphraser = paraphrasers.build("grammar", {})
    chain = build_chain(
        PluginConfig(name=name) for name in (*HARD, "duplicate", "near_duplicate", "held_out_leak", "length", "meaning")
    )
    refused, seconds, seen, told = Counter[str](), Counter[str](), 0, Counter[str]()
    for task in map(get, names()):
        given = load_templates(task)
        pool, held_out = Pool(t for t in given if not t.held_out), tuple(t for t in given if t.held_out)
        for parent in list(pool.templates):
            stream = Stream(7, "bench", parent.id)
            for number, proposal in enumerate(paraphraser.propose(parent, count=each, stream=stream)):
                candidate = Template(id=f"{parent.id}~{number}", task=task.name, text=proposal.text)
                context = FilterContext(parent=parent, accepted=pool, held_out=held_out, slots=task.slots)
                seen += 1
                for name, one in chain:
                    start = time.perf_counter()
                    verdict = one.judge(candidate, context=context)
                    seconds[name] += time.perf_counter() - start
                    if not verdict.keep:
                        refused[name] += 1
                        told[f"{name}: {verdict.reason.partition(' (')[0]}"] += 1
                pool.add(candidate)
    return {
        "wordings": seen,
        "refused": {name: refused[name] / seen for name, _ in chain},
        "microseconds_each": {name: 1e6 * seconds[name] / seen for name, _ in chain},
        "reasons": dict(told.most_common()),
    }


def show(title: str, found: dict[str, Any]) -> None:
    print(f"\n{title}")
    for name, values in found.items():
        print(
            f"  {name:34s}",
            {k: round(v, 3) if isinstance(v, float) else v for k, v in values.items()}
            if isinstance(values, dict)
            else values,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true", help="the sets of weights with an encoder too")
    parser.add_argument("--only", choices=("human", "attacked", "own"))
    parser.add_argument("--each", type=int, default=40, help="wordings asked of the grammar for each template")
    options = parser.parse_args()
    folder = Path(os.environ["SAYSO_DATA"])
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "human": lambda: human(folder, encoder=options.encoder),
        "attacked": lambda: attacked(folder),
        "own": lambda: own(each=options.each),
    }
    report: dict[str, Any] = {name: part() for name, part in parts.items() if options.only in (None, name)}
    for name, found in report.items():
        show(name, found)
    print(json.dumps({"kept_aim": KEPT, **report}))


if __name__ == "__main__":
    main()
