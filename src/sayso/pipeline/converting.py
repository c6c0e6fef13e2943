"""Files of other tools into files of other tools, through the same source and formats that recipes use.

Conversations go word for word: `conversations` reads them, the task `conversation` makes samples, a format writes them. Templates of
PromptSource become the lines that `augment.templates` takes (`{"task", "template"}`), and back; so do the library's, by the
name of their task.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso import tasks
from sayso.artifacts import read_jsonl, write_jsonl
from sayso.config import PromptConfig
from sayso.data.formats import formats
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.instructions.library import load_templates
from sayso.instructions.promptsource import Imported, is_promptsource, read_promptsource, write_promptsource
from sayso.instructions.render import render_sample
from sayso.pipeline.exporting import whole_folder, write_whole
from sayso.pipeline.reasons import alike
from sayso.records import Sample, Template
from sayso.sources import BadRow
from sayso.sources.conversations import Conversations

__all__ = ["convert", "CONVERT_FORMATS"]

TEMPLATE_FORMATS = ("promptsource", "templates")
CONVERT_FORMATS = tuple(sorted([*formats.names(), *TEMPLATE_FORMATS]))
"""What `convert` writes."""
KEPT_REASONS = 20


class TemplateLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a file of templates."""

    task: str
    template: str


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What a walk over a source finds that is no sample."""

    bad_rows: Counter[str]
    places: list[str]


def convert(
    path: str, *, to: str, out: Path, format: str = "auto", images: Path | None = None, task: str | None = None
) -> dict[str, Any]:
    """Read `path` in the format that it has (or in `format`) and write it as `to` into the new folder `out`.

    `images` is the folder of the pictures; `task` is the one that templates are for. Returns `path`, `format`, `evidence`,
    `num_samples` (or `num_templates`), `bad_rows` and `left_out` (counts by reason) and `not_carried` (rows by key that is not read).

    Raises:
        ConfigError: no such format or task.
        DataError: `path` cannot be read, or nothing of it can be written.
        BackendError: the disk is full.
    """
    if to not in CONVERT_FORMATS:
        raise ConfigError(f"no format {to!r}{did_you_mean(to, list(CONVERT_FORMATS))}")
    if to in TEMPLATE_FORMATS:
        return _convert_templates(path, to=to, out=out, task=task)
    if is_promptsource(Path(path)):
        raise ConfigError(f"{path} holds templates of PromptSource, not samples; type --to templates --task TASK")
    source = Conversations(path=Path(path), format=format, images=images)
    found = source.detect()
    reading = _Reading(bad_rows=Counter(), places=[])
    written = write_whole(_samples(source, reading), to=formats.build(to, {}), out=out)
    return {
        **written,
        "format": found.format,
        "evidence": found.evidence,
        "bad_rows": dict(reading.bad_rows.most_common(KEPT_REASONS)),
        "num_bad_rows": sum(reading.bad_rows.values()),
        "bad_places": reading.places,
        "not_carried": dict(source.not_carried),
    }


def _samples(source: Conversations, reading: _Reading) -> Iterator[Sample]:
    """Every conversation, word for word.

    Raises:
        DataError: there is none.
    """
    count = 0
    for row in source.items():
        if isinstance(row, BadRow):
            reading.bad_rows[alike(row.reason)] += 1
            if len(reading.places) < KEPT_REASONS:
                reading.places.append(f"{row.place}: {row.reason}")
            continue
        for example in tasks.make_examples(tasks.CONVERSATION, item=row, seed=0):
            count += 1
            yield render_sample(
                example,
                template=tasks.AS_WRITTEN,
                card=tasks.CONVERSATION,
                prompt=PromptConfig(media_position="keep"),
                order=None,
                reference=example.references[0],
            )
    if not count:
        listed = "\n  ".join(reading.places[:5]) or "it is empty"
        raise DataError(f"{source.path} has no row that can be used:\n  {listed}")


def _convert_templates(path: str, *, to: str, out: Path, task: str | None) -> dict[str, Any]:
    imported, templates = _read_templates(path, task=task)
    if not templates:
        raise DataError(f"{path} has no template that can be carried over: {_refusals(imported)}")
    with whole_folder(out) as folder:
        _write_templates(templates, to=to, folder=folder)
    refused = Counter(one.kind for one in imported.refused) if imported else Counter()
    told = {one.name: one.reason for one in imported.refused} if imported else {}
    return {
        "path": str(out),
        "format": "promptsource" if imported else "templates",
        "evidence": "YAML with !Template" if imported else "wordings by task",
        "num_templates": len(templates),
        "left_out": dict(refused),
        "refused": told,
        "notes": imported.notes if imported else {},
        "not_carried": {"answer_choices": imported.num_choices} if imported and imported.num_choices else {},
    }


def _write_templates(templates: Sequence[Template], *, to: str, folder: Path) -> None:
    folder.mkdir()
    if to == "templates":
        write_jsonl(folder / "templates.jsonl", [TemplateLine(task=one.task, template=one.text) for one in templates])
        return
    names = sorted({one.task for one in templates})
    for name in names:
        file = folder / ("templates.yaml" if len(names) == 1 else f"{name}.yaml")
        write_promptsource([one for one in templates if one.task == name], task=name, path=file)


def _refusals(imported: Imported | None) -> str:
    if imported is None:
        return "it is empty"
    return "; ".join(f"{one.name}: {one.reason}" for one in imported.refused[:5]) or "it is empty"


def _read_templates(path: str, *, task: str | None) -> tuple[Imported | None, list[Template]]:
    """Of PromptSource, of lines {task, template}, or of the library, by the name of a task."""
    file = Path(path)
    if not file.exists():
        if file.suffix or len(file.parts) > 1:
            raise DataError(f"{path} does not exist; name a file of templates, or a task to write its wordings")
        return None, list(load_templates(tasks.get(path)))
    if is_promptsource(file):
        imported = read_promptsource(file)
        name = task or imported.dataset.removeprefix("sayso/")
        if task is None and not imported.dataset.startswith("sayso/"):
            raise ConfigError(f"{path} holds templates of {imported.dataset!r}; say for which task: --task NAME")
        return imported, [Template(id=f"{name}/{key}", task=name, text=text) for key, text in imported.texts.items()]
    lines = read_jsonl(file, TemplateLine)
    return None, [
        Template(id=f"{line.task}/{number}", task=line.task, text=line.template)
        for number, line in enumerate(lines)
        if task in (None, line.task)
    ]
