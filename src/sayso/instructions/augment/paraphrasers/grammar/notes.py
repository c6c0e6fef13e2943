"""Side notes: what a template says beside its request, and the other ways to say it.

`Answer with yes or no.`, `Give a short answer.`, `Which one is it?`. A note is a whole sentence; the tables are closed, and
what a note demands (one of two words, a short answer) is demanded by every alternative. Small words that could be an
answer stay as they are.
"""

import re
from collections.abc import Iterator

from sayso.instructions.augment.paraphrasers.grammar.change import Change
from sayso.instructions.augment.paraphrasers.grammar.english import IMAGE, capitalise, lower_first
from sayso.instructions.augment.paraphrasers.grammar.known import known
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence

__all__ = ["is_note", "noted", "NOTES"]

_S = r"SLOT[0-9A-F]{12}"
_LOOKED = rf"(?:(?:the|this) (?:given |provided |whole )?{IMAGE}s?|{_S}|the (?:object|thing|text|region|regions) (?:in |at )?{_S})"


NOTES = (
    known(
        r"(?:answer|reply|respond)(?: with| by)? (?P<x>(?:yes|true|correct)(?:, no,)? or (?:no|false|incorrect|maybe))",
        synonyms=r"(answer|reply|respond) with \g<x> / say \g<x> / answer \g<x>",
        declarative_form=r"(your|the) answer should be \g<x> / you should answer \g<x> / the answer is either \g<x>",
        politeness=r"please (answer|reply|respond) with \g<x> / please say \g<x>",
        question_form=r"\g<x>?",
    ),
    known(
        r"(?:answer|reply|respond) with (?P<x>(?:one of|only|just|the|a|an|one) .+)",
        synonyms=r"(answer|reply|respond) with \g<x> / give \g<x> as (your|the) answer",
        declarative_form=r"(your|the) answer should be \g<x> / you should (answer|reply|respond) with \g<x>",
        politeness=r"please (answer|reply|respond) with \g<x> / please give \g<x> as your answer",
    ),
    known(
        r"(?:is it )?(?P<x>yes, no,? or (?:maybe|neither)|true,? false,? or (?:neither|inconclusive|unknown)|True, False,? or (?:Neither|Inconclusive|Unknown)|true or false|True or False|Yes or No)",
        synonyms=r"(is it|is this) \g<x>? / \g<x>?",
        command_form=r"(answer|reply|respond) with \g<x> / answer \g<x> / say \g<x>",
        politeness=r"please (answer|reply|respond) with \g<x> / please say \g<x>",
        declarative_form=r"(your|the) answer should be \g<x> / you should answer \g<x> / you should answer with \g<x>",
    ),
    known(
        r"(?:yes or no|is it yes or no)",
        synonyms="yes or no? / is it yes or no?",
        command_form="(answer|reply|respond) with yes or no / say yes or no / answer yes or no",
        politeness="please (answer|reply|respond) with yes or no / please say yes or no",
        declarative_form="(your|the) answer should be yes or no / you should answer yes or no",
    ),
    known(
        r"give a (?:short|brief|concise) answer|answer (?:briefly|concisely)|keep (?:your|the) answer (?:short|brief)",
        synonyms="give a (short|brief) answer / answer briefly / keep (your|the) answer (short|brief) / reply briefly",
        declarative_form="(your|the) answer should be (short|brief) / a (short|brief) answer is (enough|sufficient) / you should (give a short answer|answer briefly)",
        politeness="please (give a short answer|answer briefly|keep your answer short|be brief in your answer)",
    ),
    known(
        r"answer (?:in|with|using) (?P<x>one word|a single word|a phrase|a short phrase|a single word or (?:a )?phrase)",
        synonyms=r"(answer|reply|respond) with \g<x> / give \g<x> as (your|the) answer / use \g<x> as your answer",
        declarative_form=r"(your|the) answer should be \g<x> / you should (answer|reply) with \g<x>",
        politeness=r"please (answer|reply|respond) with \g<x> / please give \g<x> as your answer",
    ),
    known(
        r"answer (?:in|with|using) (?P<x>a word or two|one or two words|a few words|one sentence|a sentence)",
        synonyms=r"(answer|reply|respond) in \g<x> / give your answer in \g<x> / use \g<x> for your answer",
        declarative_form=r"(your|the) answer should be \g<x> long / you should (answer|reply) in \g<x>",
        politeness=r"please (answer|reply|respond) in \g<x> / please give your answer in \g<x>",
    ),
    known(
        r"give only the answer|answer only|only give the answer",
        synonyms="give only the answer / give just the answer / give nothing but the answer / write only the answer / state only the answer / give the answer alone",
        declarative_form="you should give only the answer / only the answer is needed",
        politeness="please give (only|just) the answer / please give nothing but the answer",
    ),
    known(
        rf"(?:look (?:carefully |closely )?at|take a (?:close |careful )?look at|examine|inspect|study|view|observe) (?P<x>{_LOOKED})(?: carefully| closely)?",
        synonyms=r"(look at|examine|inspect|study|take a look at|have a look at) \g<x>",
        elaborate=r"(look carefully at|look closely at|take a close look at|take a careful look at) \g<x>",
        declarative_form=r"you should (look at|examine|inspect|study) \g<x>",
        politeness=r"please (look at|examine|inspect|study|take a look at|have a look at) \g<x>",
    ),
    known(
        rf"(?:read|look at) (?P<x>what is in {_S}|the (?:\w+ )?text in {_S})",
        synonyms=r"(read|look at|take a look at) \g<x>",
        politeness=r"please (read|look at) \g<x>",
        declarative_form=r"you should read \g<x>",
    ),
    known(
        r"use (?P<x>(?:your|the|only|what|both) .+)",
        synonyms=r"(use|make use of|rely on) \g<x>",
        declarative_form=r"you should (use|make use of|rely on) \g<x> / you need to use \g<x>",
        politeness=r"please (use|make use of|rely on) \g<x>",
    ),
    known(
        r"which one(?: is it| is that)?",
        synonyms="which one? / which one is it? / which one is that? / which of them is it?",
        command_form="(say|tell me|state|decide) which one it is / say which one",
        politeness="please (say|tell me|state|decide) which one it is / can you please tell me which one it is? / could you please say which one it is?",
        declarative_form="your task is to (decide|determine) which one it is / you need to (say|decide) which one it is",
    ),
    known(
        r"what is it",
        synonyms="what is it? / what is that?",
        command_form="(say|tell me|state) what it is",
        politeness="please (say|tell me|state) what it is / can you please tell me what it is? / could you please say what it is?",
        declarative_form="your task is to (say|state) what it is / you need to (say|determine) what it is",
    ),
    known(
        r"where is it",
        synonyms="where is it? / where can it be found?",
        command_form="(say|tell me|find out) where it is / find it / locate it",
        politeness="please (say|tell me) where it is / please (find|locate) it / can you please tell me where it is? / could you please locate it?",
        declarative_form="your task is to (find|locate) it / you need to (find|locate) it",
    ),
    known(
        r"(?:is (?:it|this|that) (?:true|right|correct))",
        synonyms="is (it|this|that) (true|correct)?",
        command_form="(say|tell me|decide|judge|state) whether (it|this|that) is (true|correct)",
        politeness="please (say|tell me|decide|judge) whether (it|this|that) is (true|correct) / can you please say whether (it|this) is (true|correct)?",
        declarative_form="your task is to (decide|judge|determine) whether (it|this) is (true|correct) / you need to (decide|judge) whether (it|this) is (true|correct)",
    ),
    known(
        r"do they (?:match|belong together)",
        synonyms="do they (match|go together|fit each other)? / do the two match?",
        command_form="(say|tell me|decide|judge|state) whether (they match|they go together|the two match)",
        politeness="please (say|tell me|decide|judge) whether (they match|they go together|the two match)",
        declarative_form="your task is to (decide|judge|determine) whether they match / you need to (decide|judge) whether they match",
    ),
    known(
        r"is there any overlap|overlap",
        synonyms="is there any overlap? / do they overlap? / do the two overlap?",
        command_form="(say|tell me|decide|judge) whether (they|the two) overlap / say whether there is any overlap",
        politeness="please (say|tell me|decide) whether (they|the two) overlap",
        declarative_form="your task is to (decide|determine) whether (they|the two) overlap",
    ),
    known(
        r"(?:what (?:happens|comes) next|what is the next step|what has to be done next|next)",
        synonyms="what comes next? / what is the next step? / what has to be done next? / which step comes next?",
        command_form="(say|state|tell me) what (comes next|the next step is|has to be done next) / (name|give|state) the next step",
        politeness="please (say|tell me) what (comes next|the next step is|has to be done next) / please (name|give|state) the next step",
        declarative_form="your task is to (name|give|state) the next step / you need to say what comes next",
    ),
    known(
        rf"(?:the answer is written|read the answer) in (?P<x>(?:the|this) {IMAGE})",
        synonyms=r"the answer (is written|can be read|is to be found|can be found) in \g<x> / \g<x> (contains|gives|states) the answer in writing",
        command_form=r"(find|look for) the answer in the writing in \g<x> / read the answer in \g<x>",
        politeness=r"please read the answer in \g<x> / please find the answer in the writing in \g<x>",
        declarative_form=r"you can (read|find) the answer in the writing in \g<x>",
    ),
    known(
        rf"(?:the|this) (?P<x>{IMAGE}) alone does not tell this",
        synonyms=r"the \g<x> alone does not (tell this|give the answer|answer this) / the \g<x> by itself does not (tell this|answer this) / this cannot be told from the \g<x> alone",
        voice=r"this cannot be answered from the \g<x> alone",
    ),
    known(
        r"(?:choose|select|pick) (?:from|one from|one of) (?:the )?(?P<x>following \w+|\w+ below)",
        synonyms=r"(choose|select|pick) (one of|one from|from) the \g<x>",
        declarative_form=r"you should (choose|select|pick) (one of|one from) the \g<x> / (your|the) answer should be one of the \g<x>",
        politeness=r"please (choose|select|pick) (one of|one from|from) the \g<x>",
        question_form=r"can you (choose|select|pick) one of the \g<x>?",
    ),
    known(
        r"read (?P<x>the (?:following |below |given )?(?:passage|text|paragraph|article|conversation|context|sentence|sentences|story|document|dialogue|description|review)s?(?: below)?)",
        synonyms=r"(read|read through|go through) \g<x>",
        elaborate=r"(read|go through) \g<x> carefully / carefully read \g<x>",
        declarative_form=r"you (should|need to|have to) read \g<x>",
        politeness=r"please (read|read through|go through) \g<x>",
    ),
)  # fmt: skip
"""In this order; the first that matches a sentence gives its alternatives."""
_MAIN = re.compile(
    r"(?:which one|what is it|where is it|is (?:it|this|that) |do they|is there any overlap|overlap\Z|yes or no|what (?:happens|comes|is the next|has)|next\Z)"
)


def noted(sentence: Sentence) -> Iterator[Change]:
    """What a side note may become; nothing where it is none of ours."""
    body = _plain(sentence.body)
    if sentence.end[:1] not in {".", "?", "", ":"} or (sentence.end == ":" and not body.startswith(("next", "answer"))):
        return
    for note in NOTES:
        if match := note.pattern.fullmatch(body):
            for operation, text in note.alternatives:
                yield _changed(match.expand(text), operation)
            return


def is_note(sentence: Sentence) -> bool:
    """Whether a sentence is one of the notes that stand beside a request and are none by themselves."""
    body = _plain(sentence.body)
    return not _MAIN.match(body) and any(note.pattern.fullmatch(body) for note in NOTES)


def _plain(body: str) -> str:
    listed = re.match(r"[A-Z]\w+(?:, [A-Z]\w+)*,? or [A-Z]\w+\Z", body)
    return body if listed else re.sub(r"\A(?:please |kindly )", "", lower_first(body).strip())


def _changed(text: str, operation: str) -> Change:
    asks = text.endswith("?")
    return Change(capitalise(text.removesuffix("?")), "?" if asks else ".", (operation,))
