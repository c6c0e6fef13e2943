"""The texts that a new tokenizer learns from: all templates, and rendered samples of every task of every build.

Location bins are left out: they become tokens of their own, whatever the texts.
"""

import re
from collections.abc import Iterable, Iterator

from sayso.data.folder import BuildFolder
from sayso.records import TextPart

__all__ = ["texts_of"]

SAMPLES_PER_TASK = 1000
_BINS = re.compile(r"<bin_\d+>")


def texts_of(builds: Iterable[BuildFolder]) -> Iterator[str]:
    """Templates, then what a model would read and write: up to 1,000 samples a task, spread over its examples."""
    for build in builds:
        yield from (template.text for template in build.templates)
        store, sampler = build.store("train"), build.sampler()
        for task, size in store.task_sizes.items():
            for index in range(0, size, max(1, size // SAMPLES_PER_TASK)):
                sample = sampler.train_sample(store.get(task, index), epoch=0)
                parts = (part for message in sample.messages for part in message.parts)
                yield from (_BINS.sub("", part.text) for part in parts if isinstance(part, TextPart))
