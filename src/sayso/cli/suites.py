"""`sayso suites`: published test sets in their published files, on any model."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclopts import App, Parameter
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Folders, Json, Many, Metrics

__all__ = ["app", "list_suites", "Options", "run", "score", "show"]


app = App(
    name="suites",
    group_commands="Commands",
    help="Published test sets: list or show them, run some on a model, score again, sets of them in one number.",
)
"""The `suites` commands."""


@app.command(name="list")
def list_suites(*, json: Json = False) -> None:
    """List every suite with its parser, metrics and wordings, and whether it was ever run on real files."""
    cards = pipeline.suite_cards()
    table = Table(box=None, pad_edge=False)
    for heading in ("suite", "group", "parser", "metrics", "wordings", "real files"):
        table.add_column(heading, no_wrap=True)
    for card in cards:
        tried = "read" if card["tried"] else "never"
        metrics = ", ".join(card["metrics"])
        table.add_row(card["name"], card["group"], card["parser"], metrics, str(card["num_wordings"]), tried)
    stdout.print(table)
    never = [card["name"] for card in cards if not card["tried"]]
    stdout.print(f"never run on real files, only on rows made by hand in their format: {', '.join(never) or 'none'}")
    if json:
        print_json(cards)


@app.command
def show(name: str, *, set: Many = (), json: Json = False) -> None:
    """Show a suite's card and its wordings, the published prompt first.

    Parameters
    ----------
    set
        Its options, such as `kind=generative`.
    """
    card = pipeline.suite_card(name, settings=set)
    for key, value in card.items():
        if key != "wordings":
            stdout.print(f"{key:16}{_said(value)}", markup=False)
    for number, text in enumerate(card["wordings"]):
        stdout.print(f"  {number}  {text!r}", markup=False)
    if json:
        print_json(card)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "-"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run takes beside the names of the suites."""

    model: str
    """A folder or hub id of a transformers model, a run (its tuned model), or NAME@URL for an endpoint; with --answers, what the model is called."""
    data: Path
    """The published file, or the folder with them."""
    images: Folders = ()
    """Folders with the pictures."""
    wordings: int = 5
    """So many wordings, the published prompt first; 0 for all."""
    limit: int | None = None
    """So many examples, drawn with the seed."""
    seed: int = 0
    """Of the draw of examples and of the intervals."""
    batch_size: int = 64
    """Prompts at once on a local model."""
    parser: str | None = None
    """Read answers by this parser, not by the suite's own."""
    metrics: Metrics = ()
    """Measure by these metrics, not by the suite's own."""
    judge: str | None = None
    """The language model that judges, NAME@URL, for suites that are scored by one."""
    set: Many = ()
    """Options of the suite, such as `split=test`."""
    answers: Folders = ()
    """Files of answers that are there already, one for each wording, the published prompt's first: sample logs of lmms-eval or predictions."""
    ids: Path | None = None
    """With logs that number their rows, the file whose line n is the example of row n, such as `ids.txt` of an export."""
    label: str = ""
    """What the run is called, and its folder in OUT: the suite's name where left out."""
    out: Path = Path("suites")
    """Each suite gets a folder in it; the same command again goes on where it stopped."""

    def of_suites(self) -> "pipeline.SuiteOptions":
        """As the pipeline takes them."""
        return pipeline.SuiteOptions(
            data=self.data,
            images=self.images,
            wordings=self.wordings or None,
            limit=self.limit,
            seed=self.seed,
            batch_size=self.batch_size,
            parser=self.parser,
            metrics=self.metrics,
            judge=self.judge,
            answers=self.answers,
            ids=self.ids,
            label=self.label,
            settings=self.set,
        )


@app.command
def run(*names: str, options: Options, json: Json = False) -> None:
    """Run suites on a model: predictions, figures with intervals, and how much the wording moves them.

    Parameters
    ----------
    names
        Suites, as `sayso suites list` names them.
    """
    with ConsoleProgress() as progress:
        scores = pipeline.run_suites(
            names, model=options.model, options=options.of_suites(), out=options.out, progress=progress
        )
    stderr.print(f"written to {options.out}", markup=False)
    _print(scores, json=json)


@app.command
def score(
    folder: Path, *, parser: str | None = None, metrics: Metrics = (), judge: str | None = None, json: Json = False
) -> None:
    """Score again what was run, without decoding.

    Parameters
    ----------
    folder
        The folder of a suite, one that holds several, or a run whose recipe has suites.
    parser
        Read answers by this parser, not by the suite's own.
    metrics
        Measure by these metrics, not by the suite's own.
    judge
        The language model that judges, NAME@URL, for suites that are scored by one.
    """
    with ConsoleProgress() as progress:
        scores = pipeline.score_suites(folder, parser=parser, metrics=metrics, judge=judge, progress=progress)
    _print(scores, json=json)


def _print(scores: list[dict[str, Any]], *, json: bool) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("suite", "figure", "value", "interval", "n", "sensitivity", "lowest", "highest", "digest"):
        table.add_column(heading, no_wrap=True)
    several = len({one["model"] for one in scores}) > 1
    for one in scores:
        label = f"{one['label']}, {one['model']}" if several else one["label"]
        for name, value in one["figures"].items():
            table.add_row(label, name, *_cells(value, one["sensitivity"][name]), one["card"]["digest"])
    stdout.print(table)
    for one in scores:
        for line in _lines(one):
            stdout.print(line, markup=False)
    if json:
        print_json(scores)


def _cells(value: dict[str, Any] | None, spread: dict[str, Any] | None) -> tuple[str, ...]:
    if value is None:
        return ("no value", "", "", "", "", "")
    moved = (
        (f"{spread['mean']:.4f}", f"{spread['lowest']['mean']:.4f}", f"{spread['highest']['mean']:.4f}")
        if spread
        else ("", "", "")
    )
    return (f"{value['mean']:.4f}", f"{value['low']:.4f} to {value['high']:.4f}", str(value["n"]), *moved)


def _lines(scores: dict[str, Any]) -> list[str]:
    """What became of rows and answers."""
    counts = scores["counts"]
    lines = [
        f"{scores['label']}: {counts['rows']:,} rows, {counts['asked']:,} asked under {len(scores['wordings'])} wording{'' if len(scores['wordings']) == 1 else 's'}"
    ]
    lines += [f"  left out: {count:,} x {reason}" for reason, count in counts["left_out"].items()]
    lines += [f"  bad rows: {count:,} x {reason}" for reason, count in counts["bad"].items()]
    lines += [
        f"  not parsed: {n:,} of {counts['predictions']:,} x {reason}"
        for reason, n in counts["unparsed_by_reason"].items()
    ]
    lines += [f"  {line}" for figure, spread in scores["sensitivity"].items() for line in _chance(figure, spread)]
    return lines


def _chance(figure: str, spread: dict[str, Any] | None) -> Iterator[str]:
    """Sensitivity without the noise of finitely many examples, and what noise alone gives; nothing for a single wording or a whole corpus."""
    if spread is None or spread["low"] is None or spread["num_wordings"] < 2:
        return
    better, floor = spread["corrected"], spread["noise_floor"]
    if better is None:
        yield f"Sensitivity of {figure}: {spread['mean']:.4f} as measured, not corrected: {spread['reason']}"
        return
    yield (
        f"Sensitivity of {figure}: {spread['mean']:.4f} as measured, {better['mean']:.4f} ({better['low']:.4f} to {better['high']:.4f}) "
        f"corrected, p {better['p_value']:.3f}; {floor:.4f} were no wording to differ"
    )
