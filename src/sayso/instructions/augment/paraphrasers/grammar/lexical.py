"""Lexical paraphrases: some of a text's words exchanged by the rules of the lexicon."""

import re
from collections.abc import Sequence

from sayso.instructions.augment.paraphrasers.grammar.change import Variant
from sayso.instructions.augment.paraphrasers.grammar.english import agree_articles, capitalise
from sayso.instructions.augment.paraphrasers.grammar.lexicon import RULES, Rule
from sayso.seeds import Stream

__all__ = ["applicable", "exchange", "relevant"]

_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”")


def relevant(text: str) -> list[Rule]:
    """The rules whose pattern is somewhere in `text`, whatever else is."""
    return [rule for rule in RULES if rule.pattern.search(text)]


def applicable(text: str, rules: Sequence[Rule] = RULES) -> list[Rule]:
    """The rules that could change `text`."""
    return [rule for rule in rules if rule.pattern.search(text) and not (rule.unless and rule.unless.search(text))]


def exchange(variant: Variant, *, edits: int, stream: Stream, rules: Sequence[Rule] = RULES) -> Variant:
    """`variant` with up to `edits` rules applied, each with an alternative drawn from `stream`."""
    text, operations = variant.text, list(variant.operations)
    for _ in range(edits):
        rule = _any(text, rules, stream)
        if rule is None:
            break
        changed = _apply(text, rule, stream)
        if changed != text:
            text = changed
            operations.append(rule.operation)
    return Variant(agree_articles(text, original=variant.text), tuple(dict.fromkeys(operations)))


def _any(text: str, rules: Sequence[Rule], stream: Stream) -> Rule | None:
    """One of the rules that could change `text`, each as likely as the others."""
    left = list(rules)
    while left:
        position = stream.below(len(left))
        left[position], left[-1] = left[-1], left[position]
        rule = left.pop()
        if rule.pattern.search(text) and not (rule.unless and rule.unless.search(text)):
            return rule
    return None


def _apply(text: str, rule: Rule, stream: Stream) -> str:
    """One occurrence exchanged, or all of them alike; quoted text is never touched."""
    alternative = stream.choice(rule.alternatives)
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    matches = [m for m in rule.pattern.finditer(text) if not any(a < m.start() < b for a, b in quoted)]
    if not matches:
        return text
    chosen = matches if rule.everywhere else [stream.choice(matches)]
    for match in reversed(chosen):
        text = text[: match.start()] + _cased(match, alternative) + text[match.end() :]
    return text


def _cased(match: re.Match[str], alternative: str) -> str:
    new = match.expand(alternative)
    old = match.group()
    begin = len(match["pre"]) if "pre" in match.re.groupindex and match["pre"] else 0
    if old[begin : begin + 1].isupper() and new:
        return new[:begin] + capitalise(new[begin:])
    return new
