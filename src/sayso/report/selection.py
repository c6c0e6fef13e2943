"""What was chosen to train on, for the page: read from select stages on the way, or told of a file of records, for a page of its own."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from markupsafe import Markup

from sayso.artifacts import StageContext, read_manifest
from sayso.data.selecting.told import EXTREMES, FIGURES, ColumnFigures, SelectionFigures, Shown, Spread
from sayso.errors import DataError
from sayso.report.showcase import embed_image
from sayso.report.view import ImageView, SelectionView

__all__ = ["collect_selections", "figure_text", "histogram", "selection_view", "spread_text"]

WIDTH, HEIGHT = 260, 46


def collect_selections(context: StageContext) -> Iterator[SelectionView]:
    """Every select stage on the way, nearest first.

    Raises:
        DataError: its figures cannot be read.
    """
    for folder in context.ancestors():
        if read_manifest(folder).kind == "select":
            yield selection_view(_read(folder / FIGURES), folder=folder / EXTREMES)


def selection_view(figures: SelectionFigures, *, folder: Path) -> SelectionView:
    """The figures with the pictures in `folder` that they name."""
    names = {name: embed_image(folder, name) for shown in _all_shown(figures) for name in shown.images}
    return SelectionView(figures=figures, pictures=dict[str, ImageView](names))


def _read(path: Path) -> SelectionFigures:
    try:
        return msgspec.json.decode(path.read_bytes(), type=SelectionFigures)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; delete its folder and run the recipe again") from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _all_shown(figures: SelectionFigures) -> Iterator[Shown]:
    yield from figures.duplicates
    for column in figures.columns:
        yield from column.lowest
        yield from column.highest


def figure_text(value: float | None) -> str:
    """Any number in four digits, large ones in all of theirs before the point; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:,.4g}"


def spread_text(spread: Spread) -> str:
    """`0.81 (0.52 to 0.97)`: the median, and where the middle 90 % lie; a dash where there is no value."""
    if not spread.quantiles:
        return "–"
    _, low, _, median, _, high, _ = spread.quantiles
    return f"{figure_text(median)} ({figure_text(low)} to {figure_text(high)})"


def histogram(column: ColumnFigures) -> Markup:
    """How the values of all rows lie (grey) and of those that are kept (in front), as shares of each."""
    before, after = _shares(column.before), _shares(column.after)
    top = max([*before, *after], default=0.0)
    if not top:
        return Markup("")
    step = WIDTH / len(before)
    bars = [
        Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            kind, place * step, HEIGHT * (1 - share / top), max(step - 1, 0.5), HEIGHT * share / top
        )
        for kind, shares in (("all", before), ("kept", after))
        for place, share in enumerate(shares)
        if share
    ]
    told = f"{column.name}: {spread_text(column.before)} before, {spread_text(column.after)} after"
    return Markup('<svg class="hist" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>').format(
        told, WIDTH, HEIGHT, Markup("").join(bars)
    )


def _shares(spread: Spread) -> list[float]:
    return [count / spread.n for count in spread.counts] if spread.n else []
