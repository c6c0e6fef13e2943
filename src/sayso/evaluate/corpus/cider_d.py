r"""CIDEr-D: what a caption shares with those of people, words that few images call for weighing most.

For n of 1 to 4, a caption is a vector of its n-grams' counts times ln(N / max(1, df)), where df says how many of N images have the n-gram in a reference.
The likeness of caption and reference is

    sum min(h, r) r / (|h| |r|) * exp(-d^2 / 72)

with d the difference of their numbers of bigrams. The value of an image is ten times the mean over n and references, the figure is the mean over images.
Without clipping and penalty it is `cider`.

The weights are those of the set that is evaluated (`df: corpus`), so a subset's number is not comparable with the whole set's, and one image alone
scores 0. `df: FILE` takes them from a JSON file, `{"num_images": N, "document_frequency": {"a dog": 17, ...}}`, which `Documents.write` makes of references.
References alone decide them, never what a model said: so the values of images are independent of one another, and their mean can be resampled.

Source: Vedantam et al. 2015, "CIDEr", arXiv 1411.5726, its CIDEr-D, as in coco-caption (pycocoevalcap 1.2), which calls it "CIDEr"; no
stemming, as there.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.artifacts import write_json
from sayso.errors import DataError
from sayso.evaluate.corpus._captions import Caption, Tokens, captions, tally
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.corpus.bleu import ngrams
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.ptb import PTB, tokens
from sayso.evaluate.sensitivity import Floats
from sayso.records import Record

__all__ = ["Cider", "cider_d", "Documents"]

MOST = 4
SCALE = 10.0
SIGMA = 6.0
SOURCE = "Vedantam et al. 2015, arXiv 1411.5726, CIDEr-D as in coco-caption (pycocoevalcap 1.2), no stemming"


class Documents(Record, frozen=True, kw_only=True):
    """How many images there are, and how many of them have an n-gram (words between single spaces) in a reference."""

    num_images: int
    document_frequency: dict[str, int]

    @classmethod
    def of(cls, images: Iterable[Sequence[str]]) -> "Documents":
        """Counted over images, each with the text of its references."""
        return cls.counted([tuple(map(tokens, references)) for references in images])

    @classmethod
    def counted(cls, images: Sequence[Sequence[Tokens]]) -> "Documents":
        """Counted over images, each with the words of its references."""
        frequency = Counter(
            " ".join(ngram)
            for references in images
            for ngram in {ngram for words in references for n in range(1, MOST + 1) for ngram in ngrams(words, n)}
        )
        return cls(num_images=len(images), document_frequency=dict(frequency))

    @classmethod
    def read(cls, path: Path) -> "Documents":
        """From a JSON file.

        Raises:
            DataError: there is no such file, it has another shape, or a frequency is above the number of images.
        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError) as error:
            shape = '{"num_images": 2, "document_frequency": {"a dog": 1}}'
            raise DataError(f"cannot read document frequencies from {path}: {error}; a file holds {shape}") from error
        often = max(found.document_frequency.values(), default=0)
        if often > found.num_images:
            raise DataError(
                f"{path}: an n-gram in {often} images, but there are {found.num_images}; is num_images right?"
            )
        return found

    def write(self, path: Path) -> None:
        """As JSON, atomically."""
        write_json(path, {"num_images": self.num_images, "document_frequency": self.document_frequency})

    def vector(self, words: Tokens, n: int) -> dict[Tokens, float]:
        """Weight of each n-gram of a caption."""
        whole = math.log(self.num_images)
        frequency = self.document_frequency
        return {
            ngram: count * (whole - math.log(max(1, frequency.get(" ".join(ngram), 0))))
            for ngram, count in ngrams(words, n).items()
        }


@dataclass(frozen=True)
class Cider:
    """In [0, 10]; `documents` are those of the evaluated set where they are None."""

    card: MetricCard
    documents: Documents | None = None
    clipped: bool = True

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """One figure."""
        return (self.card,)

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Each image's value and a 1, or two zeros where it has no reference; an answer that could not be read is an empty caption."""
        found = captions(answers)
        described = [caption.references for caption in found if caption.references]
        documents = self.documents or Documents.counted(described)
        rows = [(self._value(one, documents), 1.0) if one.references else (0.0, 0.0) for one in found]
        reason = "one image alone: every n-gram weighs 0" if documents.num_images == 1 else ""
        return tally(answers, rows=rows, width=2, reason=reason)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """The mean over images."""
        return {self.card.name: ratio(*sums_RK.T)}

    def _value(self, caption: Caption, documents: Documents) -> float:
        total = 0.0
        for n in range(1, MOST + 1):
            said = documents.vector(caption.said, n)
            total += sum(
                _likeness(said, documents.vector(gold, n), clipped=self.clipped) * self._penalty(caption.said, gold)
                for gold in caption.references
            )
        return min(SCALE, SCALE * total / (MOST * len(caption.references)))

    def _penalty(self, said: Tokens, gold: Tokens) -> float:
        difference = max(0, len(said) - 1) - max(0, len(gold) - 1)
        return math.exp(-(difference**2) / (2 * SIGMA**2)) if self.clipped else 1.0


def _likeness(said: Mapping[Tokens, float], gold: Mapping[Tokens, float], *, clipped: bool) -> float:
    """Cosine of two vectors, with `said` cut to what `gold` has; 0 where one of them weighs nothing."""
    norms = math.hypot(*said.values()) * math.hypot(*gold.values())
    if not norms:
        return 0.0
    shared = ((said[ngram], gold[ngram]) for ngram in said.keys() & gold.keys())
    return math.fsum((min(mine, theirs) if clipped else mine) * theirs for mine, theirs in shared) / norms


def documents_from(df: str) -> Documents | None:
    """Of a file, or None for those of the evaluated set.

    Raises:
        DataError: the file cannot be read.
    """
    return None if df == "corpus" else Documents.read(Path(df))


def weights_named(df: str) -> str:
    """What a card says of the weights."""
    return "weights of this set" if df == "corpus" else f"weights of {Path(df).name}"


@corpus_metrics.register("cider_d")
def cider_d(*, df: str = "corpus") -> Cider:
    """CIDEr-D; `df` is corpus or the path of a JSON file with document frequencies."""
    card = MetricCard(name="cider_d", source=f"{SOURCE}; {weights_named(df)}", high=SCALE, tokeniser=PTB)
    return Cider(card=card, documents=documents_from(df))
