"""Structural paraphrases: the sentence that asks is given every other form of its meaning; the sentences around it stay.

The asking sentence may be led by an adverbial (`Based on the image, ...`), which can move, or by a look
(`Look at the image and ...`), which can become a sentence of its own. The first sentence that is understood is the one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sayso.instructions.augment.paraphrasers.grammar.change import Change
from sayso.instructions.augment.paraphrasers.grammar.english import IMAGE, VERBS, capitalise, gerund, lower_first
from sayso.instructions.augment.paraphrasers.grammar.frames import FRAMES, Frame, unframe
from sayso.instructions.augment.paraphrasers.grammar.headings import cue_forms, cue_headings
from sayso.instructions.augment.paraphrasers.grammar.meanings import Command, Core
from sayso.instructions.augment.paraphrasers.grammar.notes import is_note
from sayso.instructions.augment.paraphrasers.grammar.parsing import parse_command, parse_question
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence
from sayso.instructions.augment.paraphrasers.grammar.realise import Form, realise
from sayso.instructions.augment.paraphrasers.grammar.spread import spread
from sayso.instructions.protect import SENTINEL

__all__ = ["asked_otherwise", "commanded_otherwise", "cue_otherwise", "find_ask", "questioned_otherwise"]


@dataclass(frozen=True, slots=True)
class Ask:
    """The sentence that asks, taken apart: what leads it, what it means, and how it ended."""

    lead: str
    look: str
    core: Core
    was_question: bool
    end: str


_THE_IMAGE = rf"(?:the|this) (?:given |provided |following |above )?{IMAGE}"
_LEAD = re.compile(
    r"(?i)(?P<lead>(?:based on|according to|given|using|looking at|considering|judging (?:by|from)|from|in|going by|with re(?:ference|spect|gard) to|"
    r"having|taking|bearing|keeping|relying|drawing|reflecting|contemplating|upon|in light of|on the basis of|with the help of|for|after|by|referencing) (?!this task\b)(?:(?!\b(?:is|are|you|do|does)\b)[^,:;?.\n])+), "
)
_LOOK = re.compile(
    rf"(?i)(?P<look>(?:please )?(?:look (?:carefully )?at|take a look at|examine|inspect|study|view|observe) {_THE_IMAGE}(?: carefully)?),? (?:and|then|and then) "
)
_MOVABLE = re.compile(
    rf"(?i)(?:based on|according to|going by|judging (?:by|from)|in|on the basis of|with the help of|using) (?:{_THE_IMAGE}|the (?:\w+ )?(?:text|video|audio|3D model|passage|context|article))\Z"
)
_TRAIL = re.compile(rf"(?P<core>.+?) (?P<lead>in {_THE_IMAGE}|based on {_THE_IMAGE}|according to {_THE_IMAGE})\Z")
_STUMP = re.compile(
    r"\b(?:is|are|was|shown|do|does|depicted|appears?|displayed|pictured|visible|present|located|contents?|described|found|of|to)\Z"
)
_ALONE = frozenset(
    {
        "classify",
        "correct",
        "describe",
        "paraphrase",
        "rephrase",
        "rewrite",
        "simplify",
        "summarise",
        "summarize",
        "translate",
    }
)
"""Commands that can stand alone before what they are about."""
_LONG = 400
"""Characters of a sentence, from which on no reader would take it for one."""
_OPENING = re.compile(r"(?i)(?:in|for) this task\b|this task\b|what you need to do")
"""What can begin an instruction, but not go on with one."""
_APPOSED = re.compile(r"\b(?:in|at|on|with|contains?) (?:the )?\w+\Z")
"""What has a name behind its colon: `in the region: SLOT` is no question before it."""
_WONDERS = re.compile(r"(?:What|Which|Who|Where|Why|How) (?:is|are|does|do|did|was|were|would|could|can)\b")
"""What asks even where its question mark was forgotten."""
_OPEN_SLOT = re.compile(r"region|box|object|label|colou?r|name|shape|noun|class|category|thing|size|material|attribute")


def find_ask(sentences: Sequence[Sentence]) -> int | None:
    """The place of the sentence that asks: the first that is understood and is no side note; None where there is none."""
    for position, sentence in enumerate(sentences):
        if not _is_side_note(sentence, len(sentences)) and _understand(_unlabelled(sentence)):
            return position
    return None


def _unlabelled(sentence: Sentence) -> Sentence:
    """`Question: Is it a dog?` without its label."""
    match = re.match(r"(?:The )?[Qq]uestion: (?=[A-Z])", sentence.body)
    return replace(sentence, body=sentence.body[match.end() :]) if match and sentence.end == "?" else sentence


def _is_side_note(sentence: Sentence, count: int) -> bool:
    note = r"(?:look|take a look|examine|inspect|study|answer (?:with|yes|in)|reply (?:with|in)|respond (?:with|in)|use |note |if )"
    if count < 2 or " and " in sentence.body:
        return False
    return re.match(note, sentence.body, re.IGNORECASE) is not None or is_note(sentence)


def asked_otherwise(sentences: Sequence[Sentence], position: int, *, names: Mapping[str, str]) -> Iterator[Change]:
    """Every other way to ask what the sentence at `position` asks, as goes with those around it, plainest first."""
    sentence = _unlabelled(sentences[position])
    if sentence is not sentences[position]:
        yield Change(sentence.body, sentence.end, ("shorten",))
        sentences = (*sentences[:position], sentence, *sentences[position + 1 :])
    has_options = any("option" in name for name in names.values())
    asks = _understand(sentence)
    if asks is None:
        if sentence.end == "?" and not re.search(r"(?i)\bquestion\b", sentence.body):
            yield from _quoted(sentence, first=position == 0)
        return
    allowed = _allowed(sentences, position, names)
    follows = any(sentence.body.strip() for sentence in sentences[:position])
    for form in (*realise(asks.core, has_options=has_options), *_voiced(asks.core)):
        for text, end, operations in _sentences(form, asks, names):
            if operations[0] in allowed and not (follows and _OPENING.match(text)):
                yield Change(re.sub(r"\bi(?= (?:would|want|need) )", "I", text), end, operations)
    if (
        asks.was_question
        and not asks.lead
        and not asks.look
        and sentence.end == "?"
        and "question" not in sentence.body
    ):
        yield from _quoted(sentence, first=position == 0)


def cue_otherwise(sentences: Sequence[Sentence], position: int, *, names: Mapping[str, str]) -> Iterator[Change]:
    """The cue at `position` as a request in every form, and as other headings."""
    asked = any(name == "question" for name in names.values()) or any(
        re.fullmatch(r"(?i)(?:the )?(?:question|q)", s.body) for s in sentences[:position]
    )
    asks = Ask("", "", Command(""), False, ".")
    commanded = (
        position
        and find_ask(sentences[:position]) is not None
        and not any(s.end[:1] == "?" for s in sentences[:position])
    )
    forms = [] if commanded else list(cue_forms(sentences[position], asked=asked))
    allowed = _allowed(sentences, position, names)
    if position:
        allowed &= {"command_form", "politeness", "question_form", "declarative_form", "synonyms"}
    for form in forms:
        for text, end, operations in _sentences(form, asks, names):
            if operations[0] in allowed and not (position and _OPENING.match(text)):
                yield Change(text, end, operations)
    yield from cue_headings(sentences[position])


def questioned_otherwise(sentence: Sentence) -> Iterator[Change]:
    """`Question about color: SLOT` as `Answer this question about color: SLOT`, with every frame."""
    match = re.fullmatch(
        r"(?:the )?question(?P<about>(?: (?:about|of|on|regarding) [^,:]+)?)", lower_first(sentence.body)
    )
    if match is None or sentence.end != ":":
        return
    asks = Ask("", "", Command(""), False, ":")
    for verb in spread("(answer|respond to|reply to|give an answer to) (this|the following) question"):
        for text, end, operations in _sentences(Form("phrase", verb + match["about"]), asks, {}):
            yield Change(text, end, operations)


def commanded_otherwise(sentence: Sentence) -> Iterator[Change]:
    """A command beside the one that counts, asked for more or less politely."""
    bare = next(unframe(sentence.body))
    if sentence.end != "." or not isinstance(parse_command(bare), Command) or _compound(bare):
        return
    text = lower_first(bare)
    if text.startswith("note "):
        return
    yield Change(capitalise(text), ".", ("command_form",))
    yield Change(f"Please {text}", ".", ("politeness",))
    yield Change(f"You should {text}", ".", ("declarative_form",))
    yield Change(f"You need to {text}", ".", ("declarative_form",))


def _quoted(sentence: Sentence, *, first: bool) -> Iterator[Change]:
    """A question as it stands, behind a request to answer it."""
    body = capitalise(sentence.body)
    bare = next(unframe(sentence.body))
    if (
        len(body.split()) < 3
        or re.search(r"\AWhich is it\Z|\b(?:answer|respon|repl[yi])", body)
        or (bare != sentence.body and parse_command(bare))
    ):
        return
    if not re.match(
        r"(?:What|Which|Where|Who|How|Is|Are|Do|Does|Can|Should|In which|To (?:what|which)|Would|Has|Have|Was|Were)\b",
        body,
    ):
        return
    for request, operation in _REQUESTS:
        yield Change(f"{request}: {body}", "?", (operation,))
    for request in _OPENINGS if first else ():
        yield Change(f"{request}: {body}", "?", ("declarative_form",))


_REQUESTS = (
    *(
        (text, "command_form")
        for text in spread("Answer (this|the following)( question|)", "(Reply|Respond) to this question", "Tell me")
    ),
    *(
        (text, "politeness")
        for text in spread(
            "Please (answer|reply to|respond to) (this question|the following question)",
            "Please tell me",
            "Please answer this",
        )
    ),
)
_OPENINGS = spread(
    "(Your task is|You need|You are asked) to answer (this|the following) question",
    "(Here is|This is) the question",
    "The question is (this|as follows)",
)


def _voiced(core: Core) -> Iterator[Form]:
    """`Extract the text from SLOT` as `The text from SLOT should be extracted`."""
    if not isinstance(core, Command):
        return
    match = _PASSIVE.fullmatch(core.phrase)
    if match and not re.search(
        r"\b(?:and|or|that|which|who|if|so|then|you|as|to|when|one|by|into|with|it|what|all)\b|[,:;]|\bin (?:an?|one|\w+ words?|your|detail|brief|few|other)\b|\bstep by step|briefly",
        match["object"],
    ):
        be = "are" if re.match(r"the (?:\w+ )?\w+[^s]s\b(?! of| in| at)", match["object"]) else "is"
        yield Form("statement", f"{match['object']} should be {_PARTICIPLES[match['verb']]}")
        yield Form("statement", f"{match['object']} {be} to be {_PARTICIPLES[match['verb']]}")


_PARTICIPLES = {
    "answer": "answered", "choose": "chosen", "classify": "classified", "complete": "completed", "count": "counted", "describe": "described",
    "extract": "extracted", "find": "found", "finish": "finished", "identify": "identified", "locate": "located", "name": "named",
    "paraphrase": "paraphrased", "rephrase": "rephrased", "rewrite": "rewritten", "select": "selected", "summarize": "summarized",
    "transcribe": "transcribed", "translate": "translated",
}  # fmt: skip
_PASSIVE = re.compile(rf"(?P<verb>{'|'.join(_PARTICIPLES)}) (?P<object>the .+)")


def _understand(sentence: Sentence) -> Ask | None:
    body, lead, look = sentence.body, "", ""
    if match := _LEAD.match(body):
        body, lead = body[match.end() :], match["lead"]
    elif match := _LOOK.match(body):
        body, look = body[match.end() :], re.sub(r"(?i)\Aplease ", "", match["look"])
    if len(body) > _LONG or re.search(r"\n|[.?!][A-Z]", body) or not body.strip():
        return None
    core, question = _core(body, sentence.end)
    if sentence.end == ":" and body.lower() in _ALONE:
        core = Command(f"{body.lower()} the following")
    if core is None or (isinstance(core, Command) and _compound(core.phrase)):
        return None
    return Ask(lead, look, core, question, sentence.end)


def _core(body: str, end: str) -> tuple[Core | None, bool]:
    if end.startswith("?") and (core := parse_question(body)):
        return core, True
    for bare in unframe(body):
        if end.startswith("?") and bare == body and (len(body.split()) < 4 or body.endswith(" or not")):
            return None, False
        if core := parse_command(bare):
            return core, end.startswith("?")
    return None, False


def _compound(phrase: str) -> bool:
    """Whether a command holds what a frame would tear apart: another request, a condition, a label."""
    return bool(
        re.search(
            r"(?i)[:;]|\b(?:if not|otherwise|you (?:will|must|should)|if (?:you|there|it|no|none|not)|please|i will)\b|\bdo not\b(?! \w+ in)",
            phrase,
        )
    )


def _allowed(sentences: Sequence[Sentence], position: int, names: Mapping[str, str]) -> frozenset[str]:
    """The forms that go with the other sentences: `What is it? Your task is to choose ...` reads as two tasks."""
    asked = {word for word, name in names.items() if name == "question"}
    if any(
        sentence.end.startswith("?") or sentence.body in asked or _WONDERS.match(sentence.body)
        for sentence in sentences[:position]
    ):
        return frozenset({"command_form", "politeness"})
    if any(
        s.end.startswith("?") and len(s.body.split()) < 6 and re.search(r"(?i) or |yes", s.body)
        for s in sentences[position + 1 :]
    ):
        return frozenset({"command_form", "synonyms", "voice"})
    if any(sentence.end.startswith("?") for sentence in sentences[position + 1 :]):
        return frozenset({"command_form", "politeness", "question_form", "synonyms", "voice"})
    return frozenset({frame.operation for frame in FRAMES} | {"synonyms", "voice"})


def _sentences(form: Form, asks: Ask, names: Mapping[str, str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Text, end mark and operations of each sentence made from one form."""
    for body, question, operation in _framed(form, asks):
        end = _end(body, question, asks, names)
        if end is None:
            continue
        for text, moved in _placed(body, asks, question):
            yield capitalise(text), end, (operation, *moved)


def _framed(form: Form, asks: Ask) -> Iterator[tuple[str, bool, str]]:
    if form.kind == "question":
        yield form.text, True, "synonyms" if asks.was_question else "question_form"
        return
    if form.kind == "statement":
        yield form.text, False, "voice"
        return
    for frame in FRAMES:
        if _suits(frame, form.text, led=bool(asks.lead or asks.look)):
            yield frame.prefix + form.text, frame.question, frame.operation
    if not (asks.lead or asks.look) and (gentle := _gentle(form.text)):
        yield gentle, True, "politeness"


def _gentle(phrase: str) -> str | None:
    """`Would you mind counting the dogs`."""
    verb, _, rest = phrase.partition(" ")
    return (
        f"would you mind {gerund(verb)} {rest}" if verb in VERBS and not re.search(r"\band\b|[.,:;?]", rest) else None
    )


def _suits(frame: Frame, phrase: str, *, led: bool) -> bool:
    """`Your task is to tell me` is odd; so is `Based on the image, in this task you need to`."""
    if led and frame.prefix.startswith(("in this", "for this", "this task", "what")):
        return False
    spoken = re.match(r"\w+ me\b|say ", phrase) is not None
    return not (spoken and frame.operation in {"declarative_form", "formality", "perspective"})


def _end(body: str, question: bool, asks: Ask, names: Mapping[str, str]) -> str | None:
    """The end mark for a sentence, or None where a question cannot end as this one must."""
    last = re.search(rf"({SENTINEL.pattern})\Z", body)
    bare = asks.end.rstrip("?.!,:;")
    if question:
        if re.search(r"\b(?:of|to|for|with|from|is|are|the|an?)\Z", body) and not asks.end:
            return None
        if last and not asks.end and not _OPEN_SLOT.search(names.get(last[1], "")):
            return None
        if asks.end == ":" and (_APPOSED.search(body) or body.endswith((" me", " say", " state", " answer"))):
            return None
        return "?" + bare
    if asks.end.startswith("?"):
        return "." + bare
    return asks.end


def _placed(body: str, asks: Ask, question: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sentence with its lead or look where it was, moved, or made from its tail."""
    if asks.look:
        yield f"{asks.look}. {capitalise(body)}", ("split",)
        if not question and not re.match(r"your|the |in |you |i |please", body):
            yield f"{asks.look} and {body}", ()
        return
    if asks.lead:
        yield f"{asks.lead}, {body}", ()
        if _MOVABLE.match(asks.lead) and not _MOVABLE.search(body) and not re.search(rf"(?i)\b{IMAGE}\b", body):
            yield f"{body} {lower_first(asks.lead)}", ("reorder",)
        return
    yield body, ()
    yield from _fronted(body, question)


def _fronted(body: str, question: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    match = _TRAIL.fullmatch(body)
    if (
        not match
        or _STUMP.search(match["core"])
        or re.search(rf"(?i)\b{IMAGE}s?\b|\b(?:not|step|look|looking|one)\b", match["core"])
    ):
        return
    if re.match(r"(?:(?:in|for) this task|this |what |would you mind|i |your |the |you )", body):
        return
    image = re.search(rf"{_THE_IMAGE}\Z", match["lead"])
    if image is None:
        return
    asks_you = re.match(r"(?:can|could|would) you\b", match["core"])
    if (question and not asks_you) or match["lead"].startswith(("based", "according")):
        yield f"{match['lead']}, {match['core']}", ("reorder",)
    yield f"looking at {image.group()}, {match['core']}", ("context",) if question else ("context", "reorder")
    if question:
        yield f"look at {image.group()}. {capitalise(match['core'])}", ("context", "split")
    elif not re.match(r"can|could|would|please", body):
        yield f"look at {image.group()} and {match['core']}", ("context",)
