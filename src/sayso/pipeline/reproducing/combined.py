"""All reproductions on one page, and the short table of claims that stands in documents.

write_combined(read_found(out), out=out)     index.html and index.md, with a link to each page
claims_table(read_found(out))                the Markdown table, from `results.json` and `plan.json` alone
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from pydantic import ValidationError

from sayso.artifacts import write_text
from sayso.errors import DataError
from sayso.pipeline.reproducing.found import VERDICTS, Finding, Results, Verdict
from sayso.pipeline.reproducing.page import command_of, inline, markdown_table, render_template
from sayso.pipeline.reproducing.plan import Plan
from sayso.pipeline.reproducing.telling import GLYPHS, UNITS, amount, counts_text, interval_text, p_text, unit_of
from sayso.report.html import counted

__all__ = ["claims_table", "Found", "read_found", "write_combined"]

Found: TypeAlias = tuple[Plan, Results]
TITLE = "Claims, reproduced at home"
HEAD = ("claim", "verdict", "contrast, with its interval", "by Holm", "seeds")


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A claim in the table, as text."""

    number: int
    says: str
    verdict: Verdict
    seen: str
    p: str
    seeds: str


def read_found(out: Path, *, names: Sequence[str] = ()) -> list[Found]:
    """Plans and results of the folders in `out` (those named, or all that have a `results.json`).

    Raises:
        DataError: there is none, or one is damaged.
    """
    folders = [out / name for name in names] or sorted(path.parent for path in out.glob("*/results.json"))
    if not folders:
        raise DataError(f"{out} has no folder with a results.json; run sayso reproduce first, or name its --out")
    return [_read(folder) for folder in folders]


def _read(folder: Path) -> Found:
    try:
        held = json.loads((folder / "plan.json").read_bytes())
        plan = Plan.model_validate(held.get("plan", held))
        return plan, msgspec.json.decode((folder / "results.json").read_bytes(), type=Results)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DataError(f"{folder / 'plan.json'} is no plan: {where}: {first['msg']}; take another --out") from error
    except (OSError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise DataError(f"{folder} cannot be read: {error}; run sayso reproduce again with the same --out") from error


def _lines(plan: Plan, results: Results) -> Iterator[_Line]:
    by_name = {finding.claim: finding for finding in results.findings}
    for number, (name, claim) in enumerate(plan.claims.items(), 1):
        finding = by_name.get(name) or Finding(claim=name, verdict="not run")
        p = finding.p_adjusted
        yield _Line(
            number=number,
            says=claim.says,
            verdict=finding.verdict,
            seen=_seen(finding, unit_of(claim, plan)),
            p="" if p is None else p_text(p),
            seeds=str(len(finding.seeds)) if finding.seeds else "",
        )


def _seen(finding: Finding, unit: str) -> str:
    if finding.mean is None:
        return finding.reason
    return f"{amount(finding.mean, unit)} ({interval_text(finding.low, finding.high, unit)}){UNITS[unit]}"


def claims_table(found: Sequence[Found], *, all_claims: bool = False) -> str:
    """The compact Markdown table: a claim a line, under the title of its reproduction; those not run are counted in one line, or told with `all_claims`."""
    rows: list[tuple[str, ...]] = []
    for plan, results in found:
        rows.append((f"**{inline(plan.title)}**", "", "", "", ""))
        lines = list(_lines(plan, results))
        shown = [line for line in lines if all_claims or line.verdict != "not run"]
        rows += [_row(line) for line in shown]
        if len(shown) < len(lines):
            rows.append((f"and {counted(len(lines) - len(shown), 'claim')}", _verdict("not run"), "", "", ""))
    return markdown_table(HEAD, rows)


def _row(line: _Line) -> tuple[str, ...]:
    return inline(line.says), _verdict(line.verdict), inline(line.seen), inline(line.p), line.seeds


def _verdict(verdict: Verdict) -> str:
    return f"{GLYPHS[verdict]} {verdict}"


def write_combined(found: Sequence[Found], *, out: Path) -> None:
    """Write `index.html` and `index.md` into `out`, beside the folders of the reproductions."""
    write_text(out / "index.html", render_template("combined.html.j2", **_content(found)))
    write_text(out / "index.md", _markdown(found))


def _content(found: Sequence[Found]) -> dict[str, Any]:
    every = [finding for _, results in found for finding in results.findings]
    counts = Counter(finding.verdict for finding in every)
    papers = [
        {
            "plan": plan,
            "results": results,
            "lines": list(_lines(plan, results)),
            "counted": counts_text(results.findings),
            "command": command_of(plan, results),
            "counts": Counter(finding.verdict for finding in results.findings),
        }
        for plan, results in found
    ]
    return {
        "title": TITLE,
        "papers": papers,
        "verdicts": VERDICTS,
        "counts": {verdict: counts[verdict] for verdict in VERDICTS},
        "counted": counts_text(every),
    }


def _markdown(found: Sequence[Found]) -> str:
    content = _content(found)
    rows = [
        (
            f"[{inline(paper['plan'].title)}]({paper['plan'].name}/page.md)",
            *(str(paper["counts"][verdict]) for verdict in VERDICTS),
            f"`{paper['command']}`",
        )
        for paper in content["papers"]
    ]
    blocks = [
        f"# {TITLE}",
        f"{content['counted']}. Every claim was written down before its first run; how to read a verdict is on each page.",
        markdown_table(("reproduction", *VERDICTS, "made by"), rows),
        "## Every claim",
        "Contrasts are means over seeds with Student's t intervals, scores in points; p-values are corrected over the claims of each page by Holm.",
        claims_table(found, all_claims=True),
    ]
    return "\n\n".join(blocks) + "\n"
