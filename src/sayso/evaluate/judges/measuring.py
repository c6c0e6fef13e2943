"""From answers to figures through a judge: cases are made, opinions given, and the judge's own metric, or a suite's, makes figures of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sayso.errors import DataError
from sayso.evaluate.corpus import Answer, CorpusMetric
from sayso.evaluate.corpus.measuring import Measured, measure
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.judges._protocol import Case, Judge, Opinion

__all__ = ["case_of", "judge_answers", "Judged", "judged_answer", "measure_judged"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Figures with the name of who judged, and every opinion behind them."""

    judge: str
    measured: Measured
    opinions: tuple[Opinion, ...]


def case_of(answer: Answer, *, question: str) -> Case:
    """An answer as a case: its first reference, also as the one it is compared with, and `notes` of `about`."""
    reference = answer.references[0] if answer.references else ""
    notes = answer.about.get("notes", "")
    text = answer.output if answer.text is None else answer.text
    return Case(
        example=answer.example, question=question, answer=text, other=reference, reference=reference, notes=notes
    )


def judged_answer(answer: Answer, opinion: Opinion) -> Answer:
    """The answer with the opinion as its text, for corpus metrics; `about` says who judged, and `judged: no` where nobody did.

    Raises:
        DataError: the opinion is about another example.
    """
    if opinion.example != answer.example:
        raise DataError(
            f"the opinion about {opinion.example!r} is not about {answer.example!r}; give them in one order"
        )
    about = {**answer.about, "judge": opinion.judge, **({} if opinion.answered else {"judged": "no"})}
    return msgspec.structs.replace(answer, text=opinion.value, reason=opinion.reason, about=about)


def judge_answers(
    judge: Judge, answers: Sequence[Answer], *, questions: Mapping[str, str]
) -> tuple[list[Opinion], list[Answer]]:
    """The opinion of every answer, and the answers with these as their texts; `questions` are by example.

    Raises:
        BackendError: the judge gave up; run again to go on.
    """
    opinions = list(judge.judge([case_of(one, question=questions[one.example]) for one in answers]))
    return opinions, [judged_answer(*pair) for pair in zip(answers, opinions, strict=True)]


def measure_judged(
    judge: Judge,
    answers: Sequence[Answer],
    *,
    questions: Mapping[str, str],
    bootstrap: Bootstrap,
    name: str,
    metric: CorpusMetric | None = None,
) -> Judged:
    """Have every answer judged and measure the opinions; `questions` are by example, `metric` is in place of the judge's own.

    Raises:
        BackendError: the judge gave up; run again to go on.
        DataError: there is no answer, or an example has no question.
    """
    lacking = [answer.example for answer in answers if answer.example not in questions]
    if lacking:
        raise DataError(f"{name}: no question for {lacking[0]!r} (and {len(lacking) - 1} more); a judge needs it")
    opinions, judged = judge_answers(judge, answers, questions=questions)
    measured = measure(metric or judge.metric, judged, bootstrap=bootstrap, name=name)
    return Judged(judge=judge.model_name, measured=measured, opinions=tuple(opinions))
