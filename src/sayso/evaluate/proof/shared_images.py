"""Pictures that stand in training and in test: the very same, or copies in another size or quality.

Drawn references (`shapes:...`) are many and alike by nature; they are compared by reference alone. Files are decoded and hashed
(`sayso.data.likeness`) in the end, and only if both splits are there; embedded bytes at once, since they are not kept.
"""

from collections.abc import Iterator

from sayso.data.likeness import Fingerprint, Index, fingerprint
from sayso.evaluate.proof._protocol import Finding, Proof, proofs
from sayso.evaluate.proof._tally import Tally, media_key
from sayso.evaluate.proof.contamination import is_drawn
from sayso.records import AnnotatedItem, Media

__all__ = ["SharedImages"]

NUM_IDS = 5


@proofs.register("shared_images")
class SharedImages(Proof):
    """Keeps a fingerprint for each picture of either split."""

    summary = "no picture of the test split is in training, nor a copy of one"

    def __init__(self) -> None:
        self._pictures: dict[str, dict[str, Media | Fingerprint | None]] = {"train": {}, "test": {}}
        self._unread: Tally[str] = Tally()

    def see_item(self, item: AnnotatedItem) -> None:
        """Hash its pictures, those not seen before."""
        if item.split not in self._pictures:
            return
        for name, medium in zip(media_key(item), item.media, strict=True):
            known = self._pictures[item.split]
            if medium.kind == "image" and name not in known:
                known[name] = None if is_drawn(name) else medium if medium.data is None else self._look(medium, name)

    def _look(self, found: Media | Fingerprint | None, name: str) -> Fingerprint | None:
        if not isinstance(found, Media):
            return found
        try:
            return fingerprint(found)
        except (OSError, ValueError, SyntaxError) as error:
            self._unread.add(type(error).__name__, f"{name} ({error})")
            return None

    def findings(self) -> Iterator[Finding]:
        """Same, alike, unreadable."""
        train, test = self._pictures["train"], self._pictures["test"]
        shared = [name for name in test if name in train]
        if shared:
            yield Finding(
                check="shared_images",
                level="error",
                count=len(shared),
                examples=tuple(shared[:NUM_IDS]),
                text=f"{len(shared):,} of {len(test):,} test pictures are in training too",
                remedy="divide by picture: one source with use: split keeps the rows of a picture together",
            )
        yield from self._copies()
        for kind, count, places in self._unread:
            text = f"{count:,} pictures cannot be decoded ({kind})"
            yield Finding(
                check="shared_images",
                level="error",
                count=count,
                text=text,
                examples=places,
                remedy="copy them again, or remove their rows",
            )

    def _copies(self) -> Iterator[Finding]:
        train, test = self._pictures["train"], self._pictures["test"]
        if not train or not test:
            return
        index = Index()
        for name, medium in train.items():
            if found := self._look(medium, name):
                index.add(name, found)
        pairs: dict[str, str] = {}
        for name, medium in test.items():
            found = None if name in train else self._look(medium, name)
            if other := found and next(index.alike(found), None):
                pairs[name] = other
        if pairs:
            yield Finding(
                check="shared_images",
                level="warning",
                count=len(pairs),
                examples=tuple(f"{name} = {other}" for name, other in list(pairs.items())[:NUM_IDS]),
                text=f"{len(pairs):,} of {len(test):,} test pictures look the same as one in training (perceptual hash)",
                remedy="look at these pairs and drop the copies from training",
            )
        if index.full:
            text = "so many pictures look alike (flat ones?) that not every pair was compared"
            yield Finding(check="shared_images", level="note", text=text)
