"""The figures: small SVG strips in per cent of their box, and colour classes for the heat map.

A strip is an SVG without a view box whose marks stand at percentages, so that it fills any column from a phone to a sheet
of paper and neither its text nor its dots are ever scaled. Colours are classes: the style sheet gives them one meaning in
light and another in dark. Every text goes through `Markup.format`, which escapes it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from sayso.report.headline import estimate_text, number_text
from sayso.report.view import Estimate, TaskView

__all__ = [
    "axis",
    "box_overlay",
    "difference_axis",
    "difference_strip",
    "heat_class",
    "heat_css",
    "interval_strip",
    "nats_class",
    "pair_strip",
]

HEIGHT = 22
MIDDLE = HEIGHT // 2
NUM_STEPS = 20
LIGHT_RAMP = ((0.0, (243, 246, 250)), (0.5, (125, 172, 216)), (1.0, (8, 56, 112)))
DARK_RAMP = ((0.0, (30, 36, 45)), (0.5, (38, 98, 158)), (1.0, (176, 216, 255)))
BOX_KINDS = ("asked", "gold", "found")
"""What a box of an example is: in the question, the reference, or what the model answered."""
INKS = ((0, 4, 10), (255, 255, 255))

Colour = tuple[int, int, int]
Ramp = Sequence[tuple[float, Colour]]


def interval_strip(value: Estimate | None, *, name: str, tone: str = "main") -> Markup:
    """A dot with its interval on a track from 0 to 100 %; an empty track where nothing was measured.

    `tone` is a class of the style sheet: `main` for the tuned model, `quiet` for what it is compared with.
    """
    return _strip(name=f"{name}: {estimate_text(value)}", marks=_interval_marks(value), tone=tone)


def _interval_marks(value: Estimate | None) -> Iterator[Markup]:
    if value is None:
        return
    if value.low is not None and value.high is not None:
        yield _line("whisker", value.low, value.high)
        yield _tick("whisker", value.low, height=10)
        yield _tick("whisker", value.high, height=10)
    yield _dot("dot", value.mean, radius=4)


def difference_strip(value: Estimate | None, *, name: str, limit: float) -> Markup:
    """A dot with its interval on a track from -limit to +limit, 0 in the middle; bounds beyond it end at the edge."""
    if value is None:
        return _strip(name=f"{name}: not measured", marks=(), tone="main")
    mean, low, high = (_placed(one, limit=limit) for one in (value.mean, value.low, value.high))
    placed = Estimate(mean=mean or 0.0, low=low, high=high)
    return _strip(name=f"{name}: {100 * value.mean:+.1f} points", marks=_interval_marks(placed), tone="main")


def _placed(share: float | None, *, limit: float) -> float | None:
    return None if share is None else min(1.0, max(0.0, 0.5 + 0.5 * share / limit))


def difference_axis(limit: float) -> Markup:
    """The scale under a column of such strips, in points."""
    places = ((50 * (1 + share), 100 * share * limit) for share in (-1, -0.5, 0, 0.5, 1))
    labels = (
        Markup('<text x="{:g}%" y="13" text-anchor="middle">{:{sign}g}</text>').format(x, y, sign="+" if y else "")
        for x, y in places
    )
    return Markup('<svg class="axis" aria-hidden="true" height="18">{}</svg>').format(Markup("").join(labels))


def pair_strip(task: TaskView) -> Markup:
    """One task's mean over its trained wordings (dot) and its held-out wordings (ring), and the untuned model (tick)."""
    trained, held_out = _mean(task, held_out=False), _mean(task, held_out=True)
    untuned = task.summary.untuned
    marks: list[Markup] = []
    if untuned is not None:
        marks.append(_tick("untuned", untuned))
    if trained is not None and held_out is not None:
        marks.append(_line("pair", trained, held_out))
    if held_out is not None:
        marks.append(_dot("ring", held_out, radius=5.5))
    if trained is not None:
        marks.append(_dot("dot", trained, radius=4))
    words = f"{number_text(trained)} in trained wordings, {number_text(held_out)} in held-out wordings"
    return _strip(name=f"{task.summary.task}: {words}, untuned {number_text(untuned)}", marks=marks, tone="main")


def _mean(task: TaskView, *, held_out: bool) -> float | None:
    scores = [cell.mean for cell in task.cells if cell.held_out == held_out and cell.mean is not None]
    return sum(scores) / len(scores) if scores else None


def _strip(*, name: str, marks: Sequence[Markup] | Iterator[Markup], tone: str) -> Markup:
    return Markup('<svg class="strip {}" role="img" aria-label="{}" height="{}">{}</svg>').format(
        tone, name, HEIGHT, Markup("").join(marks)
    )


def _dot(kind: str, share: float, *, radius: float) -> Markup:
    return Markup('<circle class="{}" cx="{:.2f}%" cy="{}" r="{}"/>').format(kind, 100 * share, MIDDLE, radius)


def _line(kind: str, start: float, end: float) -> Markup:
    return Markup('<line class="{}" x1="{:.2f}%" x2="{:.2f}%" y1="{}" y2="{}"/>').format(
        kind, 100 * start, 100 * end, MIDDLE, MIDDLE
    )


def _tick(kind: str, share: float, *, height: int = 14) -> Markup:
    top, bottom = MIDDLE - height // 2, MIDDLE + height // 2
    return Markup('<line class="{}" x1="{:.2f}%" x2="{:.2f}%" y1="{}" y2="{}"/>').format(
        kind, 100 * share, 100 * share, top, bottom
    )


def axis() -> Markup:
    """The scale under a column of strips, 0 to 100 %."""
    labels = Markup("").join(
        Markup('<text x="{}%" y="13" text-anchor="middle">{}</text>').format(
            share, f"{share}" + ("\u00a0%" if share == 100 else "")
        )
        for share in (0, 25, 50, 75, 100)
    )
    return Markup('<svg class="axis" aria-hidden="true" height="18">{}</svg>').format(labels)


def box_overlay(corners: tuple[float, float, float, float], *, label: str) -> Markup:
    """A box over an image, `corners` as x1, y1, x2, y2 in [0, 1]; lies over an image of any size."""
    x1, y1, x2, y2 = (100 * min(1.0, max(0.0, corner)) for corner in corners)
    kind = label if label in BOX_KINDS else "asked"
    shape = Markup('<rect class="{}" x="{:.2f}%" y="{:.2f}%" width="{:.2f}%" height="{:.2f}%"><title>{}</title></rect>')
    size = (max(0.0, x2 - x1), max(0.0, y2 - y1))
    return Markup("").join(shape.format(layer, x1, y1, *size, label) for layer in ("under", kind))


def heat_class(mean: float | None) -> str:
    """The colour class of a score in [0, 1]; `none` where it was not measured."""
    if mean is None:
        return "none"
    return f"h{round(min(1.0, max(0.0, mean)) * NUM_STEPS)}"


def nats_class(value: float) -> str:
    """The colour class of a difference in nats: `p1` to `p4` above 0, `n1` to `n4` below, `z` where it is next to nothing."""
    step = min(4, round(2 * abs(value)))
    return "z" if step == 0 else f"{'p' if value > 0 else 'n'}{step}"


def heat_css(*, dark: bool) -> str:
    """Style rules of all heat classes: one hue from pale to deep, each with the ink that is easier to read on it."""
    ramp = DARK_RAMP if dark else LIGHT_RAMP
    return "".join(_heat_rule(step, colour=_between(ramp, step / NUM_STEPS)) for step in range(NUM_STEPS + 1))


def _heat_rule(step: int, *, colour: Colour) -> str:
    ink = max(INKS, key=lambda candidate: contrast(colour, candidate))
    return f".h{step}{{background:{_hex(colour)};color:{_hex(ink)}}}"


def _between(ramp: Ramp, share: float) -> Colour:
    (start, first), (end, second) = next((left, right) for left, right in pairwise(ramp) if share <= right[0])
    weight = (share - start) / (end - start)
    red, green, blue = (round(a + weight * (b - a)) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def contrast(first: Colour, second: Colour) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def swatches() -> Markup:
    """The colour scale of the heat map as a row of cells from 0 to 100 %."""
    cells = (Markup('<i class="{}"></i>').format(heat_class(step / NUM_STEPS)) for step in range(NUM_STEPS + 1))
    return Markup('<span class="scale" aria-hidden="true">{}</span>').format(escape(Markup("").join(cells)))
