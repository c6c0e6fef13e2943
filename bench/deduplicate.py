"""Duplicates found and rows chosen among many: ours beside data-juicer, datatrove, EasyInstruct, datasketch and rensa, on the same rows, one process each.

    python bench/deduplicate.py --rows 10000 100000 [--million] [--pairs 3] [--tools sayso data_juicer ...]
        [--python data_juicer=VENV/bin/python datatrove=VENV/bin/python ...] [--folder FOLDER]

Rows are drawn by a seed: sentences of words at random (rank to the power of 3, so that some are everywhere), of which 5 % are copied exactly and 10 % with 1 to 6
words changed, at known places. Every tool reads the same JSON lines, finds exact duplicates and near ones (MinHash, 128 hashes, runs of two words, Jaccard 0.8) and says which rows stay. `recall` is the share of
planted copies that go whose Jaccard similarity is 0.85 or more, in all and in the answer, `precision` the share of what goes that is a copy at 0.8 or more. Ours then scores lengths and takes a tenth (`top`, `random`).

Tools take turns, so that whatever else runs on the machine hits all alike. The last line of standard output is one JSON object.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

VOCABULARY, EXACT, NEAR, ENOUGH, THRESHOLD = 30_000, 0.05, 0.10, 0.85, 0.8
TOOLS = ("sayso", "rensa", "datasketch", "datatrove", "data_juicer", "easyinstruct")


# ---- rows ----------------------------------------------------------------------------------------------------------


def bigrams(words: Sequence[int]) -> set[tuple[int, int]]:
    return set(pairwise(words))


def likeness(one: Sequence[int], two: Sequence[int]) -> float:
    a, b = bigrams(one), bigrams(two)
    return len(a & b) / len(a | b)


def spelled(number: int) -> str:
    """Letters alone, longer for what is rare."""
    return chr(97 + number % 26) + (spelled(number // 26) if number >= 26 else "")


def write_rows(path: Path, count: int, *, seed: int) -> None:
    """`path` has the rows, `path`.planted.npy how alike each is to an earlier one that it was copied from, in all and in that part which is least alike (0: not copied)."""
    generator = np.random.default_rng(seed)
    names = np.array([spelled(number) for number in range(VOCABULARY)], dtype=object)
    asked, answered = generator.integers(8, 21, count), generator.integers(20, 81, count)
    ends = np.concatenate([[0], np.cumsum(asked + answered)])
    words = (VOCABULARY * generator.random(ends[-1], dtype=np.float32) ** 3).astype(np.int32)
    kind = generator.random(count)
    planted = np.zeros((count, 2))
    with path.open("w") as file:
        for row in range(count):
            mine, cut = words[ends[row] : ends[row + 1]], int(asked[row])
            if row and kind[row] < EXACT + NEAR:
                source = int(generator.integers(0, row))
                while kind[source] < EXACT + NEAR and source:
                    source -= 1
                mine, cut = words[ends[source] : ends[source + 1]].copy(), int(asked[source])
                planted[row] = 1.0, 1.0
                if kind[row] >= EXACT:
                    before = mine.tolist()
                    places = generator.choice(len(mine), size=int(generator.integers(1, 7)), replace=False)
                    mine[places] = generator.integers(0, VOCABULARY, len(places))
                    now = mine.tolist()
                    whole = likeness(before, now)
                    planted[row] = whole, min(whole, likeness(before[cut:], now[cut:]))
            text = names[mine]
            fields = {"instruction": " ".join(text[:cut]), "input": "", "output": " ".join(text[cut:])}
            file.write(json.dumps({**fields, "text": f"{fields['instruction']}\n{fields['output']}", "id": row}) + "\n")
    np.save(f"{path}.planted.npy", planted)


def judged(path: Path, kept: Sequence[int]) -> dict[str, float]:
    planted = np.load(f"{path}.planted.npy")
    gone = np.ones(len(planted), dtype=bool)
    gone[np.asarray(kept, dtype=np.int64)] = False
    whole, both = planted.T
    exact, near = both == 1.0, (both >= ENOUGH) & (both < 1.0)
    return {
        "removed": int(gone.sum()),
        "recall_exact": float(gone[exact].mean()),
        "recall_near": float(gone[near].mean()),
        "precision": float((whole[gone] >= THRESHOLD).mean()) if gone.any() else 1.0,
    }


# ---- tools: each gives the rows that stay ---------------------------------------------------------------------------


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            yield row["id"], row["text"]


def sayso(path: Path, told: dict[str, Any]) -> list[int]:
    from pooled import Rows, among, narrowed

    spent = cpu()
    pool = narrowed(Rows(path))
    for name in ("exact_duplicates", "near_duplicates"):
        started = time.perf_counter()
        pool = among(pool, name, {})
        told[name] = time.perf_counter() - started
    kept = pool.samples.numbers.tolist()
    told["seconds"] = told["exact_duplicates"] + told["near_duplicates"]
    told["cpu"], told["peak_deduplicated"] = cpu() - spent, peak()
    for name, options in (("random", {}), ("top", {"by": "response_words"})):
        started = time.perf_counter()
        chosen = among(narrowed(pool.samples, scored=name == "top"), name, options, rows=len(kept) // 10)
        told[name], told[f"{name}_rows"] = time.perf_counter() - started, len(chosen.samples)
    return kept


def runs(text: str) -> list[str]:
    words = text.split()
    return [f"{one} {two}" for one, two in pairwise(words)]


def rensa(path: Path, told: dict[str, Any]) -> list[int]:
    from rensa import RMinHash, RMinHashLSH

    index, kept, seen, hashes = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16), [], set(), {}
    for row, text in texts_of(path):
        if text in seen:
            continue
        seen.add(text)
        one = RMinHash(num_perm=128, seed=1)
        one.update(runs(text))
        if any(one.jaccard(hashes[other]) >= 0.8 for other in index.query(one)):
            continue
        index.insert(row, one)
        hashes[row] = one
        kept.append(row)
    return kept


def datasketch(path: Path, told: dict[str, Any]) -> list[int]:
    from datasketch import MinHash, MinHashLSH

    index, kept, seen = MinHashLSH(num_perm=128, params=(18, 7)), [], set()
    for row, text in texts_of(path):
        if text in seen:
            continue
        seen.add(text)
        one = MinHash(num_perm=128, seed=1)
        one.update_batch([run.encode() for run in runs(text)])
        if not index.query(one):
            index.insert(row, one)
            kept.append(row)
    return kept


def datatrove(path: Path, told: dict[str, Any]) -> list[int]:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    config = MinhashConfig(
        n_grams=2, num_buckets=18, hashes_per_bucket=7, hash_config=HashConfig(precision=64, hash_fc="sha1")
    )
    work = Path(f"{path}.datatrove")

    def run(*steps: Any) -> None:
        LocalPipelineExecutor(
            pipeline=list(steps), tasks=1, workers=1, logging_dir=str(work / "logs"), skip_completed=False
        ).run()

    def read() -> Any:
        return JsonlReader(str(path.parent), glob_pattern=path.name)

    run(read(), MinhashDedupSignature(str(work / "sig"), config=config))
    LocalPipelineExecutor(
        pipeline=[MinhashDedupBuckets(str(work / "sig"), str(work / "buckets"), config=config)],
        tasks=config.num_buckets,
        workers=1,
        logging_dir=str(work / "logs"),
        skip_completed=False,
    ).run()
    run(MinhashDedupCluster(str(work / "buckets"), str(work / "clusters"), config=config))
    run(
        read(),
        MinhashDedupFilter(str(work / "clusters")),
        JsonlWriter(str(work / "out"), output_filename="${rank}.jsonl", compression=None),
    )
    return [
        int(json.loads(line).get("id", 0)) for file in sorted((work / "out").glob("*.jsonl")) for line in file.open()
    ]


def data_juicer(path: Path, told: dict[str, Any]) -> list[int]:
    from data_juicer.core import NestedDataset
    from data_juicer.ops.deduplicator.document_deduplicator import DocumentDeduplicator
    from data_juicer.ops.deduplicator.document_minhash_deduplicator import DocumentMinhashDeduplicator
    from datasets import load_dataset

    rows = NestedDataset(load_dataset("json", data_files=str(path), split="train", cache_dir=f"{path}.cache"))
    operators = [
        DocumentDeduplicator(),
        DocumentMinhashDeduplicator(
            tokenization="space", window_size=2, lowercase=True, num_permutations=128, jaccard_threshold=0.8,
            num_bands=18, num_rows_per_band=7,
        ),
    ]  # fmt: skip
    for operator in operators:
        rows = rows.map(operator.compute_hash, num_proc=1, load_from_cache_file=False)
        rows, _ = operator.process(rows)
    return list(rows["id"])


def easyinstruct(path: Path, told: dict[str, Any]) -> list[int]:
    from easyinstruct.selectors import Deduplicator

    chosen = Deduplicator(source_file_path=str(path), target_dir=f"{path}.easyinstruct", target_file_name="out.jsonl")
    kept = chosen.process(chosen.load_data_from_file())
    return [int(row["id"]) for row in kept]


# ---- measuring ------------------------------------------------------------------------------------------------------


def peak() -> float:
    """GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def cpu() -> float:
    """Seconds of processor time of this process and those it started: other work on the machine does not count."""
    return sum(os.times()[:4])


def one(tool: str, path: Path) -> None:
    told: dict[str, Any] = {}
    started, spent = time.perf_counter(), cpu()
    kept = globals()[tool](path, told)
    told.setdefault("seconds", time.perf_counter() - started)
    told.setdefault("cpu", cpu() - spent)
    told["peak_gib"] = peak()
    Path(f"{path}.{tool}.json").write_text(json.dumps({**told, **judged(path, kept)}))


def measure(tool: str, path: Path, python: str) -> dict[str, Any]:
    out = Path(f"{path}.{tool}.json")
    out.unlink(missing_ok=True)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [python, __file__, "--one", tool, "--file", str(path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    if not out.exists():
        return {"failed": (ran.stderr.strip().splitlines() or ["nothing said"])[-1]}
    return json.loads(out.read_text())


def middle(found: list[dict[str, Any]]) -> dict[str, Any]:
    if any("failed" in run for run in found):
        return next(run for run in found if "failed" in run)
    return {key: statistics.median(run[key] for run in found) for key in found[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000])
    parser.add_argument("--million", action="store_true", help="a million rows too, each tool once")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--tools", nargs="*", default=["sayso"], choices=TOOLS)
    parser.add_argument("--python", nargs="*", default=[], metavar="TOOL=PYTHON")
    parser.add_argument("--folder", type=Path, default=Path("rows"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.file)
        return
    pythons = dict(entry.split("=", 1) for entry in given.python)
    given.folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, Any]] = {}
    for count in [*given.rows, *([1_000_000] if given.million else [])]:
        path = given.folder / f"rows_{count}.jsonl"
        if not path.exists():
            write_rows(path, count, seed=given.seed)
        turns = 1 if count >= 1_000_000 else given.pairs
        found: dict[str, list[dict[str, Any]]] = {tool: [] for tool in given.tools}
        for _ in range(turns):
            for tool in given.tools:
                found[tool].append(measure(tool, path, pythons.get(tool, sys.executable)))
                print(f"{count:>9} {tool:13} {found[tool][-1]}", flush=True)
        results[str(count)] = {tool: middle(runs) for tool, runs in found.items()}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
