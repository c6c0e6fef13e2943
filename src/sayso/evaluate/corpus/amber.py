"""AMBER: what a description names against what a picture shows, and yes-or-no questions about existence, attributes and relations.

Of descriptions, as fractions: `amber_chair` (mentions that are not in the picture among all mentions), `amber_cover` (things of the picture that are named), `amber_hal` (descriptions with at
least one mention that is not there) and `amber_cog` (of the things that people tend to imagine there, those that are named). Of questions: `amber_accuracy`, `amber_precision`,
`amber_recall` and `amber_f1` with *no* as the positive class, as published; accuracy and F1 by dimension (`amber_existence_accuracy` ...); the mean of the three accuracies. Of
both: `amber_score`, half of 1 - CHAIR + F1, the headline.

`Answer.about` needs `dimension`: `generative`, `existence`, `attribute` or `relation`, or the published type (`discriminative-attribute-state` ...). A description needs `truth` and `hallu`
too: things with commas between them, each with what else names it behind bars (`man|person|people`), which is what `relation.json` says; `safe`, words that are no evidence, may be given.
`image` makes all that is about one picture one unit. References of questions are `yes` or `no`; a description needs none (but one must be given for other metrics' sake only).

Mentions are words of the description that name anything in `truth` or `hallu` of any description measured, or in `relation.json` if the option `relation` names that file: give it, or
figures on a part of the set count fewer mentions. The published script takes nouns by NLTK and calls two words synonyms where spaCy's vectors say so (0.8); here words are
made singular and only synonyms that are listed count, so CHAIR is a little higher here, and needs neither.

A description that could not be read names nothing: it counts in cover, and its reason is counted. A question's answer that could not be read is wrong, in neither cell of precision
and recall, and counted.

Source: Wang et al. 2023, arXiv 2311.07397, section 3, and its published script (Cog over the listed things).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayso.errors import ConfigError, DataError
from sayso.evaluate.corpus._binary import CELLS, binary_figures, cells, group_sums, unit_of, unread
from sayso.evaluate.corpus._objects import Name, name_at, words
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["Amber", "amber", "DIMENSIONS"]

DIMENSIONS = ("existence", "attribute", "relation")
SOURCE = "AMBER, arXiv 2311.07397"
QUESTIONS = SOURCE + "; positive is no"
LISTED = SOURCE + "; listed synonyms only"
TEXT = "lower case, runs of a-z, own singulars"
DESCRIBED = 8


@dataclass(frozen=True)
class Amber:
    """Figures of descriptions, of questions, and of both; `vocabulary` are names that count as mentions wherever they stand."""

    vocabulary: frozenset[Name] = frozenset()

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """The score of both first; it has no value where one of the two was not measured."""
        kinds = ("accuracy", "precision", "recall", "f1")
        by_dimension = [f"amber_{dimension}_{kind}" for dimension in DIMENSIONS for kind in ("accuracy", "f1")]
        asked = [*(f"amber_{kind}" for kind in kinds), "amber_mean_accuracy", *by_dimension]
        return (
            MetricCard(name="amber_score", source=f"{SOURCE}; (1 - CHAIR + F1) / 2", tokeniser=TEXT),
            MetricCard(name="amber_chair", source=LISTED, higher_is_better=False, tokeniser=TEXT),
            MetricCard(name="amber_cover", source=LISTED, tokeniser=TEXT),
            MetricCard(name="amber_hal", source=LISTED, higher_is_better=False, tokeniser=TEXT),
            MetricCard(name="amber_cog", source=LISTED, higher_is_better=False, tokeniser=TEXT),
            *(MetricCard(name=name, source=QUESTIONS) for name in asked),
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Eight sums of descriptions, then the six cells of each dimension's questions."""
        known = self.vocabulary.union(*(_vocabulary(one) for one in answers if _dimension(one) == "generative"))
        rows: dict[str, list[list[float]]] = defaultdict(list)
        for answer in answers:
            rows[unit_of(answer)].append(_row(answer, known=known))
        units, statistics = group_sums(rows)
        return Tally(units=units, statistics=statistics, reasons=Counter(filter(None, map(_lost, answers))))

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """All of them, from sums."""
        invented, mentions, covered, things, bad, texts, imagined, tempting = sums_RK[:, :DESCRIBED].T
        by_dimension = sums_RK[:, DESCRIBED:].reshape(len(sums_RK), len(DIMENSIONS), CELLS)
        whole = binary_figures(by_dimension.sum(axis=1))
        each = {one: binary_figures(by_dimension[:, place]) for place, one in enumerate(DIMENSIONS)}
        chair = ratio(invented, mentions)
        return {
            "amber_score": (1 - chair + whole["f1"]) / 2,
            "amber_chair": chair,
            "amber_cover": ratio(covered, things),
            "amber_hal": ratio(bad, texts),
            "amber_cog": ratio(imagined, tempting),
            **{f"amber_{kind}": whole[kind] for kind in ("accuracy", "precision", "recall", "f1")},
            "amber_mean_accuracy": np.mean([found["accuracy"] for found in each.values()], axis=0),
            **{f"amber_{one}_{kind}": each[one][kind] for one in DIMENSIONS for kind in ("accuracy", "f1")},
        }


def _row(answer: Answer, *, known: frozenset[Name]) -> list[float]:
    row = np.zeros(DESCRIBED + CELLS * len(DIMENSIONS))
    dimension = _dimension(answer)
    if dimension == "generative":
        row[:DESCRIBED] = _described(answer, known=known)
    else:
        place = DESCRIBED + CELLS * DIMENSIONS.index(dimension)
        row[place : place + CELLS] = cells(answer, positive="no")
    return list(row)


def _described(answer: Answer, *, known: frozenset[Name]) -> tuple[float, ...]:
    truth, hallu = _things(answer, "truth"), _things(answer, "hallu")
    if answer.text is None:
        return 0, 0, 0, len(truth), 0, 0, 0, len(hallu)
    said = list(_mentions(answer.text, known=known))
    safe = {name for thing in _things(answer, "safe") for name in thing}
    there = safe.union(*truth)
    invented = sum(name not in there for name in said)
    covered = sum(bool(thing & set(said)) for thing in truth)
    imagined = sum(bool(thing & set(said) - there) for thing in hallu)  # what is there was not imagined
    return invented, len(said), covered, len(truth), invented > 0, 1, imagined, len(hallu)


def _mentions(text: str, *, known: frozenset[Name]) -> Iterable[Name]:
    """Every name in the text, the longest at each place."""
    found = words(text)
    longest = max(map(len, known), default=0)
    place = 0
    while place < len(found):
        name = name_at(found, place, known=known, longest=longest)
        if name:
            yield name
        place += len(name) or 1


def _things(answer: Answer, key: str) -> list[frozenset[Name]]:
    """Each thing as the set of its names."""
    if key not in answer.about and key != "safe":
        raise DataError(f"{answer.example}: a description needs {key!r}, the things of its picture; give it in about")
    given = filter(str.strip, answer.about.get(key, "").split(","))
    return [frozenset(filter(None, (tuple(words(name)) for name in thing.split("|")))) for thing in given]


def _vocabulary(answer: Answer) -> frozenset[Name]:
    return frozenset[Name]().union(*_things(answer, "truth"), *_things(answer, "hallu"))


def _dimension(answer: Answer) -> str:
    given = answer.about.get("dimension", "")
    if given == "generative":
        return given
    kind = "existence" if given == "discriminative-hallucination" else given
    found = next((one for one in DIMENSIONS if one in kind), None)
    if found is None:
        raise DataError(f"{answer.example}: dimension {given!r} is none of generative, {', '.join(DIMENSIONS)}")
    return found


def _lost(answer: Answer) -> str:
    if _dimension(answer) == "generative":
        return (answer.reason or "no answer found") if answer.text is None else ""
    return unread(answer)


@corpus_metrics.register("amber")
def amber(*, relation: str = "") -> Amber:
    """AMBER's figures; `relation` is the published `relation.json`.

    Raises:
        ConfigError: the file cannot be read.
    """
    if not relation:
        return Amber()
    try:
        found = json.loads(Path(relation).read_text("utf-8"))
        listed = [*found, *(name for names in found.values() for name in names)]
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"cannot read {relation} ({error}); give AMBER's relation.json") from error
    return Amber(frozenset(tuple(words(name)) for name in listed) - {()})
