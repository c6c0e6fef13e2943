"""Task templates marked in a sample: their characters get the role `instr_template`, and nothing else changes.

A unit is marked where it stands between the bounds of units and is `instr` throughout, so a template's words inside another sentence
are not. White space that touches a marked unit goes with it: a line break between question and format sentence is no content
(open in the paper; ours). A token that has characters of both sides is masked, as `sayso.models.roles` ranks roles. With
`option_labels: mask` the labels of two or more options in a row (`A.`, `B.`; `(1)`, `(2)`) are marked, the options' texts not.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import ConfigError
from sayso.instructions.task_templates.artifact import TemplateFile, read_templates
from sayso.instructions.task_templates.units import key_of, open_units
from sayso.records import Message, Part, Sample, Span, TextPart

__all__ = ["make_marker", "Marker"]

MARKED = "instr_template"
CHANGED = {"instr", "options"}
LABEL = re.compile(r"(?:(?<![^\n])([A-Z]|\d{1,2})[.):]|\(([A-Z]|\d{1,2})\))(?=\s)")

Stretch = tuple[int, int]


@dataclass(frozen=True)
class Marker:
    """The keys of the units that are marked, and whether labels of options are."""

    keys: frozenset[str] = frozenset()
    labels: bool = False

    @classmethod
    def of(cls, content: TemplateFile) -> "Marker":
        """As a file says."""
        return cls(keys=content.masked, labels=content.settings.option_labels == "mask")

    def mark(self, sample: Sample) -> Sample:
        """The sample with its templates marked; texts and all other roles stay. Marking twice is marking once."""
        messages = self.mark_messages(sample.messages)
        return sample if messages is sample.messages else msgspec.structs.replace(sample, messages=messages)

    def mark_messages(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """The same for messages alone; where nothing is marked, the very same."""
        if not self.keys and not self.labels:
            return messages
        marked = tuple(self._message(message) if message.role == "user" else message for message in messages)
        return marked if any(a is not b for a, b in zip(marked, messages, strict=True)) else messages

    def _message(self, message: Message) -> Message:
        parts = tuple(self._part(part) for part in message.parts)
        changed = any(a is not b for a, b in zip(parts, message.parts, strict=True))
        return msgspec.structs.replace(message, parts=parts) if changed else message

    def _part(self, part: Part) -> Part:
        if not isinstance(part, TextPart):
            return part
        found: list[Stretch] = []
        folded = key_of(part.text)
        if any(key in folded for key in self.keys):  # most texts have none, and this is told sooner than their units
            found = [_widened(part.text, unit.start, unit.end) for unit in open_units(part) if unit.key in self.keys]
        if self.labels:
            found += _option_labels(part.text)
        spans = tuple(_cut(part.spans, _joined(found))) if found else part.spans
        return part if spans == part.spans else TextPart(text=part.text, spans=spans)


def make_marker(path: str | None) -> Marker:
    """The marker of a recipe's `task_templates`; one that marks nothing where it has none.

    Raises:
        ConfigError: the name does not end in `.json`: a config's files are known by their endings, and an edit would not be noticed.
        DataError: the file is missing or malformed.
    """
    if path and not path.endswith(".json"):
        raise ConfigError(f"task_templates is {path!r}; name a file that ends in .json, as sayso templates writes it")
    return Marker.of(read_templates(Path(path))) if path else Marker()


def _widened(text: str, start: int, end: int) -> Stretch:
    """With the white space that touches it."""
    while start and text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end].isspace():
        end += 1
    return start, end


def _option_labels(text: str) -> Iterator[Stretch]:
    """Labels that count from A or 1 on, where there are at least two; the space behind a label goes with it."""
    run: list[re.Match[str]] = []
    for match in LABEL.finditer(text):
        number = _number(match)
        if number != len(run) + 1 or (run and _is_letter(run[0]) != _is_letter(match)):
            yield from _labels(text, run)
            run = []
        if number == len(run) + 1:
            run.append(match)
    yield from _labels(text, run)


def _labels(text: str, run: list[re.Match[str]]) -> Iterator[Stretch]:
    if len(run) > 1:
        for match in run:
            _, end = _widened(text, match.start(), match.end())
            yield match.start(), end


def _is_letter(match: re.Match[str]) -> bool:
    return (match[1] or match[2]).isalpha()


def _number(match: re.Match[str]) -> int:
    label = match[1] or match[2]
    return ord(label) - ord("A") + 1 if label.isalpha() else int(label)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _cut(spans: Iterable[Span], stretches: list[Stretch]) -> Iterator[Span]:
    """The spans, cut at the bounds of the stretches; what lies in one has the role of templates, if it was content."""
    for span in spans:
        if span.role not in CHANGED:
            yield span
            continue
        at = span.start
        for start, end in stretches:
            start, end = max(start, at), min(end, span.end)
            if start < end:
                yield from _piece(at, start, span.role)
                yield from _piece(start, end, MARKED)
                at = end
        yield from _piece(at, span.end, span.role)


def _piece(start: int, end: int, role: str) -> Iterator[Span]:
    if start < end:
        yield Span(start=start, end=end, role=role)
