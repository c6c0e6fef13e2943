"""The few words and forms of English that instructions are made of, and agreement between them.

Closed lists, on purpose: what is not listed is left as it stands, so that the grammar changes only what it understands.
"""

import re

__all__ = [
    "agree_articles",
    "article",
    "capitalise",
    "contains_relative",
    "gerund",
    "IMAGE",
    "lower_first",
    "NOUN_LIKE",
    "STATE_VERBS",
    "VERBS",
]

IMAGE = r"(?:image|picture|photo|photograph|scene)"
"""What a template calls its picture."""

_VERB_WORDS = (
    "add address analyse analyze answer apply arrange ask assess assign break calculate caption categorize change characterize "
    "check choose classify combine come compare complete compose compute consider continue convert copy correct count create "
    "decide define delete derive describe detect determine discuss draft draw edit enumerate estimate evaluate examine explain "
    "express extract figure fill find finish fix form formulate generate give go guess identify imagine indicate infer insert "
    "inspect interpret invent judge label list locate look make mark match measure mention modify name narrate note observe output "
    "paraphrase pick point predict present print produce provide rank rate read recognise recognize refer remove reorder "
    "rephrase replace reply report respond return reverse reword rewrite say see select shorten show simplify solve "
    "sort specify spell spot state study suggest sum summarise summarize tell think transcribe transform translate turn use utilize "
    "verify view watch work write share highlight alter relate pull establish render restate reflect rely brainstorm design detect expand link parse plan recommend search score elaborate detail sketch outline illustrate narrate paint recount offer reveal negate subtract multiply reverse pluralize"
)
VERBS = frozenset(_VERB_WORDS.split())
"""Verbs that begin a command."""
NOUN_LIKE = (
    r"(?:answer|caption|design|detail|draft|estimate|highlight|label|link|list|look|match|measure|name|note|offer|outline|output|paint|plan|point|rank|rate|read|"
    r"report|score|search|see|share|sketch|sort|spot|state|study|sum|use|view|watch|work)"
)
"""Those of them that are nouns as well: `caption for SLOT` commands nothing."""

STATE_VERBS = {
    "agree": "agrees",
    "answer": "answers",
    "appear": "appears",
    "ask": "asks",
    "belong": "belongs",
    "come": "comes",
    "concern": "concerns",
    "contain": "contains",
    "contradict": "contradicts",
    "convey": "conveys",
    "correspond": "corresponds",
    "depict": "depicts",
    "describe": "describes",
    "discuss": "discusses",
    "entail": "entails",
    "exist": "exists",
    "express": "expresses",
    "fall": "falls",
    "fit": "fits",
    "follow": "follows",
    "give": "gives",
    "have": "has",
    "hold": "holds",
    "imply": "implies",
    "include": "includes",
    "intersect": "intersects",
    "lie": "lies",
    "look": "looks",
    "make": "makes",
    "match": "matches",
    "mean": "means",
    "mention": "mentions",
    "need": "needs",
    "overlap": "overlaps",
    "prove": "proves",
    "provide": "provides",
    "refer": "refers",
    "represent": "represents",
    "say": "says",
    "share": "shares",
    "show": "shows",
    "sit": "sits",
    "sound": "sounds",
    "stand": "stands",
    "suggest": "suggests",
    "support": "supports",
    "talk": "talks",
    "tell": "tells",
    "touch": "touches",
}
"""What things in pictures do: base form to third person."""

_NOT_DOUBLED = frozenset({"edit", "interpret", "answer", "inspect", "open"})
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|whether|if|where)\b")
_VOWEL = re.compile(r"(?i)(?!uni(?![nm])|use|usu|eu|uk|one\b|once)(?:[aeiou]|hour|honest|heir)")
_INDEFINITE = re.compile(r"\b([Aa])n?(?= (?!(?:or|and|is|are|of|in|on|as|at|if)\b)([a-z][a-z-]+))")
"""An article and its word; `option a or b` has none."""


def article(word: str) -> str:
    """`a` or `an` before `word`."""
    return "an" if _VOWEL.match(word) else "a"


def agree_articles(text: str, *, original: str) -> str:
    """Every a/an before a small-letter word put right where `original` does not have it so; slots and names are left alone."""

    def right(match: re.Match[str]) -> str:
        if f"{match.group()} {match[2]}" in original:
            return match.group()
        chosen = article(match[2])
        return chosen.capitalize() if match[1] == "A" else chosen

    return _INDEFINITE.sub(right, text)


def gerund(verb: str) -> str:
    """`count` -> `counting`, `write` -> `writing`, `pick out` -> `picking out`."""
    head, space, tail = verb.partition(" ")
    if re.search(r"[^aeiou][aeiou][bgmnpt]\Z", head) and head not in _NOT_DOUBLED:
        head += head[-1]
    elif head.endswith("e") and not head.endswith("ee"):
        head = head[:-1]
    return f"{head}ing{space}{tail}"


def capitalise(text: str) -> str:
    """The first letter made a capital, unless the text begins with a slot or a quotation."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """The first letter made small, unless the first word is `I`, an acronym or a slot."""
    if re.match(r"(?:I\b|[A-Z]{2}|[A-Z]:)", text):
        return text
    return text[:1].lower() + text[1:]


def contains_relative(text: str) -> bool:
    """Whether a noun phrase holds a clause of its own, which makes its end unsure."""
    return bool(_RELATIVE.search(text)) or "," in text
