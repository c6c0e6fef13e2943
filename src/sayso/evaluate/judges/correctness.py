"""Correctness: the judge says whether an answer is correct, incorrect or unclear, given a right one.

Made for HallusionBench, whose published figures are of this kind: give its opinions to the corpus metric `hallusion_bench`. A reply counts where it has exactly one "Verdict: ..."
with one of the three words, or consists of it. The wording is ours; the three verdicts are those of Guan et al. 2023, arXiv 2310.14566, section 3.3.
"""

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.evaluate.corpus.judged_correct import VERDICTS, JudgedCorrect
from sayso.evaluate.judges._asking import Single, asked, judge_model, marked
from sayso.evaluate.judges._protocol import Case, judges
from sayso.evaluate.parsers import Parsed
from sayso.lm import Request

__all__ = ["correctness"]

TASK = """Somebody was asked a question. You compare the answer with a right one and say whether it comes to the same.

- correct: it says the same, in whatever words, and nothing that contradicts it;
- incorrect: it says something else, or contradicts itself;
- unclear: it says that it does not know, or nothing that could be compared."""
END = "Reply with one line of this form, with one of the words correct, incorrect and unclear:\nVerdict: WORD"


@judges.register("correctness")
def correctness(*, model: PluginConfig | None = None, store: str = "", progress: Progress | None = None) -> Single:
    """Verdicts `correct`, `incorrect` and `unclear`.

    Raises:
        ConfigError: no language model is given.
    """
    opened = judge_model(model, judge="correctness", store=store, progress=progress)
    return Single(model=opened, ask=_question, read=_read, metric=JudgedCorrect(judge=opened.name))


def _question(case: Case) -> Request:
    return asked(TASK, case, answers={"Answer": case.answer}, end=END)


def _read(reply: str) -> Parsed:
    word = reply.strip(" \t\r\n.*`\"'").casefold()
    return Parsed(text=word) if word in VERDICTS else marked(reply, marker="verdict", known=VERDICTS)
