"""PromptSource's templates (Bach et al. 2022, arXiv:2202.01279) in and out: Jinja `input ||| target` in YAML with tags.

    templates:
      24e4...: !Template
        jinja: "Passage: {{passage}} Question: {{question}}? ||| {{answer_choices[label]}}"

A template of theirs is carried over where its input comes to text and columns (`sayso.instructions.jinja_wordings` says when): each
column becomes a slot of that name. Anything that would have to be computed is refused with that reason, since a template here is
never evaluated. The target is not a wording: answers come from the task's examples. Jinja is parsed for its shape and never run.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sayso.errors import BackendError, DataError
from sayso.instructions.jinja_wordings import BETWEEN, NotCarriedError, carry, spelled_out
from sayso.instructions.template import Slot, parse
from sayso.records import Template

__all__ = [
    "Imported",
    "is_promptsource",
    "read_promptsource",
    "Refused",
    "to_jinja",
    "write_promptsource",
]

MARKUP = re.compile(r"\{[{%#]|[}%#]\}|\|\|\||[{}]")  # what Jinja would read as its own, or PromptSource as the middle
ENDS = re.compile(r"\A\s+|\s+\Z")  # PromptSource strips them unless they are quoted
HEAD_BYTES = 65536
SPACE = uuid.UUID("6d1f0f0e-3c1b-5a52-9d3a-1c3a5f1e7b10")


@dataclass(frozen=True, slots=True)
class Refused:
    """A template that is not carried over: its name, the kind of reason, and the reason."""

    name: str
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What a file holds.

    The data set's name, the wordings by name, what was refused, how many had answer choices, and by name what of a
    template its wording does not say.
    """

    dataset: str
    texts: dict[str, str]
    refused: tuple[Refused, ...]
    num_choices: int
    notes: dict[str, tuple[str, ...]]


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader that reads the two tags as plain mappings."""


def _mapping(loader: Any, node: Any) -> Any:
    return loader.construct_mapping(node, deep=True)


for _tag in ("!Template", "!TemplateMetadata"):
    _Loader.add_constructor(_tag, _mapping)


def is_promptsource(path: Path) -> bool:
    """Whether the file at `path` begins like one of PromptSource's, told by its tags."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    return b"templates:" in head and b"!Template" in head


def read_promptsource(path: Path) -> Imported:
    """The templates of a file, those that cannot be carried over with the reason.

    Raises:
        DataError: the file cannot be read, or is not PromptSource's YAML.
    """
    try:
        content = yaml.load(path.read_bytes(), Loader=_Loader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is not a YAML file of PromptSource ({error}); give its templates.yaml") from error
    templates = content.get("templates") if isinstance(content, dict) else None
    if not isinstance(templates, dict):
        raise DataError(f"{path} has no `templates:`; give a templates.yaml of PromptSource")
    texts: dict[str, str] = {}
    notes: dict[str, tuple[str, ...]] = {}
    refused: list[Refused] = []
    for key, entry in templates.items():
        name = _new_name(str(entry.get("name") or key) if isinstance(entry, dict) else str(key), texts)
        try:
            carried = carry(_body(entry), choices=_choices(entry))
        except NotCarriedError as error:
            refused.append(Refused(name, error.kind, str(error)))
            continue
        texts[name] = carried.text
        if carried.notes:
            notes[name] = carried.notes
    names = [str(content[part]) for part in ("dataset", "subset") if content.get(part)]
    chosen = sum(isinstance(entry, dict) and bool(entry.get("answer_choices")) for entry in templates.values())
    return Imported(dataset="/".join(names), texts=texts, refused=tuple(refused), num_choices=chosen, notes=notes)


def _body(entry: Any) -> str:
    body = entry.get("jinja") if isinstance(entry, dict) else None
    if not isinstance(body, str):
        raise NotCarriedError("syntax", f"it has no `jinja` text but {body!r}")
    return body


def _choices(entry: Any) -> tuple[str, ...] | None:
    """The answer choices as templates of ours, where the file spells them out."""
    written = entry.get("answer_choices")
    return spelled_out(written) if isinstance(written, str) else None


def _new_name(name: str, taken: dict[str, str]) -> str:
    while name in taken:
        name += "'"
    return name


def to_jinja(text: str) -> str:
    """A template of ours as Jinja: slots are columns, the target is the column `answer`.

    Raises:
        DataError: the text is no template.
    """
    pieces = [f"{{{{ {piece.name} }}}}" if isinstance(piece, Slot) else _escaped(piece) for piece in parse(text).pieces]
    whole = ENDS.sub(lambda match: f"{{{{ {_quoted(match.group())} }}}}", "".join(pieces))
    return f"{whole} {BETWEEN} {{{{ answer }}}}"


def _escaped(text: str) -> str:
    return MARKUP.sub(lambda match: f"{{{{ {_quoted(match.group())} }}}}", text)


def _quoted(text: str) -> str:
    inner = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return f'"{inner}"'


def write_promptsource(templates: Sequence[Template], *, task: str, path: Path) -> int:
    """Write the wordings of a task as a file of PromptSource; returns how many.

    Raises:
        DataError: a text is no template.
        BackendError: the disk is full.
    """
    lines = ["dataset: sayso", f"subset: {task}", "templates:"]
    for template in templates:
        lines += _entry(template)
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise BackendError(f"cannot write {path}: {error.strerror or error}; free some space") from error
    return len(templates)


def _entry(template: Template) -> Iterator[str]:
    key = str(uuid.uuid5(SPACE, f"{template.id}\n{template.text}"))
    fields = {"answer_choices": None, "id": key, "jinja": to_jinja(template.text)}
    metadata = {"choices_in_prompt": False, "languages": [template.language], "metrics": [], "original_task": True}
    yield f"  {key}: !Template"
    yield from _indented(fields, by=4)
    yield "    metadata: !TemplateMetadata"
    yield from _indented(metadata, by=6)
    yield from _indented({"name": template.id, "reference": template.distance or ""}, by=4)


def _indented(fields: dict[str, Any], *, by: int) -> Iterator[str]:
    text = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=10_000)
    yield from (" " * by + line for line in text.splitlines())
