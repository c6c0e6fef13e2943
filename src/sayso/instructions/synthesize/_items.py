"""Items as instructions with answers, and back: what a seed asks, and the item that a new instruction becomes.

A seed is any item that asks something and says what the answer is: a conversation (its first turn and what was answered), or a question with its answers.
Where a turn keeps instruction and input apart (Alpaca's rows, or a template with its slots filled), so does the seed.

A made item is a conversation of one turn: its instruction, its input on a new line, and the answer. It has the licenses of all that it was made from, and, with
their pictures, their group.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sayso.errors import ConfigError
from sayso.instructions.synthesize.rules import Written
from sayso.records import AnnotatedItem, Media, MediaPart, Message, Part, Span, TextPart

__all__ = ["licenses", "make_item", "messages", "Seed", "seeds_of", "written_of"]


@dataclass(frozen=True, slots=True)
class Seed:
    """An item and what it asks and answers."""

    item: AnnotatedItem
    written: Written

    @property
    def id(self) -> str:
        """The item's."""
        return self.item.id


def seeds_of(items: Iterable[AnnotatedItem], *, method: str, pictures: bool = False) -> list[Seed]:
    """The items that ask and answer something; those with pictures only where these can be shown.

    Raises:
        ConfigError: there is none.
    """
    every = [Seed(item, written) for item in items if (written := written_of(item)) is not None]
    found = [seed for seed in every if pictures or not seed.item.media]
    if not found:
        what = (
            "text alone and has no place for pictures, which all" if every else "instructions and their answers, and no"
        )
        raise ConfigError(
            f"synthesizer {method!r} begins with {what} {'seeds' if every else 'item'} of synthesize.sources "
            f"{'have' if every else 'has any'}; name a source of conversations, or of tasks that bring their own wordings"
        )
    return found


def written_of(item: AnnotatedItem) -> Written | None:
    """What an item asks and what the answer is; None where it does neither."""
    turns = [message for message in item.conversation if message.role != "system"]
    if len(turns) > 1 and turns[0].role == "user" and turns[1].role == "assistant":
        instruction, given = _asked(turns[0])
        if not instruction.strip():
            return None
        shown = sum(isinstance(part, MediaPart) for part in turns[0].parts)
        return Written(instruction=instruction, input=given, output=turns[1].text.strip(), num_media=shown)
    for question in item.questions:
        if question.text.strip() and question.answers:
            return Written(
                instruction=question.text.strip(), output=question.answers[0].strip(), num_media=len(item.media)
            )
    return None


def _asked(message: Message) -> tuple[str, str]:
    """Instruction and input: of a filled template what the template says and what its slots hold, else the first piece and the others."""
    pieces = list(_pieces(message))
    of_template = [text for role, text in pieces if role == "instr_template"]
    texts = [text for role, text in pieces if role != "instr_template"]
    if of_template:
        return "".join(of_template).strip(), "\n".join(text.strip() for text in texts if text.strip())
    return (texts[0].strip(), "".join(texts[1:]).strip()) if texts else ("", "")


def _pieces(message: Message) -> Iterator[tuple[str, str]]:
    for part in message.parts:
        if isinstance(part, TextPart):
            spans = part.spans or (Span(start=0, end=len(part.text), role="instr"),)
            yield from ((span.role, part.text[span.start : span.end]) for span in spans)


def make_item(
    written: Written,
    *,
    method: str,
    parents: Sequence[AnnotatedItem] = (),
    media: Sequence[Media] = (),
    wordings: Sequence[str] = (),
) -> AnnotatedItem:
    """The item of an instruction with its answer; its id comes when it is judged."""
    return AnnotatedItem(
        id="",
        source=method,
        group=next((one.group or one.id for one in parents), "") if media else "",
        license=licenses(parents),
        media=tuple(media),
        conversation=messages(written, num_media=len(media)),
        wordings=tuple(wordings),
    )


def licenses(parents: Iterable[AnnotatedItem]) -> str:
    """Every license among them, by name."""
    return ", ".join(sorted({name for one in parents for name in one.license.split(", ") if name}))


def messages(written: Written, *, num_media: int = 0) -> tuple[Message, ...]:
    """The two turns: pictures, the instruction and its input on a new line; and the answer."""
    texts = [written.instruction, *([f"\n{written.input}"] if written.input else [])]
    pictures: tuple[Part, ...] = tuple(MediaPart(index=index) for index in range(num_media))
    return (
        Message(role="user", parts=(*pictures, _text(texts, role="instr"))),
        Message(role="assistant", parts=(_text([written.output], role="response"),)),
    )


def _text(texts: Sequence[str], *, role: str) -> TextPart:
    ends = [sum(map(len, texts[: number + 1])) for number in range(len(texts))]
    spans = tuple(Span(start=end - len(text), end=end, role=role) for text, end in zip(texts, ends, strict=True))
    return TextPart(text="".join(texts), spans=spans)
