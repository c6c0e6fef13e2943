"""The figure of a transfer: a heat map of stages by categories, and under it each category's score over the stages.

One SVG file that needs nothing else, in light and dark. A frame marks the stage in which a category was trained on; lines carry their
intervals. Every number of it is in transfer.json too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

__all__ = ["draw"]

Cells = Sequence[Mapping[str, Any]]

LEFT, CELL_W, CELL_H, HEAD = 150, 78, 30, 116
PANEL_W, PANEL_H, GAP_X, GAP_Y, PANELS_IN_ROW = 200, 70, 36, 62, 3
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1d2733}.soft{fill:#5c6875}.num{text-anchor:middle}.end{text-anchor:end}"
    ".cell{fill:#0b5394}.deep{fill:#fff}.frame{fill:none;stroke:#c2410c;stroke-width:2}.grid{stroke:#d5dbe2}"
    ".line{stroke:#0b5394;stroke-width:2;fill:none}.whisker{stroke:#0b5394;opacity:.45}.dot{fill:#0b5394}.ring{fill:#fff;stroke:#c2410c;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#e6ebf1}.soft{fill:#9aa7b5}.cell{fill:#7db4ea}.deep{fill:#06121f}.grid{stroke:#3a4552}"
    ".line,.whisker{stroke:#7db4ea}.dot{fill:#7db4ea}.ring{fill:#10161d;stroke:#fb923c}.frame{stroke:#fb923c}}"
)


def draw(cells: Cells, *, stages: Sequence[str], title: str) -> str:
    """The SVG of `cells` (`{"stage", "category", "mean", "low", "high", "trained"}`, in [0, 1]), stages in order."""
    names = list(dict.fromkeys(str(cell["category"]) for cell in cells))
    by_place = {(str(cell["stage"]), str(cell["category"])): cell for cell in cells}
    map_height = HEAD + CELL_H * len(stages) + 40
    rows = -(-len(names) // PANELS_IN_ROW)
    height = map_height + rows * (PANEL_H + GAP_Y) + 10
    width = max(LEFT + CELL_W * len(names) + 90, PANELS_IN_ROW * (PANEL_W + GAP_X) + 50)
    parts = [
        *_heat_map(by_place, stages=stages, names=names),
        *_panels(by_place, stages=stages, names=names, top=map_height),
    ]
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"><title>{title}</title>'
            "<style>{style}</style>{body}</svg>\n"
        ).format(w=width, h=height, title=title, style=Markup(STYLE), body=Markup("\n").join(parts))
    )


def _heat_map(cells: Mapping[tuple[str, str], Any], *, stages: Sequence[str], names: Sequence[str]) -> Iterator[Markup]:
    for column, name in enumerate(names):
        x = LEFT + CELL_W * (column + 0.5)
        yield Markup('<text transform="translate({:.0f},{}) rotate(-32)">{}</text>').format(
            x - 8, HEAD - 8, _words(name)
        )
    for row, stage in enumerate(stages):
        y = HEAD + CELL_H * row
        yield Markup('<text class="end" x="{}" y="{}">{}</text>').format(LEFT - 10, y + 20, stage)
        for column, name in enumerate(names):
            if cell := cells.get((stage, name)):
                yield _cell(cell, x=LEFT + CELL_W * column, y=y)


def _cell(cell: Mapping[str, Any], *, x: int, y: int) -> Markup:
    """A colour by opacity, its number in per cent, and a frame where the category was trained on."""
    mean = float(cell["mean"])
    shade = Markup('<rect class="cell" x="{}" y="{}" width="{}" height="{}" opacity="{:.2f}"/>').format(
        x + 1, y + 1, CELL_W - 2, CELL_H - 2, 0.06 + 0.94 * mean
    )
    number = Markup('<text class="num{}" x="{}" y="{}">{:.0f}</text>').format(
        " deep" if mean > 0.6 else "", x + CELL_W // 2, y + 20, 100 * mean
    )
    frame = Markup('<rect class="frame" x="{}" y="{}" width="{}" height="{}"/>').format(
        x + 2, y + 2, CELL_W - 4, CELL_H - 4
    )
    return shade + number + (frame if cell["trained"] else Markup(""))


def _panels(
    cells: Mapping[tuple[str, str], Any], *, stages: Sequence[str], names: Sequence[str], top: int
) -> Iterator[Markup]:
    for number, name in enumerate(names):
        x = 40 + (number % PANELS_IN_ROW) * (PANEL_W + GAP_X)
        y = top + (number // PANELS_IN_ROW) * (PANEL_H + GAP_Y) + 20
        mine = [cells.get((stage, name)) for stage in stages]
        yield Markup('<g transform="translate({},{})">{}</g>').format(
            x, y, Markup("").join(_panel(mine, name=name, stages=stages))
        )


def _panel(mine: Sequence[Any], *, name: str, stages: Sequence[str]) -> Iterator[Markup]:
    yield Markup('<text x="0" y="-8">{}</text>').format(_words(name))
    for share in (0, 0.5, 1):
        y = PANEL_H * (1 - share)
        yield Markup('<line class="grid" x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(PANEL_W, y, y)
        yield Markup('<text class="end soft" x="-6" y="{:.1f}">{:.0f}</text>').format(y + 4, 100 * share)
    step = PANEL_W / max(1, len(stages) - 1)
    points = [(step * place, cell) for place, cell in enumerate(mine) if cell]
    yield Markup('<polyline class="line" points="{}"/>').format(
        " ".join(f"{x:.1f},{_y(cell['mean']):.1f}" for x, cell in points)
    )
    for x, cell in points:
        yield Markup('<line class="whisker" x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}"/>').format(
            x, _y(cell["low"]), _y(cell["high"])
        )
        kind, radius = ("ring", 5) if cell["trained"] else ("dot", 3.5)
        yield Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(kind, x, _y(cell["mean"]), radius)
    for place in range(len(stages)):
        yield Markup('<text class="num soft" x="{:.1f}" y="{}">{}</text>').format(step * place, PANEL_H + 18, place + 1)


def _y(share: float) -> float:
    return PANEL_H * (1 - min(1.0, max(0.0, float(share))))


def _words(name: str) -> str:
    return name[:1].upper() + name[1:].replace("_", " ")
