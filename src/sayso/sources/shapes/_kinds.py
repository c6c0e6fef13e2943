"""What a kind of scene is: facts of an item, and its pictures, each from (spec, index) alone."""

from collections.abc import Callable
from typing import Protocol, TypedDict

from PIL import Image

from sayso.records import AnnotatedObject, Media, Phrase, Question, Statement, Step
from sayso.seeds import Stream
from sayso.sources.shapes.scene import Spec

__all__ = ["chance_of", "Facts", "Kind", "kind_of_scene", "KINDS", "media_of"]


class Facts(TypedDict, total=False):
    """Fields of an AnnotatedItem."""

    media: tuple[Media, ...]
    objects: tuple[AnnotatedObject, ...]
    captions: tuple[str, ...]
    questions: tuple[Question, ...]
    statements: tuple[Statement, ...]
    phrases: tuple[Phrase, ...]
    steps: tuple[Step, ...]
    labels: dict[str, str]
    vocabulary: dict[str, tuple[str, ...]]
    elsewhere: dict[str, tuple[str, ...]]


class Kind(Protocol):
    """One kind of scene, a pure function of spec and index."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """What an item of this kind knows of its pictures; all chance comes from the seed and the index."""
        ...

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """Picture `medium` of the item, RGB, `spec.size` pixels wide and high."""
        ...


KINDS: dict[str, Kind] = {}
"""The kinds that are not plain scenes of things, by name."""


def kind_of_scene(name: str) -> Callable[[type[Kind]], type[Kind]]:
    """Decorate the class of a kind; it is made without arguments."""

    def keep(made: type[Kind]) -> type[Kind]:
        KINDS[name] = made()
        return made

    return keep


def media_of(spec: Spec, index: int, *, count: int = 1) -> tuple[Media, ...]:
    """The references of an item's pictures."""
    return tuple(
        Media(path=spec.reference(index, medium=medium), width=spec.size, height=spec.size) for medium in range(count)
    )


def chance_of(spec: Spec, index: int, purpose: str) -> Stream:
    """The chance behind an item of the spec's kind; `look` and `words` never share draws."""
    return Stream(spec.seed, "shapes", spec.kind, purpose, index)
