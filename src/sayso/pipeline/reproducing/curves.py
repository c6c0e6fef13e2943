"""A measure of arms along an amount, such as the share of the data that was kept: a panel per curve of the plan, a line per way of doing it.

Points are means over seeds with Student's t intervals, each seed a pale dot. Lines are told apart by colour, by the shape of their marks and by their name at their
end; they stand a little beside one another, so that intervals do not cover each other. An axis whose largest amount is over five times the smallest is
logarithmic. Plain SVG with its own style, which follows light and dark mode.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sayso.pipeline.reproducing.contrasts import estimate, measured
from sayso.pipeline.reproducing.found import Results
from sayso.pipeline.reproducing.plan import Curve, Plan

__all__ = ["draw_curves"]

WIDTH, HEIGHT = 460, 280  # pixels of a panel
LEFT, RIGHT, TOP, BOTTOM = 38, 118, 34, 44  # margins inside it; names stand on the right
LINE = 13  # height of a name
ASIDE = 5.0  # pixels between lines at one amount
COLOURS = (
    ("#1f5fa8", "#7db4ee"),
    ("#b3361b", "#f59a7a"),
    ("#0b6e4f", "#5fd3a5"),
    ("#7a5c00", "#e3bd54"),
    ("#6b3fa0", "#c3a2ee"),
    ("#566272", "#9ba8b7"),
)
"""On a light and on a dark page."""
MARKS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    "M-4-4h8v8h-8z",
    "M0-5l5 9h-10z",
    "M0-5l5 5-5 5-5-5z",
    "M0 5l5-9h-10z",
    "M-4-1h8v2h-8z",
)


@dataclass(frozen=True, kw_only=True)
class _Point:
    """An arm at its amount; numbers as they are written, so points where the unit is per cent."""

    amount: float
    mean: float
    low: float
    high: float
    by_seed: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class _Line:
    label: str
    points: tuple[_Point, ...]


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """From amounts and values to pixels."""

    amounts: tuple[float, ...]
    low: float
    high: float
    step: float

    @classmethod
    def over(cls, lines: Sequence[_Line]) -> "_Scale":
        points = [point for line in lines for point in line.points]
        low, high = min(point.low for point in points), max(point.high for point in points)
        span = (high - low) or max(abs(high), 1.0)
        power = 10.0 ** math.floor(math.log10(span / 4))
        step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= span / 4 - 1e-12)
        return cls(
            amounts=tuple(sorted({point.amount for point in points})),
            low=math.floor(low / step) * step,
            high=math.ceil(high / step) * step,
            step=step,
        )

    def x(self, amount: float) -> float:
        first, last = self.amounts[0], self.amounts[-1]
        room = WIDTH - LEFT - RIGHT - 32
        if first == last:
            return LEFT + 16 + room / 2
        if first > 0 and last > 5 * first:
            return LEFT + 16 + room * math.log(amount / first) / math.log(last / first)
        return LEFT + 16 + room * (amount - first) / (last - first)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / ((self.high - self.low) or 1.0)

    @property
    def ticks(self) -> list[float]:
        return [self.low + place * self.step for place in range(round((self.high - self.low) / self.step) + 1)]


def draw_curves(plan: Plan, results: Results) -> str:
    """The SVG; empty where the plan has no curve, or none of its arms was run."""
    panels = [(title, curve, _lines(curve, plan, results)) for title, curve in plan.curves.items()]
    drawn = [(title, curve, lines) for title, curve, lines in panels if lines]
    if not drawn:
        return ""
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="curves" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">'
    ).format(WIDTH, HEIGHT * len(drawn), WIDTH, "; ".join(_in_words(*one) for one in drawn))
    body = Markup().join(
        Markup('<g transform="translate(0,{})">{}</g>').format(place * HEIGHT, Markup().join(_panel(*one)))
        for place, one in enumerate(drawn)
    )
    return str(head + Markup("<style>{}</style>").format(Markup(_style())) + body) + "</svg>"


def _lines(curve: Curve, plan: Plan, results: Results) -> list[_Line]:
    times = 100.0 if plan.measures[curve.measure].unit == "%" else 1.0
    found = []
    for label, amounts in curve.lines.items():
        points = [_point(arm, amount, curve.measure, results=results, times=times) for arm, amount in amounts.items()]
        known = sorted((point for point in points if point is not None), key=lambda point: point.amount)
        if known:
            found.append(_Line(label=label, points=tuple(known)))
    return found


def _point(arm: str, amount: float, measure: str, *, results: Results, times: float) -> _Point | None:
    found = [measured(run, measure) for run in results.runs if run.arm == arm]
    values = [times * value for value in found if value is not None]
    if not values:
        return None
    own = estimate(values)
    low, high = (own.mean if bound is None else bound for bound in (own.low, own.high))
    return _Point(amount=amount, mean=own.mean, low=low, high=high, by_seed=tuple(values))


def _in_words(title: str, curve: Curve, lines: Sequence[_Line]) -> str:
    told = "; ".join(
        f"{line.label}: " + ", ".join(f"{point.mean:.1f} at {point.amount:g}" for point in line.points)
        for line in lines
    )
    return f"{title}, against {curve.axis}. {told}"


def _panel(title: str, curve: Curve, lines: Sequence[_Line]) -> Iterator[Markup]:
    scale = _Scale.over(lines)
    yield Markup('<text class="c-title" x="0" y="14">{}</text>').format(title)
    for tick in scale.ticks:
        y = scale.y(tick)
        yield Markup('<line class="c-grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH - RIGHT, y, y)
        yield Markup('<text class="c-soft" x="{}" y="{:.1f}" text-anchor="end">{:g}</text>').format(
            LEFT - 6, y + 4, tick
        )
    for amount in scale.amounts:
        yield Markup('<text class="c-soft" x="{:.1f}" y="{}" text-anchor="middle">{:g}</text>').format(
            scale.x(amount), HEIGHT - BOTTOM + 16, amount
        )
    yield Markup('<text class="c-soft" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, curve.axis
    )
    for number, line in enumerate(lines):
        shift = ASIDE * (number - (len(lines) - 1) / 2)
        yield Markup('<g class="c-{}">{}</g>').format(
            number % len(COLOURS), Markup().join(_marks(line, scale, number=number, shift=shift))
        )
    yield from _names(lines, scale)


def _marks(line: _Line, scale: _Scale, *, number: int, shift: float) -> Iterator[Markup]:
    places = [(scale.x(point.amount) + shift, point) for point in line.points]
    path = " ".join(f"{x:.1f},{scale.y(point.mean):.1f}" for x, point in places)
    yield Markup('<polyline class="c-line" points="{}"/>').format(path)
    for x, point in places:
        yield Markup('<line class="c-whisker" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
            x, x, scale.y(point.low), scale.y(point.high)
        )
        for value in point.by_seed:
            yield Markup('<circle class="c-seed" cx="{:.1f}" cy="{:.1f}" r="2.4"/>').format(x, scale.y(value))
        yield Markup('<path class="c-mark" transform="translate({:.1f},{:.1f})" d="{}"/>').format(
            x, scale.y(point.mean), MARKS[number % len(MARKS)]
        )


def _names(lines: Sequence[_Line], scale: _Scale) -> Iterator[Markup]:
    """At the right, near the end of each line, from the highest down and never over one another."""
    ends = sorted(enumerate(lines), key=lambda one: scale.y(one[1].points[-1].mean))
    y = float(TOP)
    for number, line in ends:
        y = max(y, scale.y(line.points[-1].mean) + 4)
        yield Markup(
            '<g class="c-{}"><path class="c-mark" transform="translate({},{:.1f})" d="{}"/><text class="c-name" x="{}" y="{:.1f}">{}</text></g>'
        ).format(
            number % len(COLOURS),
            WIDTH - RIGHT + 12,
            y - 4,
            MARKS[number % len(MARKS)],
            WIDTH - RIGHT + 22,
            y,
            line.label,
        )
        y += LINE


def _style() -> str:
    def colours(dark: bool) -> str:
        return "".join(f".curves .c-{number}{{--c:{pair[dark]}}}" for number, pair in enumerate(COLOURS))

    return (
        ".curves text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#141d28}.curves .c-title{font-weight:650;font-size:12px}"
        ".curves .c-soft{fill:#566272}.curves .c-grid{stroke:#e1e6ec}.curves .c-line{fill:none;stroke:var(--c);stroke-width:2}"
        ".curves .c-whisker{stroke:var(--c);stroke-width:1.6}.curves .c-mark{fill:var(--c)}.curves .c-seed{fill:var(--c);opacity:.3}"
        f".curves .c-name{{fill:var(--c);font-weight:600}}{colours(False)}"
        "@media(prefers-color-scheme:dark){.curves text{fill:#e6ebf1}.curves .c-soft{fill:#9ba8b7}.curves .c-grid{stroke:#2a333f}"
        f".curves .c-name{{fill:var(--c)}}{colours(True)}}}"
    )
