"""Answer format: whatever fixes what an answer looks like stays in the wording, and nothing of the kind comes in.

An instruction to choose stays one, a yes/no question a yes/no question, a region an answer in regions, a count a count; how
long the answer is to be, in which language, what to say if there is none, and negation and comparison stay. So a *variation* of the
task (yes/no turned into options, the region asked for in place of the name) is refused as a wording of the old one: as a task
of its own it would need answers of its own.

Everything is told by words of instruction English. A demand counts as kept if any word of its group is there, so that
rewordings pass; only demands that have a definite sign are refused when they come in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.records import Template, Verdict

__all__ = ["answer_format", "AnswerFormatFilter", "Demand", "DEMANDS"]

_SLOT = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_MOST_READ = 8000
_MOST_NEGATED = 200
"""In a longer parent a "not" is a detail, and what became of it cannot be told by words."""
_AUXILIARIES = "is|are|do|does|did|was|were|has|have|can|could|would|will"
_START = r"(?:\A|[.:?!;,\n]\s*|\bq: )"
_YES_NO_START = rf"{_START}(?:{_AUXILIARIES})\s+(?!you\b|we\b|i\b)"
_GIVE = r"(?:give|find|return|output|provide|draw|mark|point|predict|locate|report|state|write|show|get|identify|determine|what|which)"
_PLACE = r"(?:bounding box(?:es)?|box(?:es)?|coordinates?|regions?|areas?|location|position)"
_LANGUAGES = "english french german spanish italian portuguese dutch russian chinese mandarin japanese korean arabic hindi hebrew greek turkish polish swedish"


@dataclass(frozen=True)
class Demand:
    """One thing an answer must be: `sign` says that a wording demands it, `kept` that it still does, and `new` that it newly does."""

    sign: re.Pattern[str]
    kept: re.Pattern[str]
    new: re.Pattern[str] | None = None


def _demand(sign: str, kept: str | None = None, new: str | None = None) -> Demand:
    return Demand(
        re.compile(sign, re.I), re.compile(kept or sign, re.I), re.compile(new, re.I) if new is not None else None
    )


DEMANDS: Mapping[str, Demand] = {
    "a choice": _demand(
        r"\b(?:choose|select|pick|options?|choices?|alternatives?|which)\b",
        r"\b(?:choos\w+|chosen|select\w*|pick\w*|options?|choices?|alternatives?|which|what|who|candidates?|answers?|match\w*|decide|best|between|one of|or|list|given|yes|true|name|say|tell|identif\w+|determin\w+|state|find|point|indicate|provide|comes|return|output|figure|explain|locate|work out)\b",
        r"\b(?:choose|select|pick) (?:one |the (?:right|correct|best) (?:option|answer)|(?:from|between|among))|\bfrom (?:the|these) (?:options|choices)|\boptions?\s*:|\bwhich (?:of th(?:e|ese|ose)\b|option)",
    ),
    "a yes or a no": _demand(
        rf"{_YES_NO_START}|\b(?:yes\W{{1,3}}(?:or|and)?\W{{0,3}}no|true or false|whether|is it (?:true|correct|right))\b",
        rf"{_START}(?:{_AUXILIARIES})\b|\b(?:would you (?:say|agree)|do you (?:think|see|agree)|can (?:you see|we)|yes|no|true|false|whether|if|or not|either|confirm|verify|check|valid|correct\w*|right|accurate\w*|agree\w*|match\w*|contradict\w*|support\w*|decide|judge|assess|evaluate)\b",
        r"\b(?:yes\W{1,3}(?:or|and)?\W{0,3}no|true or false)\b",
    ),
    "a region": _demand(
        rf"\b{_GIVE}\b[^.?!]{{0,40}}\b(?:bounding box(?:es)?|box(?:es)?|coordinates?|regions?)\b|\bwhere (?:is|are|in)\b|\blocate\b",
        rf"\b(?:{_PLACE}|where|locat\w+|position\w*|part|place|spot|segment|bound\w*|locali[sz]\w+)\b",
        r"\b(?:bounding box(?:es)?|coordinates?)\b|\b(?:which|what) (?:region|area|box)\b|\bwhere (?:is|are)\b",
    ),
    "a count": _demand(
        r"\b(?:how many|count(?:s|ing)?|(?:total |the )number of)\b",
        r"\b(?:how many|count\w*|number|numbers|total|quantity|amount|tally|sum|how much)\b",
        r"\b(?:how many|count (?:the|all|how)|(?:total |the )number of)\b",
    ),
    "few words": _demand(
        r"\b(?:(?:in|with|using) (?:exactly |only |just |at most )?(?:one|a single|two|three|a few|few|\d+) (?:words?|phrases?|sentences?)|brief(?:ly)?|concise(?:ly)?|succinct(?:ly)?|in short|short(?:ly)? (?:answer|caption|sentence|phrase|description|response|description))\b",
        r"\b(?:words?|phrases?|sentences?|brief\w*|concise\w*|succinct\w*|short\w*|few|compact\w*|terse\w*)\b",
        r"\b(?:in|with|using) (?:exactly |only |just |at most )?(?:one|a single|two|three|a few|\d+) (?:words?|sentences?)\b|\bbriefly\b|\bconcisely\b|\bin brief\b",
    ),
    "detail": _demand(
        r"\b(?:in (?:great |full |more )?detail|detailed|at length|thorough(?:ly)?|comprehensive(?:ly)?|elaborate(?:ly)?|step by step)\b",
        r"\b(?:detail\w*|length|thorough\w*|comprehensive\w*|elaborat\w*|extensive\w*|in[- ]depth|fully?|exhaustive\w*|step)\b",
        r"\b(?:in (?:great |full |more )?detail|detailed|at length|step by step|thoroughly|comprehensively)\b",
    ),
    "an answer for none": _demand(
        r"\b(?:none|unanswerable|not applicable|n/a|no answer)\b|\bif there (?:is|are) (?:no|not)\b",
        r"\b(?:none|unanswerable|not applicable|n/a|nothing|no|not|without|absen\w+|missing|lacks?|unclear|neither)\b",
    ),
}
"""What is looked for. The groups are wide in `kept`, where a mistake would refuse a good wording, and narrow in `new`."""
_OR_NOT = re.compile(
    r"\bif\b[^.,;]{0,40}(?:\bnot\b|n't\b)|\b(?:or|if|why) not\b|\b(?:is|are|does|do) not\b[\s.,?!]*\Z|\bwhether or not\b|\bnot only\b",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:not|never|without|except|excluding|neither|nor|cannot)\b|n't\b|\bno (?:longer|more)\b|\bother than\b", re.I
)
_NEGATED = re.compile(
    r"\b(?:not|never|no|without|except\w*|exclud\w+|neither|nor|none|cannot|other than|avoid\w*|lack\w*|absen\w+|missing|omit\w*|leav\w+ out|free of|but|rather|un\w{4,}|in(?:valid|correct|accurate|appropriate)|il\w{5,}|dis\w{4,}|fails?|refrain\w*|ignor\w+|wrong\w*|false|odd|outside|differ\w*|devoid)\b|n't\b",
    re.I,
)
_NEW_NEGATION = re.compile(r"\b(?:not|never|cannot)\b|n't\b", re.I)
_MORE = re.compile(
    r"\b(?:more|most|greater|greatest|larger|largest|longer|longest|higher|highest|bigger|biggest|maximum)\b", re.I
)
_LESS = re.compile(r"\b(?:less|least|fewer|fewest|smaller|smallest|shorter|shortest|lower|lowest|minimum)\b", re.I)
_LANGUAGE = re.compile(rf"\b({'|'.join(_LANGUAGES.split())})\b")
_ANSWER_IN = re.compile(
    rf"\b(?:in|into|to) (?:plain |simple )?({'|'.join(_LANGUAGES.split())})\b(?! \w+(?:s|ion|ce)\b)"
)
_WRONG = re.compile(r"\b(?:incorrect\w*|wrong\w*|false|untrue|inaccurate\w*)\b", re.I)
_RIGHT = re.compile(r"\b(?:correct\w*|right|true|accurate\w*)\b", re.I)
_IDIOMS = re.compile(
    r"\bat (?:least|most)\b|\bmore than one\b|\bone or more\b|\bmore or less\b|\bno more\b|\bmost likely\b", re.I
)


class AnswerFormatFilter:
    """Compares what candidate and parent demand of an answer."""

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse a wording that demands another answer; the reason says what was lost or came in."""
        given, found = (_words(text[:_MOST_READ]) for text in (context.parent.text, candidate.text))
        problem = _demands(given, found, context.slots) or _sense(given, found)
        return Verdict(keep=problem is None, reason=problem or "answer format kept")


def _words(text: str) -> str:
    """The wording with every slot as a dash: what a slot is called demands nothing."""
    return " ".join(_SLOT.sub(" — ", text).split())


def _demands(given: str, found: str, slots: Mapping[str, str]) -> str | None:
    for name, demand in DEMANDS.items():
        wanted = bool(demand.sign.search(given))
        if wanted and not demand.kept.search(found):
            return f"no longer asks for {name}"
        if wanted or demand.new is None or not demand.new.search(found) or demand.new.search(given):
            continue
        if not (name == "a choice" and "options" in slots.values()) and not _goes_with(name, given):
            return f"newly asks for {name}"
    return None


def _goes_with(name: str, given: str) -> bool:
    """Whether a parent that does not say so asks for it all the same."""
    also = {
        "a count": r"\b(?:numbers?|more|most|fewer|less|least|longer|shorter)\b",
        "a region": rf"\b(?:{_PLACE}|part|place)\b",
        "a choice": r"\b(?:which|or|best|match\w*|most)\b",
    }
    return name in also and bool(re.search(also[name], given, re.I))


def _sense(given: str, found: str) -> str | None:
    before, after = (_IDIOMS.sub(" ", _OR_NOT.sub(" ", text)) for text in (given, found))
    if len(before) <= _MOST_NEGATED and _NEGATION.search(before) and not _NEGATED.search(after):
        return "a negation is lost"
    if len(after) <= _MOST_NEGATED and _NEW_NEGATION.search(after) and not _NEGATED.search(before):
        return "a negation came in"
    if _turned(before, after, _MORE, _LESS) or _turned(before, after, _LESS, _MORE):
        return "a comparison is turned round"
    if _turned(before, after, _RIGHT, _WRONG) and not _NEGATION.search(before):
        return "right is turned into wrong"
    if _other_language(before.lower(), after.lower()):
        return "another language is named"
    return None


def _other_language(given: str, found: str) -> bool:
    """What one names as the language to answer in, the other does not name at all, or not as that."""
    wanted, there = set(_ANSWER_IN.findall(given)), set(_ANSWER_IN.findall(found))
    named, found_named = set(_LANGUAGE.findall(given)), set(_LANGUAGE.findall(found))
    return bool(wanted - found_named or there - named or (wanted and there and wanted != there))


def _turned(before: str, after: str, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    return bool(one.search(before) and not other.search(before) and other.search(after) and not one.search(after))


@filters.register("answer_format")
def answer_format() -> AnswerFormatFilter:
    """The filter `answer_format`; it has no options."""
    return AnswerFormatFilter()
