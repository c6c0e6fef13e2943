"""Questions that the source brings: which of them a task asks, and the choices of their answers.

Kinds keep tasks apart. What is held out (reading text, common sense) or a task of its own (several steps, outside knowledge)
is no open question, so that training on these does not train what is tested as unseen.
"""

from collections.abc import Collection, Mapping

from sayso.records import AnnotatedItem, Options, Question
from sayso.seeds import Stream
from sayso.tasks._needs import QUESTION_KINDS
from sayso.tasks._objects import is_fair, pick, various
from sayso.tasks._options import word_options
from sayso.tasks._vocabulary import NOTHING, family, kind_of, number_options

__all__ = ["answer_options", "asked", "MOST_OPTIONS", "of_kind", "OPEN_KINDS"]

MOST_OPTIONS = 9
"""As many as TDIUC's kinds of question have; more are a list to search, not a choice."""
OPEN_KINDS = frozenset(("", *QUESTION_KINDS)) - {"text", "compositional", "knowledge", "commonsense"}
"""Questions that are simply about the picture; not those of a brought task either."""


def asked(item: AnnotatedItem, kinds: Collection[str], stream: Stream, *, count: int) -> list[Question]:
    """Up to `count` questions of these kinds, each of another kind, that do not tell their answer."""
    return various((question for question in item.questions if question.kind in kinds), stream, count=count)


def of_kind(item: AnnotatedItem, kinds: Collection[str], stream: Stream, *, count: int) -> list[Question]:
    """Up to `count` questions of these kinds that do not tell their answer, whatever it is.

    Where there are no more than that, all of them: to draw one by its answer would make that answer rare or frequent.
    """
    return pick([one for one in item.questions if one.kind in kinds and is_fair(one)], stream, count=count)


def answer_options(
    question: Question,
    stream: Stream,
    *,
    vocabulary: Mapping[str, tuple[str, ...]] = NOTHING,
    count: int = MOST_OPTIONS,
) -> Options | None:
    """The first answer among up to `count` - 1 wrong ones; None where no wrong one is known.

    Wrong ones are the options of the question, or else the numbers around a number, the words of its kind in the item's
    `vocabulary`, or the family of the answer. Another accepted answer is never offered.
    """
    gold = question.answers[0]
    accepted = {answer.lower() for answer in question.answers}
    if not question.options and gold.isdecimal() and gold == str(int(gold)):  # `007` and the like are names
        block = [word for word in number_options(int(gold)) if word == gold or word not in accepted]
        return Options(items=tuple(block)) if len(block) > 1 else None
    known = vocabulary.get(question.kind, ())
    words = question.options or (known if gold in known else ()) or _family_as_written(gold)
    different = {word.lower(): word for word in words if word.strip() and word.lower() not in accepted}
    return word_options(gold, stream, pool=list(different.values()), count=count)


def _family_as_written(gold: str) -> tuple[str, ...]:
    """`No` beside `Yes`: an answer in capitals must not stand out among small ones, nor be unknown for them."""
    small = gold.lower()
    words = family(kind_of(small), small)
    if gold == small:
        return words
    return tuple(word.upper() if gold.isupper() else word.capitalize() for word in words)
