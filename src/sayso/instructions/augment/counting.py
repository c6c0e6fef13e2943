"""What came of an expansion in numbers: by task, by operation and meta-prompt, by reason, and the published three in a row."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sayso.instructions.augment.growing import JudgedTemplate

__all__ = ["count", "is_usable"]

_DUPLICATES = ("duplicate", "near_duplicate")
"""Filters whose refusals InstrAug counts as a step of its own."""


def is_usable(row: JudgedTemplate) -> bool:
    """Whether the wording was given or kept."""
    return row.verdict is None or row.verdict.keep


def count(by_task: Mapping[str, Iterable[JudgedTemplate]]) -> dict[str, Any]:
    """The counts of a manifest.

    `funnel` holds the three numbers of the publication: what was made, what is left after the rules, and what is left of that after
    duplicates were taken out.
    """
    tasks: dict[str, Counter[str]] = {}
    refused, operations, meta_prompts = Counter[str](), dict[str, Counter[str]](), dict[str, Counter[str]]()
    funnel = Counter({"candidates": 0, "after_rules": 0, "after_duplicates": 0})
    for name, rows in by_task.items():
        tasks[name] = Counter({"before": 0, "after": 0, "held_out": 0, "candidates": 0, "accepted": 0})
        for row in rows:
            tasks[name].update(_of_task(row))
            if not is_usable(row):
                refused[_group(row)] += 1
            if (lineage := row.template.lineage) is not None:
                funnel.update(_of_funnel(row))
                for operation in lineage.operation.split("+"):
                    _tally(operations, operation, row)
                _tally(meta_prompts, lineage.meta_prompt, row)
    meta_prompts.pop("", None)
    totals = sum(tasks.values(), Counter[str]())
    return {
        "tasks": len(tasks),
        **{key: totals[key] for key in ("before", "after", "held_out", "candidates", "accepted")},
        "funnel": dict(funnel),
        "refused": dict(sorted(refused.items())),
        "by_operation": {name: dict(found) for name, found in sorted(operations.items())},
        **(
            {"by_meta_prompt": {name: dict(found) for name, found in sorted(meta_prompts.items())}}
            if meta_prompts
            else {}
        ),
        "by_task": {name: dict(found) for name, found in tasks.items()},
    }


def _tally(table: dict[str, Counter[str]], name: str, row: JudgedTemplate) -> None:
    table.setdefault(name, Counter({"candidates": 0, "accepted": 0})).update(
        {"candidates": 1, "accepted": int(is_usable(row))}
    )


def _of_task(row: JudgedTemplate) -> dict[str, int]:
    """`before` and `after` count the wordings that training may see; candidates are the paraphraser's and the user's."""
    given = row.verdict is None or row.template.origin == "library"  # which a review may have refused
    return {
        "held_out": is_usable(row) and row.template.held_out,
        "before": given and not row.template.held_out,
        "after": is_usable(row) and not row.template.held_out,
        "candidates": not given,
        "accepted": not given and is_usable(row),
    }


def _of_funnel(row: JudgedTemplate) -> dict[str, int]:
    passed = is_usable(row) or _group(row).partition(":")[0] in _DUPLICATES
    return {"candidates": 1, "after_rules": int(passed), "after_duplicates": int(is_usable(row))}


def _group(row: JudgedTemplate) -> str:
    """A reason without what it says about one candidate, so that reasons can be counted."""
    return row.verdict.reason.partition(" (")[0] if row.verdict else ""
