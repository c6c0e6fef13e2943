"""What a judge is: a language model that is asked about answers, in words of ours, with every reply on file and read strictly.

An opinion names its judge, and so does every figure made of opinions: numbers of different judges do not compare. A reply that cannot be read is None with
its reason, as is a call that failed (`answered` is False); what a figure makes of them, its card says. There is no fallback: without a language
model there is no judge, and no figure.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from sayso.evaluate.corpus import CorpusMetric
from sayso.records import Media, Record
from sayso.registry import Registry

__all__ = ["Case", "Judge", "judges", "Opinion"]


class Case(Record, frozen=True, kw_only=True):
    """What is judged: an answer to a question, or two (`other` is the second).

    `reference` is a right answer and `notes` what the picture shows, for judges that see none; `media` are the pictures for one that does. All
    but the question and the answer may be empty, and is then left out of what is asked.
    """

    example: str
    question: str
    answer: str
    other: str = ""
    reference: str = ""
    notes: str = ""
    media: tuple[Media, ...] = ()


class Opinion(Record, frozen=True, kw_only=True):
    """What the judge said of a case: `value` is a rating, a verdict or a winner; `replies` are its words as they came."""

    example: str
    value: str | None
    judge: str
    reason: str = ""
    replies: tuple[str, ...] = ()
    answered: bool = True


class Judge(Protocol):
    """Gives opinions."""

    @property
    def model_name(self) -> str:
        """Who judges: the language model's name."""
        ...

    @property
    def metric(self) -> CorpusMetric:
        """The figures of its opinions; their cards name the judge."""
        ...

    def judge(self, cases: Iterable[Case]) -> Iterator[Opinion]:
        """One opinion a case, in order.

        Raises:
            BackendError: the endpoint, a quota or a budget gave up; what was answered is stored.
        """
        ...


judges: Registry[Judge] = Registry("judge", "sayso.evaluate.judges")
"""Judges by name; every factory takes `model` (a language model by name), `store` (a file that keeps its replies) and `progress`."""
