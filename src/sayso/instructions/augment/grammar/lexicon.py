"""Words and phrases that stand for one another in instructions, each in the surroundings where that is true.

A rule is a pattern and what may replace it; every alternative means the same wherever the pattern matches, and the thing
matched is itself one of them. Most rules hold where a verb begins a command or follows `to`, `please`, `can you`; nouns are
exchanged everywhere in a text or not at all. Answer words, numbers, colors, sizes and quoted text are in no rule.
"""

import re
from dataclasses import dataclass

from sayso.instructions.augment.grammar.english import IMAGE

__all__ = ["Rule", "RULES"]

_SLOT = r"SLOT[0-9A-F]{12}"
_BASE = (
    r"(?P<pre>\A|[.?!:]\s+|\n|, |\b(?:please|(?:can|could|would) you|(?:is|you|need|asked|required) to|you should|"
    r"(?:image|picture|photo) and) )"
)
"""Where a command begins. A bare `to` is none: `choose an option to answer the question` says what for."""
_THE_IMAGE = rf"(?:the|this) (?:given |provided )?{IMAGE}"


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` may become any of `alternatives` (regular expression templates); everywhere at once where `everywhere`.

    The rule does not apply to a text that `unless` matches.
    """

    operation: str
    pattern: re.Pattern[str]
    alternatives: tuple[str, ...]
    everywhere: bool = False
    unless: re.Pattern[str] | None = None


def _rule(operation: str, pattern: str, *alternatives: str, everywhere: bool = False, unless: str = "") -> Rule:
    blocked = re.compile(unless, re.IGNORECASE) if unless else None
    return Rule(operation, re.compile(pattern, re.IGNORECASE), alternatives, everywhere, blocked)


def _verb(words: str, complement: str, *alternatives: str) -> Rule:
    """A verb at the beginning of a command; alternatives replace the verb alone."""
    return _rule("synonyms", rf"{_BASE}(?P<v>{words})(?= {complement})", *(rf"\g<pre>{word}" for word in alternatives))


_IMAGE_UNLESS = (
    rf"\b{IMAGE}[- ](?:quality|captions?|classification|generation|understanding|token|title|text|is cropped)|text[- ]image|image[- ]text|"
    r"\b(?:of|at|in|on|with) (?:image|picture|photo)s?\b|\b(?:image.*\b(?:picture|photo)|picture.*\b(?:image|photo)|photo.*\b(?:image|picture))|\b(?:draw|generate an? image|diagram|chart|scene)\b"
)

_VERBS = (
    _verb("select|choose|pick", r"(?:the|a|an|one|your|which|from)\b", "select", "choose", "pick"),
    _verb("decide|determine|judge|work out|establish", "(?:whether|if)", "decide", "determine", "judge", "work out", "establish"),
    _verb("tell me|say|state|indicate", "whether", "tell me", "say", "state", "indicate"),
    _verb("decide|determine|work out|figure out", "(?:which|how many|what)", "decide", "determine", "work out", "figure out"),
    _verb("identify|name", r"the (?:main |primary )?(?:object|item|animal)s?\b(?! (?:region|box|area|class|type))", "identify", "name"),
    _verb("find|locate|identify", r"(?:the|a) (?:region|part|area|bounding box)\b", "find", "locate", "identify"),
    _verb("find|locate", rf"(?:the (?!answer|word|best|correct|right|reason|number)|{_SLOT}|\")", "find", "locate"),
    _verb("output|give|provide|return|report", r"(?:the|its|a) (?:region|bounding box|coordinates|location|position)\b", "output", "give", "provide", "return", "report"),
    _verb("write|give|provide|produce|compose|generate|create", r"(?:an?|one) (?:\w+ )?(?:caption|description|summary)\b", "write", "give", "provide", "produce", "compose", "come up with"),
    _verb("write|compose|produce", r"(?:an?|one) (?:\w+ )?sentence\b", "write", "compose", "produce", "come up with"),
    _verb("answer|respond to|reply to", r"(?:the|this|my) (?:\w+ )?(?:question|query)\b", "answer", "respond to", "reply to", "give an answer to"),
    _verb("answer|reply|respond", r"with\b", "answer", "reply", "respond"),
    _verb("look at|examine|inspect|study|view", rf"{_THE_IMAGE}(?: carefully)?(?:\.|,| and\b)", "look at", "examine", "inspect", "study", "view", "take a look at"),
    _verb("use|make use of", r"(?:the|this)\b", "use", "make use of"),
    _verb("transcribe|read out|write down", r"(?:the|all the|any) (?:\w+ )?(?:text|words)\b", "transcribe", "read out", "write down"),
    _verb("name|list", r"(?:all )?the (?:\w+ )?(?:objects|things|items)\b", "name", "list", "enumerate"),
    _verb("explain|describe", r"why\b", "explain"),
)  # fmt: skip

_NOUNS = (
    _rule("synonyms", r"\b(?:image|picture|photo|photograph)(?P<s>s?)\b", r"image\g<s>", r"picture\g<s>", r"photo\g<s>", everywhere=True, unless=_IMAGE_UNLESS),
    _rule("synonyms", r"(?<!text )\b(?:the|this) (?:given |provided )?(?=(?:image|picture|photo)\b(?! (?:and|that|shown)))", "the ", "this ", "the given ", "the provided ", unless=rf"{_IMAGE_UNLESS}|\b(?:new|complete|copy|another|two|both|same)\b"),
    _rule("synonyms", r"\bobject(?P<s>s?)\b", r"object\g<s>", r"item\g<s>", everywhere=True, unless=r"\b(?:subject|items?|things?|class|recognition|detection|shape|relation\w*)\b"),
    _rule("synonyms", r"\bthings\b(?! (?:like|to do))", "things", "objects", "items", everywhere=True, unless=r"\b(?:objects?|items?)\b"),
    _rule("synonyms", r"\boptions\b(?!:)", "options", "choices", everywhere=True, unless=r"\b(?:choices?|alternatives?|choose|option)\b"),
    _rule("synonyms", r"\b(?P<d>the|this|that|each|given|a) region\b(?! (?:is|that|which|with)\b)", r"\g<d> region", r"\g<d> area", everywhere=True, unless=r"\barea\b|size|regions|region [^S]{0,3}:|\bregion (?:information|of the)|overlap"),
    _rule("synonyms", r"\b(?:kind|type|sort)s?(?= of (?!the\b))", "kind", "type", "sort", unless=r"\b(?:kinds|types|sorts) of\b"),
    _rule("synonyms", r"\b(?P<d>the|a) (?:correct|right) (?=answer|option|choice|one)", r"\g<d> correct ", r"\g<d> right "),
    _rule("synonyms", r"\b(?P<a>an?) (?:short|brief|concise) (?=caption|description|sentence|summary|account)", "a short ", "a brief ", "a concise "),
    _rule("synonyms", r"\b(?P<a>an?) (?:detailed|thorough|full) (?=description|account)", "a detailed ", "a thorough "),
    _rule("synonyms", r"\bthe following question\b(?=[.:])", "the following question", "the question below", "this question"),
    _rule("synonyms", r"\bthe given (?=options|choices|alternatives|question|context|regions?\b)", "the given ", "the provided ", "the following "),
    _rule("synonyms", r"\bfrom (?:the |the given |the available |the provided |the following )?(?P<n>options|choices)\b(?! (?:below|given))", r"from the \g<n>", r"from the given \g<n>", r"from the available \g<n>", r"from the \g<n> given", r"from among the \g<n>"),
    _rule("synonyms", r"\byour (?:task|job)(?= is to)", "your task", "your job"),
)  # fmt: skip

_PHRASES = (
    _rule("synonyms", rf"\b(?:based on|going by|judging by|according to|judging from|on the basis of)(?= {_THE_IMAGE}\b)", "based on", "going by", "judging by", "according to"),
    _rule("synonyms", r"\b(?:shown|depicted|pictured|seen)(?= in (?:the|this)\b)", "shown", "depicted", "pictured", unless=r"\b(?:can|could) be seen|you seen"),
    _rule("synonyms", rf"(?<!\bnot )\b(?:appears|is visible|is present|can be seen|is found)(?= in (?:{_THE_IMAGE}|{_SLOT}|the (?:region|area))\b)", "appears", "is visible", "is present", "can be seen", unless=r"\b(?:where|how many)\b"),
    _rule("synonyms", r"\b(?:do not appear|are not visible|are not present|cannot be seen)(?= in\b)", "do not appear", "are not visible", "are not present", "cannot be seen"),
    _rule("synonyms", r"\b(?:does not appear|is not visible|is not present|cannot be seen)(?= in\b)", "does not appear", "is not visible", "is not present", "cannot be seen", unless=r"\bobjects\b"),
    _rule("synonyms", rf"\bbest (?:matches|fits|describes)(?= (?:{_THE_IMAGE}|{_SLOT}|\"{_SLOT})\b)(?<!describes)", "best matches", "best fits", "most closely matches"),
    _rule("synonyms", rf"(?<!best )(?<!closely )\b(?:matches|fits|corresponds to|agrees with)(?= (?:{_THE_IMAGE}|\"?{_SLOT}))", "matches", "fits", "corresponds to", "agrees with"),
    _rule("synonyms", rf"\b(?:match|fit|correspond to|agree with)(?= (?:{_THE_IMAGE}|\"?{_SLOT}))(?<!best match)", "match", "fit", "correspond to", "agree with"),
    _rule("synonyms", rf"\bcontains(?= (?:an? |the |any )?\"?(?:{_SLOT}))", "contains", "includes", "holds", unless="image|picture|photo"),
    _rule("synonyms", rf"\b(?:described by|matching the description)(?= (?:\"{_SLOT}|the (?:text|description)))", "described by", "referred to by"),
    _rule("synonyms", r"\bin a few words\b", "in a few words", "in a couple of words", "in brief"),
    _rule("synonyms", r"\b(?:briefly|concisely)(?= describe)", "briefly", "concisely"),
    _rule("synonyms", r"\bin detail\b", "in detail", "in depth"),
    _rule("synonyms", rf"\b(?:are visible|can be seen|are shown|appear)(?= in (?:{_THE_IMAGE}))", "are visible", "can be seen", "are shown", unless=r"\bdo(?:es)?\b|\bis\b|\bcan be seen.*\?.*appear|\bwhat\b|\bwhich\b|appears|\bthat\b|\bwhere\b"),
    _rule("simplify", r"\bin order to\b", "to"),
    _rule("simplify", r"\bprior to\b", "before"),
    _rule("simplify", r"\butilize\b", "use"),
    _rule("simplify", r"\b(?:is|are) able to be seen\b", "can be seen"),
    _rule("shorten", r"\bin this task, you\b", "you"),
    _rule("shorten", r"\bthe (?:given|provided) (?=image|picture|photo|options|question|text|region)", "the ", unless=r"\b(?:new|complete|copy|another|two|both|same)\b"),
    _rule("shorten", r"\b(?:that|which) (?:is|are) (?=(?:shown|described|depicted|located|visible|present|mentioned|specified|given) )(?! not)", ""),
    _rule("formality", r"\bdo not\b", "do not", "don't"),
    _rule("formality", r"\bdoes not\b", "does not", "doesn't"),
    _rule("formality", r"\b(?:cannot|can't)\b", "cannot", "can't"),
    _rule("formality", r"\bI would like\b", "I would like", "I'd like"),
    _rule("formality", r"(?-i:\bWhat is )(?=the\b)", "What is ", "What's "),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*_NOUNS, *_VERBS, *_PHRASES)
"""All rules, in the order in which they are tried."""
