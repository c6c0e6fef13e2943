"""Any task on any source as a suite: the tasks that MultiInstruct held out, from the annotations they were made of.

    sayso suites run task --set task=visual_entailment --data snli_ve_test.jsonl --images flickr30k ...

The source reads the published files, the task makes examples of its items, and the wordings are those of the library: ours, trained ones first. Options are ranked by their
likelihood, as in an evaluation of the task.
"""

import inspect
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from sayso import tasks
from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.instructions.library import load_templates
from sayso.records import Example
from sayso.sources import BadRow, sources
from sayso.tasks import Task

__all__ = ["HELD_OUT", "task"]

HELD_OUT: Mapping[str, str] = {
    "natural_language_visual_reasoning": "nlvr",
    "visual_entailment": "snli_ve",
    "visual_spatial_relationship": "vsr",
    "commonsense_vqa": "vcr",
    "disaster_type_classification": "medic",
    "visual_text_extraction": "hateful_memes",
    "text_vqa": "text_vqa",
    "grounded_vqa": "visual7w",
    "visual_dialogue": "visdial",
}
"""The nine tasks that MultiInstruct never trained on, and the source of each."""
PATHS = ("path", "annotations")
TRIED = {"nlvr", "vsr"}
"""Sources whose published files were at hand."""


@suites.register("task")
def task(
    *, task: str = "natural_language_visual_reasoning", source: str = "", options: Mapping[str, Any] | None = None
) -> Suite:
    """Examples of one task.

    Args:
        task: a task of the catalogue.
        source: the source that reads the files; for the tasks that MultiInstruct held out, that of their data.
        options: further options of the source.

    Raises:
        ConfigError: no such task or source, or the task has no wording.
    """
    card = tasks.get(task)
    reader = source or HELD_OUT.get(card.name, "")
    if not reader:
        raise ConfigError(f"suite task: which source reads the files of {task!r}? add --set source=NAME")
    sources.get(reader)
    ranks = card.output in {"option", "region_option"}
    return Suite(
        name="task",
        title=f"{card.name}, of {reader}",
        label=card.name,
        source=f"MultiInstruct, arXiv:2212.10773; source {reader}; wordings of our own library",
        needs=f"data: the file that the source {reader} reads; images: its pictures",
        group="general_vqa",
        read=partial(_read, card=card, reader=reader, options=options or {}),
        wordings=tuple(template.text for template in load_templates(card)),
        slots=dict(card.slots),
        output=card.output,
        decoding=Decoding(method="likelihood" if ranks else "generated", max_new_tokens=48),
        metrics=tuple(PluginConfig(name=name) for name in card.metrics),
        tried=reader in TRIED,
    )


def _read(files: Files, *, card: Task, reader: str, options: Mapping[str, Any]) -> Iterator[Example | BadRow]:
    for item in sources.build(reader, {**_files(files, reader), **options}).items():
        if isinstance(item, BadRow):
            yield item
        elif tasks.meets(card, item):
            made = tasks.make_examples(card, item=item, seed=0)
            yield from (msgspec.structs.replace(example, task="task") for example in made)


def _files(files: Files, reader: str) -> dict[str, str]:
    """What the source calls its file and its folder of pictures."""
    known = inspect.signature(sources.get(reader)).parameters
    found = {name: str(files.data) for name in PATHS if name in known}
    if "images" in known:
        if not files.images:
            raise ConfigError(f"source {reader} reads no row without its pictures; add --images FOLDER")
        found["images"] = str(files.images[0])
    return found
