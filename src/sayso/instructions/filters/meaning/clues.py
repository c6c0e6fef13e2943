"""Clues that a candidate no longer says what its parent says; each is 0 where nothing is wrong and grows with the doubt.

None knows a task: all compare the candidate with its parent. What they look for was found by reading rephrasings that people
had judged: slots lost or only named, words of the subject lost, words that turn the sense lost or swapped, another thing to do,
labels lost, talk about the prompt itself, answers begun, and much that was added.
"""

import math
import re
from collections import Counter
from collections.abc import Callable

from sayso.instructions.filters.meaning.reading import OPPOSITE, Reading, read, weight
from sayso.instructions.filters.meaning.slot_use import Use, uses

__all__ = ["clues"]

_NEW = {
    "machine": r"\b(?:gpt\S*|language models?|ai|a model)\b",
    "talk": r"\b(?:prompts?|templates?|rephras\w+|paraphras\w+|vocabulary|sophisticated|variations?|phrasings?|instruction)\b",
    "program": r"\b(?:program|code|function|algorithm|script|model|variable|string)s?\b",
    "naming": r"\b(?:placeholders?|keywords?|variables?|represented|denoted)\b",
    "plural": r"\b(?:samples?|series|questions|prompts|sentences|variations|examples)\b",
    "blank": r"_{2,}|\[(?![^\]]*\{)[^\]\n]*\]|\.{4,}|#|\$",
    "items": r"(?m)^\s*(?:[-*•]|\(?\w[.)])\s",
    "persons": r"\b(?:we|I|our|my|us|you will|you are|you must|you need|you have|(?:this|the|your) task)\b",
}
"""What a rewording has no need to bring: talk of machines, of the prompt itself, of placeholders; several tasks; blanks."""
_NEW_PATTERNS = {name: re.compile(pattern, re.I) for name, pattern in _NEW.items()}
_YES_NO = re.compile(
    r"(?:^|[.:?!\n]\s*|\bQ:\s*)(?:is|are|do|does|did|was|were|has|have|am|would|will)\s(?!you\b|we\b)|\bwhether\b"
    r"|\b(?:check|tell me|say|state|decide|determine|see|judge|verify|find out|identify|indicate|confirm) if\b",
    re.I,
)
_LABEL = re.compile(r"[\"'“‘]([^\"'“”‘’\n{}]{1,24})[\"'”’]|(?m:^\s*[-*•]\s*([^\n{}]{1,40})$)")
_FINISHED = re.compile(r"[.?!:}\])\"'”’_]\s*$")
_ANSWER_BEGUN = re.compile(
    r"\b(?:output|answer|sentence|response|a|conclusion)\b[^\n:]{0,20}:[ \t]*\n?[ \t]*([^\s{][^\n]*)$", re.I
)
_SENTENCE_END = re.compile(r"[.?!](?:\s|$)")


def clues(parent: str, candidate: str) -> dict[str, float]:
    """Every clue by name, in a fixed order."""
    given, found = read(parent), read(candidate)
    parts: tuple[Callable[[Reading, Reading], dict[str, float]], ...] = (
        *(_slots, _slot_uses, _brought, _content, _sense),
        *(_asked, _labels, _ending, _extent),
    )
    return {name: float(value) for part in parts for name, value in part(given, found).items()}


def _slots(given: Reading, found: Reading) -> dict[str, float]:
    wanted, there = Counter(given.slots), Counter(found.slots)
    again = sum(max(0, there[slot] - wanted[slot]) for slot in wanted)
    return {
        "slot_lost": bool(wanted.keys() - there.keys()),
        "slot_added": bool(there.keys() - wanted.keys()),
        "slot_again": min(2.0, again / max(1, len(wanted))),
    }


def _slot_uses(given: Reading, found: Reading) -> dict[str, float]:
    before, after = uses(given.text), uses(found.text)
    common = before.keys() & after.keys()
    unframed = sum(before[slot] >= Use.QUOTED > after[slot] for slot in common)
    return {
        "slot_named": any(after[slot] is Use.NAMED for slot in common),
        "slot_bare": any(after[slot] is Use.BARE is not before[slot] for slot in common),
        "slot_unframed": unframed / max(1, len(before)),
    }


def _brought(given: Reading, found: Reading) -> dict[str, float]:
    """What appears more often than in the parent."""
    return {
        name: len(pattern.findall(found.text)) > len(pattern.findall(given.text))
        for name, pattern in _NEW_PATTERNS.items()
    }


def _content(given: Reading, found: Reading) -> dict[str, float]:
    lost, added = given.content - found.content, found.content - given.content
    return {
        "lost": _mass(lost) / (_mass(given.content) or 1.0),
        "rarest_lost": max(map(weight, lost), default=0.0),
        "added": min(3.0, sum(weight(root) ** 2 for root in added) / 10),
        "added_share": _mass(added) / (_mass(found.content) or 1.0),
        "rarest_added": max(map(weight, added), default=0.0),
    }


def _mass(roots: frozenset[str]) -> float:
    return math.fsum(map(weight, roots))


def _sense(given: Reading, found: Reading) -> dict[str, float]:
    lost, added = given.turns - found.turns, found.turns - given.turns
    return {
        "turn_lost": len(lost),
        "turn_added": len(added),
        "turned_round": any(OPPOSITE.get(name) in added for name in given.turns),
        "negated": ("not" in given.turns) != ("not" in found.turns),
    }


def _asked(given: Reading, found: Reading) -> dict[str, float]:
    before, after = bool(_YES_NO.search(given.text)), bool(_YES_NO.search(found.text))
    answered = {"ask", "decide"}
    return {
        **{f"new_{act}": act in found.acts - given.acts for act in ("write", "compare", "explain", "complete")},
        "ask_lost": "ask" in given.acts - found.acts,
        "decide_lost": bool(given.acts & answered) and not found.acts & answered,
        "yes_no_added": after and not before,
        "yes_no_lost": before and not after,
        "questions": min(3, max(0, found.text.count("?") - max(1, given.text.count("?")))),
    }


def _labels(given: Reading, found: Reading) -> dict[str, float]:
    before, after = given.text.lower(), found.text.lower()
    wanted, there = _named_labels(before), _named_labels(after)
    return {
        "label_lost": sum(label not in after for label in wanted) / max(1, len(wanted)),
        "label_added": min(3, sum(label not in before for label in there)),
    }


def _named_labels(text: str) -> set[str]:
    return {(one or two).strip(" .,") for one, two in _LABEL.findall(text)} - {""}


def _ending(given: Reading, found: Reading) -> dict[str, float]:
    text = found.text.rstrip()
    begun = _ANSWER_BEGUN.search(text) and not _ANSWER_BEGUN.search(given.text.rstrip())
    return {
        "unfinished": not _FINISHED.search(text) or text.count("{") != text.count("}"),
        "answer_begun": bool(begun),
        "quote_open": text.count('"') % 2 > given.text.count('"') % 2,
    }


def _extent(given: Reading, found: Reading) -> dict[str, float]:
    before, after = max(1, len(given.tokens)), max(1, len(found.tokens))
    sentences = len(_SENTENCE_END.findall(found.text)) - len(_SENTENCE_END.findall(given.text))
    return {
        "longer": max(0.0, math.log(after / before)),
        "shorter": max(0.0, math.log(before / after)),
        "long": math.log(after) / 4,
        "sentences": min(6, max(0, sentences)) / 3,
    }
