"""Every example gets the images of another example of the same task and split, never its own.

What a model still gets right then, it gets right without looking. Text, options and references stay. Examples are
grouped by their images and the groups put in a random order; each example then takes the images of the one `m` places
further on, `m` being the size of the largest group. No two examples share a donor, and none meets its own group,
as long as no group holds more than half of all examples; beyond that, and where images overlap only in part, a donor is drawn
from the others and may serve twice. Donors have as many images as the example. Rows without images, and rows for which no
donor exists, are refused with a reason.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sayso.evaluate.perturb._protocol import perturbations
from sayso.records import Media, Sample, Verdict
from sayso.seeds import Stream

__all__ = ["donors", "shuffled_images", "ShuffledImages"]

NO_IMAGE = Verdict(keep=False, reason="no image to shuffle")
NO_DONOR = Verdict(keep=False, reason="no other example with as many other images")


class ShuffledImages:
    """Swaps images between examples."""

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples with another example's media; all wordings of an example get the same ones."""
        media = {sample.example: sample.media for sample in samples if sample.media}
        swapped = donors(media, seed=seed)
        return [_swap(sample, media=media, swapped=swapped) for sample in samples]


def _swap(sample: Sample, *, media: dict[str, tuple[Media, ...]], swapped: dict[str, str]) -> Sample | Verdict:
    if not sample.media:
        return NO_IMAGE
    if sample.example not in swapped:
        return NO_DONOR
    return replace(sample, media=media[swapped[sample.example]])


def donors(media: dict[str, tuple[Media, ...]], *, seed: int) -> dict[str, str]:
    """Whose images each example gets, by example id; an example without a possible donor is missing."""
    found: dict[str, str] = {}
    for number in sorted({len(items) for items in media.values()}):
        alike = {example: _keys(items) for example, items in media.items() if len(items) == number}
        found.update(_shifted(alike, seed=seed))
    return found


def _keys(media: Iterable[Media]) -> tuple[str, ...]:
    return tuple(item.key for item in media)


def _shifted(keys: dict[str, tuple[str, ...]], *, seed: int) -> dict[str, str]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for example in sorted(keys):
        groups.setdefault(keys[example], []).append(example)
    shuffled = sorted(groups)
    Stream(seed, "shuffled_images").shuffle(shuffled)
    row = [example for key in shuffled for example in groups[key]]
    shift = max(map(len, groups.values()))
    wanted = {example: row[(place + shift) % len(row)] for place, example in enumerate(row)}
    checked = {example: _checked(example, donor, keys=keys, seed=seed) for example, donor in wanted.items()}
    return {example: donor for example, donor in checked.items() if donor is not None}


def _checked(example: str, donor: str, *, keys: dict[str, tuple[str, ...]], seed: int) -> str | None:
    """`donor` if it shares no image with `example`, else one drawn from those that share none."""
    own = set(keys[example])
    if own.isdisjoint(keys[donor]):
        return donor
    others = [other for other in sorted(keys) if own.isdisjoint(keys[other])]
    return Stream(seed, "shuffled_images", example).choice(others) if others else None


@perturbations.register("shuffled_images")
def shuffled_images() -> ShuffledImages:
    """Images of another example."""
    return ShuffledImages()
