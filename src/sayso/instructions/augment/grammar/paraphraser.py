"""The paraphraser `grammar`: other wordings of an English instruction by rules, with no model and no network.

It first gives the sentence that asks every other form of its meaning (question, command, statement of the task, request;
see `structure`), then exchanges words and phrases (see `lexicon`), alone and on top of a new form. What comes out is what
the closed tables allow, so a template that they do not understand only has its words exchanged, and one that is
not in English gives nothing. Chance, in which order and which words, is drawn from the stream given.

No published system; the operations are the wording-only ones of InstrAug's meta-prompts (arXiv 2402.14492): synonyms,
reordering, simpler words, deletion, and forms of address.
"""

import re
from collections.abc import Iterator, Sequence

from sayso.errors import ConfigError, did_you_mean
from sayso.instructions.augment._protocol import Proposal, paraphrasers
from sayso.instructions.augment.grammar.lexical import applicable, exchange
from sayso.instructions.augment.grammar.structure import Variant, restructure
from sayso.instructions.augment.protect import SENTINEL, Protected, protect, restore
from sayso.records import Lineage, Template
from sayso.seeds import Stream

__all__ = ["Grammar", "grammar", "OPERATIONS"]

OPERATIONS = (
    "command_form",
    "context",
    "declarative_form",
    "formality",
    "perspective",
    "politeness",
    "question_form",
    "reorder",
    "shorten",
    "simplify",
    "split",
    "synonyms",
)
"""What a lineage's operation may be; several are joined by `+`, in the order in which they were applied."""
_NUM_PASSES = 8
"""How often each form is taken up again, with other words."""
_EDITS = ((0, 1, 2, 3), (0.45, 0.3, 0.17, 0.08))
"""How many words are exchanged, and how often so many."""
_WRAPPERS = (
    "Answer the following question: {}",
    "Answer the question. {}",
    "Here is a question: {}",
    "Question: {}",
    "Please answer this question: {}",
    "Give an answer to the following question: {}",
    "Reply to the question below.\n{}",
)
_SUSPECT = re.compile(
    r"(?i)\b(\w+) \1\b|\bplease\b.*\bplease\b|[.?!,]{2}|\ba (?:the|this)\b|\bgiven the given\b|\b(?:an?|the|this) (?:given|provided) (?:given|provided)\b|\bsay (?:the|an?)\b|\b(?P<verb>name|state|label|list|answer) the (?P=verb)\b"
)


class Grammar:
    """Rewrites by rules; pure, so that the same template, seed and count always give the same proposals.

    `without` names operations that are never used.
    """

    def __init__(self, *, without: Sequence[str] = ()) -> None:
        self._without = frozenset(without)
        self.operations = tuple(name for name in OPERATIONS if name not in self._without)
        """What it does."""

    def propose(self, template: Template, *, count: int, stream: Stream) -> Iterator[Proposal]:
        """At most `count` different wordings, plain ones and varied operations first."""
        if template.language != "en":
            return
        protected = protect(template.text, seed=stream.word())
        seen = {protected.text}
        for variant in _variants(protected, stream, self._without):
            if len(seen) > count:
                return
            if (
                variant.text in seen
                or self._without.intersection(variant.operations)
                or not _sound(variant.text, protected.text)
            ):
                continue
            seen.add(variant.text)
            operation = "+".join(variant.operations)
            lineage = Lineage(parent=template.id, operation=operation, paraphraser="grammar")
            yield Proposal(text=restore(variant.text, protected=protected), lineage=lineage)


def _variants(protected: Protected, stream: Stream, without: frozenset[str]) -> Iterator[Variant]:
    if wrapped := _wrapped(protected):
        stream.shuffle(wrapped)
        yield from wrapped
        return
    forms = _varied([form for form in restructure(protected) if not without.intersection(form.operations)], stream)
    original = Variant(protected.text, ())
    num_plain = min(8 * (1 + len(applicable(protected.text))), 3 + len(forms) // 4)
    for _ in range(_NUM_PASSES):
        taken = [*forms, *[original] * num_plain]
        for position in range(len(forms), len(taken)):
            other = stream.below(position + 1)
            taken[position], taken[other] = taken[other], taken[position]
        for variant in taken:
            edits = stream.weighted(*_EDITS)
            yield exchange(variant, edits=edits or (variant is original), stream=stream)


def _varied(forms: list[Variant], stream: Stream) -> list[Variant]:
    """The forms in random order, one operation after the other in turn, so that the first few differ most."""
    stream.shuffle(forms)
    groups: dict[str, list[Variant]] = {}
    for form in forms:
        groups.setdefault(form.operations[0], []).append(form)
    queues = list(groups.values())
    return [queue[turn] for turn in range(max(map(len, queues), default=0)) for queue in queues if turn < len(queue)]


def _wrapped(protected: Protected) -> list[Variant]:
    """Wordings around a bare question, which has no words of its own to exchange."""
    questions = [word for word, name in protected.names.items() if name == "question"]
    rest = SENTINEL.sub("", protected.text)
    if len(questions) != 1 or rest.strip() or not protected.text.lstrip().startswith(questions[0]):
        return []
    tail = protected.text.split(questions[0], 1)[1]
    return [Variant(text.replace("{}", questions[0]) + tail, ("context",)) for text in _WRAPPERS]


def _sound(text: str, parent: str) -> bool:
    """Whether the text shows none of the slips that show on its face, unless its parent has the same."""
    return _SUSPECT.search(text) is None or _SUSPECT.search(parent) is not None


@paraphrasers.register("grammar")
def grammar(*, without: tuple[str, ...] = ("perspective",)) -> Grammar:
    """The paraphraser `grammar`; `without` names operations to leave out.

    The first person (`I would like you to ...`) is left out unless asked for: it is a manner of the library's held-out
    wordings of distance L2, which must stay one that training never sees.

    Raises:
        ConfigError: an operation is unknown.
    """
    for operation in without:
        if operation not in OPERATIONS:
            raise ConfigError(f"grammar has no operation {operation!r}{did_you_mean(operation, list(OPERATIONS))}")
    return Grammar(without=without)
