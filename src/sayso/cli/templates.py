"""`sayso templates`: the sentences of a corpus that say how to answer, for a person to review and for training to mask."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Json

__all__ = ["templates"]

LISTED = 40
"""Units that are listed."""
SUBSETS = 20
"""Subsets whose roles are listed."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Cutting:
    """How templates are told from questions."""

    format: str = "auto"
    """The format of the file, where what is in it leaves that open."""
    top: int = 20
    """So many of the most frequent sentences are templates."""
    min_share: float = 0.002
    """So are those in at least this share of all turns."""
    min_count: int = 5
    """None of them with fewer than this."""
    include: Path | None = None
    """A text file of sentences that are templates, one a line."""
    exclude: Path | None = None
    """A text file of sentences that are none."""
    questions: Literal["keep", "mask"] = "keep"
    """Whether questions that recur are masked too."""
    option_labels: Literal["keep", "mask"] = "keep"
    """Whether the labels of options (A., B.) are masked."""


def templates(data: str, *, out: Path, how: Cutting = Cutting(), json: Json = False) -> None:
    """Find the task templates of a corpus: sentences that recur and carry no content, such as how to answer.

    Parameters
    ----------
    data
        A file of conversations (LLaVA, ShareGPT, Alpaca, TRL, ms-swift, LLaMA-Factory, MultiInstruct), or the folder of a run or build.
    out
        The JSON file to review and to name as train.task_templates.
    """
    with ConsoleProgress() as progress:
        found = pipeline.find_templates(data, out=out, how=pipeline.TemplateOptions(**vars(how)), progress=progress)
    stderr.print(f"{data} is {found['format']}: {found['evidence']}", markup=False)
    stdout.print(_units(found["units"]))
    if (rest := len(found["units"]) - LISTED) > 0:
        stdout.print(f"  and {rest} more", markup=False)
    stdout.print(_roles(found["roles"]))
    for reason, count in found["bad_rows"].items():
        stdout.print(f"not read: {count:,} x {reason}", markup=False)
    _advise(found, out)
    if json:
        print_json(found)


def _units(units: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("mask", "turns", "verdict", "why", "text"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "turns" else "left")
    for unit in units[:LISTED]:
        mask = "[yellow]yes[/]" if unit["mask"] else "no"
        table.add_row(mask, f"{unit['count']:,}", unit["verdict"], escape(unit["why"]), escape(unit["text"]))
    return table


def _roles(roles: dict[str, Any]) -> Table:
    """Shares of characters."""
    table = Table(box=None, pad_edge=False)
    for heading in ("subset", "turns", "all template", "instr", "template", "options", "response"):
        table.add_column(heading, justify="left" if heading == "subset" else "right")
    for name, told in list(roles.items())[:SUBSETS]:
        shares = [f"{share:.1%}" for share in told["shares"].values()]
        table.add_row(escape(name), f"{told['turns']:,}", f"{told['turns_all_template']:,}", *shares)
    return table


def _advise(found: dict[str, Any], out: Path) -> None:
    corpus = found["corpus"]
    exact = "" if not corpus["max_missed"] else f"; counts may be too small by {corpus['max_missed']}"
    stdout.print(
        f"{found['num_masked']} units are masked in {corpus['turns']:,} turns of {corpus['conversations']:,} conversations{exact}; "
        f"review {out}, then: --set train.task_templates={out}",
        markup=False,
    )
