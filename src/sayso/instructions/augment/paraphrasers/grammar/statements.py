"""Scene setting: what a template says before it asks (`You are given two sentences.`), and the other ways to say it.

A statement is a whole sentence of a known shape; what fills the shape is kept word by word.
"""

from collections.abc import Iterator

from sayso.instructions.augment.paraphrasers.grammar.change import Change
from sayso.instructions.augment.paraphrasers.grammar.english import IMAGE, capitalise, lower_first
from sayso.instructions.augment.paraphrasers.grammar.known import known
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence

__all__ = ["stated", "STATEMENTS"]

_S = r"SLOT[0-9A-F]{12}"
_NP = r"(?:an?|the|one|two|three|some|several) (?:(?!\b(?:and|which|that|who)\b)[^,:;.])+"


STATEMENTS = (
    known(
        r"(?:in|for) this task,? you (?:are|will be) (?:given|provided with|shown|presented with) (?P<x>.+)",
        synonyms=r"in this task, you (are|will be) (given|provided with|presented with) \g<x> / for this task, you (are|will be) given \g<x>",
        shorten=r"you (are|will be) given \g<x>",
        simplify=r"here, you (are given|get|have) \g<x>",
        voice=r"this task gives you \g<x>",
    ),
    known(
        r"you (?:are|will be) (?:given|provided with|shown|presented with) (?P<x>.+)",
        synonyms=r"you (are|will be) (given|provided with|presented with) \g<x>",
        elaborate=r"(in|for) this task, you (are|will be) (given|provided with) \g<x>",
        simplify=r"you (get|have) \g<x>",
    ),
    known(
        r"(?:(?P<e>each|every|the) )input (?:consists of|is made up of|contains|comprises) (?P<x>.+)",
        synonyms=r"\g<e> input (consists of|is made up of) \g<x>",
        declarative_form=r"as input, you (are given|will be given|get) \g<x>",
    ),
    known(
        rf"(?P<i>(?:the|this) {IMAGE}) shows (?P<x>(?:an?|one|some|the) (?!region)[^:,]+)",
        synonyms=r"\g<i> (shows|depicts) \g<x>",
        voice=r"\g<x> is shown in \g<i>",
    ),
    known(
        rf"there is (?P<x>(?:an?|some|one) [^,:]+?) in (?P<p>{_S}|one of the \w+|(?:the|this) {IMAGE})",
        synonyms=r"there is \g<x> in \g<p> / \g<p> contains \g<x>",
        reorder=r"in \g<p>, there is \g<x>",
        voice=r"\g<x> is shown in \g<p>",
    ),
    known(
        rf"in (?P<p>{_S}|one of the \w+|(?:the|this) {IMAGE}),? there is (?P<x>(?:an?|some|one) [^,:]+)",
        synonyms=r"\g<p> (contains|shows) \g<x>",
        reorder=r"there is \g<x> in \g<p>",
        voice=r"\g<x> is shown in \g<p>",
    ),
    known(
        rf"one of the (?P<n>regions|options|boxes) shows (?P<x>what is .+|{_NP}|\"?{_S}\"?)",
        synonyms=r"one of the \g<n> (shows|depicts|contains) \g<x> / there is one among the \g<n> that shows \g<x>",
        voice=r"\g<x> is shown in one of the \g<n>",
    ),
    known(
        rf"the (?P<n>text|word) (?P<x>\"{_S}\") is in one of the regions",
        synonyms=r"one of the regions contains the \g<n> \g<x> / one of the regions has the \g<n> \g<x> in it / the \g<n> \g<x> (appears|is found|can be found|is written) in one of the regions",
        reorder=r"in one of the regions, there is the \g<n> \g<x>",
        voice=r"the \g<n> \g<x> is (contained|shown|found) in one of the regions",
    ),
    known(
        r"one of (?P<n>the captions|the sentences|these sentences|the texts|these texts) (?P<x>belongs to|is true of|fits|describes) (?P<y>.+)",
        synonyms=r"one of \g<n> \g<x> \g<y> / there is one among \g<n> that \g<x> \g<y>",
    ),
    known(
        rf"(?P<i>(?:the|this) {IMAGE}) shows one of its steps",
        synonyms=r"\g<i> (shows|depicts) one of its steps / one of its steps can be seen in \g<i>",
        voice=r"one of its steps is (shown|depicted) in \g<i>",
    ),
    known(
        rf"(?P<i>(?:the|this) {IMAGE}) shows (?P<x>this step of a task|one step of this task)",
        synonyms=r"\g<i> (shows|depicts) \g<x>",
    ),
    known(
        r"here is (?P<x>an? (?:question|dialogue|conversation|text|passage|sentence|review|description|statement|word) .+)",
        synonyms=r"(here|this|below) is \g<x>",
        declarative_form=r"you (are|will be) given \g<x>",
    ),
    known(
        r"here is (?P<x>the .+)",
        synonyms=r"(here|this|below) is \g<x>",
    ),
    known(
        r"the answer (?:follows from|is in|can be found in|is found in) (?P<x>this (?:description|text|passage))",
        synonyms=r"the answer (follows from|is in|can be found in|is given in|is contained in) \g<x>",
        declarative_form=r"you (can|will) find the answer in \g<x>",
        command_form=r"(find|look for) the answer in \g<x>",
        politeness=r"please (find|look for) the answer in \g<x>",
        voice=r"\g<x> contains the answer / \g<x> gives the answer",
    ),
    known(
        rf"one object is in (?P<a>{_S}), another in (?P<b>{_S})",
        synonyms=r"one object is in \g<a>, another (one is|is) in \g<b> / there is one object in \g<a> and another in \g<b> / \g<a> contains one object, \g<b> another / \g<a> shows one object and \g<b> shows another",
        split=r"one object is in \g<a>. Another is in \g<b> / there is an object in \g<a>. There is another in \g<b>",
    ),
    known(
        rf"there are two objects, one in (?P<a>{_S}) and one in (?P<b>{_S})",
        synonyms=r"there are two objects, the first in \g<a> and the second in \g<b> / two objects are given, one in \g<a> and one in \g<b> / you see two objects, one in \g<a> and one in \g<b>",
        split=r"there are two objects. The first is in \g<a>. The second is in \g<b>",
    ),
    known(
        rf"(?P<e>\"{_S}\") (?:means|refers to) one object in (?P<i>(?:the|this) {IMAGE})",
        synonyms=r"\g<e> (means|refers to|stands for|describes) one object in \g<i>",
        voice=r"one object in \g<i> is (described by|referred to as|called) \g<e>",
        reorder=r"in \g<i>, \g<e> (means|refers to) one object",
    ),
    known(
        rf"the (?P<n>expression|description|caption) (?P<e>\"{_S}\") fits (?P<x>the object in one of the regions)",
        synonyms=r"the \g<n> \g<e> (fits|describes|applies to) \g<x>",
        voice=r"\g<x> is described by the \g<n> \g<e>",
    ),
    known(
        rf"the object in (?P<a>{_S}) has the relation (?P<r>\"{_S}\") to (?P<x>something|another object)",
        synonyms=r"the object in \g<a> (has|stands in) the relation \g<r> to \g<x> / the relation \g<r> links the object in \g<a> to \g<x> / there is a relation \g<r> from the object in \g<a> to \g<x>",
        voice=r"the object in \g<a> is (linked|related) to \g<x> by the relation \g<r>",
    ),
    known(
        rf"something has the relation (?P<r>\"{_S}\") to the object in (?P<a>{_S})",
        synonyms=r"something (has|stands in) the relation \g<r> to the object in \g<a> / the relation \g<r> links something to the object in \g<a> / there is a relation \g<r> from something to the object in \g<a>",
        voice=r"something is (linked|related) to the object in \g<a> by the relation \g<r>",
    ),
    known(
        rf"all regions but one (?P<v>overlap|are apart from) (?P<a>{_S})",
        synonyms=r"(all|all the|all of the) regions (but|except|except for) one \g<v> \g<a>",
    ),
    known(
        r"one of its steps is",
        synonyms="one of its steps is / one step of it is / this is one of its steps / here is one of its steps / it has this step / one of the steps is",
    ),
)  # fmt: skip
"""In this order; the first that matches gives the alternatives."""


def stated(sentence: Sentence) -> Iterator[Change]:
    """What a statement may become, the end mark kept; nothing where it has none of the known shapes."""
    if sentence.end.startswith("?"):
        return
    body = lower_first(sentence.body)
    for statement in STATEMENTS:
        if match := statement.pattern.fullmatch(body):
            for operation, text in statement.alternatives:
                yield Change(capitalise(match.expand(text)), sentence.end, (operation,))
            return
