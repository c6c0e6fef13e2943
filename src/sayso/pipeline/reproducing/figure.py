"""The forest plot of a page: a lane per claim with its interval over seeds, each seed as a pale dot, and the lines that decide.

One narrow column, the claim's words above its lane, so that it is read at the width of a telephone as well as in a page; plain SVG with its own style, which
follows light and dark mode. A solid line is what a claim must exceed, a dashed one how far it must get to matter, between them it is shaded. A ring in
place of a dot is an undecided claim; verdicts stand in words, colour only repeats them. Claims of one unit share an axis; those whose effects are
many times larger have one of their own. Intervals that would squeeze all others are cut, with an arrow.
"""

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from sayso.pipeline.reproducing.found import Finding, Results, Verdict
from sayso.pipeline.reproducing.plan import Claim, Plan
from sayso.pipeline.reproducing.telling import GLYPHS, UNITS, amount, interval_text, unit_of

__all__ = ["draw_forest", "VERDICT_COLOURS"]

VERDICT_COLOURS: dict[Verdict, tuple[str, str]] = {
    "holds": ("#0b6e4f", "#5fd3a5"),
    "does not hold": ("#b3361b", "#f59a7a"),
    "undecided": ("#7a5c00", "#e3bd54"),
    "not run": ("#566272", "#9ba8b7"),
}
"""Of text on a light and on a dark page; all have a contrast of 4.5 or more."""

WIDTH, MARGIN = 400, 14  # pixels of the column, and left and right of the lanes
LINE, LANE, GAP, HEAD, FOOT = 15, 24, 14, 22, 26  # heights of text, lane, space between claims, panel title and axis
CHARACTERS = 54  # of a claim's words on one line
TALL = 4.0  # effects so many times the middle one have a panel of their own
CUT = 3.0  # intervals are cut at so many times the middle half-width
STEPS = (1, 2, 2.5, 5, 10)
PANELS = {"%": "in points", "": "in the measure's own unit", "s": "in seconds"}


@dataclass(frozen=True, kw_only=True)
class _Lane:
    """A claim in the figure; numbers as they are written, so points where the unit is per cent."""

    number: int
    says: str
    finding: Finding
    unit: str
    mean: float
    low: float
    high: float
    bounds: tuple[float, float]
    by_seed: tuple[float, ...]

    @property
    def reach(self) -> float:
        return max(map(abs, (self.mean, *self.bounds)))

    @property
    def label(self) -> list[str]:
        return textwrap.wrap(f"{self.number}. {self.says}", CHARACTERS, break_on_hyphens=False)[:4]

    @property
    def height(self) -> int:
        return (len(self.label) + 1) * LINE + LANE + GAP


def draw_forest(plan: Plan, results: Results) -> str:
    """The SVG; empty where no claim has an interval."""
    panels = list(_panels(_lanes(plan, results)))
    if not panels:
        return ""
    drawn, top = Markup(), 0
    for title, lanes in panels:
        drawn += Markup('<g transform="translate(0,{})">{}</g>').format(top, _panel(title, lanes))
        top += HEAD + sum(lane.height for lane in lanes) + FOOT + GAP
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="forest" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">'
    ).format(WIDTH, top - GAP, WIDTH, f"{plan.title}: the contrast of each claim with its interval over seeds")
    return str(head + Markup("<style>{}</style>").format(Markup(_style())) + drawn) + "</svg>"


def _style() -> str:
    def colours(dark: bool) -> str:
        return "".join(f".forest .{_kind(name)}{{--v:{pair[dark]}}}" for name, pair in VERDICT_COLOURS.items())

    return (
        ".forest text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#141d28}.forest .f-title{font-weight:650}"
        ".forest .f-soft{fill:#566272;font-size:11px}.forest .f-says{font-weight:550}.forest .f-verdict{fill:var(--v);font-weight:640}"
        ".forest .f-grid{stroke:#e1e6ec}.forest .f-zone{fill:#141d28;opacity:.07}.forest .f-bound{stroke:#141d28;stroke-width:1.3}"
        ".forest .f-matters{stroke:#141d28;stroke-dasharray:3 3}.forest .f-whisker{stroke:var(--v);stroke-width:2.4;fill:none}"
        ".forest .f-dot{fill:var(--v);stroke:var(--v);stroke-width:2.4}.forest .f-ring{fill:#fff;stroke:var(--v);stroke-width:2.4}"
        ".forest .f-seed{fill:var(--v);opacity:.35}"
        f"{colours(False)}@media(prefers-color-scheme:dark){{.forest text{{fill:#e6ebf1}}.forest .f-soft{{fill:#9ba8b7}}"
        ".forest .f-verdict{fill:var(--v)}.forest .f-grid{stroke:#2a333f}.forest .f-zone{fill:#e6ebf1;opacity:.1}"
        ".forest .f-bound,.forest .f-matters{stroke:#e6ebf1}.forest .f-ring{fill:#11161d}"
        f"{colours(True)}}}"
    )


def _kind(verdict: Verdict) -> str:
    return f"f-{verdict.replace(' ', '-')}"


def _lanes(plan: Plan, results: Results) -> Iterator[_Lane]:
    by_name = {finding.claim: finding for finding in results.findings}
    for number, (name, claim) in enumerate(plan.claims.items(), 1):
        finding = by_name.get(name)
        if finding is not None and finding.mean is not None and finding.low is not None and finding.high is not None:
            yield _lane(number, claim, finding, unit=unit_of(claim, plan))


def _lane(number: int, claim: Claim, finding: Finding, *, unit: str) -> _Lane:
    times = 100.0 if unit == "%" else 1.0
    mean, low, high = (times * (value or 0.0) for value in (finding.mean, finding.low, finding.high))
    return _Lane(
        number=number,
        says=claim.says,
        finding=finding,
        unit=unit,
        mean=mean,
        low=low,
        high=high,
        bounds=(times * claim.exceeds, times * (claim.exceeds + claim.matters)),
        by_seed=tuple(times * value for value in finding.by_seed),
    )


def _panels(lanes: Iterator[_Lane]) -> Iterator[tuple[str, list[_Lane]]]:
    """By unit, and large effects apart."""
    by_unit: dict[str, list[_Lane]] = {}
    for lane in lanes:
        by_unit.setdefault(lane.unit, []).append(lane)
    for unit, own in by_unit.items():
        middle = median(max(lane.reach, (lane.high - lane.low) / 2) for lane in own)
        large = [lane for lane in own if lane.reach > TALL * middle]
        usual = [lane for lane in own if lane not in large]
        title = f"Contrasts {PANELS[unit]}"
        if usual:
            yield title, usual
        if large:
            yield f"{title}, large ones", large


def _panel(title: str, lanes: Sequence[_Lane]) -> Markup:
    cut = CUT * median((lane.high - lane.low) / 2 for lane in lanes)
    axis = _Axis.over([number for lane in lanes for number in _numbers(lane, cut)])
    drawn, top = Markup('<text class="f-title" x="0" y="12">{}</text>').format(title), HEAD
    for lane in lanes:
        drawn += Markup('<g class="{}" transform="translate(0,{})">{}</g>').format(
            _kind(lane.finding.verdict), top, Markup().join(_row(lane, axis, cut=cut))
        )
        top += lane.height
    for tick in axis.ticks:
        drawn += Markup('<text class="f-soft" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            axis.x(tick), top + 4, f"{tick:+g}".replace("-", "\N{MINUS SIGN}") if tick else "0"
        )
    return drawn


def _numbers(lane: _Lane, cut: float) -> Iterator[float]:
    yield from (lane.mean, *lane.bounds, max(lane.low, lane.mean - cut), min(lane.high, lane.mean + cut))


@dataclass(frozen=True, kw_only=True)
class _Axis:
    low: float
    high: float
    step: float

    @classmethod
    def over(cls, numbers: Sequence[float]) -> "_Axis":
        """An axis with room around all numbers and some five ticks."""
        low, high = min(numbers), max(numbers)
        span = (high - low) or max(abs(high), 1.0)
        power = 10.0 ** math.floor(math.log10(span / 5))
        step = next(size * power for size in STEPS if size * power >= span / 5 - 1e-12)
        return cls(low=low - 0.05 * span, high=high + 0.05 * span, step=step)

    @property
    def ticks(self) -> list[float]:
        first, last = math.ceil(self.low / self.step), math.floor(self.high / self.step)
        return [round(place * self.step, 10) for place in range(first, last + 1)]

    def x(self, number: float) -> float:
        inside = min(max(number, self.low), self.high)
        return MARGIN + (WIDTH - 2 * MARGIN) * (inside - self.low) / (self.high - self.low)


def _row(lane: _Lane, axis: _Axis, *, cut: float) -> Iterator[Markup]:
    """Words, verdict with numbers, and the lane."""
    lines, finding = lane.label, lane.finding
    for place, line in enumerate(lines):
        yield Markup('<text class="f-says" x="0" y="{}">{}</text>').format((place + 1) * LINE - 3, line)
    found = f"{amount(finding.mean or 0.0, lane.unit)} ({interval_text(finding.low, finding.high, lane.unit)}){UNITS[lane.unit]}"
    below = (len(lines) + 1) * LINE - 3
    yield Markup('<text x="0" y="{}"><tspan class="f-verdict">{} {}</tspan><tspan dx="7">{}</tspan></text>').format(
        below, GLYPHS[finding.verdict], finding.verdict, found
    )
    top = below + 6
    for tick in axis.ticks:
        yield _upright("f-grid", axis.x(tick), top, top + LANE)
    edge, matters = (axis.x(bound) for bound in lane.bounds)
    yield Markup('<rect class="f-zone" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
        edge, top, max(0.0, matters - edge), LANE
    )
    yield _upright("f-bound", edge, top, top + LANE)
    if matters > edge:
        yield _upright("f-matters", matters, top, top + LANE)
    yield from _marks(lane, axis, cut=cut, y=top + LANE / 2)


def _marks(lane: _Lane, axis: _Axis, *, cut: float, y: float) -> Iterator[Markup]:
    low, high = max(lane.low, lane.mean - cut), min(lane.high, lane.mean + cut)
    for value in lane.by_seed:
        if low <= value <= high:
            yield Markup('<circle class="f-seed" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(axis.x(value), y + 6)
    left, right = axis.x(low), axis.x(high)
    yield Markup('<line class="f-whisker" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(left, right, y, y)
    for x, is_cut, way in ((left, low > lane.low, 1), (right, high < lane.high, -1)):
        if is_cut:
            yield Markup('<path class="f-whisker" d="M{:.1f} {:.1f}l{} -4m{} 4l{} 4"/>').format(
                x, y, 5 * way, -5 * way, 5 * way
            )
    mark = "f-ring" if lane.finding.verdict == "undecided" else "f-dot"
    yield Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(mark, axis.x(lane.mean), y)


def _upright(kind: str, x: float, top: float, bottom: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>').format(kind, x, x, top, bottom)
