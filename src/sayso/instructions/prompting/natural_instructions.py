"""The layout of Natural Instructions: a definition, positive examples, then the input to complete, all in one turn.

The definition is what the wording says, the input what filled its slots, with the options. Source: the encoding of Tk-Instruct (Wang et al. 2022, arXiv:2204.07705,
definition plus positive examples; two by default).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace
from pydantic import Field

from sayso.config import PluginConfig
from sayso.instructions.prompting._choosing import Choice, choose
from sayso.instructions.prompting._protocol import WHOLE, promptings
from sayso.instructions.prompting.few_shot import moved
from sayso.instructions.template import join_spans
from sayso.records import MediaPart, Message, Part, Sample, TextPart

__all__ = ["NaturalInstructions"]

Chunk = tuple[str, str]


@promptings.register("natural_instructions")
@dataclass(frozen=True, kw_only=True)
class NaturalInstructions:
    """`num_demonstrations` positive examples between definition and input; 0 leaves the definition alone."""

    num_demonstrations: int = Field(default=2, ge=0)
    choice: Choice = "random"

    written: ClassVar[bool] = False
    parser: ClassVar[PluginConfig] = WHOLE

    def prompt(self, sample: Sample, *, demonstrations: Sequence[Sample], seed: int) -> Sample:
        """The sample laid out anew; a medium stands before the input that it belongs to."""
        count, choice = self.num_demonstrations, self.choice
        shown = [_alone(one) for one in choose(sample, demonstrations, count=count, choice=choice, seed=seed)]
        parts: list[Part] = list(_definition(sample))
        for number, one in enumerate(shown, start=1):
            head = f"{_gap(parts)}Positive Example {number} -\n"
            parts += _block(one, head=head, offset=_media_before(shown, number - 1), answer=_answer(one))
        offset = _media_before(shown, len(shown))
        head = _gap(parts) + ("Now complete the following example -\n" if shown else "")
        parts += _block(sample, head=head, offset=offset, answer="")
        media = tuple(medium for one in (*shown, sample) for medium in one.media)
        turn = replace(sample.messages[-1], parts=tuple(_joined(parts)))
        before = (moved(message, by=offset) for message in sample.messages[:-1])
        return replace(sample, messages=(*before, turn), media=media)


def _alone(shown: Sample) -> Sample:
    """A worked example that is its last question and the answer, with the media of that question."""
    question, answer = _question(shown), shown.messages[-1]
    used = [part.index for part in question.parts if isinstance(part, MediaPart)]
    parts = (replace(p, index=used.index(p.index)) if isinstance(p, MediaPart) else p for p in question.parts)
    media = tuple(shown.media[index] for index in used)
    return replace(shown, messages=(replace(question, parts=tuple(parts)), answer), media=media)


def _definition(sample: Sample) -> Iterator[TextPart]:
    """What the wording says; nothing where there is none, as in a conversation that somebody wrote."""
    said = " ".join(text.strip() for text, role in _chunks(sample) if role == "instr_template" and text.strip())
    if said:
        yield _text([(f"Definition: {said}", "instr_template")])


def _gap(parts: Sequence[Part]) -> str:
    return "\n\n" if parts else ""


def _block(sample: Sample, *, head: str, offset: int, answer: str) -> Iterator[Part]:
    """The media of an example's question, its input, and its output or the place for it."""
    yield _text([(head, "instr_template")])
    yield from (replace(p, index=offset + p.index) for p in _question(sample).parts if isinstance(p, MediaPart))
    given = [(text.strip(), role) for text, role in _chunks(sample) if role != "instr_template"]
    spaced = [chunk for one in given for chunk in ((" ", "instr_template"), one)]
    shown = f"\nOutput: {answer}" if answer else "\nOutput:"
    yield _text([("Input:", "instr_template"), *spaced, (shown, "instr_template")])


def _answer(sample: Sample) -> str:
    return "".join(part.text for part in sample.messages[-1].parts if isinstance(part, TextPart))


def _chunks(sample: Sample) -> list[Chunk]:
    user = _question(sample)
    return [
        (part.text[span.start : span.end], span.role)
        for part in user.parts
        if isinstance(part, TextPart)
        for span in part.spans
    ]


def _question(sample: Sample) -> Message:
    return next(message for message in reversed(sample.messages) if message.role == "user")


def _media_before(shown: Sequence[Sample], count: int) -> int:
    return sum(len(one.media) for one in shown[:count])


def _text(chunks: Sequence[Chunk]) -> TextPart:
    text, spans = join_spans(list(chunks))
    return TextPart(text=text, spans=spans)


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Neighbouring texts as one."""
    waiting: list[Chunk] = []
    for part in parts:
        if isinstance(part, TextPart):
            waiting += [(part.text[span.start : span.end], span.role) for span in part.spans]
            continue
        if waiting:
            yield _text(waiting)
        waiting = []
        yield part
    if waiting:
        yield _text(waiting)
