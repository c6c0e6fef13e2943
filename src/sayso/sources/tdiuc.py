"""TDIUC: questions about photographs in twelve types (Kafle and Kanan 2017, arXiv:1703.09684).

The files are a pair as in VQAv2 whose annotations have a `question_type`. A type becomes the question's kind, and the
options are answers of that type: the right one and others drawn as often as they occur in the file, since rare words beside
a frequent one would give it away. Questions of the type `absurd` have nothing to do with their picture and are left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from msgspec.structs import replace

from sayso.records import AnnotatedItem, Question
from sayso.seeds import Stream
from sayso.sources._asking import Asked, gather
from sayso.sources._protocol import BadRow, sources
from sayso.sources._vqa import VqaFiles

__all__ = ["Tdiuc"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "activity_recognition": "activity",
        "attribute": "attribute",
        "color": "color",
        "counting": "count",
        "object_presence": "presence",
        "object_recognition": "object",
        "positional_reasoning": "position",
        "scene_recognition": "scene",
        "sentiment_understanding": "sentiment",
        "sport_recognition": "sport",
        "utility_affordance": "utility",
    }
)
ABSURD = "the question is of the type absurd: nothing in its picture answers it; it is left out"
TRIES = 20


@sources.register("tdiuc")
@dataclass(frozen=True, kw_only=True)
class Tdiuc(VqaFiles):
    """Photographs with their questions, in the order of the questions file."""

    num_options: int = 8
    """Options of a question at most; fewer where its type has fewer answers."""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: a file is missing or is no such file.
        """
        head = self.head()
        rows = [row if isinstance(row, BadRow) else _sort(*row) for row in self.read(head)]
        pools: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if isinstance(row, Asked):
                pools[row.question.kind].append(row.question.answers[0])
        offered = (row if isinstance(row, BadRow) else self._offer(row, pools) for row in rows)
        yield from gather(self.album("tdiuc", head), offered, place=self.questions)

    def _offer(self, row: Asked, pools: Mapping[str, Sequence[str]]) -> Asked:
        """The question with its options, numbers in their order, words by the alphabet."""
        question, stream = row.question, Stream("tdiuc options", row.group, row.question.text)
        pool, options = pools[question.kind], {question.answers[0]}
        for _ in range(TRIES * self.num_options):
            if len(options) >= self.num_options:
                break
            if (word := stream.choice(pool)) not in question.answers:
                options.add(word)
        if len(options) < 2:
            return row
        return row._replace(question=replace(question, options=tuple(sorted(options, key=_order))))


def _sort(question_type: str, row: Asked) -> Asked | BadRow:
    if question_type == "absurd":
        return BadRow(place=row.place, reason=ABSURD)
    if question_type not in KINDS:
        reason = f"the question type {question_type!r} is none of TDIUC ({', '.join(KINDS)}); correct or remove it"
        return BadRow(place=row.place, reason=reason)
    question: Question = replace(row.question, kind=KINDS[question_type])
    return row._replace(question=question)


def _order(word: str) -> tuple[bool, int, str]:
    return (False, len(word), word) if word.isdecimal() else (True, 0, word)
