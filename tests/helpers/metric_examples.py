"""Answers that the contract tests of metrics try; a metric that reads other things than boxes and words adds its own here."""

from dataclasses import dataclass, field
from typing import Any

from judging_examples import EXAMPLES

from sayso.evaluate.corpus import Answer
from sayso.evaluate.metrics import Context
from sayso.instructions.regions import parse_regions

BOX = "[0.100, 0.200, 0.500, 0.700]"
OTHER = "[0.600, 0.100, 0.900, 0.400]"
CONTEXT = Context(options=(OTHER, BOX), read_regions=lambda text: parse_regions(text, style="unit"))


@dataclass(frozen=True, kw_only=True)
class MetricExample:
    """`gold` is worth the best value and `other` less; `best_of`: several references count as the best of them."""

    gold: str = BOX
    other: str = OTHER
    references: tuple[str, ...] = (BOX,)
    context: Context = CONTEXT
    options: dict[str, Any] = field(default_factory=dict)
    best_of: bool = True


METRICS: dict[str, MetricExample] = {
    "vqa_accuracy": MetricExample(gold="two dogs", other="a cat", references=("two dogs",) * 10, best_of=False),
}


def metric_example(name: str) -> MetricExample:
    return METRICS.get(name, MetricExample())


@dataclass(frozen=True, kw_only=True)
class CorpusExample:
    """Answers, right and wrong ones, whose figures all exist.

    `separable`: the statistics of a unit do not depend on the other answers. `by_references`: without a reference a unit cannot be scored.
    `wrong` is what none of them should say; not `any_text`: texts are a judge's verdicts, and others are refused.
    """

    answers: tuple[Answer, ...]
    options: dict[str, Any] = field(default_factory=dict)
    separable: bool = True
    by_references: bool = True
    wrong: str = "zzz"
    any_text: bool = True


def _caption(number: int, text: str, *references: str) -> Answer:
    return Answer(example=f"e{number}", text=text, references=references)


CAPTIONS = (
    _caption(
        0, "A black cat sleeps on the red sofa.", "A cat sleeps on a red sofa.", "There's a black cat on the sofa."
    ),
    _caption(1, "Two boys kick a ball across the grass.", "Two boys kick a ball across the grass."),
    _caption(
        2, "A bus.", "A yellow bus waits at the corner of the street.", "The school bus stands still at a corner."
    ),
    _caption(3, "The woman holds an umbrella over her head.", "A woman in the rain holds an umbrella over her dog."),
    _caption(
        4, "Kites (many) fly over the beach!", "Several kites fly high over a sandy beach.", "Kites over the sea."
    ),
)
SAFETY = tuple(
    Answer(example=f"x{number}", text=text, references=(gold,), about={"label": label})
    for number, (text, label, gold) in enumerate(
        [
            ("compliance", "safe", "compliance"),
            ("refusal", "safe", "compliance"),
            ("refusal", "unsafe", "refusal"),
            ("compliance", "unsafe", "refusal"),
            (None, "safe", "compliance"),
        ]
    )
)
CORPUS: dict[str, CorpusExample] = {
    "bleu": CorpusExample(answers=CAPTIONS),
    "cider": CorpusExample(answers=CAPTIONS, separable=False),
    "cider_d": CorpusExample(answers=CAPTIONS, separable=False),
    "xstest": CorpusExample(answers=SAFETY, by_references=False, any_text=False, wrong="refusal"),
}
OF_PROGRAMS = {"meteor": "starts a Java program; see tests/evaluate/corpus/test_meteor.py"}
"""Corpus metrics that the contract leaves to a test of their own, and why."""

CORPUS |= {name: CorpusExample(**example) for name, example in EXAMPLES.items()}
