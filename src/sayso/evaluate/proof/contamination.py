"""Text of the test split that training has seen: the same text, or thirteen words in a row (Brown et al. 2020, GPT-3, appendix C).

The same text about the same picture is the same test row. The same text about another picture is common (`what is this?`) and a
note. Only text that fills slots counts: wordings are shared by design. Keeps hashes: of each text with its pictures, and of up to
MAX_GRAMS runs of words a split.
"""

from collections.abc import Iterator
from hashlib import blake2b

from sayso.evaluate.proof._protocol import Finding, Proof, Seen, proofs
from sayso.evaluate.proof._tally import field_key, media_key, plain
from sayso.records import Example, Options

__all__ = ["Contamination"]

WORDS = 13
SENTENCE = 6  # shorter texts are asked of any picture: `what color is the ball?`
MAX_GRAMS = 4_000_000
NUM_IDS = 5


@proofs.register("contamination")
class Contamination(Proof):
    """By task."""

    summary = f"no test text was seen in training: not with its picture, nor {WORDS} words in a row"

    def __init__(self) -> None:
        self._rows: dict[tuple[str, bool], dict[int, set[int]]] = {}
        self._test: dict[str, list[tuple[str, int, int]]] = {}
        self._grams: dict[str, set[int]] = {}
        self._test_grams: dict[str, list[tuple[str, int, tuple[int, ...]]]] = {}
        self._num_grams = 0
        self._drawn: set[str] = set()
        self._sentences: set[int] = set()
        self._elsewhere: dict[str, tuple[int, int, str]] = {}

    def see(self, seen: Seen) -> None:
        """Remember its text by hash."""
        example, name = seen.example, seen.subject.task.name
        is_test = example.split == "test"
        if example.split not in {"train", "test"} or example.messages:
            return
        whole, words, media = _texts(example)
        if not words and not media:
            return
        asked, shown = _hash(whole), _hash(" ".join(media))
        self._rows.setdefault((name, is_test), {}).setdefault(asked, set()).add(shown)
        if len(words) >= SENTENCE:
            self._sentences.add(asked)
        if any(is_drawn(one) for one in media):
            self._drawn.add(name)
        grams = tuple({_hash(" ".join(words[at : at + WORDS])) for at in range(len(words) - WORDS + 1)})
        if is_test:
            self._test.setdefault(name, []).append((example.id, asked, shown))
        if grams and self._num_grams < MAX_GRAMS:
            self._num_grams += len(grams)
            if is_test:
                self._test_grams.setdefault(name, []).append((example.id, asked, grams))
            else:
                self._grams.setdefault(name, set()).update(grams)

    def findings(self) -> Iterator[Finding]:
        """Same row, same words, same text elsewhere."""
        for name, rows in self._test.items():
            train = self._rows.get((name, False), {})
            if train:
                yield from self._of_task(name, rows, train=train)
        if self._elsewhere:
            shares = ", ".join(f"{name} {count:,} of {total:,}" for name, (count, total, _) in self._elsewhere.items())
            yield Finding(
                check="contamination",
                level="note",
                count=sum(count for count, _, _ in self._elsewhere.values()),
                examples=tuple(first for _, _, first in self._elsewhere.values())[:NUM_IDS],
                text=f"test examples ask in the very words of a training example about other media: {shares}",
            )
        if self._num_grams >= MAX_GRAMS:
            text = f"runs of {WORDS} words were compared for the first {MAX_GRAMS:,} only"
            yield Finding(check="contamination", level="note", text=text)

    def _of_task(self, name: str, rows: list[tuple[str, int, int]], *, train: dict[int, set[int]]) -> Iterator[Finding]:
        same = [row for row, asked, shown in rows if shown in train.get(asked, ())]
        text = [
            row
            for row, asked, shown in rows
            if asked in train and shown not in train[asked] and asked in self._sentences
        ]
        seen = self._grams.get(name, set())
        near = [
            row
            for row, asked, grams in self._test_grams.get(name, ())
            if asked not in train and seen.intersection(grams)
        ]
        if same:
            yield Finding(
                check="contamination",
                level="error",
                task=name,
                count=len(same),
                examples=tuple(same[:NUM_IDS]),
                text=f"{len(same):,} of {len(rows):,} test examples are in training too: same text, same media",
                remedy="split by picture (use: split divides by group), or drop these rows from training",
            )
        if near:
            # Drawn scenes are described by a grammar: thirteen words of it meet again by chance.
            yield Finding(
                check="contamination",
                level="note" if name in self._drawn else "warning",
                task=name,
                count=len(near),
                examples=tuple(near[:NUM_IDS]),
                text=f"{len(near):,} of {len(rows):,} test examples share {WORDS} words in a row with training",
                remedy="" if name in self._drawn else "look at these rows; drop from training what is the same text",
            )
        if text:
            self._elsewhere[name] = (len(text), len(rows), text[0])


def _texts(example: Example) -> tuple[str, list[str], tuple[str, ...]]:
    """All fields but options as one text, its words, and the pictures. Where there is no text, options are what is asked."""
    fields = sorted(example.fields.items())
    values = [(name, value) for name, value in fields if not isinstance(value, Options)] or fields
    words = [word for _, value in values if isinstance(value, str) for word in plain(value).split()]
    return " ".join(f"{name}={field_key(value)}" for name, value in values), words, media_key(example)


def is_drawn(medium: str) -> bool:
    """Whether a reference names a picture that is drawn when looked at, and no file."""
    scheme, colon, _ = medium.partition(":")
    return bool(colon) and len(scheme) > 1 and scheme != "bytes" and "/" not in scheme


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
