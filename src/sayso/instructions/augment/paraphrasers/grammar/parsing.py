"""Parsing: the meaning of a command or a question.

A sentence whose meaning is not one of ours is a plain `Command`, if it begins with a verb of command, else nothing. Parsing
refuses when the end of a noun phrase is unsure: what it does not understand, it does not change.
"""

import re
from dataclasses import replace

from sayso.instructions.augment.paraphrasers.grammar.english import (
    IMAGE,
    STATE_VERBS,
    VERBS,
    contains_relative,
    lower_first,
)
from sayso.instructions.augment.paraphrasers.grammar.meanings import (
    Asked,
    Attribute,
    Command,
    Core,
    Describe,
    HowMany,
    WhatIs,
    Where,
    Whether,
    Which,
)

__all__ = ["parse_command", "parse_question"]

_S = r"SLOT[0-9A-F]{12}"
_THIRD = "|".join(STATE_VERBS.values())
_BASE = "|".join(STATE_VERBS)
_TELL = r"(?:tell me|say|state|decide|determine|judge|identify|indicate|work out|find out|figure out|assess|check)"
_PICK = r"(?:select|choose|pick|identify|find|tell me|name)"
_GIVE = r"(?:name|identify|state|give|determine|tell me|provide|say|find|specify|report)"
_CHOICES = r"(?:option|options|choice|choices|region|regions|answer|sentence|caption|description|statement|object|item|word|text)"
_ADJECTIVES = (
    r"(?:true|false|correct|right|accurate|visible|present|clear|legible|readable|complete|supported|the same|next to|of the same|"
    r"made of|part of|left of|right of|to the (?:left|right)|above|below|behind|in front of|inside|bigger than|smaller than|larger than|"
    r"(?:written|printed|located|placed|mentioned|contained|found) (?:in|on)|a (?:correct|good|accurate|valid|true|fitting|faithful)|an accurate|described by|shown in|depicted in|visible in|present in)"
)
_BASES = {third: base for base, third in STATE_VERBS.items()}
_TEXTS = (
    r"(?:text|review|sentence|statement|article|passage|claim|question|answer|example|phrase|word|caption|description|dialogue|movie|film|"
    r"product|reviewer|viewer|listener|speaker|author|writer|person|customer|image|picture|photo|video|audio|model|process|story|paragraph|hypothesis|premise)"
)
_PREDICATE = rf"(?:an?|the|true|false|correct|right|wrong|about|asking|in|on|of|from|like|similar|{_S}|\"{_S}\")"
_POINTED = (
    rf"(?:it|they|(?:this|that|these|those)(?= {_PREDICATE}\b)|(?:this|that|the|the above|the following|the given) {_TEXTS}s?(?! {_TEXTS})(?= (?!in\b|on\b|of\b|from\b|about\b|like\b){_PREDICATE}\b|"
    r" (?!in\b|on\b|of\b|from\b|about\b|like\b|for\b|at\b|to\b)(?:[a-z]+ly )?[a-z]+(?:\Z| (?:and|or|in|of|about|from|to|by|with)\b)))"
)
_END = rf"(?:(?:the|this|a|an|any|some|another) )?(?:\w+ )?(?:\w+|\"{_S}\"|{_S})"
_ATTRIBUTES = r"(?:color|colour|shape|size|material|texture)"
_SINGULAR = (
    rf"(?:{_ATTRIBUTES}|answer|type|kind|category|class|relationship|relation|attribute|activity|sport|name|location|position|"
    r"region|area|bounding box|box|text|word|label|object|thing|item|subject|number|sentiment|mood|next step|animal|main object|title|topic|"
    r"caption|description|content|contents|cause|effect|reason|opposite|antonym|synonym|plural|sum|difference|translation|meaning|outcome|result|"
    r"theme|main idea|emotion|tone|output|score|rating|letter|percentage|step|ending|genre|intent|problem|summary)"
)
_PLACE = rf"(?:in|on|inside|within|at) (?:the |this )?(?:given |provided |above )?(?:{IMAGE}|{_S}|(?:region|area|part|box) {_S})"
_NOUN_PHRASE = re.compile(
    r"(?:answer|caption|detail|draft|highlight|outline|sketch|share|offer|estimate|label|list|match|measure|name|point|rank|report|sort|spot|state|study|use|view|work|output|design|link|plan|score|search) "
    r"(?:for|of|in|on|about|from|with|is|are|and)\b|sort of\b|judge by\b"
)
"""What looks like a command but is a heading: `Caption for SLOT`."""
_NOUN = rf"(?:(?:{_S}|[a-z-]+) ){{0,2}}(?:{_S}|[a-z-]+)(?<! there)"


def parse_question(body: str) -> Core | None:
    """The meaning of a question, given without its question mark; None where it is not one of ours."""
    text = lower_first(body)
    return (
        _how_many_question(text)
        or _which_question(text)
        or _attribute_question(text)
        or _what_is_question(text)
        or _where_question(text)
        or _describe_question(text)
        or _yes_no_question(text)
        or _asked(text)
    )


def parse_command(body: str) -> Core | None:
    """The meaning of a command in its base form, given without its full stop; None where it does not begin with a known verb."""
    text = lower_first(body)
    found = (
        _whether_command(text)
        or _which_command(text)
        or _how_many_command(text)
        or _describe_command(text)
        or _attribute_command(text)
        or _what_is_command(text)
        or _where_command(text)
        or _asked_command(text)
    )
    if found and not _goes_on(text):
        return found
    if _NOUN_PHRASE.match(text):
        return None
    first, _, complement = text.partition(" ")
    if (first in VERBS and complement.strip()) or re.match(r"(?:briefly|carefully|concisely) [a-z]+", text):
        return Command(text)
    return None


def _goes_on(text: str) -> bool:
    """Whether another command follows in the same sentence: `find the region that ... and output it`."""
    return any(word in VERBS for word in re.findall(r"\b(?:and|then|or) (?:then |to )?(\w+)", text))


def _how_many_question(text: str) -> Core | None:
    verbs = r"(?:are there|are|do you see|can you see|can be seen|are visible|are shown)"
    if match := re.fullmatch(rf"how many (?P<noun>{_NOUN}) {verbs}(?: (?P<place>{_PLACE}))?", text):
        return HowMany(match["noun"], match["place"] or "")
    if match := re.fullmatch(rf"how many (?P<noun>{_NOUN}) are (?P<rest>(?!there\b)(?:{_S}|{_ADJECTIVES}.*))", text):
        return HowMany(match["noun"], "", f"are {match['rest']}")
    if match := re.fullmatch(rf"what is the number of (?P<noun>{_NOUN})(?: (?P<place>{_PLACE}))?", text):
        return HowMany(match["noun"], match["place"] or "")
    return None


def _how_many_command(text: str) -> Core | None:
    count = r"(?:count (?:the number of |all the |all of the |all |the )?|(?:give|state|determine|tell me|report|find|work out|say) the number of )"
    if match := re.fullmatch(rf"{count}(?P<noun>{_NOUN})(?: (?P<place>{_PLACE}))?", text):
        return (
            HowMany(match["noun"], match["place"] or "") if match["noun"].split(" ")[0] not in {"how", "the"} else None
        )
    if match := re.fullmatch(r"(?:tell me|say|state|determine|count|work out|find out) (how many .+)", text):
        return _embedded_how_many(match[1])
    return None


def _embedded_how_many(text: str) -> Core | None:
    verbs = r"(?:there are|are there|are|you see|you can see|can be seen|are visible)"
    if match := re.fullmatch(rf"how many (?P<noun>{_NOUN}) {verbs}(?: (?P<place>{_PLACE}))?", text):
        return HowMany(match["noun"], match["place"] or "")
    if match := re.fullmatch(rf"how many (?P<noun>{_NOUN}) are (?P<rest>(?!there\b)(?:{_S}|{_ADJECTIVES}.*))", text):
        return HowMany(match["noun"], "", f"are {match['rest']}")
    return None


def _which_question(text: str) -> Core | None:
    if match := re.fullmatch(
        rf"which (?:one )?(?:of (?:the|these) )?(?:given )?(?P<noun>{_CHOICES}) (?P<rest>.+)", text
    ):
        return _which(match["noun"], match["rest"])
    if match := re.fullmatch(rf"what is (?P<rest>(?:shown |depicted |visible |written |happening )?{_PLACE})", text):
        return Which("", f"is {match['rest']}")
    return None


def _which(noun: str, rest: str) -> Which | None:
    singular = noun[:-1] if noun.endswith("s") and noun != "class" else noun
    predicate = rf"(?:best |most closely )?(?:{_THIRD}|does not (?:{_BASE})|correctly (?:{_THIRD}))\b.*|is (?:not )?(?:{_ADJECTIVES}|the (?:best|correct|answer|next|region|one|most)).*"
    return Which(singular, rest) if re.fullmatch(predicate, rest) and "," not in rest else None


def _which_command(text: str) -> Core | None:
    if match := re.fullmatch(rf"{_PICK} (?:the|which|an|a) (?P<noun>{_CHOICES})(?: that| which)? (?P<rest>.+)", text):
        embedded = re.match(rf"\S+(?: me)? which |.*? (?:that|which) {re.escape(match['rest'])}", text)
        core = _which(match["noun"], match["rest"]) if embedded and match["noun"][-1] != "s" else None
        chosen, found = (text.startswith(verbs) for verbs in (("select ", "choose ", "pick "), "find "))
        return replace(core, chosen=chosen, found=found) if core else None
    if match := re.fullmatch(rf"(?:decide|determine|work out|say|state) which (?P<noun>{_CHOICES}) (?P<rest>.+)", text):
        return _which(match["noun"], match["rest"]) if match["noun"][-1] != "s" else None
    if match := re.fullmatch(
        rf"{_TELL} what (?P<rest>is (?:shown |depicted |visible |written |happening )?{_PLACE})", text
    ):
        return Which("", match["rest"])
    return None


def _attribute_question(text: str) -> Core | None:
    if match := re.fullmatch(
        rf"(?:what|which) (?P<what>{_ATTRIBUTES}) (?P<be>is|are) (?P<owner>(?:the|this) .+|{_S}.*)", text
    ):
        return Attribute(match["what"], match["owner"], match["be"])
    if match := re.fullmatch(rf"(?:what|which) (?P<what>{_ATTRIBUTES}) does (?P<owner>(?:the|this) .+) have", text):
        return Attribute(match["what"], match["owner"], "is")
    if match := re.fullmatch(rf"what is the (?P<what>{_ATTRIBUTES}) of (?P<owner>(?:the|this) .+|{_S}.*)", text):
        return Attribute(match["what"], match["owner"], "are" if _plural(match["owner"]) else "is")
    return None


def _attribute_command(text: str) -> Core | None:
    if match := re.fullmatch(rf"{_GIVE} the (?P<what>{_ATTRIBUTES}) of (?P<owner>(?:the|this) .+|{_S}.*)", text):
        return _simple(Attribute(match["what"], match["owner"], "are" if _plural(match["owner"]) else "is"))
    if match := re.fullmatch(
        rf"{_TELL} (?:what|which) (?P<what>{_ATTRIBUTES}) (?P<owner>(?:the|this) .+) (?P<be>is|are)", text
    ):
        return _simple(Attribute(match["what"], match["owner"], match["be"]))
    return None


def _plural(phrase: str) -> bool:
    head = re.split(r" (?:in|on|at|of|inside|within|with|to|near)\b", phrase)[0].rstrip()
    return bool(re.search(r"(?<!s)s$", head)) and not re.search(_S, head.rsplit(" ", 1)[-1])


def _simple(core: Attribute) -> Core | None:
    return None if re.search(r"\b(?:and|from|using|by)\b|[,:;.]", core.owner) else core


def _what_is_question(text: str) -> Core | None:
    if match := re.fullmatch(rf"what (?P<be>is|are) (?P<phrase>the (?:\w+ )?{_SINGULAR}s?\b.*)", text):
        return WhatIs(match["phrase"], match["be"]) if _closed(match["phrase"]) else None
    return None


def _what_is_command(text: str) -> Core | None:
    match = re.fullmatch(rf"{_GIVE} (?:me )?(?P<phrase>the (?:\w+ )?(?P<head>{_SINGULAR})(?P<plural>s?)\b.*)", text)
    if match and _closed(match["phrase"]):
        return WhatIs(match["phrase"], "are" if match["plural"] else "is")
    return None


def _closed(phrase: str) -> bool:
    phrase = re.sub(r"\banswer to\b", "answer", phrase)
    phrase = re.sub(r"\bbetween (?:\S+ ){1,6}?and ", "between ", phrase)
    return not re.search(
        r"\b(?:and|or|from|using|by|so that|then|please|based on|among|what|to)\b|[,:;.?!]|\b(?:like|about|of|with|in|at|on|called|doing|called|there|it|one)\Z",
        phrase,
    )


def _where_question(text: str) -> Core | None:
    if match := re.fullmatch(r"where (?P<be>is|are) (?P<phrase>(?:the|this|these) .+?)(?: located| found)?", text):
        return Where(match["phrase"], match["be"]) if _closed(match["phrase"]) else None
    return None


def _where_command(text: str) -> Core | None:
    regional = r"(?:region|area|part|box|bounding box|location|position|coordinates|word|text|answer|option)"
    match = re.fullmatch(rf"(?:find|locate) (?P<phrase>(?:the|this) (?!(?:\w+ )?{regional}).+)", text)
    seen = text.startswith("locate") or re.search(rf"{_S}|\b(?:{IMAGE}|objects?|things?|items?)\b", text)
    if match and seen and _closed(match["phrase"]):
        return Where(match["phrase"], "are" if _plural(match["phrase"]) else "is")
    return None


def _describe_question(text: str) -> Core | None:
    if match := re.fullmatch(
        rf"what (?:does (?P<one>(?:the|this) {IMAGE}) show|is shown in (?P<two>(?:the|this) {IMAGE}))", text
    ):
        return Which("", f"is shown in {match['one'] or match['two']}")
    if match := re.fullmatch(r"how would you (?P<style>briefly )?describe (?P<phrase>(?:the|this) .+)", text):
        return Describe(match["phrase"], "brief" if match["style"] else "")
    return None


def _describe_command(text: str) -> Core | None:
    phrase = rf"(?P<phrase>(?:the|this|what is in) [^,;:]+|{_S}|\"{_S}\")"
    if match := re.fullmatch(rf"(?P<style>briefly |concisely )?describe {phrase}", text):
        return _description(match["phrase"], "brief" if match["style"] else "")
    give = r"(?:give|write|provide|produce|generate) (?:me )?"
    if match := re.fullmatch(rf"{give}an? (?P<style>short |brief |detailed )?description (?:of|for) {phrase}", text):
        style = {"short ": "brief", "brief ": "brief", "detailed ": "detailed"}.get(match["style"] or "", "")
        return _description(match["phrase"], style)
    return None


def _description(phrase: str, style: str) -> Core | None:
    for tail, found in ((" briefly", "brief"), (" in detail", "detailed"), (" in a few words", "brief")):
        if phrase.endswith(tail):
            phrase, style = phrase.removesuffix(tail), found
    usable = re.match(r"(?:the|this) |SLOT|\"", phrase) and not re.search(
        r"\b(?:and|that|which|using|so|as|with|to|by|from|for|what|in (?:\w+ )?(?:words?|sentences?|detail))\b", phrase
    )
    return Describe(phrase, style) if usable else None


def _asked(text: str) -> Core | None:
    thing = rf"(?:(?:the|this) [^,]+?|\"?{_S}\"?)"
    if text.count("?") or re.search(r"[:;]|\b(?:and|or) (?:is|are|what|which|why|how)\b", text):
        return None
    if found := _pointing(text) or _subject_asked(text):
        return found
    if match := re.fullmatch(rf"what (?P<be>is|are) (?P<who>{thing}) (?P<rest>doing\b.*|made of)", text):
        return Asked(text, f"what {match['who']} {match['be']} {match['rest']}")
    if match := re.fullmatch(
        rf"what does (?P<who>{thing}) (?P<verb>say|show|mean|depict|contain)(?P<rest> [^,]+|)", text
    ):
        return Asked(text, f"what {match['who']} {match['verb']}s{match['rest']}")
    if match := re.fullmatch(
        rf"(?P<ask>(?:to|in|from|with) (?:what|which) \w+) does (?P<who>{thing}) (?P<verb>{_BASE})", text
    ):
        return Asked(text, f"{match['ask']} {match['who']} {STATE_VERBS[match['verb']]}")
    done = r"(?: (?P<done>written|shown|located|visible|found|depicted|printed))?"
    if match := re.fullmatch(rf"in which (?P<noun>\w+) is (?P<who>{thing}?){done}", text):
        clause = f"in which {match['noun']} {match['who']} is {match['done'] or ''}".strip()
        return Asked(text, clause) if _closed(match["who"]) and not contains_relative(match["who"]) else None
    if match := re.fullmatch(
        rf"how (?P<be>is|are) (?P<who>{thing}) (?P<rest>(?:related|positioned|connected|placed)\b[^,]*)", text
    ):
        return Asked(text, f"how {match['who']} {match['be']} {match['rest']}")
    kind = r"(?:kind|type|sort) of"
    if re.fullmatch(
        rf"(?:what|which) {kind} {_NOUN} (?:is|are|happens|happened|appears) (?:shown |depicted |visible )?{_PLACE}",
        text,
    ):
        return Asked(text, text)
    return None


def _pointing(text: str) -> Core | None:
    """A question whose subject is a pronoun or a plain noun, so that its end is sure: `how does the reviewer feel about it`."""
    who = rf"(?:it|they|we|(?:this|that|these|those)(?= (?:about|called|doing|made|used|done)\b|\Z| (?:is|would|should|could|can)\b)|(?:this|that|the) {_TEXTS}s?(?! (?:there|of|for|in|on|from|to|that|which|at|with|between)\b| \"?SLOT))"
    ask = r"(?:what|who|where|why|how|(?:what|which|how|in which|in what|to which|to what) [a-z]+(?: of (?:an? |the )?[a-z]+)?)"
    if match := re.fullmatch(
        rf"(?P<ask>{ask}) (?P<be>is|are|was|were) (?P<who>{who})(?P<rest> (?:[a-z]+ )*?[a-z]+| .*{_S}.*|)", text
    ):
        return Asked(text, f"{match['ask']} {match['who']} {match['be']}{match['rest']}")
    if match := re.fullmatch(
        rf"(?P<ask>{ask}) (?P<aux>would|should|could|can|might|will) (?P<who>{who}) (?P<rest>.+)", text
    ):
        return Asked(text, f"{match['ask']} {match['who']} {match['aux']} {match['rest']}")
    if match := re.fullmatch(r"how can (?P<who>you|one|i) (?P<rest>[a-z]+ .+)", text):
        return Asked(text, f"how {match['who']} can {match['rest']}")
    if match := re.fullmatch(
        rf"(?P<ask>{ask}) does (?P<who>{who}) (?P<verb>{_BASE}|feel|think|want|like|use)\b(?P<rest>.*)", text
    ):
        return Asked(
            text, f"{match['ask']} {match['who']} {STATE_VERBS.get(match['verb'], match['verb'] + 's')}{match['rest']}"
        )
    return None


def _subject_asked(text: str) -> Core | None:
    """A question about its own subject, which keeps its order as a clause: `which category best describes SLOT`."""
    modal = r"(?:might|could|should|would|can|will) (?:be|have|come|happen|follow)"
    verb = rf"(?:(?:best|most likely|most closely|correctly) )?(?:{_THIRD}|{modal}|happens|happened|comes|follows)\b"
    if re.fullmatch(rf"(?:what|which|who)(?: (?!is\b|are\b|do\b|does\b)[a-z]+){{0,2}} {verb}.*", text):
        return Asked(text, text)
    return None


def _yes_no_question(text: str) -> Core | None:
    text = re.sub(r"\A(?:is it true that|would you say that|would you say) ", "whether ", text)
    if text.startswith("whether "):
        return _clause(text.removeprefix("whether "))
    if match := re.fullmatch(
        r"(?P<aux>should|can|could|will|would|must) (?P<subject>we|it|they|i) (?P<rest>[a-z]+ .+)", text
    ):
        return _whether(match["subject"], match["aux"], match["rest"])
    if match := re.match(r"(?P<aux>does|do|can) ", text):
        for verb in re.finditer(rf" (?=(?:{_BASE})\b)", text):
            subject = text[match.end() : verb.start()]
            if subject and (core := _whether(subject, match["aux"], text[verb.end() :])):
                return core
    if match := re.fullmatch(r"(?P<aux>is|are) there (?P<rest>.+)", text):
        return Whether("there", match["aux"], match["rest"])
    if match := re.fullmatch(
        r"(?P<aux>is|are) (?P<subject>.+?) (?P<rest>(?:of )?the same (?:\w+ )?(?:as|in) .+)", text
    ):
        return _whether(match["subject"], match["aux"], match["rest"])
    if match := re.fullmatch(rf"(?P<aux>is|are) (?P<subject>{_POINTED}) (?P<rest>.+)", text):
        return _whether(match["subject"], match["aux"], match["rest"])
    ending = rf"(?:{_ADJECTIVES})(?: (?:in|of|from|to) {_END}| {_END})?"
    place = rf"in (?:the |this )?(?:{IMAGE}|{_S}|\w+ {_S})"
    if match := re.fullmatch(rf"(?P<aux>is|are) (?P<subject>.+?) (?P<rest>{ending}|{place})", text):
        return _whether(match["subject"], match["aux"], match["rest"])
    return None


def _asked_command(text: str) -> Core | None:
    match = re.fullmatch(r"(?:tell me|say|state|determine|work out|decide|find out) ((?:what|which|who) .+)", text)
    core = _asked(match[1]) if match else None
    return core if isinstance(core, Asked) and match and core.clause == core.question == match[1] else None


def _whether_command(text: str) -> Core | None:
    if match := re.fullmatch(rf"(?:{_TELL}|answer) (?:whether|if) (?P<clause>.+?)(?: or not)?", text):
        return _clause(match["clause"])
    return None


def _clause(text: str) -> Core | None:
    if match := re.fullmatch(r"there (?P<aux>is|are) (?P<rest>.+)", text):
        return Whether("there", match["aux"], match["rest"])
    for match in re.finditer(rf" (?P<verb>is|are|can|{_THIRD})(?= |\Z)", text):
        subject, rest = text[: match.start()], text[match.end() :]
        base = _BASES.get(match["verb"])
        core = _whether(subject, "does", base + rest) if base else _whether(subject, match["verb"], rest.strip())
        if core:
            return core
    return None


def _whether(subject: str, auxiliary: str, rest: str) -> Core | None:
    phrase = rf"(?:it|this|that|these|those|they|we|i|(?:the|this|these|those|both|any|one|an?) .+|\"{_S}\".*|{_S}.*|[a-z]+s(?: in .+)?)"
    verb = rf"\b(?:is|are|does|do|can|has|{_THIRD})\b"
    sure = re.fullmatch(phrase, subject) and not contains_relative(subject) and not re.search(verb, subject)
    torn = re.search(r"\bor\b|SLOT\w{12}\"? (?:the|an?|this)\b", subject)
    coordinated = {word.removesuffix("s") for word in re.findall(r"\b(?:and|or) (?:then )?(\w+)", rest)}
    if auxiliary == "does" and coordinated & {*VERBS, *STATE_VERBS}:
        return None
    torn = torn or re.search(
        r" (?:written|printed|shown|depicted|located|placed|found|mentioned|made|taken|used|visible)\Z", subject
    )
    acts = torn or re.search(r"(?<!\bth)(?<!\bbuild)(?<!\bpaint)(?<!\bdraw)(?<!\bwrit)(?<!\bmean)ing\Z", subject)
    if acts or (auxiliary == "does" and re.search(r"\band\b", subject)):
        return None
    clear = rest and not re.search(
        r"[:;]|\b(?:and|or|but) (?:is|are|does|do|can|what|which|how|where|if|whether|not)\b(?! SLOT)|[.?!] |\b(?:tell|then|say|answer|select|choose) ",
        rest,
    )
    return Whether(subject, auxiliary, rest) if sure and clear else None
