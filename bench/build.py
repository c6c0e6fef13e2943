"""Build, read and tokenise `shapes` examples, beside Hugging Face `datasets` doing the same work in the same run.

    python bench/build.py --rows 10000 100000 1000000

Every measurement runs in a process of its own, so that its peak memory is its own; the rivals take turns and the median of the
turns counts. Four parts:

build      rows a second and peak memory for each size: the memory must not grow with the rows
read       every row of the same Parquet files: decoded into an `Example` and checked (answers, slots, options). Ours:
           `ExampleStore.iter`; theirs: `datasets` `map`, row loop of a streaming set, and its faster `iter(batch_size=512)`
encode     render + draw + tokenise + collate. Ours: `Encoder.encode_batch`; theirs: a streaming set with
           `processor.apply_chat_template` a row. Refused unless the token ids are identical
seek       time to an example of the first and of the last tenth of an epoch's order, from nothing

The last line of standard output is one JSON object.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

BATCH = 32
READERS = ("sayso", "datasets_streaming", "datasets_streaming_batches", "datasets_map")
ENCODERS = ("sayso", "datasets_streaming")


def build(folder: Path, rows: int) -> dict[str, Any]:
    from sayso import tasks
    from sayso.artifacts import Manifest, StageContext, write_json
    from sayso.config import BuildConfig
    from sayso.data.stage import run
    from sayso.sources import sources

    trial = list(sources.build("shapes", {"count": 200}).items())
    plain = [task for task in tasks.select(["*"]) if not task.held_out]
    per_item = (
        sum(len(list(tasks.make_examples(t, item=i, seed=0))) for i in trial for t in plain if tasks.meets(t, i)) / 200
    )
    source = {"name": "shapes", "count": int(rows / per_item * 1.02) + 10}
    config = BuildConfig.model_validate(
        {"sources": [source], "tasks": [task.name for task in plain if met(task, trial)]}
    )
    folder.mkdir(parents=True)
    started = time.perf_counter()
    counts = run(StageContext(node="build", config=config, seed=0, inputs=(), folder=folder))
    seconds = time.perf_counter() - started
    manifest = Manifest(node="build", kind="build", digest="bench", config=config.model_dump(mode="json"), seed=0)
    write_json(folder / "manifest.json", msgspec.to_builtins(manifest))
    return {"rows": counts["num_train"], "seconds": seconds}


def met(task: Any, items: list[Any]) -> bool:
    from sayso import tasks

    return any(tasks.meets(task, item) for item in items)


def read(folder: Path, reader: str) -> dict[str, Any]:
    check = make_check(folder)
    if reader == "sayso":
        from sayso.data.store import ExampleStore

        started = time.perf_counter()
        count = 0
        for example in ExampleStore(folder, split="train").iter():
            check(example)
            count += 1
        return {"rows": count, "seconds": time.perf_counter() - started}
    return read_with_datasets(folder, reader, check)


def make_check(folder: Path) -> Callable[[Any], None]:
    from sayso.data.folder import BuildFolder
    from sayso.data.plan import example_problem

    slots = {card.name: card.slots for card in BuildFolder(folder).cards}

    def check(example: Any) -> None:
        if problem := example_problem(example, slots=slots[example.task]):
            raise SystemExit(f"{example.id}: {problem}")

    return check


def read_with_datasets(folder: Path, reader: str, check: Callable[[Any], None]) -> dict[str, Any]:
    import datasets

    from sayso.records import Example

    datasets.disable_progress_bars()
    decode = msgspec.json.Decoder(Example).decode
    count = 0
    with tempfile.TemporaryDirectory() as cache:
        stream = reader != "datasets_map"
        files = sorted(map(str, (folder / "examples" / "train").glob("*.parquet")))
        loaded = datasets.load_dataset("parquet", data_files=files, split="train", streaming=stream, cache_dir=cache)
        started = time.perf_counter()
        if reader == "datasets_map":

            def work(row: dict[str, Any]) -> dict[str, Any]:
                check(decode(row["record"]))
                return {"good": True}

            count = len(loaded.map(work, remove_columns=loaded.column_names))
        elif reader == "datasets_streaming":
            for row in loaded:
                check(decode(row["record"]))
                count += 1
        else:
            for batch in loaded.iter(batch_size=512):
                for record in batch["record"]:
                    check(decode(record))
                    count += 1
        return {"rows": count, "seconds": time.perf_counter() - started}


def encode(folder: Path, encoder: str, rows: int) -> dict[str, Any]:
    """`checksum` is of all token ids in order; both sides walk the examples in the order of the files."""
    from itertools import islice

    import numpy as np
    import torch

    from sayso.data.folder import BuildFolder
    from sayso.sources import load_image

    torch.set_num_threads(1)
    built = BuildFolder(folder)
    sampler, bundle = built.sampler(), make_model(folder)
    stream = ours(built, bundle, sampler) if encoder == "sayso" else theirs(folder, bundle, sampler, load_image)
    warm = list(islice(stream, 2))  # templates are parsed and skeletons made once
    ids = [row for batch in warm for row in batch]
    started = time.perf_counter()
    count = 0
    for batch in stream:
        ids += batch
        count += len(batch)
        if count >= rows:
            break
    seconds = time.perf_counter() - started
    import hashlib

    checksum = hashlib.sha256(b"".join(np.asarray(row, dtype=np.int64).tobytes() for row in ids)).hexdigest()[:16]
    return {"rows": count, "seconds": seconds, "checksum": checksum}


def make_model(folder: Path) -> Any:
    from itertools import islice

    from sayso.data.folder import BuildFolder
    from sayso.models._protocol import models
    from sayso.records import TextPart

    built = BuildFolder(folder)
    sampler, store = built.sampler(), built.store("train")
    examples = [example for task in store.task_sizes for example in islice(store.iter(task), 100)]
    samples = [sampler.train_sample(example, epoch=0) for example in examples]
    texts = [p.text for s in samples for m in s.messages for p in m.parts if isinstance(p, TextPart)]
    return models.build("tiny", {}).make(texts=texts, seed=0)


def mixed(stream: Iterator[Any], *, size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for one in stream:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []


def ours(built: Any, bundle: Any, sampler: Any) -> Iterator[list[list[int]]]:
    from sayso.models.encode import Encoder
    from sayso.sources import load_image
    from sayso.train.batches.batch import make_batch
    from sayso.train.objectives import objectives

    encoder = Encoder(bundle.processor, max_tokens=4096, load=load_image)
    weigh = objectives.build("response_only", {}).weigh
    for examples in mixed(built.store("train").iter(), size=BATCH):
        encoded = encoder.encode_batch([sampler.train_sample(example, epoch=0) for example in examples])
        make_batch(encoded, pad_token_id=bundle.tokenizer.pad_token_id, weigh=weigh)
        yield [row.input_ids for row in encoded]


def theirs(folder: Path, bundle: Any, sampler: Any, load_image: Any) -> Iterator[list[list[int]]]:
    """What people write: a row at a time through the chat template, ids and pixels padded into a batch. No roles, no labels."""
    import datasets
    import torch

    from sayso.records import Example

    datasets.disable_progress_bars()
    decode = msgspec.json.Decoder(Example).decode
    files = sorted(map(str, (folder / "examples" / "train").glob("*.parquet")))
    loaded = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
    for rows in mixed(iter(loaded), size=BATCH):
        made = []
        for row in rows:
            conversation = as_chat(sampler.train_sample(decode(row["record"]), epoch=0), load_image)
            made.append(
                bundle.processor.apply_chat_template(conversation, tokenize=True, return_dict=True, return_tensors="pt")
            )
        ids = [row["input_ids"][0] for row in made]
        torch.nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=bundle.tokenizer.pad_token_id)
        if pixels := [row["pixel_values"] for row in made if "pixel_values" in row]:
            torch.cat(pixels)
        yield [row.tolist() for row in ids]


def as_chat(sample: Any, load_image: Any) -> list[dict[str, Any]]:
    from sayso.records import TextPart

    return [
        {
            "role": message.role,
            "content": [
                {"type": "text", "text": part.text}
                if isinstance(part, TextPart)
                else {"type": "image", "image": load_image(sample.media[part.index])}
                for part in message.parts
            ],
        }
        for message in sample.messages
    ]


def seek(folder: Path) -> dict[str, Any]:
    from sayso.data.order import MixedOrder
    from sayso.data.store import ExampleStore

    store = ExampleStore(folder, split="train")

    def seconds(share: float) -> float:
        started = time.perf_counter()
        order = MixedOrder(store.task_sizes, seed=0, epoch=1)
        store.get(*order[int(share * len(order))])
        return time.perf_counter() - started

    times = {
        name: 1000 * min(seconds(share + n / 1000) for n in range(9))
        for name, share in (("near_ms", 0), ("far_ms", 0.9))
    }
    return {"rows": len(store), "seconds": 0.0, **times}


def child(*arguments: object) -> dict[str, Any]:
    """Run one part of this file in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_child(part: str, folder: Path, rest: list[str]) -> None:
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "build": lambda: build(folder, int(rest[0])),
        "read": lambda: read(folder, rest[0]),
        "encode": lambda: encode(folder, rest[0], int(rest[1])),
        "seek": lambda: seek(folder),
    }
    made = parts[part]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**made, "peak_mb": peak}))


def compare(part: str, names: tuple[str, ...], turns: int, *arguments: object) -> dict[str, Any]:
    """Each contender once a turn, in turn; medians."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for turn in range(turns):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            made = child(part, arguments[0], name, *arguments[1:])
            runs[name].append(made)
            print(
                f"{part} {name}: {made['rows'] / made['seconds']:,.0f} rows/s, {made['peak_mb']:.0f} MB",
                file=sys.stderr,
            )
    sums = {made.get("checksum") for several in runs.values() for made in several}
    if len(sums) > 1:
        raise SystemExit(f"{part}: the contenders' token ids differ: {sums}")
    return {name: summary(several) for name, several in runs.items()}


def summary(several: list[dict[str, Any]]) -> dict[str, float]:
    return {
        "rows": several[0]["rows"],
        "rows_per_s": round(statistics.median(made["rows"] / made["seconds"] for made in several)),
        "peak_mb": round(statistics.median(made["peak_mb"] for made in several)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--read-rows", type=int, default=100_000, help="the built size nearest to this is read")
    parser.add_argument("--encode-rows", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        built = {}
        for rows in options.rows:
            built[rows] = child("build", Path(scratch) / str(rows), rows)
            print(
                f"build {rows:,}: {built[rows]['rows'] / built[rows]['seconds']:,.0f} rows/s, {built[rows]['peak_mb']:.0f} MB",
                file=sys.stderr,
            )
        nearest = min(options.rows, key=lambda rows: abs(rows - options.read_rows))
        results = {
            "build": {str(rows): summary([made]) for rows, made in built.items()},
            "read": compare("read", READERS, options.turns, Path(scratch) / str(nearest)),
            "encode": compare("encode", ENCODERS, options.turns, Path(scratch) / str(nearest), options.encode_rows),
            "seek": child("seek", Path(scratch) / str(max(options.rows))),
        }
    print(json.dumps(results))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        run_child(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    else:
        main()
