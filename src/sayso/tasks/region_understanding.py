"""How regions lie to one another: geometry of boxes, around the things of the picture."""

from collections.abc import Iterator

from sayso.records import AnnotatedItem, Region
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import boxed, pick
from sayso.tasks._options import differ, overlap, shift, sort_regions
from sayso.tasks._protocol import Draft, task

__all__ = ["most_overlapping_region_selection", "non_overlapping_region_selection", "region_overlapping_detection"]

NUM_OPTIONS = 4
MIN_GAP = 0.1  # between the IoUs of two options, so that the best is in no doubt
TRIES = 24


@task(
    needs=("image", "boxes"),
    slots={"region": "region"},
    output="region_option",
    aliases=("select_overlap_most_region",),
)
def most_overlapping_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that overlaps a given region most."""
    for region in _given(item, stream):
        chosen = _spread(region, stream)
        if len(chosen) > 1:
            gold = max(chosen, key=lambda other: overlap(region, other))
            yield choose(gold, sort_regions(chosen), region=region)


@task(
    needs=("image", "boxes"),
    slots={"region": "region"},
    output="region_option",
    aliases=("select_nonoverlaped_region",),
)
def non_overlapping_region_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the region that does not touch a given region."""
    for region in _given(item, stream):
        apart, touching = _apart(region, stream), _spread(region, stream)[: NUM_OPTIONS - 1]
        if apart and touching:
            yield choose(apart, sort_regions([apart, *touching]), region=region)


@task(
    needs=("image", "boxes"),
    slots={"region": "region", "other_region": "region"},
    output="option",
    aliases=("if_region_overlap",),
)
def region_overlapping_detection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether two regions overlap."""
    for region in _given(item, stream):
        apart, touching = _apart(region, stream), _spread(region, stream)
        truth = stream.below(2) == 1
        if apart and touching:
            yield judge(truth, region=region, other_region=touching[0] if truth else apart)


def _given(item: AnnotatedItem, stream: Stream) -> list[Region]:
    """The box of a random object."""
    return [one.region for one in pick(boxed(item), stream, count=1) if one.region]


def _apart(region: Region, stream: Stream) -> Region | None:
    """A copy of a region anywhere else, so that no grid tells it from the other options; None if none was found."""
    for _ in range(TRIES):
        x = stream.uniform(0.0, 1.0 - region.x2 + region.x1)
        y = stream.uniform(0.0, 1.0 - region.y2 + region.y1)
        moved = shift(region, x - region.x1, y - region.y1)
        if moved is not None and overlap(region, moved) == 0:
            return moved
    return None


def _spread(region: Region, stream: Stream) -> list[Region]:
    """Copies of a region, moved by less than its size, whose IoUs with it differ clearly."""
    width, height = region.x2 - region.x1, region.y2 - region.y1
    chosen: list[Region] = []
    shares = [0.0]
    for _ in range(TRIES):
        moved = shift(region, _step(stream) * width, _step(stream) * height)
        share = overlap(region, moved) if moved else 0.0
        if moved and _is_new(moved, chosen) and min(abs(share - known) for known in shares) >= MIN_GAP:
            chosen.append(moved)
            shares.append(share)
        if len(chosen) == NUM_OPTIONS:
            break
    return chosen


def _is_new(region: Region, chosen: list[Region]) -> bool:
    return all(differ(region, known) for known in chosen)


def _step(stream: Stream) -> float:
    """A share of a region's size, near to nothing more often than far, in either direction."""
    return stream.choice((-1, 1)) * stream.uniform() * stream.uniform(0.0, 0.9)
