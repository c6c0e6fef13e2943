"""Time and memory of selectors that compare samples, by the size of the pool; the last line is JSON.

    OMP_NUM_THREADS=1 python bench/select_greedy.py [--rows 10000 100000] [--only facility_location k_center] [--keep 0.01]

Vectors are 384 numbers in groups around random directions, as sentence vectors are; each selector runs in a process of its own, so that its peak
of memory is its own. `grown` is the peak beside what the process held with the pool and its vectors in memory.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from sayso.data.features._protocol import Vectors
from sayso.data.scorers import Column, Scoring
from sayso.data.selectors import Budget, Pool, selectors

DIMENSIONS, GROUP = 384, 50
OPTIONS: dict[str, dict[str, object]] = {
    "facility_location": {},
    "facility_location_sparse": {"neighbours": 32},
    "qdit": {"by": "quality"},
    "k_center": {},
    "dpp": {},
    "similarity_capped": {"by": "quality"},
    "cluster_balanced": {"clusters": 100},
    "top": {"by": "quality"},
    "random": {},
}


def make_vectors(rows: int) -> Vectors:
    """Unit vectors in groups of GROUP, (rows, DIMENSIONS), 4096 rows at a time."""
    chance = np.random.default_rng(0)
    centres = chance.standard_normal((max(1, rows // GROUP), DIMENSIONS)).astype(np.float32)
    found = np.empty((rows, DIMENSIONS), dtype=np.float32)
    for start in range(0, rows, 4096):
        some = found[start : start + 4096]
        some[:] = centres[chance.integers(0, len(centres), len(some))]
        some += 0.7 * chance.standard_normal(some.shape).astype(np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
    return found


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_one(name: str, rows: int, keep: float) -> dict[str, object]:
    vectors = make_vectors(rows)
    quality = Column(values=np.random.default_rng(1).standard_normal(rows))
    pool = Pool(
        samples=range(rows),  # type: ignore[arg-type]  # nothing here reads a sample
        columns={"quality": quality},
        tasks=["t"] * rows,
        features=lambda config: vectors,
        scoring=Scoring(seed=7, store=Path("store"), columns=Path("columns")),
    )
    selector = selectors.build(name.removesuffix("_sparse"), OPTIONS[name])
    before, start, cpu = peak_mb(), time.perf_counter(), time.process_time()
    picked = selector.select(pool, budget=Budget(rows=int(keep * rows)))
    seconds = time.perf_counter() - start
    return {
        "selector": name,
        "rows": rows,
        "kept": len(picked.rows),
        "seconds": round(seconds, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_mb": round(peak_mb()),
        "grown_mb": round(peak_mb() - before),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000])
    parser.add_argument("--only", nargs="+", default=list(OPTIONS))
    parser.add_argument("--keep", type=float, default=0.01)
    parser.add_argument("--one", action="store_true", help="in this process, one selector and one size")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(run_one(given.only[0], given.rows[0], given.keep)))
        return
    found = []
    for rows in given.rows:
        for name in given.only:
            words = [sys.executable, __file__, "--one", "--only", name, "--rows", str(rows), "--keep", str(given.keep)]
            told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            found.append(json.loads(told.splitlines()[-1]))
            print(told.strip())
    print(json.dumps({"dimensions": DIMENSIONS, "keep": given.keep, "runs": found}))


if __name__ == "__main__":
    main()
