"""Cross-validated accuracy from the text alone, for examples of one task.

Five folds by picture (by item where there is none). For each fold, models over one, two and three blocks of clues learn on three
of the others, the fourth says which of them to believe, and the fold is scored: nothing is chosen on what is reported.
Where no options are offered, the best constant answer per kind of question takes the place of the model.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sayso.evaluate.blindness.clues import BLOCKS, clues, field_text
from sayso.evaluate.blindness.fit import Choices, Floats, fit, share_right
from sayso.records import Answer, Example, Options, Region, Regions
from sayso.seeds import Stream, derive

__all__ = ["Blindness", "probe"]

FOLDS = 5
RARE = 3  # a clue that fewer options show teaches nothing
Z95 = 1.96


@dataclass(frozen=True, kw_only=True, slots=True)
class Blindness:
    """What can be told blind. Shares in [0, 1]; `low` to `high` is a 95 % interval by pictures, normal approximation.

    `chance` is the mean of right options over options, None where none are offered; `num_options` is the mean number of them.
    `top_answer_share` is the share of the commonest first answer. `n` counts the examples that were used.
    """

    accuracy: float
    low: float
    high: float
    chance: float | None
    n: int
    num_options: float | None
    top_answer_share: float


def probe(examples: Iterable[Example], *, seed: int, max_examples: int = 2000) -> Blindness | None:
    """How well the answers of one task's examples can be told without pictures; None where there is no example.

    More than `max_examples` are sampled down with the seed. Takes a second or two and no memory beyond that sample.
    """
    drawn = _draw(examples, seed=seed, limit=max_examples)
    if not drawn:
        return None
    groups = _groups(drawn)
    folds = np.array([derive(seed, "blind", str(group)) % FOLDS for group in groups], dtype=np.int64)
    offered = [_options(example) for example in drawn]
    closed = all(offered)
    right = _closed(drawn, folds=folds) if closed else _open(drawn, folds=folds)
    accuracy = float(right.mean())
    margin = Z95 * _standard_error(right, groups)
    return Blindness(
        accuracy=accuracy,
        low=max(0.0, accuracy - margin),
        high=min(1.0, accuracy + margin),
        chance=_chance(drawn) if closed else None,
        n=len(drawn),
        num_options=sum(map(len, offered)) / len(drawn) if closed else None,
        top_answer_share=_top_share(drawn),
    )


def _draw(examples: Iterable[Example], *, seed: int, limit: int) -> list[Example]:
    """A uniform sample of a stream (reservoir), in a fixed order."""
    stream = Stream(seed, "blind", "draw")
    kept: list[Example] = []
    for number, example in enumerate(examples):
        if number < limit:
            kept.append(example)
        elif (place := stream.below(number + 1)) < limit:
            kept[place] = example
    return kept


def _groups(examples: Sequence[Example]) -> list[Hashable]:
    """What must stay on one side: the first picture, or the item."""
    return [_group(example) for example in examples]


def _group(example: Example) -> Hashable:
    if example.media:
        medium = example.media[0]
        return medium.path or blake2b(medium.data or b"", digest_size=8).hexdigest()
    return example.id.rpartition("/")[0]


def _options(example: Example) -> tuple[str | Region, ...]:
    return next((value.items for value in example.fields.values() if isinstance(value, Options)), ())


def _chance(examples: Sequence[Example]) -> float:
    return sum(len(set(one.references)) / len(_options(one)) for one in examples) / len(examples)


def _standard_error(right: Floats, groups: Sequence[Hashable]) -> float:
    """Of the mean, by groups: examples of one picture are not independent."""
    total: defaultdict[Hashable, float] = defaultdict(float)
    mean = right.mean()
    for value, group in zip(right, groups, strict=True):
        total[group] += float(value - mean)
    return float(np.sqrt(sum(gap * gap for gap in total.values())) / len(right))


def _closed(examples: Sequence[Example], *, folds: npt.NDArray[np.int64]) -> Floats:
    models = _models(examples)
    right = np.zeros(len(examples))
    for fold in range(FOLDS):
        test, judge = folds == fold, folds == (fold + 1) % FOLDS
        train = ~(test | judge)
        if test.any():
            right[test] = _score_fold(models, train=train, judge=judge, test=test)
    return right


def _score_fold(
    models: Sequence[tuple[Choices, int]],
    *,
    train: npt.NDArray[np.bool_],
    judge: npt.NDArray[np.bool_],
    test: npt.NDArray[np.bool_],
) -> Floats:
    best, chosen = -1.0, np.zeros(0)
    for choices, num_features in models:
        theta = np.zeros(num_features)
        if train.any():
            theta = fit(choices.take(train), num_features=num_features)
        judged = float(share_right(choices.take(judge), theta).mean()) if judge.any() else 0.0
        if judged > best + 1e-9:
            best, chosen = judged, share_right(choices.take(test), theta)
    return chosen


def _models(examples: Sequence[Example]) -> list[tuple[Choices, int]]:
    """The same choices with one block of clues, with two, and with three; each with its number of features."""
    sizes, gold = [], []
    rows: list[list[int]] = [[] for _ in range(BLOCKS)]
    ids: list[list[int]] = [[] for _ in range(BLOCKS)]
    weights: list[list[float]] = [[] for _ in range(BLOCKS)]
    known: list[dict[tuple[object, ...], int]] = [{} for _ in range(BLOCKS)]
    for example in examples:
        options = _options(example)
        sizes.append(len(options))
        gold += [float(option in example.references) for option in options]
        for place, blocks in enumerate(clues(example.fields)):
            row = len(gold) - len(options) + place
            for block, names in enumerate(blocks):
                rows[block] += [row] * len(names)
                ids[block] += [known[block].setdefault(name, len(known[block])) for name in names]
                weights[block] += [_weight(block, len(names))] * len(names)
    parts = [_frequent(rows[block], ids[block], weights[block]) for block in range(BLOCKS)]
    return [_stack(parts[: depth + 1], sizes=sizes, gold=gold) for depth in range(BLOCKS)]


def _weight(block: int, count: int) -> float:
    """The many clues of the later blocks share one vote."""
    return 1.0 if block == 0 else 1.0 / float(np.sqrt(max(1, count)))


Part = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats, int]


def _frequent(rows: Sequence[int], ids: Sequence[int], weights: Sequence[float]) -> Part:
    """The clues that are met RARE times or more, numbered again."""
    row, name, weight = np.array(rows, np.int64), np.array(ids, np.int64), np.array(weights, np.float64)
    often = np.bincount(name, minlength=1) >= RARE
    there = often[name] if len(name) else np.zeros(0, bool)
    return row[there], (np.cumsum(often) - 1)[name[there]], weight[there], int(often.sum())


def _stack(parts: Sequence[Part], *, sizes: Sequence[int], gold: Sequence[float]) -> tuple[Choices, int]:
    offsets = np.cumsum([0, *(part[3] for part in parts)])
    count = np.array(sizes, np.int64)
    choices = Choices(
        starts=np.cumsum(count) - count,
        gold=np.array(gold),
        rows=np.concatenate([part[0] for part in parts]),
        ids=np.concatenate([part[1] + offset for part, offset in zip(parts, offsets[:-1], strict=True)]),
        weights=np.concatenate([part[2] for part in parts]),
    )
    return choices, int(offsets[-1])


def _open(examples: Sequence[Example], *, folds: npt.NDArray[np.int64]) -> Floats:
    """Right where the commonest answer to such questions in the other folds is accepted."""
    right = np.zeros(len(examples))
    for fold in range(FOLDS):
        counts: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
        boxes = []
        for example, other in zip(examples, folds, strict=True):
            if other != fold:
                for kind in _kinds(example):
                    counts[kind][_plain(example.references[0])] += 1
                boxes += [answer for answer in example.references if isinstance(answer, Region)]
        constant = _mean_box(boxes)
        for place in np.flatnonzero(folds == fold).tolist():
            right[place] = _constant_right(examples[place], counts=counts, box=constant)
    return right


def _kinds(example: Example) -> list[Hashable]:
    """From the whole question to nothing at all: what groups the constant answers."""
    words = field_text(example.fields).split()
    return [("whole", *words), ("three", *words[:3]), ("two", *words[:2]), ("one", *words[:1]), ("any",)]


def _constant_right(example: Example, *, counts: defaultdict[Hashable, Counter[str]], box: Region | None) -> float:
    if box is not None and isinstance(example.references[0], Region):
        return float(any(_meets(answer, box) for answer in example.references))
    accepted = {_plain(answer) for answer in example.references}
    for kind in _kinds(example):
        if kind in counts and counts[kind].total() >= RARE:
            return float(min(counts[kind], key=lambda text: (-counts[kind][text], text)) in accepted)
    return 0.0


def _plain(answer: Answer) -> str:
    if isinstance(answer, str):
        return " ".join(answer.casefold().split())
    boxes = answer.items if isinstance(answer, Regions) else (answer,)
    return " ".join(f"{box.medium} {box.x1:.1f} {box.y1:.1f} {box.x2:.1f} {box.y2:.1f}" for box in boxes)


def _mean_box(boxes: Sequence[Region]) -> Region | None:
    if not boxes:
        return None
    x1, y1, x2, y2 = (float(np.mean([getattr(box, side) for box in boxes])) for side in ("x1", "y1", "x2", "y2"))
    return Region(x1=x1, y1=y1, x2=x2, y2=y2)


def _meets(answer: Answer, box: Region) -> bool:
    """IoU of one half or more."""
    if not isinstance(answer, Region):
        return False
    width, height = min(answer.x2, box.x2) - max(answer.x1, box.x1), min(answer.y2, box.y2) - max(answer.y1, box.y1)
    shared = max(0.0, width) * max(0.0, height)
    area = (answer.x2 - answer.x1) * (answer.y2 - answer.y1) + (box.x2 - box.x1) * (box.y2 - box.y1)
    return area > shared and shared / (area - shared) >= 0.5


def _top_share(examples: Sequence[Example]) -> float:
    counts = Counter(_plain(example.references[0]) for example in examples)
    return max(counts.values()) / len(examples)
