"""Captions that fit the picture among captions that do not.

A wrong caption is a right one with a word exchanged for one that is true of nothing in the picture (foils, as in
Shekhar et al. 2017). The four captions of a choice differ in two places, each word occurring twice, so that the right
one cannot be told as the one from which the others derive.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sayso.records import AnnotatedItem, Options
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import mentions, pick, values
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import FAMILIES, article, plural

__all__ = ["image_text_matching", "image_text_selection"]

KINDS = ("color", "label")
NEGATIONS = ("no", "not", "without")


class Spot(NamedTuple):
    """A word of a caption, and what can take its place to make the caption wrong."""

    word: str
    rivals: tuple[str, ...]


@task(needs=("image", "captions", "objects"), slots={"caption": "text"}, output="option", aliases=("ITM",))
def image_text_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a caption fits the picture."""
    for caption in pick(item.captions, stream, count=2):
        spots = _spots(item, caption)
        truth = stream.below(2) == 1
        if spots:
            spot = stream.choice(spots)
            shown = caption if truth else _exchange(caption, {spot.word: stream.choice(spot.rivals)})
            yield judge(truth, caption=shown)


@task(needs=("image", "captions", "objects"), output="option")
def image_text_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the caption that fits the picture."""
    for caption in pick(item.captions, stream, count=1):
        wrong = _wrong_captions(caption, pick(_spots(item, caption), stream, count=2), stream)
        if len(wrong) > 1:
            yield choose(caption, Options(items=tuple(sorted({caption, *wrong}))))


def _wrong_captions(caption: str, spots: Sequence[Spot], stream: Stream) -> list[str]:
    if len(spots) == 1:
        return [_exchange(caption, {spots[0].word: word}) for word in pick(spots[0].rivals, stream, count=3)]
    first, second = ({spot.word: stream.choice(spot.rivals)} for spot in spots) if spots else ({}, {})
    return [_exchange(caption, change) for change in (first, second, {**first, **second}) if change]


def _spots(item: AnnotatedItem, caption: str) -> list[Spot]:
    """Words of the caption that name a colour or a class, with words of their family that nothing in the item has."""
    if any(mentions(caption, word) for word in NEGATIONS):
        return []
    present = {word for kind in KINDS for value in values(item.objects, kind) for word in (value, plural(value))}
    found: dict[str, tuple[str, ...]] = {}
    before = ""
    for word in map(_bare, caption.split(" ")):
        if word in present:
            others = found.get(word, _alternatives(word))
            found[word] = tuple(w for w in others if w not in present and _article_fits(before, w))
        before = word
    return [Spot(word, others) for word, others in found.items() if others]


def _bare(word: str) -> str:
    return word.strip(".,;:!?").lower()


def _article_fits(before: str, word: str) -> bool:
    # A caption with "a elephant" would be known as wrong without the picture.
    return before not in {"a", "an"} or before == article(word)


@cache
def _alternatives(word: str) -> tuple[str, ...]:
    for kind in KINDS:
        for words in FAMILIES[kind]:
            for forms in (words, tuple(map(plural, words))):
                if word in forms:
                    return tuple(other for other in forms if other != word)
    return ()


def _exchange(caption: str, change: Mapping[str, str]) -> str:
    """The caption with words exchanged wherever they stand, so that what was said twice still is."""
    return " ".join(_exchange_word(word, change) for word in caption.split(" "))


def _exchange_word(word: str, change: Mapping[str, str]) -> str:
    bare = _bare(word)
    if bare not in change:
        return word
    changed = word.lower().replace(bare, change[bare])
    return changed.capitalize() if word[0].isupper() else changed
