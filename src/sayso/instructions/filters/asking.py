"""Whether a text asks for anything: what tells an instruction from an answer that a model gave in its place.

"A dog sits on a mat." is a fine reply to "Describe the image." and no wording of it. A text asks if it has a word of asking (what, which, please,
you, task), a verb that instructions begin with, a question mark or an auxiliary at the front, a blank or an end left open, or a slot that stands alone
and may ask itself. All that is told by English words, and more is taken for asking than asks: a mistake the other way would refuse a good wording.
"""

import re

__all__ = ["asks", "commands"]

_VERBS = (
    "act add address analyse analyze answer apply articulate ask assess assign assume base brainstorm build calculate call capture caption"
    " categorise categorize change characterise characterize check choose circle cite clarify classify combine come comment compare compile"
    " complete compose compute conclude confirm consider construct consult contrast convert copy count craft create critique decide deduce"
    " define deliver depict derive describe design detail detect determine develop devise differentiate discern discuss display"
    " distinguish do draft draw echo edit elaborate elucidate enter enumerate establish estimate evaluate examine execute explain explore"
    " express extract figure fill find finish fix focus follow form formulate gauge generate get give go grade group guess have help"
    " highlight identify illustrate imagine improve indicate infer insert inspect interpret invent join judge justify keep label list"
    " locate look make mark match mention merge modify name narrate note notice observe offer order organise organize outline paint pair"
    " paraphrase perform pick pinpoint point portray pose predict prepare present print proceed process produce proofread propose provide"
    " pull put rank rate read reason recall recognise recognize recommend record recount rectify refer regard relate rephrase replace reply report"
    " repeat reproduce respond restate return reveal review revise rewrite say scan search see select share shorten show sketch solve sort specify"
    " spell split spot state study submit suggest sum summarise summarize supply take tag tell think transcribe transform translate treat try"
    " turn understand use utilise utilize verify view work write"
)
_FRONT = r"(?:\A|[.:;,?!\n—*-]\s*)[\"'“(]?"
_AUXILIARIES = "am|is|are|do|does|did|was|were|has|have|had|can|could|will|would|shall|should|may|might|must"
_QUESTION_WORDS = "what|which|who|whom|whose|where|when|why|how"
_WORDS = (
    f"{_QUESTION_WORDS}|whether|if|you|your|yours|i|me|we|us|let|please|kindly|should|must|to be|need\\w*|requir\\w+|request\\w*|expect\\w*"
    "|suppos\\w+|want\\w*|wish|goal|task|job|aim|objective|assignment|exercise|challenge|mission|instructions?|questions?|quer(?:y|ies)"
    "|options?|choices?|responses?|outputs?|descriptions?|summar(?:y|ies)|explanations?|translations?|transcri\\w+|classification"
    "|identification|titles?|headlines?|number of"
)
_COMMANDS = re.compile(
    rf"{_FRONT}(?:(?:please|kindly|then|now|and|also|next|first),?\s+)*(?:{'|'.join(_VERBS.split())})\b"
    rf"|\b(?:you|{_QUESTION_WORDS})\b|{_FRONT}(?:{_AUXILIARIES})\b[^.!]*\?",
    re.I,
)
_ASKS = re.compile(
    rf"\?|_{{2,}}|\.{{3}}|…|[:=>]\s*\Z|{_FRONT}—|{_FRONT}(?:{_AUXILIARIES})\b|\b(?:{_WORDS}|{'|'.join(_VERBS.split())})\b"
    r"|\b(?:is|are|was|were|of|that|the|an?|in|shows|with)[\"'”\s]*\Z",
    re.I,
)


def commands(text: str) -> bool:
    """Whether it plainly asks: a verb of instructions at the front of a clause, or a question word. Slots are written as a dash."""
    return bool(_COMMANDS.search(text))


def asks(text: str) -> bool:
    """Whether it may be read as asking for something. Slots are written as a dash."""
    return bool(_ASKS.search(text))
