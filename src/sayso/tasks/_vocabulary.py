"""Words that stand in for one another: the pools that wrong answers are drawn from.

A family is a set of values of which any could be the answer to the same question. A wrong option comes from what the item's source
could have said (`AnnotatedItem.vocabulary`) or, where it does not say, from the family of the right one, so that it cannot be
told without looking. A value of no family has only the item's own values as rivals.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

__all__ = [
    "article",
    "be",
    "family",
    "generic",
    "INVERSE",
    "inverse",
    "kind_of",
    "NOTHING",
    "number_options",
    "NUMBERS_PER_BLOCK",
    "plural",
    "rivals",
    "with_article",
]


def _split(words: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in words.split())


SCENE_SHAPES = ("circle", "cross", "diamond", "square", "star", "triangle")
COCO_THINGS = _split("""airplane apple backpack banana baseball_bat baseball_glove bear bed bench bicycle bird boat book
bottle bowl broccoli bus cake car carrot cat cell_phone chair clock couch cow cup dining_table dog donut elephant
fire_hydrant fork frisbee giraffe hair_drier handbag horse hot_dog keyboard kite knife laptop microwave motorcycle mouse
orange oven parking_meter person pizza potted_plant refrigerator remote sandwich scissors sheep sink skateboard skis
snowboard spoon sports_ball stop_sign suitcase surfboard teddy_bear tennis_racket tie toaster toilet toothbrush
traffic_light train truck tv umbrella vase wine_glass zebra""")
FAMILIES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "color": (("black", "blue", "green", "purple", "red", "yellow"), ("brown", "gray", "orange", "pink", "white")),
    "size": (("large", "small"), ("big", "medium", "small")),
    "texture": (("dotted", "plain", "striped"),),
    "position": (
        tuple(f"{row} {column}" for row in ("top", "middle", "bottom") for column in ("left", "centre", "right")),
        ("left", "middle", "right"),
    ),
    "relation": (
        ("left of", "right of", "above", "below"),
        ("to the left of", "to the right of", "above", "below"),
    ),
    "answer": (("no", "yes"), ("false", "true")),
    "label": (SCENE_SHAPES, COCO_THINGS),
}
INVERSE: Mapping[str, str] = {
    "left of": "right of",
    "right of": "left of",
    "to the left of": "to the right of",
    "to the right of": "to the left of",
    "above": "below",
    "below": "above",
}
TURNED: Mapping[str, str] = {"left": "right", "right": "left", "above": "below", "below": "above"}
DIRECTION = re.compile(r"(?:above|below)?(?: and |,? )?(?:to the )?(?:(?:left|right)(?: of)?)?")
NOTHING: Mapping[str, tuple[str, ...]] = {}
NUMBERS_PER_BLOCK = 5
IRREGULAR = {
    "atlas": "atlases",
    "canvas": "canvases",
    "child": "children",
    "deer": "deer",
    "fish": "fish",
    "foot": "feet",
    "gas": "gases",
    "goose": "geese",
    "knife": "knives",
    "leaf": "leaves",
    "lens": "lenses",
    "loaf": "loaves",
    "mouse": "mice",
    "person": "people",
    "potato": "potatoes",
    "rhinoceros": "rhinoceroses",
    "scissors": "scissors",
    "sheep": "sheep",
    "shelf": "shelves",
    "skis": "skis",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "wolf": "wolves",
}
MEN = re.compile(r"(?i)\A(?:wo|\w*(?:fire|sales|police|snow|crafts|work|sports|chair|post|spokes|business))?man\Z")
PLURAL = re.compile(r"(?i)(?:skis|scissors|(?<![sui])s)\Z")  # a bus, a glass, an iris is one thing
VOWEL = re.compile(
    r"[AEFHILMNORSX](?=[A-Z])|(?![A-Z]{2})(?i:(?!uni(?![nm])|use|usu|eu|uk|one\b)(?:[aeiou]|hour|honest|heir))"
)


@cache
def family(kind: str, value: str) -> tuple[str, ...]:
    """The first family of `kind` that holds `value`; empty where none does."""
    return next((words for words in FAMILIES.get(kind, ()) if value in words), ())


@cache
def kind_of(value: str) -> str:
    """The kind of family that `value` belongs to, or an empty string."""
    return next((kind for kind in FAMILIES if family(kind, value)), "")


def rivals(
    kind: str, value: str, *, near: Iterable[str] = (), vocabulary: Mapping[str, tuple[str, ...]] = NOTHING
) -> list[str]:
    """What else could have been said: the values `near` first, then the rest of the family; never `value` itself.

    `vocabulary` is that of an item. Where it has words for the `kind`, these are all that its source could have said, and
    no family is asked: a question about a star, on a source without stars, would be answered without looking.
    """
    known = vocabulary.get(kind) or (*near, *family(kind, value))
    return list(dict.fromkeys(word for word in known if word != value))


@cache
def inverse(predicate: str) -> str | None:
    """How the object lies to the subject, where `predicate` is a direction; None where it is not.

    `left of` gives `right of`, `above and to the left of` gives `below and to the right of`.
    """
    if not predicate or not DIRECTION.fullmatch(predicate):
        return None
    return re.sub(r"left|right|above|below", lambda match: TURNED[match.group()], predicate)


def number_options(number: int) -> tuple[str, ...]:
    """The block of consecutive numbers that `number` is in: 0 to 4, 5 to 9 and so on.

    Fixed blocks say nothing about where in them the answer is, which a window around it would.
    """
    start = number - number % NUMBERS_PER_BLOCK
    return tuple(str(n) for n in range(start, start + NUMBERS_PER_BLOCK))


def with_article(words: str) -> str:
    """`a red circle`, `an umbrella`; things that are several already (`skis`, `platelets`) get none."""
    return words if _is_plural(words) else f"{article(words)} {words}"


def article(words: str) -> str:
    """`a` or `an`, as the sound of the first word wants it."""
    return "an" if VOWEL.match(words) else "a"


def be(words: str) -> str:
    """`is` or `are`: where are the scissors?"""
    return "are" if _is_plural(words) else "is"


def _is_plural(words: str) -> bool:
    last = words.rpartition(" ")[2]
    return PLURAL.search(last) is not None and last.lower() not in IRREGULAR.keys() - IRREGULAR.values()


@cache
def plural(words: str) -> str:
    """`red circles`, `crosses`, `people`; what is several already stays as it is."""
    start, space, last = words.rpartition(" ")
    return f"{start}{space}{_plural_word(last)}"


def _plural_word(word: str) -> str:
    small = word.lower()
    if small in IRREGULAR:
        return word[:1] + IRREGULAR[small][1:]
    if _is_plural(word):
        return word
    if MEN.match(word):
        return f"{word[:-2]}en"
    if re.search(r"[^aeiou]y\Z", small):
        return f"{word[:-1]}ies"
    return word + ("es" if small.endswith(("s", "x", "z", "ch", "sh")) else "s")


def generic(labels: Iterable[str]) -> str:
    """What things of all these labels are together."""
    return "shape" if all(label in SCENE_SHAPES for label in labels) else "object"
