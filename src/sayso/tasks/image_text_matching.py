"""Captions that fit the picture among captions that do not.

A wrong caption is a right one with a word exchanged for one that is true of nothing in the picture (foils, as in
Shekhar et al. 2017). The four captions of a choice differ in two places, each word occurring twice, so that the right
one cannot be told as the one from which the others derive. Where no word can be exchanged, the wrong ones are captions of other
pictures of the source.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sayso.records import AnnotatedItem, Options
from sayso.seeds import Stream
from sayso.tasks._drafts import choose, judge
from sayso.tasks._objects import mentions, pick, values
from sayso.tasks._protocol import Draft, task
from sayso.tasks._vocabulary import FAMILIES, article, plural, with_article

__all__ = ["image_text_matching", "image_text_selection", "question_image_matching"]

KINDS = ("color", "label")
NUM_CAPTIONS = 5
NEGATIONS = ("no", "not", "without")
UNTELLING = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "being", "by", "for", "from", "has", "have", "his", "her", "image", "in", "into", "is", "it",
    "its", "of", "off", "on", "onto", "or", "out", "over", "photo", "photograph", "picture", "showing", "shows", "some", "that", "the",
    "their", "them", "there", "this", "to", "up", "view", "while", "with",
))  # fmt: skip
"""Words that are in captions of anything."""


class Spot(NamedTuple):
    """A word of a caption, and what can take its place to make the caption wrong."""

    word: str
    rivals: tuple[str, ...]


@task(needs=("image", "captions", "caption_foils"), slots={"caption": "text"}, output="option", aliases=("ITM",))
def image_text_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a caption fits the picture."""
    altered = False
    for caption in pick(item.captions, stream, count=2):
        spots = _spots(item, caption)
        truth = stream.below(2) == 1
        if spots:
            altered = True
            spot = stream.choice(spots)
            shown = caption if truth else _exchange(caption, {spot.word: stream.choice(spot.rivals)})
            yield judge(truth, caption=shown)
    if not altered:
        yield from _match_other(item, stream)


def _match_other(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """A caption of this picture or of another one, each as likely."""
    others, truth = _others(item), stream.below(2) == 1
    captions = [caption for caption in item.captions if caption.strip()]
    if others and captions:
        yield judge(truth, caption=stream.choice(captions if truth else others))


def _others(item: AnnotatedItem) -> list[str]:
    """Captions of other pictures that nobody wrote for this one, and that surely do not fit it.

    `The inside of a nice bathroom` was written for one picture and is true of every bathroom: those that have the fewest words in
    common with any caption of this picture are taken, but for words that all have.
    """
    own = {caption.strip().casefold() for caption in item.captions}
    others = [
        text for text in item.elsewhere.get("captions", ()) if text.strip() and text.strip().casefold() not in own
    ]
    words = {text: _telling(text) for text in others}
    here = frozenset().union(*map(_telling, item.captions)) - _common(words.values())
    shared = {text: len(words[text] & here) for text in others}
    return [text for text in others if shared[text] == min(shared.values())]


def _common(words: Iterable[frozenset[str]]) -> frozenset[str]:
    """What all have."""
    known = list(words)
    return frozenset.intersection(*known) if known else frozenset()


def _telling(text: str) -> frozenset[str]:
    """The words of a caption that say what is there."""
    return _words(text) - UNTELLING


def _words(text: str) -> frozenset[str]:
    return frozenset(map(_bare, text.split()))


@task(needs=("image", "captions", "caption_foils"), output="option")
def image_text_selection(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Choose the caption that fits the picture."""
    for caption in pick([caption for caption in item.captions if caption.strip()], stream, count=1):
        wrong = _wrong_captions(caption, pick(_spots(item, caption), stream, count=2), stream)
        if len(wrong) < 2:
            wrong = _apart(caption, pick(_others(item), stream))
        if wrong:
            yield choose(caption, Options(items=tuple(sorted({caption, *wrong}))))


def _apart(caption: str, others: Sequence[str]) -> list[str]:
    """Wrong captions that have no words in common but what all have: a word of two wrong ones would give both away.

    What people write has too many words for that; then none that tell anything, or any of the captions.
    """
    return (_disjoint(caption, others, read=_words) or _disjoint(caption, others, read=_telling) or list(others))[
        : NUM_CAPTIONS - 1
    ]


def _disjoint(caption: str, others: Sequence[str], *, read: Callable[[str], frozenset[str]]) -> list[str]:
    words = {text: read(text) for text in (caption, *others)}
    base = _common(words.values())
    kept: list[str] = []
    for text in others:
        if all(words[text] & words[other] <= base for other in (caption, *kept)):
            kept.append(text)
    return kept


@task(
    needs=("image", "questions", "other_questions"),
    slots={"question": "text"},
    output="option",
    aliases=("question_image_match",),
)
def question_image_matching(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Tell whether a question can be answered from the picture."""
    own = [question.text for question in item.questions if question.text.strip()]
    others = [text for text in item.elsewhere.get("questions", ()) if text.strip() and text not in own]
    pairs = [(question, other, _likeness(question, other)) for question in own for other in others]
    # The two that are most alike, or what is asked only where it can be answered would be known by its words.
    best = max((likeness for _, _, likeness in pairs), default=0.0)
    nearest = [(question, other) for question, other, likeness in pairs if likeness == best]
    if nearest:
        truth = stream.below(2) == 1
        yield judge(truth, question=stream.choice(nearest)[0 if truth else 1])


def _likeness(one: str, other: str) -> float:
    """The share of the words of two texts that they have in common."""
    words, others = set(one.lower().split()), set(other.lower().split())
    return len(words & others) / len(words | others)


def _wrong_captions(caption: str, spots: Sequence[Spot], stream: Stream) -> list[str]:
    """The caption with a word exchanged, with another, and with both; never both for the same, which might be unheard of."""
    if len(spots) == 2:
        new = stream.choice(spots[0].rivals)
        others = [word for word in spots[1].rivals if word != new]
        if others:
            first, second = {spots[0].word: new}, {spots[1].word: stream.choice(others)}
            return [_exchange(caption, change) for change in (first, second, {**first, **second})]
    return [_exchange(caption, {spot.word: word}) for spot in spots[:1] for word in pick(spot.rivals, stream, count=3)]


def _spots(item: AnnotatedItem, caption: str) -> list[Spot]:
    """Words of the caption that name a colour or a class, with words of their family that nothing in the item has."""
    if any(mentions(caption, word) for word in NEGATIONS):
        return []
    present = {word for kind in KINDS for value in values(item.objects, kind) for word in (value, plural(value))}
    found: dict[str, tuple[str, ...]] = {}
    before = ""
    for word in map(_bare, caption.split(" ")):
        if word in present:
            others = found.get(word) or _alternatives(item, word)
            found[word] = tuple(
                w for w in others if w not in present and _article_fits(before, w) and _is_plural_alike(word, w)
            )
        before = word
    return [Spot(word, others) for word, others in found.items() if others]


def _bare(word: str) -> str:
    return word.strip(".,;:!?").lower()


def _article_fits(before: str, word: str) -> bool:
    # A caption with "a elephant" would be known as wrong without the picture.
    return before not in {"a", "an"} or before == article(word)


def _is_plural_alike(word: str, other: str) -> bool:
    # Scissors come in pairs, and a lamp does not.
    return (with_article(word) == word) == (with_article(other) == other)


def _alternatives(item: AnnotatedItem, word: str) -> tuple[str, ...]:
    """What the source could have said in place of a colour or a class, in the same number."""
    for kind in KINDS:
        known = item.vocabulary.get(kind)
        for words in (known,) if known else FAMILIES[kind]:
            if found := _in_place_of(word, words):
                return found
    return ()


@cache
def _in_place_of(word: str, words: tuple[str, ...]) -> tuple[str, ...]:
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
