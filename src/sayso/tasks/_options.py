"""Choices of an option task: the right one among wrong ones that look no different without the picture.

Options are kept in sorted order; the order that is shown is drawn when a sample is rendered.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sayso.records import AnnotatedObject, Options, Region
from sayso.seeds import Stream
from sayso.tasks._objects import KINDS, pick, say
from sayso.tasks._vocabulary import NOTHING, rivals

__all__ = [
    "differ",
    "elsewhere",
    "FAR",
    "overlap",
    "phrase_options",
    "region_options",
    "shift",
    "sort_regions",
    "word_options",
]

NEAR = 0.02  # of the picture: two boxes whose corners are all closer than this may be written alike
FAR = 0.2  # IoU above which two regions are too alike to be two options


def word_options(
    gold: str, stream: Stream, *, near: Sequence[str] = (), pool: Sequence[str] = (), count: int = 4
) -> Options | None:
    """`gold` and up to `count` - 1 wrong words, those of `near` before those of `pool`; None without any wrong word."""
    ordered = dict.fromkeys((*pick(near, stream), *pick(pool, stream)))
    ordered.pop(gold, None)
    wrong = list(ordered)[: count - 1]
    return Options(items=tuple(sorted((gold, *wrong)))) if wrong else None


def phrase_options(
    one: AnnotatedObject,
    stream: Stream,
    *,
    hide: Collection[str] = (),
    vocabulary: Mapping[str, tuple[str, ...]] = NOTHING,
) -> Options | None:
    """The phrase for `one`, without `hide`, and three that differ from it, such that each word occurs equally often.

    Two words are exchanged, each against one other, in all four combinations; with a single word that has rivals,
    three of these take its place. None of the four is the odd one out.
    """
    said = {kind: one.attributes[kind] for kind in KINDS if kind in one.attributes and kind not in hide}
    spots = said | {"label": one.label}
    found = ((kind, rivals(kind, value, vocabulary=vocabulary)) for kind, value in spots.items())
    choices = {kind: others for kind, others in found if others}
    changed = pick(sorted(choices), stream, count=2)
    if not changed:
        return None
    if len(changed) == 1:
        wrong = [{**spots, changed[0]: new} for new in pick(choices[changed[0]], stream, count=3)]
    else:
        first, second = ({kind: stream.choice(choices[kind])} for kind in changed)
        wrong = [{**spots, **first}, {**spots, **second}, {**spots, **first, **second}]
    return Options(items=tuple(sorted({say(words["label"], words) for words in (spots, *wrong)})))


def overlap(a: Region, b: Region) -> float:
    """Intersection over union, in [0, 1]; 0 for boxes of different media."""
    width, height = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
    if width <= 0 or height <= 0 or a.medium != b.medium:
        return 0.0
    shared = width * height
    return shared / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared)


def elsewhere(region: Region, stream: Stream) -> list[Region]:
    """Copies of a region moved by thirds of the picture, in random order, none overlapping the region itself."""
    moves = [(across, down) for across in range(-2, 3) for down in range(-2, 3) if across or down]
    moved = (shift(region, across / 3, down / 3) for across, down in pick(moves, stream))
    return [other for other in moved if other is not None and overlap(region, other) == 0]


def shift(region: Region, across: float, down: float) -> Region | None:
    """The region moved by fractions of the picture, or None if it leaves the picture."""
    x1, x2, y1, y2 = region.x1 + across, region.x2 + across, region.y1 + down, region.y2 + down
    if x1 < -1e-9 or y1 < -1e-9 or x2 > 1 + 1e-9 or y2 > 1 + 1e-9:
        return None
    return Region(x1=max(0.0, x1), y1=max(0.0, y1), x2=min(1.0, x2), y2=min(1.0, y2), medium=region.medium)


def region_options(gold: Region, others: Iterable[Region], stream: Stream, *, count: int = 4) -> Options | None:
    """`gold` and wrong regions that overlap little: some of the `others`, or empty places where there is none.

    Places are never put beside other regions, since they have the size of `gold`. None unless there are two options.
    """
    for regions in (pick(list(others), stream), elsewhere(gold, stream)):
        chosen = [gold]
        for region in regions:
            if len(chosen) < count and all(overlap(region, known) < FAR and differ(region, known) for known in chosen):
                chosen.append(region)
        if len(chosen) > 1:
            return sort_regions(chosen)
    return None


def _place(region: Region) -> tuple[float, ...]:
    return region.medium, region.x1, region.y1, region.x2, region.y2


def differ(a: Region, b: Region) -> bool:
    """Whether two regions stay apart when they are written with few digits."""
    gaps = (a.x1 - b.x1, a.y1 - b.y1, a.x2 - b.x2, a.y2 - b.y2)
    return a.medium != b.medium or max(map(abs, gaps)) >= NEAR


def sort_regions(regions: Iterable[Region]) -> Options:
    """Regions as options, from left to right."""
    ordered: list[Region] = sorted(regions, key=_place)
    return Options(items=tuple(ordered))
