"""A build with what was kept of another: cards with the new counts, templates and prompt, kept training examples in their order, test examples as they were.

Test examples, and the training examples of tasks of which everything is kept, are hard links where the disk allows: a selection then costs the disk
what it chose.
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from sayso.artifacts import Progress, write_json, write_jsonl
from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.store import ExampleStore
from sayso.data.writer import ExampleWriter

__all__ = ["Kept", "write_build"]

Kept = Mapping[str, npt.NDArray[np.bool_] | None]
"""By task which of its training examples are kept, in their order; None where all are."""


def write_build(folder: Path, *, build: BuildFolder, kept: Kept, progress: Progress) -> dict[str, Any]:
    """Write the build into `folder`, over whatever a killed run left there; returns the counts that a build gives.

    Raises:
        DataError: an example cannot be read.
        BackendError: the disk is full.
    """
    licenses = Counter[str]()
    _write_train(folder, build=build, kept=kept, licenses=licenses, progress=progress)
    _link_split(build.path, folder, split="test")
    for example in build.store("test").iter():
        licenses[example.license] += 1
    cards = [card for old in build.cards if (card := _card(old, kept)).num_train + card.num_test]
    names = {card.name for card in cards}
    write_json(folder / "cards.json", [_whole(card) for card in cards])
    write_jsonl(folder / "templates.jsonl", (one for one in build.templates if one.task in names))
    write_json(folder / "prompt.json", build.prompt.model_dump(mode="json"))
    train = {card.name: card.num_train for card in cards if card.num_train}
    test = {card.name: card.num_test for card in cards if card.num_test}
    return {
        "num_train": sum(train.values()),
        "num_test": sum(test.values()),
        "train": train,
        "test": test,
        "licenses": dict(sorted(licenses.items())),
    }


def _write_train(folder: Path, *, build: BuildFolder, kept: Kept, licenses: Counter[str], progress: Progress) -> None:
    store = build.store("train")
    progress.start("writing", total=len(store))
    with ExampleWriter(folder, split="train") as writer:
        for task in store.task_sizes:
            chosen = kept.get(task)
            for position, example in enumerate(store.iter(task)):
                if chosen is None or chosen[position]:
                    licenses[example.license] += 1
                    if chosen is not None:
                        writer.add(example)
            progress.advance(store.task_sizes[task])
    _link(build.path, folder, names=_shards(store, [task for task in store.task_sizes if kept.get(task) is None]))


def _shards(store: ExampleStore, tasks: list[str]) -> list[str]:
    place = Path("examples") / store.split
    files = (store.folder / place).glob("*.parquet")
    return sorted(str(place / path.name) for path in files if path.stem.rpartition("-")[0] in tasks)


def _link_split(build: Path, folder: Path, *, split: str) -> None:
    _link(
        build, folder, names=[str(path.relative_to(build)) for path in (build / "examples" / split).glob("*.parquet")]
    )


def _link(build: Path, folder: Path, *, names: list[str]) -> None:
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            os.link(build / name, place)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(build / name, place)


def _card(card: Card, kept: Kept) -> Card:
    chosen = kept.get(card.name)
    return card if chosen is None else msgspec.structs.replace(card, num_train=int(chosen.sum()))


def _whole(card: Card) -> dict[str, Any]:
    """Every key, since other tools read the file."""
    return {name: msgspec.to_builtins(getattr(card, name)) for name in card.__struct_fields__}
