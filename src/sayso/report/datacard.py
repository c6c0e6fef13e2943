"""The data card: what was built from which sources, and everything that was refused, counted by reason.

Reasons often carry a name or a number of their row ("box 7 of 'a.png' has no area"); they are counted by their shape, with
quoted texts and numbers left out, and one full example is kept for each.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import Manifest, StageContext, read_jsonl, read_manifest
from sayso.errors import DataError
from sayso.instructions.diversity import measure
from sayso.instructions.synthesize import Made
from sayso.records import Template
from sayso.report.lineage import flatten
from sayso.report.view import BadRows, Card, DataView, ReasonCount, SourceView, WordingPool, WordingVerdicts

__all__ = ["collect_data", "collect_refused", "collect_verdicts", "count_reasons"]

MEASURED = 200
"""Wordings of a task whose diversity is measured; a larger pool is sampled."""
SHOWN = 200
"""Characters of a made item that stand for it."""
DETAIL = re.compile(r"'[^']*'|\"[^\"]*\"|\d+(?:[.,]\d+)*")


def collect_data(context: StageContext) -> Iterator[DataView]:
    """A data card for every build stage on the way, nearest first.

    Raises:
        DataError: cards.json or quarantine.jsonl cannot be read.
    """
    for folder, manifest in _stages(context, kind="build"):
        yield DataView(
            node=manifest.node,
            cards=tuple(_cards(folder / "cards.json")),
            sources=tuple(_source(source) for source in manifest.config.get("sources", ())),
            licenses=tuple(_licenses(manifest.counts)),
            bad_rows=_bad_rows(folder / "quarantine.jsonl"),
            skipped=tuple((str(name), str(why)) for name, why in (manifest.counts.get("skipped_tasks") or {}).items()),
        )


def collect_verdicts(context: StageContext) -> Iterator[WordingVerdicts]:
    """What was kept and refused, of wordings for every augment stage on the way and of items for every synthesize stage, nearest first.

    Raises:
        DataError: a candidate has no verdict, or the wordings cannot be read.
    """
    for folder, manifest in _stages(context, kind="synthesize"):
        rows = list(read_jsonl(folder / "candidates.jsonl", Made))
        made = [(one.verdict.keep, one.verdict.reason, _made_text(one)) for one in rows]
        yield msgspec.structs.replace(_verdicts(manifest.node, made), what="items")
    for folder, manifest in _stages(context, kind="augment"):
        path = folder / "candidates.jsonl"
        if path.exists():
            found = _verdicts(manifest.node, [_verdict(row, path=path) for row in read_jsonl(path, dict)])
            yield msgspec.structs.replace(found, pools=tuple(_pools(folder, manifest)))


def collect_refused(counts: Mapping[str, Any]) -> tuple[ReasonCount, ...]:
    """Test samples that an evaluate stage could not ask, from the counts of its manifest: task -> reason -> number."""
    found = counts.get("refused") or {}
    rows = ((reason, number, task) for task, reasons in found.items() for reason, number in reasons.items())
    return tuple(ReasonCount(reason=reason, count=number, example=task) for reason, number, task in rows)


def _stages(context: StageContext, *, kind: str) -> Iterator[tuple[Path, Manifest]]:
    for folder in context.ancestors():
        manifest = read_manifest(folder)
        if manifest.kind == kind:
            yield folder, manifest


def _cards(path: Path) -> list[Card]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Card])
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; delete its folder and run the recipe again") from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _source(config: dict[str, Any]) -> SourceView:
    settings = {key: value for key, value in config.items() if key != "name" and value is not None}
    text = ", ".join(f"{key} {value}" for key, value in flatten(settings))
    return SourceView(name=str(config.get("name", "unnamed")), settings=text)


def _licenses(counts: dict[str, Any]) -> Iterator[tuple[str, int | None]]:
    """Licences as the build stage counted them: a mapping to numbers of examples, or a list of names."""
    found = counts.get("licenses") or {}
    if isinstance(found, dict):
        yield from ((name or "not stated", count) for name, count in sorted(found.items()))
    else:
        yield from ((str(name), None) for name in found)


def _bad_rows(path: Path) -> BadRows:
    if not path.exists():
        return BadRows()
    rows = list(read_jsonl(path, dict))
    reasons = count_reasons((str(row.get("reason", "no reason given")), str(row.get("place", ""))) for row in rows)
    return BadRows(total=len(rows), reasons=reasons)


def _verdict(row: dict[str, Any], *, path: Path) -> tuple[bool, str, str]:
    """Keep, reason and text of a candidate, whose verdict is nested or spread over the row."""
    verdict = row.get("verdict", row)
    if not isinstance(verdict, dict) or "keep" not in verdict:
        raise DataError(f"{path}: candidate {row!r} has no verdict")
    candidate = row.get("template", row.get("candidate", row))
    text = candidate.get("text", "") if isinstance(candidate, dict) else candidate
    return bool(verdict["keep"]), str(verdict.get("reason", "")), str(text)


def _made_text(made: Made) -> str:
    asked = made.item.conversation[0].text if made.item is not None and made.item.conversation else made.reply
    return asked[:SHOWN]


def _verdicts(node: str, verdicts: list[tuple[bool, str, str]]) -> WordingVerdicts:
    refused = [(reason, text) for keep, reason, text in verdicts if not keep]
    return WordingVerdicts(
        node=node,
        num_kept=len(verdicts) - len(refused),
        num_refused=len(refused),
        reasons=count_reasons(refused),
    )


def _pools(folder: Path, manifest: Manifest) -> Iterator[WordingPool]:
    """The wordings of every task that training may see, with their diversity."""
    texts: dict[str, list[str]] = {}
    if (folder / "templates.jsonl").exists():
        for template in read_jsonl(folder / "templates.jsonl", Template):
            if not template.held_out:
                texts.setdefault(template.task, []).append(template.text)
    given = manifest.counts.get("by_task") or {}
    for task, pool in sorted(texts.items()):
        found = measure(pool, max_wordings=MEASURED).as_json()
        yield WordingPool(
            task=task,
            before=(given.get(task) or {}).get("before"),
            after=len(pool),
            distinct_2=found["distinct_2"],
            self_bleu=found["self_bleu"],
        )


def count_reasons(rows: Iterable[tuple[str, str]]) -> tuple[ReasonCount, ...]:
    """Count (reason, example) pairs by the shape of the reason, commonest first, each with the first example."""
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for reason, example in rows:
        shape = DETAIL.sub("…", reason)
        counts[shape] = counts.get(shape, 0) + 1
        examples.setdefault(shape, _example(reason, shape=shape, example=example))
    ordered = sorted(counts, key=lambda shape: (-counts[shape], shape))
    return tuple(ReasonCount(reason=shape, count=counts[shape], example=examples[shape]) for shape in ordered)


def _example(reason: str, *, shape: str, example: str) -> str:
    if reason == shape:
        return example
    return f"{example}: {reason}" if example else reason
