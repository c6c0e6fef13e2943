"""How regions lie to one another: geometry of boxes, around the things of the picture.

MultiInstruct gives the region that is asked about as coordinates. Then overlap is arithmetic on the prompt, and nobody has to
look. Here the given region is named by what it shows (`the region of the red circle`), so that it must be found first; the
regions to choose from are boxes, as there.

The one idea against guessing: a few things of the picture are chosen first, and an option is made for each of them, such that
every thing is the right answer's given region exactly once. Which thing is asked about is drawn last. To a reader who cannot see
where the things are, no option is likelier than another, however well the reader can reckon with boxes.

Not here: regions of things that no words tell from the others; a picture without two things that can be named gives nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from sayso.records import AnnotatedItem, Region
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose, judge
from sayso.tasks._objects import SEEN_IN_BOX, pick, referable
from sayso.tasks._options import differ, overlap, sort_regions
from sayso.tasks._protocol import Draft, task

__all__ = [
    "least_overlapping_region_selection",
    "most_overlapping_region_selection",
    "non_overlapping_region_selection",
    "overlapping_region_selection",
    "region_area",
    "region_overlapping_detection",
]

Named: TypeAlias = tuple[str, Region]
"""A phrase that fits one thing of the picture, and that thing's box."""
Layout: TypeAlias = tuple[list[Named], list[Region]]
"""Things, and for each of them the option that is right when it is the given one."""
Judge: TypeAlias = Callable[[int, Sequence[float]], bool]
"""Whether the option at a position is clearly the right one, by the shares of the given region that the options cover."""

NUM_OPTIONS = 4
MIN_SIDE = 0.04  # of the picture: smaller boxes cannot be told apart once they are written
CLEAR = 0.12  # of the given region: by less than this, no option covers more than another
TRIES = 4
TELLING = re.compile(
    r"(?i)\b(?:left|right|top|bottom|above|below|under|over|upper|lower|middle|cent(?:er|re)|corner|edge|side|first|second|third|last"
    r"|behind|front|back|near(?:est)?|far(?:thest)?|clos(?:er|est)|next|between|beside|by"
    r"|(?:large|small|big|tall|short|long|wide)(?:r|er|est|st)?|huge|tiny|little)\b"
)
THE = re.compile(r"(?i)\A(?:the|an?) ")


@task(
    needs=("image", "boxes"),
    slots={"given_region": "text"},
    output="region_option",
    aliases=("select_overlap_most_region",),
)
def most_overlapping_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that overlaps a given region most."""
    yield from _select(item, stream, own=1.0, others=0.3, right=_is_most)


@task(
    needs=("image", "boxes"),
    slots={"given_region": "text"},
    output="region_option",
    aliases=("select_overlap_least_region",),
)
def least_overlapping_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that overlaps a given region least, where all overlap it."""
    yield from _select(item, stream, own=0.3, others=1.0, right=_is_least)


@task(
    needs=("image", "boxes"),
    slots={"given_region": "text"},
    output="region_option",
    aliases=("select_overlaped_region",),
)
def overlapping_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the only region that overlaps a given region."""
    yield from _select(item, stream, own=1.0, others=0.0, right=_is_only)


@task(
    needs=("image", "boxes"),
    slots={"given_region": "text"},
    output="region_option",
    aliases=("select_nonoverlaped_region",),
)
def non_overlapping_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the only region that does not touch a given region."""
    yield from _select(item, stream, own=0.0, others=1.0, right=_is_none)


@task(
    needs=("image", "boxes"),
    slots={"given_region": "text", "region": "region"},
    output="option",
    aliases=("if_region_overlap",),
)
def region_overlapping_detection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether two regions overlap."""
    found = _layout(item, stream, most=2, shares=(1.0, 0.0), right=_is_only)
    if found:
        things, regions = found
        given, other = stream.below(2), stream.below(2)
        yield judge(given == other, given_region=_said(things[given]), region=regions[other])


@task(needs=("image", "boxes"), slots={"given_region": "text"}, metrics=("exact_match",))
def region_area(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell how much of the picture a region covers, in percent."""
    # Around two things: single ones often come in few sizes, which could be guessed.
    named = _named(item, stream)[:2]
    if len(named) == 2 and (percent := round(100 * _area(_hull([region for _, region in named])))):
        yield answer(str(percent), given_region=f"the smallest region around the {named[0][0]} and the {named[1][0]}")


def _said(thing: Named) -> str:
    return f"the region of the {thing[0]}"


def _select(item: AnnotatedItem, stream: Stream, *, own: float, others: float, right: Judge) -> Iterator[Draft]:
    """A choice where each option covers about `own` of its thing and `others` of the rest."""
    found = _layout(item, stream, most=NUM_OPTIONS, shares=(own, others), right=right)
    if found:
        things, regions = found
        given = stream.below(len(things))
        yield choose(regions[given], sort_regions(regions), given_region=_said(things[given]))


def _layout(
    item: AnnotatedItem, stream: Stream, *, most: int, shares: tuple[float, float], right: Judge
) -> Layout | None:
    """As many things as go, up to `most`, and an option for each, such that `right` holds whichever thing is given."""
    named = _named(item, stream)
    for count in range(min(most, len(named)), 1, -1):
        for _ in range(TRIES):
            things = pick(named, stream, count=count)
            regions = [_option(things, at, shares, stream) for at in range(count)]
            if _is_fair(things, regions, right):
                return things, [region for region in regions if region]
    return None


def _named(item: AnnotatedItem, stream: Stream) -> list[Named]:
    """Boxes that words tell from all others, in random order, each thing and each phrase once.

    The words say nothing of place or size, which would tell the right box from the others.
    """
    called = referable(item, stream, count=len(item.objects), hide=SEEN_IN_BOX)
    found = [(words, one.region) for one, words in called if one.region]
    written = [(one.text.strip(), one.region) for one in item.phrases if one.unique and not TELLING.search(one.text)]
    chosen: list[Named] = []
    for words, region in (*found, *pick(written, stream)):
        wide = words and min(region.x2 - region.x1, region.y2 - region.y1) >= MIN_SIDE
        if wide and all(words != said and differ(region, known) for said, known in chosen):
            chosen.append((THE.sub("", words), region))
    return chosen


def _option(things: Sequence[Named], at: int, shares: tuple[float, float], stream: Stream) -> Region | None:
    """A box over what is wholly covered, drawn out over a part of each thing that is partly covered; a little off."""
    wanted = [(region, shares[0] if place == at else shares[1]) for place, (_, region) in enumerate(things)]
    box = _hull([region for region, share in wanted if share == 1.0])
    for region, share in wanted:
        if 0.0 < share < 1.0:
            box = _hull([box, _part(region, box, share**0.5)])
    return _nudge(box, stream)


def _part(region: Region, towards: Region, side: float) -> Region:
    """A share `side` of a region along both axes, at the corner nearest to another region."""
    x1, x2 = _cut(region.x1, region.x2, (towards.x1 + towards.x2) / 2, side)
    y1, y2 = _cut(region.y1, region.y2, (towards.y1 + towards.y2) / 2, side)
    return Region(x1=x1, y1=y1, x2=x2, y2=y2, medium=region.medium)


def _cut(low: float, high: float, towards: float, share: float) -> tuple[float, float]:
    length = (high - low) * share
    return (low, low + length) if towards < (low + high) / 2 else (high - length, high)


def _nudge(box: Region, stream: Stream) -> Region | None:
    """The box with every side moved by up to an eighth, inside the picture."""
    width, height = box.x2 - box.x1, box.y2 - box.y1
    x1, x2 = (min(1.0, max(0.0, x + stream.uniform(-0.125, 0.125) * width)) for x in (box.x1, box.x2))
    y1, y2 = (min(1.0, max(0.0, y + stream.uniform(-0.125, 0.125) * height)) for y in (box.y1, box.y2))
    return Region(x1=x1, y1=y1, x2=x2, y2=y2, medium=box.medium) if x1 < x2 and y1 < y2 else None


def _is_fair(things: Sequence[Named], regions: Sequence[Region | None], right: Judge) -> bool:
    """Whether the options differ and the right one is in no doubt, whichever thing is given."""
    boxes = [region for region in regions if region]
    if len(boxes) < len(things) or not all(differ(a, b) for n, a in enumerate(boxes) for b in boxes[:n]):
        return False
    for at, (_, given) in enumerate(things):
        covered, alike = [_covered(given, box) for box in boxes], [overlap(given, box) for box in boxes]
        # By area and by intersection over union the same option must be right.
        if not right(at, covered) or not _agrees(at, covered, alike):
            return False
    return True


def _agrees(at: int, covered: Sequence[float], alike: Sequence[float]) -> bool:
    return all((covered[at] > share) == (alike[at] > like) for share, like in zip(covered, alike, strict=True))


def _rest(at: int, shares: Sequence[float]) -> list[float]:
    return [share for place, share in enumerate(shares) if place != at]


def _is_most(at: int, shares: Sequence[float]) -> bool:
    return shares[at] >= max(_rest(at, shares)) + CLEAR


def _is_least(at: int, shares: Sequence[float]) -> bool:
    return 0.02 < shares[at] <= min(_rest(at, shares)) - CLEAR


def _is_only(at: int, shares: Sequence[float]) -> bool:
    return shares[at] >= CLEAR and max(_rest(at, shares)) == 0.0


def _is_none(at: int, shares: Sequence[float]) -> bool:
    return shares[at] == 0.0 and min(_rest(at, shares)) >= CLEAR


def _covered(given: Region, other: Region) -> float:
    """The share of `given` that `other` covers."""
    width, height = min(given.x2, other.x2) - max(given.x1, other.x1), min(given.y2, other.y2) - max(given.y1, other.y1)
    return max(0.0, width) * max(0.0, height) / _area(given)


def _area(region: Region) -> float:
    return (region.x2 - region.x1) * (region.y2 - region.y1)


def _hull(regions: Sequence[Region]) -> Region:
    """The smallest box around some regions of one picture."""
    return Region(
        x1=min(region.x1 for region in regions),
        y1=min(region.y1 for region in regions),
        x2=max(region.x2 for region in regions),
        y2=max(region.y2 for region in regions),
        medium=regions[0].medium,
    )
