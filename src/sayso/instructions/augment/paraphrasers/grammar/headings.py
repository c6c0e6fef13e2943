"""Headings: labels before what fills a slot (`Question: SLOT`), and cues at the end that ask for something (`Answer:`).

A label keeps its noun and changes its form, and all labels of a text change alike. A cue is a noun phrase, so it can be
asked for: `Class of SLOT:` is `Name the class of SLOT.`, `A short caption:` is `Write a short caption.`
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sayso.instructions.augment.paraphrasers.grammar.change import Change
from sayso.instructions.augment.paraphrasers.grammar.english import capitalise, lower_first
from sayso.instructions.augment.paraphrasers.grammar.meanings import WhatIs
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence
from sayso.instructions.augment.paraphrasers.grammar.realise import Form, realise
from sayso.instructions.augment.paraphrasers.grammar.spread import spread
from sayso.instructions.protect import SENTINEL
from sayso.seeds import Stream

__all__ = ["cue_forms", "cue_headings", "is_label", "relabelled", "STYLES"]

_NOUN = (
    r"(?:answer|article|box|caption|claim|class|context|conversation|description|dialog|dialogue|document|evidence|expression|goal|"
    r"history|hypothesis|input|method|object|paragraph|passage|phrase|premise|problem|procedure|query|question|region|relation|"
    r"review|sentence|solution|statement|step|story|subject|summary|task|text|title|topic|word)"
)
_ADJECTIVE = (
    r"(?:(?:current|earlier|previous|first|second|next|given|original|movie|news|dialogue|bounding|input|short) )?"
)
_LABEL = re.compile(
    rf"(?P<adjective>{_ADJECTIVE})(?P<noun>{_NOUN})(?P<s>(?:s|es)?)(?P<rest> (?:of|about|in|for|with|to be) [^:,]+)?"
)
STYLES = ("plain", "the", "sentence")
"""All labels of a text have the same."""
_SENTENCES = {
    False: spread("(Here|This) is the {}", "The {} is", "The {} is as follows", "The {} is this"),
    True: spread("(Here|These) are the {}", "The {} are", "The {} are as follows", "The {} are these"),
}
_SHORT = {"a": "answer", "q": "question"}

_WRITTEN = r"(?:caption|description|summary|title|headline|paraphrase|expression|sentence|explanation|story|tagline)"
_ASKED = (
    r"(?:answer|area|attribute|box|category|class|color|disaster|ending|flaw|label|location|mood|name|number|object|output|part|percentage|rating|"
    r"position|relation|relationship|region|result|score|sentiment|sense|step|subject|text|topic|translation|type|word)"
)
_PLACED = (
    r"(?: (?:of|for|in|about|with|without|after|before|from|to|between|that|which|expressed|containing|described) .+?)?"
)
_CUE = re.compile(
    rf"(?:(?P<article>the|a|an|your) )?(?P<adjectives>(?:(?:short|brief|concise|detailed|missing|correct|final|right|best|next|main|3D|image|movie|text|object|review|type of) )*)"
    rf"(?P<noun>(?P<written>{_WRITTEN})|{_ASKED}|{_ASKED}(?= in percent))(?P<s>(?:s|es)?)(?P<rest>{_PLACED})(?P<be> is| are)?"
)
_NO_PREDICATE = re.compile(r"\b(?:is|are|was|does|do|has|have|can|and|or)\b")


def is_label(sentence: Sentence) -> bool:
    """Whether a sentence is a label of what fills the slot behind it."""
    return sentence.end == ":" and _match(sentence) is not None


def _match(sentence: Sentence) -> re.Match[str] | None:
    body = lower_first(sentence.body)
    return _LABEL.fullmatch("question" if body == "q" else body)


def relabelled(sentences: Sequence[Sentence], style: str, stream: Stream) -> tuple[Sentence, ...]:
    """The sentences with every label that has something behind it in `style`."""
    found = list(sentences)
    introduced = False
    for i, sentence in enumerate(sentences[:-1]):
        if is_label(sentence) and SENTINEL.search(sentences[i + 1].body) and (match := _match(sentence)):
            body = _styled(match, style, stream, first=not introduced)
            introduced = introduced or body.startswith(("Here", "Th"))
            found[i] = replace(sentence, body=body)
    return tuple(found)


def _styled(match: re.Match[str], style: str, stream: Stream, *, first: bool) -> str:
    text = match.group()
    if style == "plain":
        return capitalise(text)
    if style == "the":
        return f"The {text}"
    plural = bool(match["s"])
    forms = [form for form in _SENTENCES[plural] if first or form.endswith(("is", "are"))]
    return stream.choice(forms).replace("{}", text)


def cue_forms(sentence: Sentence, *, asked: bool) -> Iterator[Form]:
    """The request that a cue amounts to, in all its forms; `asked` says that there is a question to answer."""
    match = _cue(sentence)
    if match is None:
        return
    if match["noun"] == "answer" and not match["rest"]:
        yield from _answer_forms(match["adjectives"], asked=asked)
        return
    core = f"{match['adjectives']}{match['noun']}{match['s']}{match['rest']}"
    if match["written"] and match["article"] != "the" and not match["s"]:
        core = core if core.startswith(("a ", "an ")) else f"{_article(core)} {core}"
        yield from (Form("phrase", f"{verb} {core}") for verb in ("write", "give", "provide", "come up with"))
        return
    yield from realise(WhatIs(f"the {core}", "are" if match["s"] else "is"), has_options=False)


def cue_headings(sentence: Sentence) -> Iterator[Change]:
    """The cue as another heading: with an article, or as the beginning of a sentence."""
    match = _cue(sentence)
    if match is None:
        return
    core = f"{match['adjectives']}{match['noun']}{match['s']}{match['rest']}"
    answer = match["noun"] == "answer" and not match["rest"]
    written = match["written"] and not match["s"] and match["article"] != "the"
    article = _article(core) if written or (answer and match["adjectives"]) else "the"
    yield Change(f"{article.capitalize()} {core}", ":", ("elaborate",))
    if not match["be"] and not written:
        yield Change(f"The {core} {'are' if match['s'] else 'is'}", ":", ("declarative_form",))
    if match["be"] or match["article"]:
        yield Change(capitalise(core), ":", ("shorten",))
    if answer:
        yield Change(f"Your {core}", ":", ("synonyms",))
        yield Change(f"Your {core} is", ":", ("declarative_form",))
    if written:
        yield Change(f"Your {core}", ":", ("synonyms",))
        yield Change(f"Here is {article} {core}", ":", ("declarative_form",))


def _cue(sentence: Sentence) -> re.Match[str] | None:
    body = lower_first(sentence.body)
    match = _CUE.fullmatch(_SHORT.get(body.lower(), body))
    if match is None or (sentence.end != ":" and not match["be"]) or sentence.end[:1] in {".", "?", "!"}:
        return None
    loose = match["rest"] and _NO_PREDICATE.search(
        re.sub(r"\A that .*|\A which .*| between \S+ and| described .*", "", match["rest"])
    )
    return None if loose else match


def _article(text: str) -> str:
    return "an" if text[:1] in "aeiou" else "a"


def _answer_forms(adjectives: str, *, asked: bool) -> Iterator[Form]:
    if adjectives.strip() in {"short", "brief"}:
        yield from (Form("phrase", text) for text in spread("give a (short|brief) answer", "(answer|reply) briefly"))
    elif adjectives.strip():
        yield from (Form("phrase", text) for text in spread(f"(give|state|provide) the {adjectives}answer"))
        yield Form("question", f"what is the {adjectives}answer")
    else:
        yield from (Form("phrase", text) for text in spread("(give|state|provide) (the|your) answer"))
        yield Form("question", "what is the answer")
        yield from (Form("phrase", text) for text in (spread("(answer|respond to) the question") if asked else ()))
