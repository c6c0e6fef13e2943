"""Chatter: what a model says around a wording instead of only saying it.

`strip` takes off what can be taken off without guessing: a fence, marks of emphasis or quotes around the whole, a preamble
("Sure, here is another version:"), a label ("Rephrased instruction:"), and closing remarks ("Let me know if ..."), as long as what is
left still has every slot of the parent. The filter refuses what still has any of it, and what cannot be taken off: several alternatives, refusals, talk of being a model, the
meta-prompt said back, explanations, turns of a dialogue, and a second instruction. What the parent has as well is never chatter.
"""

import re

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.protect import SENTINEL
from sayso.records import Template, Verdict

__all__ = ["chatter", "ChatterFilter", "strip"]

_MOST_READ = 20_000
"""Characters of a reply that are looked at; more is no wording, and another filter says so."""
_MOST_LAYERS = 8
"""A reply in more layers of chatter than that is not worth unwrapping."""
_SLOT = re.compile(rf"{SENTINEL.pattern}|\{{[^{{}}\n]*\}}")
_REWORDED = r"(?:re-?(?:phras|word|writ|stat|formulat)\w*|paraphras\w+|alternat(?:e|ive)\w*|revised|improved|simplified|shortened|modified)"
_SURE = r"(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|great|no problem|gladly|happy to help)\b"
_HERE = r"(?:here(?:['’]s| is| are| it is| you go)|below (?:is|are)|this is|the following is)\b"
_TEXT = r"(?:version|instruction|prompt|sentence|wording|question|text|task|template|phrase|request|rendition|form|way|one)s?"
_OTHER_TEXT = rf"(?:{_REWORDED}|versions?|wordings?|renditions?|prompts?|(?:another|other|different|new) (?:way|form|sentence|instruction)s?)"
_PREAMBLES = (
    re.compile(rf"\A\s*{_SURE}[^\n:]{{0,160}}[:!.]\s+(?=\S)", re.I),
    re.compile(rf"\A\s*{_SURE},\s+(?=[A-Z])"),
    re.compile(r"\A\s*here (?:it is|you (?:go|are))\s*[:!.]\s*(?=\S)", re.I),
    re.compile(rf"\A\s*{_HERE}[^\n.?!:]{{0,120}}\b{_OTHER_TEXT}\b[^\n.?!:]{{0,80}}:\s*(?=\S)", re.I),
    re.compile(
        rf"\A\s*(?:the |my |a |an )?{_REWORDED}(?: {_TEXT}){{0,2}}(?: (?:is|would be|could be))?\s*:\s*(?=\S)", re.I
    ),
    re.compile(
        r"\A\s*(?:(?:new|output|final|your|possible) )?(?:version|wording|paraphrase|rewrite|instruction|prompt|output|translation)\s*:\s*(?=\S)",
        re.I,
    ),
    re.compile(r"\A\s*#{1,4}\s+[^\n]{0,80}\n+(?=\S)"),
)
_NUMBER = re.compile(r"\A\s*(?:\(?\d{1,2}[.):]|[-*•])\s+(?=\S)")
_REMARK = (
    r"(?:note\b|\(note\b|explanation:[^\n]*\w|this (?:version|wording|rephras\w+|rewrit\w+|paraphrase|revis\w+)|i (?:hope|'ve|have (?:changed|replaced|kept|used)|changed|replaced|used|kept)\b"
    r"|let me know if|feel free|hope (?:this|that)|is there anything|would you like (?:me|another)|changes made)"
)
_CLOSING = re.compile(rf"(?:\n+|(?<=[.?!}}\"])\s+)\(?{_REMARK}[^\n]*(?:\n.*)?\Z", re.I | re.S)
_WRAPPED = (
    re.compile(r"\A```[\w-]*\n?(.+?)\n?```\Z", re.S),
    re.compile(r"\A(\*\*|__|\*|_|`)(?=\S)(?!.*\1.*\1)(.+?)(?<=\S)\1\Z", re.S),
    re.compile(r"\A>\s+([^\n]+)\Z"),
    re.compile(r"\A[\"“”«]([^\"“”«»]+)[\"“”»]\Z", re.S),
    re.compile(r"\A[‘']([^‘’\n]+)[’']\Z"),
)
_SAID = {
    "a preamble": re.compile(
        rf"\A\s*(?:{_SURE}[,!.]|{_HERE}[^\n.?!:]{{0,120}}\b{_OTHER_TEXT}\b[^\n.?!:]{{0,60}}:|{_REWORDED} {_TEXT}\b[^\n]{{0,30}}:)",
        re.I,
    ),
    "talk of being a model": re.compile(
        r"\bas an? (?:ai|artificial|language model|assistant|llm)\b|\bi(?: am|'m) (?:an? )?(?:ai|language model|assistant|llm)\b"
        r"|\b(?:chat)?gpt(?:-?\d\S*)?\b|\b(?:my|your) training data\b|\blarge language model\b",
        re.I,
    ),
    "a refusal": re.compile(
        r"\bi(?:'m| am) (?:sorry|unable|not able|afraid)\b|\bi (?:can(?:not|'t| not)|won't|will not) (?:help|assist|do|provide|comply|"
        r"fulfil|answer|rephrase|rewrite|paraphrase|generate|create)|\bi (?:must|have to) decline\b|\bapologi[sz]e\b|\Asorry\b",
        re.I,
    ),
    "the meta-prompt": re.compile(
        r"\b(?:paraphras|rephras|re-?word(?=ed|ing|s?\b)|rewrit)\w*\b|\b(?:original|input|previous) (?:instruction|prompt|template|wording)\b"
        r"|\b(?:instruction|prompt) templates?\b|\bplace-?holders?\b|\bSLOT[0-9A-F]{12}\b",
        re.I,
    ),
    "another instruction": re.compile(
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:above|previous\w*|prior|before|earlier|instructions?|said|rules|everything|prompt)\b"
        r"|(?:\A|[.:;!?]\s+|\bjust )(?:please )?(?:ignore|disregard|forget) (?:the |this |that |these |any |all )?(?:following |given )?(?:questions?|tasks?|images?|pictures?|texts?)\b"
        r"|\binstead of (?:the|what)\b[^.\n]{0,30}\b(?:above|task|instruction|asked)\b|\bnew (?:task|instructions?)\s*:"
        r"|[.?!;]\s+(?:then|also|next|afterwards?|additionally|finally|in addition|after that|furthermore|and then)\b[,:]?\s+(?:please\s+)?"
        r"(?:write|translate|tell|print|compose|say|sing|list|send|reveal|repeat|explain|summari[sz]e|delete|run|execute|open|create|generate|describe|give|answer)\b",
        re.I,
    ),
    "turns of a dialogue": re.compile(r"(?im)^\s*(?:system|assistant|user|human|ai|bot)\s*:"),
    "closing remarks": re.compile(rf"(?:\n|(?<=[.?!}}\"])\s)\s*\(?{_REMARK}", re.I),
    "an explanation": re.compile(
        r"\b(?:explanation|rationale|changes made|reasoning behind)\s*:|\bthis (?:version|wording|paraphrase) (?:is|keeps|uses|makes|means)\b"
        r"|\bmeans the same\b",
        re.I,
    ),
}
_ALTERNATIVES = (
    re.compile(r"(?m)^\s*(?:\(?\d{1,2}[.)]|[-*•])\s+\S"),
    re.compile(r"(?im)^\s*(?:option|version|alternative|paraphrase|variant|variation|rewrite)\s*[#\d(:]"),
    re.compile(r"(?im)^\s*(?:or|alternatively)\s*[,:]?\s*$|(?:\n|[.?!]\s+)alternatively\s*[,:]"),
)


def strip(text: str, parent: str) -> str:
    """A model's reply without what it says around the wording; pure, and what the parent has as well stays.

    Stripping goes on until nothing more comes off. A reply that lists several wordings keeps all of them, for the filter.
    """
    if len(text) > _MOST_READ:
        return text
    for _ in range(_MOST_LAYERS):
        shorter = _strip_once(text.strip(), parent.strip())
        if shorter == text:
            break
        text = shorter
    return text


def _strip_once(text: str, parent: str) -> str:
    """Without the outermost layer; the text itself where there is none."""
    for pattern in _WRAPPED:
        if (match := pattern.search(text)) and not pattern.search(parent):
            return match.group(match.lastindex or 0).strip()
    for pattern in _PREAMBLES if _has_alternatives(text, parent) else (*_PREAMBLES, _NUMBER):
        match = pattern.search(text)
        if match and not pattern.search(parent) and _is_whole(text[match.end() :], parent):
            return text[match.end() :]
    closing = _CLOSING.search(text)
    if closing and not _CLOSING.search(parent) and _is_whole(text[: closing.start()], parent):
        return text[: closing.start()].rstrip()
    return text


def _is_whole(rest: str, parent: str) -> bool:
    """Whether what is left is the wording: it has the slots, and words of its own where the parent has some."""
    if len(_SLOT.findall(rest)) < len(_SLOT.findall(parent)):
        return False
    return len(_SLOT.sub("", rest).split()) >= min(2, len(_SLOT.sub("", parent).split()))


def _has_alternatives(text: str, parent: str) -> bool:
    counts = [(len(pattern.findall(text)), len(pattern.findall(parent))) for pattern in _ALTERNATIVES]
    return any(here > max(1, there) for here, there in counts[:2]) or counts[2][0] > counts[2][1]


class ChatterFilter:
    """Finds in a candidate what its parent does not have."""

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse text that is not only a wording; the reason names what else it is."""
        problem = _problem(candidate.text[:_MOST_READ], context.parent.text)
        return Verdict(keep=problem is None, reason=problem or "only a wording")


def _problem(text: str, parent: str) -> str | None:
    for name, pattern in _SAID.items():
        if len(pattern.findall(text)) > len(pattern.findall(parent)):
            return name
    if _has_alternatives(text, parent):
        return "several alternatives"
    if any(pattern.search(text.strip()) and not pattern.search(parent.strip()) for pattern in _WRAPPED):
        return "quotes or marks around the whole"
    return None


@filters.register("chatter")
def chatter() -> ChatterFilter:
    """The filter `chatter`; it has no options."""
    return ChatterFilter()
