"""What can be seen of each option without the picture: names of features, in three blocks from few to many.

    shape     ranks among the options: length, order of the alphabet, numbers, words shared with the fields and with the other
              options; for regions corners, area, overlap with the given and with the other ones, distance to the centre
    words     the option itself and its words
    crosses   the option together with each word, and each place, of the fields

Every feature is either there or not; measures become ranks from below and from above, and coarse steps.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sayso.records import FieldValue, Options, Region, Regions

__all__ = ["BLOCKS", "clues", "field_text", "Names"]

Names = list[tuple[object, ...]]
"""Features that are there, for one option."""

BLOCKS = 3
WORD = re.compile(r"[^\W_]+(?:\.\d+)?")
COUNTED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBERS = {word: float(value) for value, word in enumerate(COUNTED)}
MAX_CONTEXT = 48


def field_text(fields: Mapping[str, FieldValue]) -> str:
    """All text of the fields, options left out, in lower case."""
    return " \n ".join(value.casefold() for value in fields.values() if isinstance(value, str))


def clues(fields: Mapping[str, FieldValue]) -> list[tuple[Names, Names, Names]]:
    """The features of each option in canonical order, a list per block."""
    options = next((value.items for value in fields.values() if isinstance(value, Options)), ())
    text = field_text(fields)
    regions = _field_regions(fields)
    measures = _measures(options, text=text, regions=regions)
    shape = _ranked(measures, count=len(options))
    context = _context(text, regions)
    found = []
    for place, option in enumerate(options):
        words = list(_words(option))
        crosses: Names = [(*one, *other) for one in _keys(option) for other in context]
        found.append((shape[place], words, crosses))
    return found


def _field_regions(fields: Mapping[str, FieldValue]) -> list[Region]:
    given = (value for value in fields.values() if isinstance(value, Region | Regions))
    return [region for value in given for region in (value.items if isinstance(value, Regions) else (value,))]


def _measures(options: Sequence[str | Region], *, text: str, regions: Sequence[Region]) -> dict[str, list[float]]:
    boxes = [option for option in options if isinstance(option, Region)]
    if boxes and len(boxes) == len(options):
        return _box_measures(boxes, regions=regions)
    return _text_measures([str(option).casefold() for option in options], text=text)


def _text_measures(options: Sequence[str], *, text: str) -> dict[str, list[float]]:
    bags = [set(WORD.findall(option)) for option in options]
    asked = set(WORD.findall(text))
    order = sorted(options)
    measures = {
        "alphabet": [float(order.index(option)) for option in options],
        "length": [float(len(option)) for option in options],
        "words": [float(len(WORD.findall(option))) for option in options],
        "asked": [float(len(bag & asked)) for bag in bags],
        "asked_share": [len(bag & asked) / max(1, len(bag)) for bag in bags],
        "said": [float(_said(option, text)) for option in options],
        "alike": [_likeness(place, bags) for place in range(len(bags))],
        "shared": [float(sum(len(bags[place] & other) for other in bags)) for place in range(len(bags))],
    }
    numbers = [_number(option) for option in options]
    if None not in numbers:
        measures["number"] = [number for number in numbers if number is not None]
    return measures


def _said(option: str, text: str) -> bool:
    return bool(option) and re.search(rf"(?<!\w){re.escape(option)}(?!\w)", text) is not None


def _likeness(place: int, bags: Sequence[set[str]]) -> float:
    """Mean share of words in common with the other options: the odd one out has least."""
    mine = bags[place]
    shares = [len(mine & bag) / max(1, len(mine | bag)) for other, bag in enumerate(bags) if other != place]
    return round(sum(shares) / max(1, len(shares)), 6)


def _number(option: str) -> float | None:
    if option in NUMBERS:
        return NUMBERS[option]
    try:
        value = float(option)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _box_measures(boxes: Sequence[Region], *, regions: Sequence[Region]) -> dict[str, list[float]]:
    measures: dict[str, list[float]] = {
        "x1": [box.x1 for box in boxes],
        "y1": [box.y1 for box in boxes],
        "x2": [box.x2 for box in boxes],
        "y2": [box.y2 for box in boxes],
        "medium": [float(box.medium) for box in boxes],
        "width": [box.x2 - box.x1 for box in boxes],
        "height": [box.y2 - box.y1 for box in boxes],
        "area": [_area(box) for box in boxes],
        "aspect": [(box.x2 - box.x1) / max(1e-6, box.y2 - box.y1) for box in boxes],
        "centre": [math.dist(_middle(box), (0.5, 0.5)) for box in boxes],
        "others": [sum(_iou(box, other) for other in boxes if other is not box) for box in boxes],
        "same_size": [float(sum(_same_size(box, other) for other in boxes)) for box in boxes],
        "border": [float(min(box.x1, box.y1, 1 - box.x2, 1 - box.y2) < 1e-6) for box in boxes],
        "digits": [float(max(len(repr(side)) for side in (box.x1, box.y1, box.x2, box.y2)) > 8) for box in boxes],
    }
    if regions:
        measures["given_iou"] = [max(_iou(box, given) for given in regions) for box in boxes]
        measures["given_far"] = [min(math.dist(_middle(box), _middle(given)) for given in regions) for box in boxes]
        measures["given_size"] = [float(any(_same_size(box, given) for given in regions)) for box in boxes]
        measures["given_area"] = [_area(box) / max(1e-9, _area(regions[0])) for box in boxes]
    return {name: [round(value, 6) for value in values] for name, values in measures.items()}


def _area(box: Region) -> float:
    return (box.x2 - box.x1) * (box.y2 - box.y1)


def _middle(box: Region) -> tuple[float, float]:
    return (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2


def _same_size(a: Region, b: Region) -> bool:
    return abs((a.x2 - a.x1) - (b.x2 - b.x1)) + abs((a.y2 - a.y1) - (b.y2 - b.y1)) < 1e-4


def _iou(a: Region, b: Region) -> float:
    width, height = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
    if width <= 0 or height <= 0 or a.medium != b.medium:
        return 0.0
    return width * height / (_area(a) + _area(b) - width * height)


def _ranked(measures: Mapping[str, Sequence[float]], *, count: int) -> list[Names]:
    """Ranks from below and above among the options, ties alike, and coarse steps; a measure on which all agree says nothing."""
    found: list[Names] = [[] for _ in range(count)]
    for name, values in measures.items():
        if len(set(values)) < 2:
            continue
        for place, value in enumerate(values):
            below = sum(other < value for other in values)
            above = sum(other > value for other in values)
            found[place] += [(name, "below", below), (name, "above", above), (name, "step", _step(value))]
    return found


def _step(value: float) -> int:
    """Powers of two: coarse enough to meet again."""
    return 0 if abs(value) < 1e-6 else int(math.copysign(40 + math.floor(2 * math.log2(abs(value))), value))


def _keys(option: str | Region) -> Names:
    """Names under which an option is met again: itself, or where a box lies and how large it is."""
    if isinstance(option, str):
        return [("is", option.casefold())]
    return [("lies", *_grid(option)), ("fills", _step(round(_area(option), 6)))]


def _grid(box: Region) -> tuple[int, int]:
    across, down = _middle(box)
    return min(3, int(across * 4)), min(3, int(down * 4))


def _words(option: str | Region) -> Iterator[tuple[object, ...]]:
    yield from _keys(option)
    if isinstance(option, str):
        words = WORD.findall(option.casefold())[:MAX_CONTEXT]
        yield from (("has", word) for word in dict.fromkeys(words))
        yield from (("pair", *pair) for pair in dict.fromkeys(pairwise(words)))


def _context(text: str, regions: Sequence[Region]) -> Names:
    words = list(dict.fromkeys(WORD.findall(text)))[:MAX_CONTEXT]
    found: Names = [(word,) for word in words]
    found.append(("whole", text))
    for place, region in enumerate(regions[:3]):
        found += [(place, key) for key in _keys(region)]
    return found
