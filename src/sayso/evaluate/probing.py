"""One picture, one instruction in many wordings, no gold answer: do the answers agree?

Agreement is the share of pairs of wordings whose normalised answers are equal (the consistency rate of NeMo-Skills' robustness evaluation, over
wordings); `similarity` is the mean ROUGE-L over the same pairs, for answers that are sentences. Neither says that an answer is right.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from sayso.artifacts import Progress
from sayso.evaluate.backends import Backend, Decoding
from sayso.evaluate.metrics.accuracy import normalise
from sayso.evaluate.metrics.rouge_l import f1, words
from sayso.instructions.options import append_options
from sayso.instructions.template import join_spans
from sayso.records import Media, MediaPart, Message, Record, Sample, TextPart

__all__ = ["ask", "Asked", "Probe", "ProbeAnswer"]


class ProbeAnswer(Record, frozen=True, kw_only=True):
    """A wording, the prompt as sent, what came back, and the answer that is compared."""

    wording: str
    prompt: str
    output: str
    answer: str
    extraction: str


class Probe(Record, frozen=True, kw_only=True, omit_defaults=False):
    """All answers, the first of them to the instruction as given.

    A blank answer agrees with none: it is counted, and pairs are those of the others; `agreement` and `similarity` are None where there is no pair,
    `similarity` also where ROUGE-L finds no word in an answer, as in scripts other than Latin.
    """

    answers: tuple[ProbeAnswer, ...]

    @property
    def agreement(self) -> float | None:
        """Share of pairs with equal answers."""
        return _over_pairs([float(a == b) for a, b in combinations(self._said, 2)])

    @property
    def similarity(self) -> float | None:
        """Mean ROUGE-L F1 over pairs."""
        if not all(map(words, self._said)):
            return None
        return _over_pairs([_alike(a, b) for a, b in combinations(self._said, 2)])

    @property
    def num_blank(self) -> int:
        """How many answers are blank."""
        return len(self.answers) - len(self._said)

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Each different answer and how many wordings gave it, the most frequent first."""
        return Counter(self._said).most_common()

    @property
    def _said(self) -> list[str]:
        return [one.answer for one in self.answers if one.answer]


class Asked(Record, frozen=True, kw_only=True):
    """What is asked: a picture or none, and options to choose among, if any."""

    media: tuple[Media, ...] = ()
    options: tuple[str, ...] = ()


def ask(asked: Asked, wordings: Sequence[str], *, backend: Backend, decoding: Decoding, progress: Progress) -> Probe:
    """Ask in each of the wordings.

    Raises:
        DataError: a prompt does not fit the model, or the picture cannot be opened.
        BackendError: the backend gave up, or cannot decode this way.
    """
    samples = [_sample(number, text, asked=asked) for number, text in enumerate(wordings)]
    progress.start("ask", total=len(samples))
    replies = backend.answer(samples, decoding=decoding, advance=progress.advance)
    return Probe(
        answers=tuple(
            ProbeAnswer(
                wording=text,
                prompt=reply.prompt,
                output=reply.output,
                answer=normalise(reply.output),
                extraction=reply.extraction,
            )
            for text, reply in zip(wordings, replies, strict=True)
        )
    )


def _sample(number: int, wording: str, *, asked: Asked) -> Sample:
    options = [(append_options(asked.options, style="multi_instruct"), "options")] if asked.options else []
    text, spans = join_spans([(wording, "instr_template"), *options])
    media = tuple(MediaPart(index=index) for index in range(len(asked.media)))
    turn = Message(role="user", parts=(*media, TextPart(text=text, spans=spans)))
    return Sample(
        id=f"probe@{number}",
        example="probe",
        task="probe",
        template=str(number),
        messages=(turn,),
        media=asked.media,
        options=asked.options,
    )


def _alike(first: str, second: str) -> float:
    return 1.0 if first == second else f1(first, second)


def _over_pairs(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
