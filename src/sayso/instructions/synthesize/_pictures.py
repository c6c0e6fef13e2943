"""What is in a picture, in words: for language models that cannot see it.

Captions, things with their attributes and boxes, how they stand to each other, and writing. Boxes are corners in [0, 1] of width and height, three decimals, as LLaVA's authors gave
them to theirs (checked in their prompts). Questions with answers are left out: whoever writes new ones should not copy them.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from sayso.records import AnnotatedItem, AnnotatedObject, Media, Region

__all__ = ["beside", "in_words", "media_of", "pictured", "Seeing"]

Seeing: TypeAlias = Literal["none", "shown", "described"]
"""What a language model gets of an item's pictures: nothing, themselves, or their annotations in words."""


def media_of(item: AnnotatedItem | None, seeing: Seeing) -> tuple[Media, ...]:
    """The pictures to show."""
    return item.media if item is not None and seeing == "shown" else ()


def beside(text: str, item: AnnotatedItem, seeing: Seeing) -> str:
    """The text, with what is in the picture before it where that is described."""
    if seeing != "described" or not item.media:
        return text
    return f"What is in the picture:\n{in_words(item) or 'nothing is known'}\n\n{text}"


def pictured(item: AnnotatedItem) -> bool:
    """Whether there is anything to say about its pictures."""
    return bool(item.media) and bool(in_words(item))


def in_words(item: AnnotatedItem, *, boxes: bool = True) -> str:
    """The annotations of an item, a line each; empty where it has none."""
    return "\n".join(_lines(item, boxes))


def _lines(item: AnnotatedItem, boxes: bool) -> Iterator[str]:
    yield from (caption.strip() for caption in item.captions if caption.strip())
    if text := item.labels.get("description", "").strip():
        yield text
    several = len(item.media) > 1
    yield from (_thing(one, boxes=boxes, several=several) for one in item.objects)
    for relation in item.relations:
        names = [item.objects[place].label for place in (relation.subject, relation.object)]
        yield f"{names[0]} {relation.predicate} {names[1]}"
    yield from (f"{one.text}: {_box(one.region, several)}" if boxes else one.text for one in item.phrases)
    yield from (f"{one.text} ({one.label})" for one in item.statements if one.text.strip())


def _thing(one: AnnotatedObject, *, boxes: bool, several: bool) -> str:
    words = [*(one.attributes[kind] for kind in sorted(one.attributes)), *one.tags, one.label]
    text = " ".join(words) + (f' with the text "{one.text}"' if one.text else "")
    return f"{text}: {_box(one.region, several)}" if boxes and one.region is not None else text


def _box(region: Region, several: bool) -> str:
    corners = f"[{region.x1:.3f}, {region.y1:.3f}, {region.x2:.3f}, {region.y2:.3f}]"
    return f"{corners} of picture {region.medium + 1}" if several else corners
