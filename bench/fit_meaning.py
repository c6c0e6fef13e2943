"""Fit the weights of the filter `meaning` on human judgements, and say how well they carry over to tasks they have not seen.

    SAYSO_DATA=DIR python bench/fit_meaning.py [--write]

Labels: `instruction_paraphrases` (machine rewordings of 17 tasks, each judged right or wrong; the parent is the task's default
prompt). The fit is a logistic regression whose weights may not be positive, under a strong quadratic penalty. Every figure is out of
task (fitted on 16 tasks, scored on the 17th) and out of family (tasks that differ in a number or an antonym leave together).
With `--write` the weights of all tasks go into the package. The last line of standard output is one JSON object.
"""

import argparse
import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayso.instructions.filters.meaning import encoded_clues, encoded_sibling_clues, plain
from sayso.instructions.filters.meaning.clues import clues
from sayso.instructions.filters.meaning.siblings import sibling_clues
from sayso.instructions.filters.meaning.weighing import Weights
from sayso.models.encoders import encoders

PENALTY = 300.0
KEPT = 0.93
FAMILIES = ("_words_from_category", "_letters", "logical_deduction_")


def labelled(folder: Path) -> list[dict[str, Any]]:
    """Rows of task, parent, candidate, method and whether it was judged right, in the order of the files."""
    found = []
    for path in sorted((folder / "instruction_paraphrases" / "automatic_paraphrases").glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        parent = next(row["prompt template"] for row in rows if row["method"] == "default")
        found += [
            {
                "task": path.stem,
                "parent": parent,
                "candidate": row["prompt template"],
                "method": row["method"],
                "right": row["correct"] != "0",
            }
            for row in rows
        ]
    return found


def family(task: str) -> str:
    return next((name for name in FAMILIES if name in task), task)


def tables(rows: list[dict[str, Any]], *, encoder: bool) -> dict[str, tuple[list[str], np.ndarray]]:
    """For each set of weights the names of its clues and their values."""
    pair = [clues(row["parent"], row["candidate"]) for row in rows]
    kin: list[dict[str, float]] = [{} for _ in rows]
    far: list[dict[str, float]] = [{} for _ in rows]
    far_kin: list[dict[str, float]] = [{} for _ in rows]
    model = encoders.build("minilm", {}) if encoder else None
    for task in sorted({row["task"] for row in rows}):
        own = [i for i, row in enumerate(rows) if row["task"] == task]
        texts = [rows[i]["candidate"] for i in own]
        place(kin, own, sibling_clues(texts))
        if model:
            parent, *vectors = model.encode([plain(rows[own[0]]["parent"]), *map(plain, texts)])
            place(far, own, [encoded_clues(parent, one) for one in vectors])
            place(far_kin, own, encoded_sibling_clues(np.stack(vectors)))
    sets = {"alone": [pair], "together": [pair, kin]}
    if model:
        sets |= {"alone+encoder": [pair, far], "together+encoder": [pair, kin, far, far_kin]}
    return {name: table(parts) for name, parts in sets.items()}


def place(into: list[dict[str, float]], where: Sequence[int], what: Sequence[dict[str, float]]) -> None:
    for i, one in zip(where, what, strict=True):
        into[i] = one


def table(parts: list[list[dict[str, float]]]) -> tuple[list[str], np.ndarray]:
    rows = [{name: value for part in row for name, value in part.items()} for row in zip(*parts, strict=True)]
    return list(rows[0]), np.array([list(row.values()) for row in rows])


def fit(X: np.ndarray, right: np.ndarray, *, steps: int = 3000) -> np.ndarray:
    """Bias and weights of standardised clues, by projected accelerated gradient descent; no weight is positive."""
    A = np.c_[np.ones(len(X)), X]
    ridge = np.r_[0.0, np.full(X.shape[1], PENALTY)]
    rate = 1 / (0.25 * np.linalg.eigvalsh(A.T @ A)[-1] + PENALTY)
    b = step = np.zeros(A.shape[1])
    for k in range(steps):
        slope = A.T @ (1 / (1 + np.exp(-A @ step)) - right) + ridge * step
        new = step - rate * slope
        new[1:] = np.minimum(new[1:], 0)
        step, b = new + k / (k + 3) * (new - b), new
    return b


def weights(names: list[str], X: np.ndarray, right: np.ndarray) -> Weights:
    mean, scale = X.mean(0), X.std(0) + 1e-6
    b = fit((X - mean) / scale, right)
    plain_weights = b[1:] / scale
    kept = {name: float(w) for name, w in zip(names, plain_weights, strict=True) if w < -1e-4}
    bias = float(b[0] - (mean * np.minimum(plain_weights, 0)).sum())
    return Weights(bias=bias, centre=0.0, threshold=0.0, weights=kept)


def odds(found: Weights, names: list[str], X: np.ndarray) -> np.ndarray:
    return found.bias + X @ np.array([found.weights.get(name, 0.0) for name in names])


def middle(scores: np.ndarray) -> float:
    return float(np.sort(scores)[len(scores) // 2])


def scored(
    name: str, names: list[str], X: np.ndarray, right: np.ndarray, *, tasks: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """Log-odds of every row by weights that saw no row of its group; siblings are moved to the common middle."""
    found = np.zeros(len(right))
    for group in sorted(set(groups)):
        seen = groups != group
        own = weights(names, X[seen], right[seen])
        found[~seen] = odds(own, names, X[~seen])
        if name.startswith("together"):
            centre = middle(odds(own, names, X[seen]))
            for task in set(tasks[~seen]):
                found[tasks == task] -= (middle(found[tasks == task]) - centre) / 2
    return found


def roc_area(scores: np.ndarray, right: np.ndarray) -> float:
    """The chance that a right one scores higher than a wrong one; ties count half."""
    order = np.argsort(scores, kind="stable")
    _, inverse, counts = np.unique(scores[order], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = right[order]
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def figures(scores: np.ndarray, right: np.ndarray, tasks: np.ndarray) -> dict[str, float]:
    within = [roc_area(scores[tasks == t], right[tasks == t]) for t in sorted(set(tasks))]
    least = np.quantile(scores[right], 1 - KEPT)
    chance = 1 / (1 + np.exp(-scores))
    return {
        "roc_pooled": roc_area(scores, right),
        "roc_within_mean": float(np.mean(within)),
        "roc_within_least": float(np.min(within)),
        "roc_within_sd": float(np.std(within, ddof=1)),
        "wrong_caught": float((scores[~right] < least).mean()),
        "brier": float(((chance - right) ** 2).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--no-encoder", action="store_true")
    options = parser.parse_args()
    rows = labelled(Path(os.environ["SAYSO_DATA"]))
    tasks = np.array([row["task"] for row in rows])
    families = np.array([family(task) for task in tasks])
    right = np.array([row["right"] for row in rows])
    report: dict[str, Any] = {"rows": len(rows), "right": int(right.sum())}
    shipped = {}
    for name, (names, X) in tables(rows, encoder=not options.no_encoder).items():
        out = scored(name, names, X, right, tasks=tasks, groups=tasks)
        apart = scored(name, names, X, right, tasks=tasks, groups=families)
        report[name] = {"out_of_task": figures(out, right, tasks), "out_of_family": figures(apart, right, tasks)}
        print(f"{name:18s}", json.dumps({k: {a: round(b, 3) for a, b in v.items()} for k, v in report[name].items()}))
        all_of_it = weights(names, X, right)
        chance = 1 / (1 + np.exp(-out[right]))
        shipped[name] = {
            "bias": round(all_of_it.bias, 5),
            "centre": round(middle(odds(all_of_it, names, X)), 5),
            "threshold": round(float(np.quantile(chance, 1 - KEPT)), 4),
            "weights": {n: round(w, 5) for n, w in all_of_it.weights.items()},
        }
    if options.write:
        place_of = Path(__file__).parents[1] / "src/sayso/instructions/filters/meaning/weights.json"
        place_of.write_text(json.dumps(shipped, indent=1) + "\n", "utf-8")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
