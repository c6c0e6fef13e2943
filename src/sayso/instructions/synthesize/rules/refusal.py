"""Refusal: answers that decline, talk of being a model, cannot see what they were shown, or moralise in place of answering.

Liu et al. remove such "aligned" answers since they hurt reasoning (R3 of the survey's list, from memory: the patterns and their strengths are ours). Only the
beginning of an answer is read for what declines, since a text may well contain "I'm sorry", and nothing is held against an answer that was asked for or given
it: a translation of "I cannot help you", an apology to write. Patterns are for English, with the plainest forms of eight other languages.
"""

import re
from typing import Annotated

from pydantic import Field

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["refusal", "refusal_of", "RefusalRule"]

_BEGINNING, _MOST_READ = 240, 4000
_CANNOT = r"(?:can(?:not|'t| not)|could(?:n't| not)|am (?:un|not )able to|'m (?:un|not )able to|won't|will not|(?:do|am) not (?:feel )?comfortable|must decline|have to decline)"
_DO = (
    r"(?:help(?! but\b)|assist|do (?:that|this|so)|provide|comply|fulfil|answer|generate|create|write|complete|perform|process|engage|support|discuss|share|offer|give|"
    r"respond|participate|access|browse|satisfy|accommodate)"
)
_SEE = r"(?:see|view|look at|open|analy[sz]e|read|display|watch|hear|interpret|process)"
_MEDIUM = r"(?:image|picture|photo|photograph|figure|file|attachment|video|audio|chart|diagram|link|url)s?"
_DECLINES = re.compile(
    rf"\b(?:i|we) ?(?:am |'m )?(?:(?:so |very |really )?sorry[,.]? )?(?:but )?(?:i |we )?{_CANNOT}\s+(?:(?:\w+ly|be able to|really|just|even) )?{_DO}\b"
    r"|\A\W*(?:i(?:'m| am) )?(?:so |very |really )?(?:sorry|afraid)[,.;!]?\s+(?:but )?(?:unfortunately,? )?(?:that )?(?:i|we)(?: am|'m)? ?(?:can(?:not|'t| not)|unable|not able|won't|don't have)\b"
    r"|\A\W*(?:i )?apologi[sz]e\b[^.\n]{0,80}\b(?:can(?:not|'t| not)|unable|not able|don't have|inconvenience)\b"
    r"|\A\W*(?:this|that|your|the) (?:request|prompt|question|content|task) (?:is|seems|appears|goes|violates)\b[^.\n]{0,40}\b(?:inappropriate|unethical|harmful|against|policy|policies|not appropriate)"
    r"|\bes tut mir leid\b[^.\n]{0,60}\bkann\b|\bje (?:suis désolée?|ne peux pas vous)\b|\blo siento\b[^.\n]{0,40}\bno puedo\b|\bmi dispiace\b[^.\n]{0,40}\bnon posso\b"
    r"|\bdesculpe\b[^.\n]{0,40}\bnão posso\b|\bhet spijt me\b[^.\n]{0,40}\bkan\b|извините[^.\n]{0,40}не могу|(?:抱歉|对不起)[^。\n]{0,20}(?:无法|不能)|申し訳[^。\n]{0,20}(?:できません|ありませんが)",
    re.IGNORECASE,
)
_BLIND = re.compile(
    rf"\b(?:i )?{_CANNOT} (?:\w+ )?{_SEE} (?:\w+ ){{0,3}}{_MEDIUM}\b"
    rf"|\b(?:i )?(?:do not|don't) (?:\w+ )?(?:see|have access to) (?:\w+ ){{0,3}}{_MEDIUM}\b"
    rf"|\bno {_MEDIUM} (?:was|were|is|are|has been|have been) (?:\w+ )?(?:provided|given|attached|uploaded|shown|included)\b"
    rf"|\bplease (?:provide|upload|attach|share|send)(?: me)?(?: with)? (?:an?|the|your|more|some) (?:\w+ )?(?:{_MEDIUM}|text|passage|article|sentence|context|information|details|input)\b",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"\bas an? (?:\w+ )?(?:ai|artificial intelligence|language model|virtual assistant|chatbot|llm)\b|\bi(?: am|'m) (?:just |only )?an? (?:\w+ ){0,2}(?:ai|language model|llm|chatbot)\b"
    r"|\bmy (?:training data|knowledge cut-?off|programming)\b|\bals (?:ki|sprachmodell)\b|\ben tant qu(?:e |')(?:ia|intelligence artificielle|modèle de langage)\b|\bcomo (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)\b"
    r"|作为(?:一个|一名)?(?:人工智能|AI|语言模型)",
    re.IGNORECASE,
)
_MORALS = re.compile(
    r"\bit(?:'s| is) (?:never|not) (?:\w+ )?(?:appropriate|ethical|acceptable|okay|right|respectful) to\b|\bit(?:'s| is) (?:important|crucial|essential) to (?:remember|note) that (?:\w+ ){0,8}(?:respect|stereotypes?|discriminat\w+|harmful|offensive|ethical|consent|dignity)\b"
    r"|\b(?:i|we) (?:would )?(?:strongly )?(?:encourage|urge|advise) you (?:not )?to\b|\b(?:promot|perpetuat|reinforc)\w+ (?:\w+ ){0,2}(?:stereotypes|hate|hatred|violence|discrimination|harm)\b"
    r"|\bconsult (?:with )?an? (?:\w+ )?(?:professional|lawyer|doctor|physician|attorney)\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"\s*[A-Z][\w ]{0,20}:\s+\S[^\n]*\n+[A-Z][\w ]{0,20}:\s")
"""An answer in turns of a dialogue, in which somebody may decline."""
_KINDS = (
    ("declines", 1.0, _DECLINES, _BEGINNING),
    ("cannot see, or asks for, what it was given", 0.9, _BLIND, _BEGINNING),
    ("talks of being a model", 0.8, _MODEL, _MOST_READ),
    ("moralises", 0.5, _MORALS, _MOST_READ),
)


def refusal_of(written: Written) -> tuple[float, str]:
    """How strongly an answer refuses, in [0, 1], and how: what declines is 1, what moralises 0.5; 0 and nothing for an answer."""
    if _SPEAKER.match(written.output):
        return 0.0, ""
    asked, answer = (_plain(text) for text in (f"{written.instruction}\n{written.input}", written.output))
    for kind, strength, pattern, most in _KINDS:
        found = pattern.search(answer[:most])
        if found is not None and not pattern.search(asked):
            return strength, f"{kind} ({' '.join(found.group().split())[:60]!r})"
    return 0.0, ""


def _plain(text: str) -> str:
    return text[:_MOST_READ].replace("’", "'")


class RefusalRule:
    """Refuses from a strength on."""

    def __init__(self, *, threshold: float) -> None:
        self._threshold = threshold

    def judge(self, written: Written) -> Verdict:
        """Refuse an answer that refuses; the reason says how, and the score is 1 less its strength."""
        strength, how = refusal_of(written)
        if strength >= self._threshold:
            return Verdict(keep=False, reason=f"the answer {how}", score=1 - strength)
        return Verdict(keep=True, reason="the answer does not refuse", score=1 - strength)


@rules.register("refusal")
def refusal(*, threshold: Annotated[float, Field(gt=0, le=1)] = 0.8) -> RefusalRule:
    """The rule `refusal`; from 0.5 on it refuses moralising too, of 1 only what declines. What is meant to train safety needs another pool, without it."""
    return RefusalRule(threshold=threshold)
