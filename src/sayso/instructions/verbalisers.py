"""Other words for yes and no: the same question, answered in the labels that its options show.

A model that only ever reads `yes||||no` learns two words; here each sample may show another pair, in which the first always affirms. One is
drawn per sample (a release that draws one per run has a single pair in the end), and only where the options are on show:
where nothing tells which words are wanted, they stay yes and no.
"""

import re
from collections.abc import Sequence

import msgspec

from sayso.records import Answer, Example, Options, Template

__all__ = ["label_sets", "LABELS", "with_labels"]

PLAIN = ("yes", "no", "not sure")
LABELS: tuple[tuple[str, str, str], ...] = (
    PLAIN,
    ("true", "false", "unclear"),
    ("correct", "incorrect", "undecided"),
    ("right", "wrong", "hard to say"),
    ("it is so", "it is not so", "it cannot be told"),
    ("I agree", "I disagree", "I cannot tell"),
    ("affirmative", "negative", "indefinite"),
    ("it holds", "it does not hold", "it stays open"),
    ("accept", "reject", "leave open"),
)
"""What affirms, what denies, and what does neither."""
_ASKS = re.compile(r"\byes\b", re.IGNORECASE)
_ASKS_INSIDE = re.compile(r"\byes\b\W+(?:or\W+)?no\b", re.IGNORECASE)
"""A question of the example that says itself how to answer it; a yes alone may be part of a dialogue."""


def label_sets(example: Example, *, template: Template) -> tuple[tuple[str, str, str], ...]:
    """The labels that may stand for this example's; one alone where its options are not yes and no, or the instruction names them."""
    options = next((value for value in example.fields.values() if isinstance(value, Options)), None)
    if options is None or _ASKS.search(template.text) or not _is_plain(options.items):
        return (PLAIN,)
    asked = (value for value in example.fields.values() if isinstance(value, str))
    return (PLAIN,) if any(_ASKS_INSIDE.search(text) for text in asked) else LABELS


def _is_plain(items: Sequence[object]) -> bool:
    words = {item.casefold() for item in items if isinstance(item, str)}
    return len(words) == len(items) and words in ({*PLAIN[:2]}, {*PLAIN})


def with_labels(example: Example, *, labels: tuple[str, str, str]) -> Example:
    """`example` with its options and references in other labels; all other fields stay, whatever they mention."""
    if labels == PLAIN:
        return example
    change = dict(zip(PLAIN, labels, strict=True))

    def said(answer: Answer) -> Answer:
        return change.get(answer.casefold(), answer) if isinstance(answer, str) else answer

    fields = {
        name: Options(items=tuple(change[str(item).casefold()] for item in value.items))
        if isinstance(value, Options)
        else value
        for name, value in example.fields.items()
    }
    references = tuple(said(answer) for answer in example.references)
    rejected = None if example.rejected is None else said(example.rejected)
    return msgspec.structs.replace(example, fields=fields, references=references, rejected=rejected)
