"""Rows to measure retention on: texts as they stand, the references of a suite under its published prompt, and those of tasks of the build.

A text file has a text a line; JSON lines have `text` and may have `id`. A suite (COCO captions, say) gives pictures, its prompt, and the first reference of each example as the response. A task of the build, say
one that the model was pretrained on and that tuning left out, gives its test examples under its first wording.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from sayso.config import RetentionConfig
from sayso.data import BuildFolder, Card, Sampler
from sayso.data.selection import pick_tasks
from sayso.errors import ConfigError, DataError
from sayso.evaluate.suites import Files, suites
from sayso.instructions.render import render_sample
from sayso.records import Example, Sample, Template
from sayso.sources import BadRow
from sayso.sources._files import read_file, read_lines

__all__ = ["read_samples", "read_task_samples", "read_texts", "Text"]


class Text(Struct, frozen=True):
    """A text to read from its first word on."""

    text: str
    id: str = ""


def read_texts(config: RetentionConfig) -> list[Text]:
    """The first texts of the file; empty where none is named.

    Raises:
        DataError: the file cannot be read, a row of it is no text, or it has none.
    """
    if config.text is None:
        return []
    path = Path(config.text)
    found = [row for row, _ in zip(_rows(path), range(config.max_examples), strict=False)]
    if not found:
        raise DataError(f"{path} has no text; give a text a line, or JSON lines with `text`")
    return [Text(text=row.text, id=row.id or f"{path.stem}-{number}") for number, row in enumerate(found)]


def _rows(path: Path) -> Iterator[Text]:
    if path.suffix == ".jsonl":
        for place, row in read_lines(path, Text):
            if isinstance(row, BadRow):
                raise DataError(f"{place}: {row.reason}")
            if not row.text.strip():
                raise DataError(f"{place}: a text without a word; write or remove it")
            yield row
        return
    for line in read_file(path).decode("utf-8", errors="strict").splitlines():
        if line.strip():
            yield Text(text=line.strip())


def read_samples(config: RetentionConfig) -> list[Sample]:
    """The first examples of the suite that have a reference, each with it as the response; empty where none is named.

    Raises:
        ConfigError: the suite has no files named.
        DataError: no row of it can be used, or its pictures are only names.
    """
    if config.suite is None:
        return []
    if config.data is None:
        raise ConfigError(
            f"retention on suite {config.suite.name!r} needs its files; add `data` (and `images`) beside `suite`"
        )
    suite = suites.build(config.suite.name, config.suite.options)
    template = Template(id=f"{suite.name}/0", task=suite.name, text=suite.wordings[0])
    found: list[Sample] = []
    for row in suite.read(Files(data=Path(config.data), images=tuple(map(Path, config.images)))):
        if not isinstance(row, Example) or not row.references:
            continue
        if any(not one.width and one.data is None for one in row.media):
            raise DataError(
                f"suite {suite.name}: its pictures are only names; add `images`, the folders that have them"
            )
        made = render_sample(
            row, template=template, card=suite, prompt=suite.prompt, order=None, reference=row.references[0]
        )
        found.append(made)
        if len(found) == config.max_examples:
            break
    if not found:
        raise DataError(f"suite {suite.name}: no row of {config.data} can be used; it needs {suite.needs}")
    return found


def read_task_samples(config: RetentionConfig, *, build: Path) -> Iterator[Sample]:
    """Of each named task of the build in `build`, the first test examples, each with its first reference as the response.

    Raises:
        ConfigError: a pattern matches no task of the build.
        DataError: a task has no test example, or no wording.
    """
    if not config.tasks:
        return
    folder = BuildFolder(build)
    store, sampler = folder.store("test"), folder.sampler()
    for card in pick_tasks(folder.cards, patterns=config.tasks, where="evaluate.retention.tasks"):
        if not store.task_sizes.get(card.name):
            raise DataError(
                f"evaluate.retention.tasks: {card.name!r} has no test example in {build}; give a source with `use: test`, or leave it out"
            )
        template = _first_wording(sampler, card)
        for example in islice(store.iter(card.name), config.max_examples):
            yield sampler.demonstration(example, template=template)


def _first_wording(sampler: Sampler, card: Card) -> Template:
    for held_out in (False, True):
        if found := sampler.templates(card.name, held_out=held_out):
            return found[0]
    raise DataError(f"evaluate.retention.tasks: {card.name!r} has no wording; add one to its templates")
