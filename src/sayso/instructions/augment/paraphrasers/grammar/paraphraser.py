"""The paraphraser `grammar`: other wordings of an English instruction by rules, with no model and no network.

Every sentence of a template has its own table of other texts: the one that asks takes every other form of its meaning
(`structure`), side notes and scene setting have closed tables (`notes`, `statements`), labels and cues are headings
(`headings`). These multiply (`compose`), sentences move (`arrange`), words are exchanged (`lexicon`), and a sentence may be
put before the whole (`contexts`). What comes out is what the closed tables allow: a template that they do not understand
only has its words exchanged, and one that is not in English gives nothing. Chance, in which order and which words, is
drawn from the stream given.

No published system; the operations are the wording-only ones of InstrAug's meta-prompts (arXiv 2402.14492): synonyms,
reordering, simpler words, deletion, and forms of address.
"""

import re
from collections.abc import Iterator, Sequence

from sayso.errors import ConfigError, did_you_mean
from sayso.instructions.augment.paraphrasers._protocol import Proposal, paraphrasers
from sayso.instructions.augment.paraphrasers.grammar.compose import OPERATIONS, compose
from sayso.instructions.filters.wording import key, words_outside_slots
from sayso.instructions.protect import protect, restore
from sayso.records import Lineage, Template
from sayso.seeds import Stream

__all__ = ["Grammar", "grammar", "OPERATIONS"]

_FEW_WORDS = 6
_SUSPECT = re.compile(
    r"(?is)\b(\w+) \1\b|\bplease\b.*\bplease\b|\bkindly\b.*\b(?:please|kindly)\b|\bplease\b.*\b(?:kindly|would you mind)\b|[.?!,]{2}|[:;][.,:]|"
    r"\ba (?:the|this)\b|\bgiven the (?:given|\w+ given)\b|\byou need to\b.*[.] you (?:need|have) to\b|\b(?:an?|the|this) (?:given|provided) (?:given|provided)\b|\bsay (?:the|an?)\b|"
    r"\b(?P<verb>name|state|label|list|answer|question|describe|summary) (?:the|this|a) (?P=verb)\b|\b(?:task|job|goal)\b.*\b(?:your|this|the) (?:task|job|goal)\b|"
    r"\byou (?:should|need|have|are)\b.*\byou (?:should|need to|have to)\b.*\byou (?:should|need to|have to)\b|\b(?:to|you) (?:please|kindly)\b(?<!you please)|"
    r"\b(?:would|could|can) you\b.*\b(?:would|could|can) you (?:please|mind)\b"
)
_POLITE = re.compile(
    r"(?i)(?:(?:can|could|would|will) you )?\b(?:please|kindly|mind)\b|(?:\A|[.?!:,]\s+)(?:can|could|would) you\b(?! (?:say|call|conclude|agree|please|mind|kindly)\b)"
)
"""What asks for something as a favour; once is enough."""


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
        seen = {key(template.text)}
        for variant in compose(protected, stream=stream, without=self._without):
            if len(seen) > count:
                return
            if not _sound(variant.text, protected.text):
                continue
            text = restore(variant.text, protected=protected)
            if key(text) in seen or not _about_as_long(text, template.text):
                continue
            seen.add(key(text))
            operation = "+".join(variant.operations)
            lineage = Lineage(parent=template.id, operation=operation, paraphraser="grammar")
            yield Proposal(text=text, lineage=lineage)


def _about_as_long(text: str, parent: str) -> bool:
    """Whether a wording is no more than half as long again as its parent, or than a few words longer."""
    found, given = words_outside_slots(text), words_outside_slots(parent)
    return found <= max(given + _FEW_WORDS, 1.5 * given)


def _sound(text: str, parent: str) -> bool:
    """Whether the text shows none of the slips that show on its face, unless its parent has the same."""
    slip = _SUSPECT.search(text)
    if len(_POLITE.findall(text)) > max(1, len(_POLITE.findall(parent))):
        return False
    return slip is None or slip.group().lower() in parent.lower()


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
