"""Accuracy: 1 where the whole normalised prediction is a gold answer, else 0.

Normalised means: lower case, one space between words, quotes, brackets and end punctuation around the text removed. The
whole text must match: "not sure" is not "no", which prefix matching gets wrong. Where options were
shown with labels, "B", "(b)" and "B. red" name the option labelled B; but what is the whole text of an option names that
option, since the gold answer is the text under every style: among numbered numbers, "2" is the number two. Only "(2)", which
could be either, is ambiguous and scores 0 with that reason; a gold answer that was not offered cannot be scored.

Source: classification accuracy of MultiInstruct (arXiv 2212.10773, section 4), without the prefix match of its
descendants.
"""

import re
from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Score

__all__ = ["accuracy", "Accuracy", "named_options", "normalise"]

CARD = MetricCard(name="accuracy", source="MultiInstruct, arXiv 2212.10773 section 4; whole normalised text, no prefix")
AROUND = " \t\n.,;:!?\"'`()[]{}<>*“”‘’"
LABELLED = re.compile(r"\(?(\w{1,3})(?:[).:]+\s*|\s*\Z)(.*)\Z", re.DOTALL)


def normalise(text: str) -> str:
    """Lower case, single spaces, without quotes, brackets and end punctuation around it; a lone sign stays as it is."""
    plain = " ".join(text.casefold().split())
    return plain.strip(AROUND) or plain


@dataclass(frozen=True)
class Accuracy:
    """0 or 1."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """1.0 or 0.0 with a reason; None where the gold answer is not among the options."""
        gold = {normalise(reference) for reference in references}
        if not context.options:
            return _score(float(normalise(prediction) in gold))
        shown = [normalise(option) for option in context.options]
        if not gold & set(shown):
            return Score(metric=CARD.name, value=None, reason="gold answer is not among the options")
        return _choice(named_options(prediction, context=context), gold=gold, text=prediction, shown=shown)


def named_options(prediction: str, *, context: Context) -> set[str]:
    """The options, normalised, that the whole prediction names, by text or else by label; by either, where it is marked as a label is."""
    shown, labels = [normalise(option) for option in context.options], context.labels
    text = normalise(prediction)
    found = {option for option in shown if option == text}
    if found and ")" not in prediction:
        return found
    match = LABELLED.match(prediction.strip())
    if labels and match:
        rest = normalise(match.group(2))
        by_label = {label.casefold(): option for label, option in zip(labels, shown, strict=True)}
        option = by_label.get(match.group(1).casefold())
        if option is not None and rest in {"", option}:
            found.add(option)
    return found


def _choice(named: set[str], *, gold: set[str], text: str, shown: list[str]) -> Score:
    if len(named) > 1:
        return _score(0.0, reason="ambiguous: fits several options")
    if named:
        return _score(float(named <= gold))
    words = f" {normalise(text)} "
    mentioned = sum(re.search(rf"\b{re.escape(option)}\b", words) is not None for option in set(shown) if option)
    return _score(0.0, reason="ambiguous: names several options" if mentioned > 1 else "no option named")


def _score(value: float, *, reason: str = "") -> Score:
    return Score(metric=CARD.name, value=value, reason=reason)


@metrics.register("accuracy")
def accuracy() -> Accuracy:
    """Option-normalised accuracy."""
    return Accuracy()
