"""The pool of a run as a file that reads well, and what a person wrote into it read back.

    counting:

    - text: "Count what is asked for. {question}"
      verdict: reject
      now: "kept"
      id: "counting/0~3"
      operation: "simplify"
      parent: "Count the things that the question names. {question}"
      score: 0.931
      key: "0d1e2f3a4b5c"

The file is YAML with a list per task. A person writes `accept` or `reject` after `verdict:`, or changes a `text` to edit it; `key`
knows what the text was. Texts are quoted and unprintable characters written out, so that no editor changes them unseen. What
reads a review back says file and line of whatever is wrong with it.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from sayso.artifacts import digest
from sayso.errors import DataError, did_you_mean
from sayso.instructions.augment.expand import JudgedTemplate

__all__ = ["Decision", "read_review", "review_lines", "ReviewEntry", "ReviewFile", "text_key"]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TYPOGRAPHIC = frozenset("“”„«‘’")
"""What text processors make of quotes; YAML takes them for a part of the text."""
KEYS = ("text", "verdict", "now", "id", "operation", "parent", "score", "key")
PLAIN = re.compile(r"(?!(?:yes|no|on|off|true|false|null|y|n)\Z)[a-z][a-z0-9_-]*\Z", re.IGNORECASE)
Kind = Literal["accept", "reject", "edit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a person decided about one wording; `place` is file and line, `key` that of the text as it was shown."""

    place: str
    task: str
    id: str
    key: str
    kind: Kind
    text: str
    operation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewEntry:
    """One wording to show; `state` is what becomes of it without a person, `key` that of its text before any edit."""

    id: str
    text: str
    key: str
    state: str
    kind: Kind | None = None
    operation: str = ""
    parent: str = ""
    score: float | None = None

    @classmethod
    def of_row(cls, row: JudgedTemplate, *, parent: str, decision: Decision | None) -> "ReviewEntry":
        """A wording of the pool and what was decided about it; `parent` is a text."""
        template, verdict = row.template, row.verdict
        return cls(
            id=template.id,
            text=decision.text if decision else template.text,
            key=text_key(template.text),
            state=_state(row),
            kind=decision.kind if decision else None,
            operation=template.lineage.operation if template.lineage else "",
            parent=parent,
            score=verdict.score if verdict else None,
        )

    @classmethod
    def of_decision(cls, decision: Decision) -> "ReviewEntry":
        """A wording that was decided about and is no longer in the pool."""
        return cls(
            id=decision.id,
            text=decision.text,
            key=decision.key,
            state="not proposed now",
            kind=decision.kind,
            operation=decision.operation,
        )


def text_key(text: str) -> str:
    """What tells the text from any other."""
    return digest(text)[:12]


def _state(row: JudgedTemplate) -> str:
    if row.verdict and not row.verdict.keep:
        return f"refused, {row.verdict.reason}"
    return "held out" if row.template.held_out else "kept"


def review_lines(entries: Iterable[ReviewEntry], *, task: str) -> Iterator[str]:
    """The part of the file for one task."""
    yield f"{task if PLAIN.match(task) else _quoted(task)}:"
    for entry in entries:
        yield ""
        yield f"- text: {_quoted(entry.text)}"
        yield f"  verdict: {'' if entry.kind in {None, 'edit'} else entry.kind}".rstrip()
        yield f"  now: {_quoted(entry.state)}"
        yield f"  id: {_quoted(entry.id)}"
        if entry.operation:
            yield f"  operation: {_quoted(entry.operation)}"
        if entry.parent:
            yield f"  parent: {_quoted(entry.parent)}"
        if entry.score is not None:
            yield f"  score: {entry.score:.3f}"
        yield f"  key: {_quoted(entry.key)}"


def _quoted(text: str) -> str:
    """Double-quoted YAML on one line, whatever is not plainly printable written as its code."""
    return "".join(
        c if c == " " or unicodedata.category(c)[0] not in "CZ" else _code(c)
        for c in json.dumps(text, ensure_ascii=False)
    )


def _code(character: str) -> str:
    return f"\\U{ord(character):08X}" if ord(character) > 0xFFFF else f"\\u{ord(character):04X}"


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """What a file says: the decisions by task, in its order, and the (task, key) of every wording in it, touched or not."""

    decisions: dict[str, tuple[Decision, ...]]
    known: frozenset[tuple[str, str]] = frozenset()


def read_review(path: Path) -> ReviewFile:
    """Read a review.

    Raises:
        DataError: the file cannot be read, or an entry is wrong; names file and line.
    """
    try:
        tree = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=LOADER)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); write one with: sayso review RUN") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path}{_line_of(error)}: not YAML ({_problem(error)}); put texts in double quotes") from error
    decisions: dict[str, list[Decision]] = {}
    known = set()
    for name, node in _mapping(tree, path=path) if tree else ():
        if not isinstance(node, yaml.SequenceNode) and node.value:
            raise DataError(
                f"{_place(path, node)}: task {name.value!r} has no list of wordings; begin each with '- text:'"
            )
        decided = decisions.setdefault(name.value, [])
        for entry in node.value:
            fields = _fields(entry, path=path)
            known.add((name.value, fields["key"]))
            if decision := _decision(fields, task=name.value, place=_place(path, entry)):
                decided.append(decision)
    _refuse_contradictions(decisions)
    return ReviewFile({task: tuple(found) for task, found in decisions.items()}, frozenset(known))


def _line_of(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error)


def _place(path: Path, node: Any) -> str:
    return f"{path}, line {node.start_mark.line + 1}"


def _mapping(node: Any, *, path: Path) -> list[tuple[Any, Any]]:
    if isinstance(node, yaml.MappingNode) and all(isinstance(name, yaml.ScalarNode) for name, _ in node.value):
        return list(node.value)
    raise DataError(
        f"{_place(path, node)}: {node.tag.rpartition(':')[2]} where names with values should be; see the lines around it"
    )


def _fields(node: Any, *, path: Path) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in _mapping(node, path=path):
        if name.value not in KEYS or name.value in fields:
            twice = " twice in an entry" if name.value in fields else did_you_mean(name.value, list(KEYS))
            raise DataError(f"{_place(path, name)}: key {name.value!r}{twice}")
        if not isinstance(value, yaml.ScalarNode):
            raise DataError(f"{_place(path, value)}: {name.value} is no plain text; put it in double quotes")
        if not value.style and value.value[:1] in TYPOGRAPHIC:
            raise DataError(
                f'{_place(path, value)}: {name.value} begins with {value.value[0]}; put straight quotes (") there'
            )
        fields[name.value] = "" if value.tag == "tag:yaml.org,2002:null" else value.value
    if missing := [name for name in ("text", "id", "key") if name not in fields]:
        raise DataError(
            f"{_place(path, node)}: the entry has no {missing[0]!r}; wordings of your own go into augment.templates: FILE.jsonl"
        )
    return fields


def _decision(fields: Mapping[str, str], *, task: str, place: str) -> Decision | None:
    kind = _kind(fields, place=place)
    if kind is None:
        return None
    identity = {name: fields[name] for name in ("id", "key", "text")}
    return Decision(place=place, task=task, kind=kind, operation=fields.get("operation", ""), **identity)


def _kind(fields: Mapping[str, str], *, place: str) -> Kind | None:
    word = fields.get("verdict", "").strip().lower()
    edited = text_key(fields["text"]) != fields["key"]
    if word not in {"", "accept", "reject"}:
        raise DataError(f"{place}: verdict {word!r}{did_you_mean(word, ['accept', 'reject'])}; or leave it empty")
    if word == "reject":
        return "reject"
    return "edit" if edited else "accept" if word else None


def _refuse_contradictions(found: Mapping[str, Sequence[Decision]]) -> None:
    seen: dict[tuple[str, str, str], Decision] = {}
    for one in (decision for decisions in found.values() for decision in decisions):
        first = seen.setdefault((one.task, one.id, one.key), one)
        if (first.kind, first.text) != (one.kind, one.text):
            raise DataError(f"{one.place}: {one.id} is decided otherwise at {first.place}; keep one of the two")
