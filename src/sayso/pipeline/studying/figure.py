"""The figure of a study: a panel per measure, the means of the seeds as a line with intervals, each seed as a pale dot.

Plain SVG text with its own style, so that it stands alone, in a page and in dark mode. The axis of a panel starts at 0.
"""

import math
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sayso.pipeline.studying.table import Row

__all__ = ["draw_figure"]

WIDTH, HEIGHT, GAP = 300, 210, 26  # pixels of a panel and between panels
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 34, 40  # margins inside a panel
COLUMNS = 3
STYLE = """
text{font:11px system-ui,sans-serif;fill:#1c2733}.title{font-weight:600}.quiet{fill:#5d6b7a}
.grid{stroke:#d9e0e7;stroke-width:1}.line{fill:none;stroke:#1f5fa8;stroke-width:2}.mean{fill:#1f5fa8}
.whisker{stroke:#1f5fa8;stroke-width:1.5}.seed{fill:#1f5fa8;opacity:.3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9aa7b4}.grid{stroke:#36404b}
.line,.whisker{stroke:#7db4ee}.mean,.seed{fill:#7db4ee}}
"""


def draw_figure(rows: Sequence[Row], *, values: Sequence[str], label: str) -> str:
    """The SVG; `label` names the axis."""
    columns = min(COLUMNS, len(rows))
    lines = -(-len(rows) // columns)
    width, height = columns * (WIDTH + GAP) - GAP, lines * (HEIGHT + GAP) - GAP
    panels = Markup("").join(
        Markup('<g transform="translate({},{})">{}</g>').format(
            (number % columns) * (WIDTH + GAP),
            (number // columns) * (HEIGHT + GAP),
            Markup("").join(_panel(row, values=values, label=label)),
        )
        for number, row in enumerate(rows)
    )
    head = Markup('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">')
    described = f"{label}: " + "; ".join(row.measure.label for row in rows)
    return (
        str(head.format(width, height, width, described) + Markup("<style>{}</style>").format(Markup(STYLE)) + panels)
        + "</svg>"
    )


def _panel(row: Row, *, values: Sequence[str], label: str) -> Iterator[Markup]:
    top = _round_up(max(_heights(row)))
    yield Markup('<text class="title" x="0" y="14">{}</text>').format(row.measure.label)
    for share in (0.0, 0.5, 1.0):
        y = _y(share * top, top)
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH - RIGHT, y, y)
        yield Markup('<text class="quiet" x="{}" y="{:.1f}" text-anchor="end">{:g}</text>').format(
            LEFT - 6, y + 4, 100 * share * top
        )
    for number, value in enumerate(values):
        yield Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            _x(number, len(values)), HEIGHT - BOTTOM + 16, value
        )
    yield Markup('<text class="quiet" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, label
    )
    yield from _marks(row, top=top, count=len(values))


def _marks(row: Row, *, top: float, count: int) -> Iterator[Markup]:
    for numbers in row.by_seed.values():
        for place, number in enumerate(numbers):
            if number is not None:
                yield _dot("seed", _x(place, count), _y(number, top), radius=3)
    known = [(_x(place, count), point) for place, point in enumerate(row.points) if point is not None]
    path = " ".join(f"{x:.1f},{_y(point.mean, top):.1f}" for x, point in known)
    yield Markup('<polyline class="line" points="{}"/>').format(path)
    for x, point in known:
        if point.low is not None and point.high is not None:
            low, high = _y(max(0.0, point.low), top), _y(min(top, point.high), top)
            yield Markup('<line class="whisker" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
                x, x, low, high
            )
        yield _dot("mean", x, _y(point.mean, top), radius=4)


def _dot(kind: str, x: float, y: float, *, radius: int) -> Markup:
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(kind, x, y, radius)


def _heights(row: Row) -> Iterator[float]:
    yield 0.01
    yield from (number for numbers in row.by_seed.values() for number in numbers if number is not None)
    yield from (point.high for point in row.points if point is not None and point.high is not None)


def _round_up(height: float) -> float:
    """The next of 1, 2, 5, 10 times a power of ten, so that the axis has whole numbers; never more than needed by half."""
    power = 10.0 ** math.floor(math.log10(height))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= height - 1e-12)


def _x(place: int, count: int) -> float:
    room = WIDTH - LEFT - RIGHT - 24
    return LEFT + 12 + (room / 2 if count == 1 else room * place / (count - 1))


def _y(number: float, top: float) -> float:
    room = HEIGHT - TOP - BOTTOM
    return TOP + room * (1 - number / top)
