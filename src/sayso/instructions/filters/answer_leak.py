"""Answer leaks: a wording that names an answer, an example or a label which its parent does not.

"The answer is yes", "(it is red)", "e.g. a dog", options of its own, a label in quotes: whatever it is, every example of the task
would be asked with it. A yes/no question may name both of its answers. A text that asks for nothing, where its parent did, is an answer and
nothing else: a model carried the instruction out.
"""

import re

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.filters.asking import asks, commands
from sayso.instructions.filters.wording import words
from sayso.records import Template, Verdict

__all__ = ["answer_leak", "AnswerLeakFilter"]

_MOST_READ = 8000
_SLOT = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_HOLE = r"[\"'“‘\[(]?\s*(?:\{|_|\.|\Z)"
_SAYS = {
    "says what the answer is": re.compile(
        rf"\b(?:answer|response|output|label|result|solution)\s+(?:is|was|will be|=)\s*:?\s*(?!{_HOLE}|(?:one|in|given|always one|based|or|not|none of|to|enough|sufficient|required|needed|expected|wanted|fine|allowed)\b)"
        r"(?:[\"'“‘]?[\w-]+[\"'”’]?\s*){1,3}(?:[.!)\]\n]|\Z)",
        re.I,
    ),
    "gives an answer after a label": re.compile(
        r"\b(?:answer|response|output|label|result|a)\s*(?:[:=]|->)\s*\n?[\"'“]?[A-Za-z0-9][\w'-]*[\"'”]?\s*[.!]?\s*\Z",
        re.I,
    ),
    "says something of the example in brackets": re.compile(
        r"\((?:it|this|that|they|he|she|there|these|those)(?:'s|'re| is| are| was| were| has| have)\b|\((?:hint|answer|tip)\b",
        re.I,
    ),
    "gives a hint": re.compile(r"\b(?:hint|tip)\s*:|\bthe answer (?:starts|begins) with\b", re.I),
    "gives an example": re.compile(
        r"\b(?:e\.g\.|i\.e\.|for example|for instance|such as)|\bexamples?\s*(?:\d+\s*)?:|\bexample (?:answer|output)",
        re.I,
    ),
}
_QUOTED = re.compile(r"[\"“]([^\"“”\n{}]{1,40})[\"”]|(?<!\w)['‘]([^'‘’\n{}]{1,40})['’](?!\w)")
_LISTED = re.compile(
    r"(?m)^\s*(?:[-*•]|\(?[A-Ha-h1-9][.)])\s+([^\n{}]{1,60})$|(?<!\w)\(?[A-H][.)]\s+([^\n{}()]{1,40}?)(?=\s+\(?[B-H][.)]|$)"
)
_YES_NO = frozenset({"yes", "no"})


class AnswerLeakFilter:
    """Finds answers, examples and labels in a candidate that its parent does not have."""

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse a wording that gives something away; the reason says what."""
        given, found = context.parent.text[:_MOST_READ], candidate.text[:_MOST_READ]
        problem = _said(given, found) or _named(given, found)
        if problem is None and candidate.language == "en" and commands(_dashed(given)) and not asks(_dashed(found)):
            problem = "asks for nothing, as an answer does"
        return Verdict(keep=problem is None, reason=problem or "gives nothing away")


def _dashed(text: str) -> str:
    """The wording with every slot as a dash."""
    return " ".join(_SLOT.sub(" — ", text).split())


def _said(given: str, found: str) -> str | None:
    for name, pattern in _SAYS.items():
        if len(pattern.findall(found)) > len(pattern.findall(given)):
            return name
    return None


def _named(given: str, found: str) -> str | None:
    known = frozenset(words(given))
    labels = {label for label in _labels(found) if not known.issuperset(words(label))}
    if {label.lower() for label in labels} == _YES_NO:
        return None
    if labels:
        return f"names a label that its parent does not ({min(labels)})"
    return None


def _labels(text: str) -> set[str]:
    plain = _SLOT.sub("—", text)
    pairs = [*_QUOTED.findall(plain), *_LISTED.findall(plain)]
    return {label for label in ((one or two).strip(" .,;:") for one, two in pairs) if words(label)}


@filters.register("answer_leak")
def answer_leak() -> AnswerLeakFilter:
    """The filter `answer_leak`; it has no options."""
    return AnswerLeakFilter()
