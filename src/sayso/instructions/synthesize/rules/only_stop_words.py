"""Only stop words: an answer of nothing but marks and little words, which Evol-Instruct refuses (as we remember it; the list is ours).

Words that answer questions are not on the list: `no`, `both`, `none`, `on`, `there`, and single letters, which name a choice. In mixed data it still
refuses what is right ("How are you?" as a translation): it belongs to evolved instructions, whose answers are long.
"""

import unicodedata
from dataclasses import dataclass

from sayso.instructions.overlap import rouge_words
from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["OnlyStopWordsRule"]

_STOP_WORDS = (
    "an the and or but if because so as of for with about to that this these those is are was were be been being am do does did doing have "
    "has had having it its me my we our you your he him his she her they them their than what which who whom when where why how will would can "
    "could shall should may might must just very too also ll re ve"
)


@rules.register("only_stop_words")
@dataclass(frozen=True, kw_only=True)
class OnlyStopWordsRule:
    """`words` are the little ones; an empty answer is for `empty_output`."""

    words: tuple[str, ...] = tuple(_STOP_WORDS.split())

    def judge(self, written: Written) -> Verdict:
        """Refuse an answer without a word or sign that says something."""
        answer = written.output[:2000]
        if not answer.strip() or len(written.output) > len(answer):
            return Verdict(keep=True, reason="nothing to judge" if not answer.strip() else "a long answer")
        if all(_is_blank(one) for one in answer):
            return Verdict(keep=False, reason="the answer is only marks")
        if set(rouge_words(answer)) <= set(self.words) and all(_is_blank(c) or c.isalnum() for c in answer):
            return Verdict(keep=False, reason="the answer is only marks and little words")
        return Verdict(keep=True, reason="the answer says something")


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] in "PC"
