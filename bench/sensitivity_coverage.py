"""Does the interval of the corrected Sensitivity hold what is true, and does the test of zero keep its word? Simulated scores of a known spread.

    python bench/sensitivity_coverage.py [--simulations 1000] [--seed 0]

Binary scores of W wordings on the same N examples. Wordings have fixed true means with a given standard deviation around 0.6; an example that is hard is hard under every
wording (Gaussian copula with correlation 0.5 between wordings, unless said). The truth is the standard deviation of the true means over their mean, averaged over tasks; `rms` is the same of the root of the mean square.

one       a task alone, at every size;  eight     eight tasks that are equally sensitive
mixed     eight tasks of which a quarter each has a spread of 0, 0.02, 0.05 and 0.1;  two of eight with 0.1 and six with none; 30 tasks, half with 0.1
many      54 tasks of 9 wordings and 40 examples, as evaluations have them: spreads that follow a gamma distribution, with 0, 30 and 70 % of tasks without any, alone and with constant tasks
other     examples that have nothing in common or much (correlation 0, 0.8), easy and hard tasks, one wording that differs while all others are equal
limits    where it is not to be trusted: two wordings, many tasks of few examples, more wordings than examples
plain     the same scores under a bootstrap over examples: percentiles of the plain Sensitivity, and those shifted to it as the report has them
test      how often the test of zero at 5 % calls equal wordings different: the normal p-value at every size, permutations at two

The last line of standard output is one JSON object.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import NormalDist
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap, resample_counts
from sayso.evaluate.robustness.corrected import solve
from sayso.evaluate.robustness.moments import Moments, paired
from sayso.evaluate.robustness.permuting import noise_floor
from sayso.evaluate.sensitivity import coefficient_of_variation
from sayso.seeds import derive

EXAMPLES, WORDINGS, SPREADS = (20, 50, 200), (5, 10, 30), (0.0, 0.02, 0.05, 0.1)
MIXED, FEW, HALF = (0.0, 0.02, 0.05, 0.1) * 2, (0.0,) * 6 + (0.1,) * 2, (0.0,) * 15 + (0.1,) * 15
NAMES = ("mean", "spread", "noise", "wobble", "along", "level", "cross")


@dataclass(frozen=True, kw_only=True)
class Size:
    """One cell of the simulation; `spreads` has a true standard deviation for each task."""

    examples: int
    wordings: int
    spreads: tuple[float, ...]
    correlation: float = 0.5
    mean: float = 0.6
    one_differs: bool = False
    constant: int = 0
    seed: int = 0

    @property
    def name(self) -> str:
        spread = "/".join(f"{value:g}" for value in dict.fromkeys(self.spreads))
        if len(set(self.spreads)) > 4:
            spread = f"{np.mean(self.spreads):.3f}({self.spreads.count(0.0)}x0)"
        constant = f"+{self.constant}" if self.constant else ""
        return f"N={self.examples} W={self.wordings} sd={spread} tasks={len(self.spreads)}{constant}"


def true_means(size: Size, spread: float, *, random: np.random.Generator) -> np.ndarray:
    raw = np.append(np.zeros(size.wordings - 1), -1.0) if size.one_differs else random.normal(size=size.wordings)
    return np.clip(size.mean + spread * (raw - raw.mean()) / raw.std(ddof=1), 0.005, 0.995)


def drawn(means: np.ndarray, size: Size, *, count: int, random: np.random.Generator) -> np.ndarray:
    """Scores, (count, wordings, examples)."""
    cut = np.array([NormalDist().inv_cdf(mean) for mean in means])[:, None]
    shared = np.sqrt(size.correlation) * random.normal(size=(count, 1, size.examples))
    own = np.sqrt(1 - size.correlation) * random.normal(size=(count, size.wordings, size.examples))
    return (shared + own < cut).astype(np.float64)


def simulated(size: Size, *, count: int) -> tuple[float, float, list[np.ndarray]]:
    """The truth, the same by squares, and the scores of each task."""
    random = np.random.default_rng(derive("coverage", size))
    tasks = [true_means(size, spread, random=random) for spread in size.spreads]
    values = np.array([coefficient_of_variation(means) for means in tasks] + [0.0] * size.constant)
    scores = [drawn(means, size, count=count, random=random) for means in tasks]
    scores += [np.ones_like(scores[0])] * size.constant
    if not max(size.spreads):
        values *= 0
    return float(values.mean()), float(np.sqrt((values**2).mean())), scores


def corrected(size: Size, *, count: int) -> dict[str, Any]:
    truth, square, scores = simulated(size, count=count)
    tasks = [paired(one) for one in scores]
    found = solve(Moments(**{name: np.stack([getattr(one, name) for one in tasks], axis=-1) for name in NAMES}))
    estimate = np.clip(np.maximum(found.untruncated, 0), found.low, found.high)
    return {
        "size": size.name,
        "truth": round(truth, 4),
        "coverage": float(((found.low <= truth) & (truth <= found.high)).mean()),
        "too_high": float((found.low > truth).mean()),
        "estimate": round(float(estimate.mean()), 4),
        "plain": round(float(np.mean([coefficient_of_variation(one.mean(axis=-1)) for one in scores])), 4),
        "called": float((found.p_value <= 0.05).mean()),
        "rms": round(square, 4),
        "rms_coverage": float(((found.rms_low <= square) & (square <= found.rms_high)).mean()),
    }


def plain(size: Size, *, count: int) -> dict[str, Any]:
    truth, _, (scores,) = simulated(size, count=count)
    counts = resample_counts(size.examples, bootstrap=Bootstrap(seed=1, num_resamples=200), name="plain")
    held = {"percentile": 0, "shifted": 0}
    for one in scores:
        value = coefficient_of_variation(one.mean(axis=-1))
        again = coefficient_of_variation(counts @ one.T / size.examples)
        low, high = np.nanquantile(again, [0.025, 0.975])
        moved = value - np.nanmean(again)
        held["percentile"] += int(low <= truth <= high)
        held["shifted"] += int(max(0.0, low + moved) <= truth <= high + moved)
    return {"size": size.name, "truth": round(truth, 4), **{name: hits / count for name, hits in held.items()}}


def permuted(size: Size, *, count: int) -> dict[str, Any]:
    _, _, (scores,) = simulated(size, count=count)
    found = [
        noise_floor({"t": one}, bootstrap=Bootstrap(seed=seed, num_resamples=199)) for seed, one in enumerate(scores)
    ]
    return {"size": size.name, "called": sum(one is not None and one.p_value <= 0.05 for one in found) / count}


def grid(num_tasks: int) -> Iterator[Size]:
    for examples, wordings, spread in product(EXAMPLES, WORDINGS, SPREADS):
        yield Size(examples=examples, wordings=wordings, spreads=(spread,) * num_tasks)


def others() -> Iterator[Size]:
    base = Size(examples=50, wordings=10, spreads=(0.05,))
    for spread in (0.02, 0.05, 0.1):
        one = replace(base, spreads=(spread,))
        yield from (replace(one, correlation=0.0), replace(one, correlation=0.8), replace(one, one_differs=True))
        yield replace(one, mean=0.3)
        if spread < 0.1:
            yield replace(one, mean=0.85)


def many() -> Iterator[Size]:
    for place, nothing in enumerate((0, 16, 38)):
        random = np.random.default_rng(place)
        spreads = (0.0,) * nothing + tuple(
            np.round(np.minimum(random.gamma(2, 0.03, size=54 - nothing), 0.15), 3).tolist()
        )
        yield Size(examples=40, wordings=9, spreads=spreads)
        yield Size(examples=40, wordings=9, spreads=spreads[5:-5], constant=10)


def limits() -> Iterator[Size]:
    for examples, spread in product(EXAMPLES, (0.02, 0.05, 0.1)):
        yield Size(examples=examples, wordings=2, spreads=(spread,))
    yield Size(examples=20, wordings=100, spreads=(0.05,))


def _ends(rows: Sequence[dict[str, Any]], key: str) -> list[float]:
    values = [row[key] for row in rows if row["truth"]]
    return [min(values), max(values)]


def shown(name: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    for row in rows:
        print(f"{name:6}", " ".join(f"{key}={value}" for key, value in row.items()), flush=True)
    return list(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    count, seed = options.simulations, options.seed
    started = time.perf_counter()
    sizes = [
        Size(examples=n, wordings=w, spreads=spreads)
        for n, w in ((20, 5), (50, 10), (200, 10))
        for spreads in (MIXED, FEW, HALF)
    ]
    small = [Size(examples=n, wordings=w, spreads=(0.0,)) for n, w in ((20, 5), (50, 10))]
    families = {"one": grid(1), "eight": grid(8), "mixed": sizes, "many": many(), "other": others(), "limits": limits()}
    found = {
        name: shown(name, [corrected(replace(size, seed=seed), count=count) for size in family])
        for name, family in families.items()
    }
    found["plain"] = shown("plain", [plain(size, count=count) for size in (*small, replace(small[1], spreads=(0.05,)))])
    found["permuted"] = shown("test", [permuted(size, count=count) for size in small])
    not_zero = [row for name in ("one", "eight", "mixed", "many", "other") for row in found[name] if row["truth"]]
    zero = [row["called"] for name in ("one", "eight") for row in found[name] if not row["truth"]]
    summary = {
        "simulations": count,
        "sizes": len(not_zero),
        "coverage": _ends(found["one"] + found["eight"] + found["other"], "coverage"),
        "coverage_where_tasks_differ": _ends(found["mixed"] + found["many"], "coverage"),
        "rms_coverage": _ends(not_zero, "rms_coverage"),
        "outside_92_98": {row["size"]: row["coverage"] for row in not_zero if not 0.92 <= row["coverage"] <= 0.98},
    }
    false_alarms = {"normal": [min(zero), max(zero)], "permutation": [row["called"] for row in found["permuted"]]}
    bootstrap = {key: [row[key] for row in found["plain"] if not row["truth"]] for key in ("percentile", "shifted")}
    told = {
        "false_alarms_at_5": false_alarms,
        "bootstrap_covers_zero": bootstrap,
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(summary | told))


if __name__ == "__main__":
    main()
