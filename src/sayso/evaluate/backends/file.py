"""Predictions from a file: scored as if they were made here, whoever made them.

    {name: file, path: predictions.jsonl}
    {name: file, path: samples_pope.jsonl, ids: pope_ids.txt, template: pope/0}
    {name: file, templates: {vsr/0: a_samples_vsr.jsonl, vsr/1: b_samples_vsr.jsonl}}

The forms are those of `_sample_logs.py`. An answer belongs to the example of that id, under the wording that its row, its file or `template` names.
The logs of lm-eval and lmms-eval number their rows: line n of the file `ids` (from 0) is the example that `doc_id` n is about; without
it the number itself is the id. Nothing is matched by likeness: what is missing, given twice or about something else is an error that
names the ids. The raw answer is kept, and `extraction` says where it was read from.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import msgspec

from sayso.errors import BackendError, ConfigError, DataError, few
from sayso.evaluate.backends._protocol import Advance, Decoding, Reply, backends
from sayso.evaluate.backends._sample_logs import Row, read_rows
from sayso.records import Sample

__all__ = ["File", "file"]

SHOWN = 5
FIELDS = {"label": "model", "filter": "filter"}
Key: TypeAlias = tuple[str, str | None, str | None, int]
"""Example, task, template (where the row names them) and number."""


@dataclass(frozen=True, kw_only=True)
class File:
    """Answers that are there; `where` is what errors call them."""

    rows: Mapping[Key, Row] = field(repr=False)
    where: str

    def answer(
        self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """One reply per sample.

        Raises:
            DataError: an answer is missing, or does not say under which of several wordings it was given.
            BackendError: the answers were compared by the sum of log-probabilities, and the mean is asked for.
        """
        found = [self._row(sample, number=decoding.number) for sample in samples]
        self._check_all(samples, found)
        self._check_wordings(samples, found)
        replies = [_reply(row, sample, decoding=decoding) for row, sample in zip(found, samples, strict=True) if row]
        advance(len(replies))
        return replies

    def _row(self, sample: Sample, *, number: int) -> Row | None:
        for template in (sample.template, None):
            for task in (sample.task, None):
                if row := self.rows.get((sample.example, task, template, number)):
                    return row
        return None

    def _check_all(self, samples: Sequence[Sample], found: Sequence[Row | None]) -> None:
        missing = [sample for sample, row in zip(samples, found, strict=True) if row is None]
        if not missing:
            return
        asked = {sample.example for sample in samples}
        others = list(dict.fromkeys(key[0] for key in self.rows if key[0] not in asked))
        there = f"; it has others, such as {_few(others)}" if others else ""
        raise DataError(
            f"{self.where}: no answer for {len(missing)} of {len(samples)} samples of task {missing[0].task!r}, such as "
            f"{_few(f'{one.example} under {one.template}' for one in missing)}{there}; "
            "ids must be equal (for logs that number their rows, give ids: FILE)"
        )

    def _check_wordings(self, samples: Sequence[Sample], found: Sequence[Row | None]) -> None:
        """An answer that names no wording is one to one wording only."""
        used = Counter(row.place for row in found if row is not None and row.template is None)
        pairs = zip(samples, found, strict=True)
        unclear = [sample.example for sample, row in pairs if row is not None and used[row.place] > 1]
        if unclear:
            raise DataError(
                f"{self.where}: examples such as {_few(unclear)} are asked under several wordings, and their answers do not say "
                "under which they were given; ask under one wording, set template, give one file a wording (templates), or a template in each row"
            )


def _reply(row: Row, sample: Sample, *, decoding: Decoding) -> Reply:
    extraction = f"{row.extraction}:{row.origin}"
    if not row.options:
        return Reply(prompt=row.prompt, output=row.output, extraction=extraction, logprobs=row.logprobs)
    if decoding.normalise:
        raise BackendError(f"{row.place}: has the sums of log-probabilities and no mean; rank without normalise")
    said = {text.strip(): value for text, value in row.options}
    lacking = [option for option in sample.options if option.strip() not in said]
    if lacking or not sample.options:
        raise DataError(
            f"{row.place}: compares {_few(said)}, and example {sample.example!r} has the options {_few(sample.options)}; "
            "they must be the same texts"
        )
    values = tuple(said[option.strip()] for option in sample.options)
    best = sample.options[max(range(len(values)), key=values.__getitem__)]
    return Reply(prompt=row.prompt, output=best, extraction=extraction, logprobs=values)


def _few(names: Iterable[str]) -> str:
    return few(map(repr, names), shown=SHOWN)


def _kept(rows: Iterable[Row], *, wanted: Mapping[str, str | None], where: str) -> Iterator[Row]:
    """The rows of one model and filter; which one must be said where there are several."""
    rows = list(rows)
    for option, value in wanted.items():
        name = FIELDS[option]
        found = list(dict.fromkeys(getattr(row, name) for row in rows))
        if value is None and len(found) > 1:
            raise DataError(f"{where}: rows of several: {name} is {_few(found)}; set {option} to one of them")
        if value is not None and value not in found:
            raise DataError(f"{where}: no row has {name} {value!r}, only {_few(found)}")
        rows = [row for row in rows if value in {None, getattr(row, name)}]
    yield from rows


def _identified(rows: Iterable[Row], ids: Path | None) -> Iterator[Row]:
    """With the example's id in place of the number of a row in somebody's data set."""
    names = _lines(ids) if ids else []
    for row in rows:
        if ids is None or row.origin == "file":
            yield row
        elif not row.example.isdecimal() or int(row.example) >= len(names):
            raise DataError(f"{row.place}: doc_id {row.example} has no line in {ids}, which has {len(names)} (from 0)")
        else:
            yield msgspec.structs.replace(row, example=names[int(row.example)])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); give the file of example ids, one a line, as ids") from error


def _by_key(rows: Iterable[Row], *, where: str) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    twice: dict[str, None] = {}
    for row in rows:
        key = (row.example, row.task, row.template, row.number)
        if key in found:
            twice[f"{row.example} ({found[key].place} and {row.place})"] = None
        found.setdefault(key, row)
    if twice:
        raise DataError(
            f"{where}: {len(twice)} examples are answered twice, such as {_few(twice)}; keep one answer each"
        )
    return found


@backends.register("file")
def file(
    *,
    path: Path | None = None,
    templates: dict[str, Path] | None = None,
    template: str | None = None,
    ids: Path | None = None,
    label: str | None = None,
    filter: str | None = None,
) -> File:
    """The answers in `path`, or in a file a wording (`templates`).

    `template` is the wording of rows that name none, `ids` the file of the examples' ids, one a line in the order of `doc_id`, `label` the
    model whose rows are meant and `filter` that of lm-eval, where a file has several.

    Raises:
        ConfigError: not exactly one of `path` and `templates` is given.
        DataError: a file cannot be read, or its rows contradict one another.
    """
    if (path is None) == (templates is None):
        raise ConfigError(f"backend 'file' has path {path} and templates {templates}; give one of them")
    files = {template: path} if path is not None else dict(templates or {})
    where = ", ".join(str(one) for one in files.values())
    rows = [
        row if row.template or name is None else msgspec.structs.replace(row, template=name)
        for name, one in files.items()
        for row in read_rows(one)
        if row.condition == "plain"
    ]
    kept = _kept(rows, wanted={"label": label, "filter": filter}, where=where)
    return File(rows=_by_key(_identified(kept, ids), where=where), where=where)
