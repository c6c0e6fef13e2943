"""Files of templates in, files of wordings out, for people who have no recipe: `sayso augment --templates IN.jsonl --out POOL.jsonl`.

A line in is `{"task", "template"}`; the task may have any name, and what stands in braces is carried along to the letter, whatever it
is (see `raw_slots`). A line out is one new wording that every filter kept, with the text of the wording that it was made from and how:
`{"task", "template", "parent", "lineage"}`; the given wordings are not repeated. Beside it every candidate is written with its verdict. The
filters know nothing of the tasks, so they compare a candidate with its parent, with the other wordings of its task and with those held out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, write_jsonl
from sayso.config import AugmentConfig
from sayso.errors import DataError
from sayso.instructions.augment.counting import count, is_usable
from sayso.instructions.augment.expand import Expansion, Growing, JudgedTemplate, Opened, open_and_expand
from sayso.instructions.augment.further import ENGLISH, WANTED, TemplateRow, template_rows
from sayso.instructions.augment.paraphrasers._protocol import ModelParaphraser
from sayso.instructions.augment.stage import expansion
from sayso.instructions.candidate_files import CandidateFiles
from sayso.instructions.filters.language import tell
from sayso.instructions.filters.wording import key
from sayso.instructions.raw_slots import RawTemplate, read_raw
from sayso.records import Lineage, Record, Template, Verdict

__all__ = ["augment_file", "CandidateRow", "Files", "PoolRow", "reword"]

_TOLD = 5
"""Bad lines that an error lists."""
_SURE = 2
"""So much has to speak for another language."""


@dataclass(frozen=True, kw_only=True)
class Files(CandidateFiles):
    """What is read and written; `candidates` lies beside `out` where left out. So many bad lines are set aside, one more is an error."""

    templates: Path
    max_bad_rows: int = 0


class PoolRow(Record, frozen=True, kw_only=True):
    """A new wording, the text of the one it was made from, and how it was made."""

    task: str
    template: str
    parent: str
    lineage: Lineage


class CandidateRow(Record, frozen=True, kw_only=True):
    """A candidate and what was decided about it; in a text that was refused, slots may be missing or foreign."""

    task: str
    template: str
    parent: str
    lineage: Lineage
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class _Given:
    """The good lines, by task and as they were spelled, and what is wrong with the others."""

    by_task: Mapping[str, Sequence[Template]]
    raw: Mapping[str, RawTemplate]
    bad: Sequence[str]


def augment_file(files: Files, *, config: AugmentConfig, seed: int, progress: Progress) -> dict[str, Any]:
    """Expand every task of a file; `config.max_wordings` is the number of new wordings per given one, on the average of a task.

    Raises:
        ConfigError: a plugin or one of its options is unknown, or a file would be written over another.
        DataError: there is no such file, more lines are bad than are allowed (names file and line), or none is left.
        BackendError: a language model gave up; the same command goes on.
    """
    files.check_against(files.templates)
    how = expansion(config, seed=seed, store=files.store, progress=progress)
    given = _read(files)
    progress.start("augment", total=len(given.by_task))
    growing, opened = _grown(given, how=how, store=files.store, progress=progress)
    rows = [row for one in growing for row in _rows(one, given.raw)]
    write_jsonl(files.verdicts, rows)
    num_kept = write_jsonl(files.out, (_kept(row) for row in rows if row.verdict.keep))
    counts = count({one.name: one.rows for one in growing})
    return {
        "out": str(files.out),
        "candidates_file": str(files.verdicts),
        "num_given": len(given.raw),
        "num_wordings": num_kept,
        "times": round((counts["before"] + num_kept) / max(counts["before"], 1), 1),
        "bad_lines": list(given.bad),
        **counts,
        **({"calls": opened.usage.calls} if opened.usage.calls else {}),
    }


def reword(text: str, *, config: AugmentConfig, seed: int, store: Path, progress: Progress) -> list[CandidateRow]:
    """Every candidate for another wording of one instruction, with its verdict; `config.max_wordings` is how many are wanted.

    Raises:
        ConfigError: a plugin or one of its options is unknown.
        DataError: braces without a partner.
        BackendError: a language model gave up; the same call goes on.
    """
    how = expansion(config, seed=seed, store=store, progress=progress)
    template, spelled = _template(TemplateRow(task="instruction", template=text), 1)
    given = _Given(by_task={template.task: [template]}, raw={template.id: spelled}, bad=())
    growing, _ = _grown(given, how=how, store=store, progress=progress)
    return [row for one in growing for row in _rows(one, given.raw)]


def _grown(given: _Given, *, how: Expansion, store: Path, progress: Progress) -> tuple[list[Growing], Opened]:
    growing = [_growing(templates, how=how) for templates in given.by_task.values()]
    if isinstance(how.paraphraser, ModelParaphraser) or how.strategy.together:
        return growing, open_and_expand(growing, how=how, store=store, progress=progress)
    opened = Opened()
    for one in growing:
        opened = open_and_expand([one], how=how, store=store, progress=progress)
        progress.advance()
    return growing, opened


def _growing(templates: Sequence[Template], *, how: Expansion) -> Growing:
    trained = [template for template in templates if not template.held_out]
    wanted = len(trained) + how.max_wordings * len({key(template.text) for template in trained})
    return Growing(templates, slots={}, chain=how.chain, max_wordings=wanted)


def _read(files: Files) -> _Given:
    by_task: dict[str, list[Template]] = {}
    raw: dict[str, RawTemplate] = {}
    bad: list[str] = []
    for number, row in template_rows(files.templates, name="--templates"):
        try:
            template, spelled = _template(row, number)
        except DataError as error:
            bad.append(f"{files.templates}, line {number}: {error}")
            continue
        by_task.setdefault(template.task, []).append(template)
        raw[template.id] = spelled
    _allow(bad, files=files, num_good=len(raw))
    return _Given(by_task=by_task, raw=raw, bad=bad)


def _template(row: TemplateRow | str, number: int) -> tuple[Template, RawTemplate]:
    if isinstance(row, str):
        raise DataError(row)
    spelled = read_raw(row.template)
    template = Template(
        id=f"{row.task}/{number}",
        task=row.task,
        text=spelled.text,
        language=row.language or _language(spelled.text),
        origin="file",
        held_out=row.held_out,
    )
    return template, spelled


def _language(text: str) -> str:
    """That of a line which does not say: English, unless more speaks for another one."""
    found = tell(text)
    language, count = max(found.items(), key=lambda one: (one[1], one[0]), default=(ENGLISH, 0))
    return language if count >= _SURE and count > found[ENGLISH] else ENGLISH


def _allow(bad: Sequence[str], *, files: Files, num_good: int) -> None:
    listed = "".join(f"\n  {one}" for one in [*bad[:_TOLD], *(["..."] if len(bad) > _TOLD else [])])
    if not num_good:
        raise DataError(f"{files.templates} has no template; give JSON lines, each {WANTED}{listed}")
    if len(bad) > files.max_bad_rows:
        count = "1 line" if len(bad) == 1 else f"{len(bad):,} lines"
        raise DataError(
            f"{count} of {files.templates} cannot be used:{listed}\n"
            f"mend what is wrong, or set so many aside with --max-bad-rows {len(bad)}"
        )


def _rows(growing: Growing, raw: Mapping[str, RawTemplate]) -> Iterator[CandidateRow]:
    """Every candidate of a task in the spelling of the file."""
    spelled = {row.template.id: raw[row.template.id] for row in growing.rows if row.template.id in raw}
    texts = {row.template.id: row.template.text for row in growing.rows if is_usable(row)}
    for row in growing.rows:
        lineage = row.template.lineage
        if lineage is not None and row.verdict is not None:
            root = spelled[row.template.id] = spelled[lineage.parent]
            yield CandidateRow(
                task=row.template.task,
                template=_spelled(row, root),
                parent=root.restore(texts[lineage.parent]),
                lineage=lineage,
                verdict=row.verdict,
            )


def _spelled(row: JudgedTemplate, root: RawTemplate) -> str:
    """The raw text of a kept wording; of a refused one as far as its slots are known."""
    text = row.template.text
    try:
        return root.restore(text)
    except DataError:
        for name, written in root.raw.items():
            text = text.replace(f"{{{name}}}", written)
        return text


def _kept(row: CandidateRow) -> PoolRow:
    return PoolRow(task=row.task, template=row.template, parent=row.parent, lineage=row.lineage)
