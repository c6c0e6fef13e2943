"""What scorers and selectors read of a sample: what was asked, and what was answered."""

from hashlib import blake2b
from typing import Literal

from sayso.instructions.synthesize.rules import Written
from sayso.records import MediaPart, Message, Sample, TextPart

__all__ = ["answer", "asked", "asked_apart", "compared", "media_mark", "num_media", "Side", "turns", "written_of"]

Side = Literal["both", "instruction", "response"]


def asked(sample: Sample) -> str:
    """The text of the users' turns before the last answer, one below the other."""
    return "\n".join(message.text for message in sample.prompt if message.role == "user")


def answer(sample: Sample) -> str:
    """The text of the last turn, where it is the assistant's; else nothing."""
    last = sample.messages[-1] if sample.messages else None
    return last.text if last is not None and last.role == "assistant" else ""


def asked_apart(sample: Sample) -> tuple[str, str]:
    """Instruction and input of the last question, where they were kept apart; else all of it, and nothing.

    Apart are two spans of a row of Alpaca's, the second on a new line; a rendered wording is one instruction with what fills its slots.
    """
    turns = [message for message in sample.prompt if message.role == "user"]
    if not turns:
        return "", ""
    text = turns[-1].text
    spans = [span for part in turns[-1].parts if isinstance(part, TextPart) for span in part.spans]
    if [span.role for span in spans] == ["instr", "instr"] and text[spans[1].start :].startswith("\n"):
        return text[: spans[1].start], text[spans[1].start + 1 :]
    return text, ""


def num_media(sample: Sample) -> int:
    """How many pictures stand in its turns."""
    return sum(isinstance(part, MediaPart) for message in sample.messages for part in message.parts)


def written_of(sample: Sample) -> Written:
    """What rules judge: the last question with its input where they are apart, the answer, and how many pictures there are."""
    instruction, given = asked_apart(sample)
    return Written(instruction=instruction, input=given, output=answer(sample), num_media=num_media(sample))


def turns(sample: Sample, *, side: Side, wording: bool) -> list[str]:
    """The texts by which samples are told to be alike: of all turns before the answer, of the answer, or of both.

    Without `wording` the words of a task's template do not count, only what fills it: an example is the same under two wordings.
    """
    before = [_text(message, wording=wording) for message in sample.prompt] if side != "response" else []
    return [*before, answer(sample)] if side != "instruction" else before


def compared(sample: Sample, *, side: Side, wording: bool) -> str:
    """The same as one text, one turn below the other."""
    return "\n".join(turns(sample, side=side, wording=wording))


def media_mark(sample: Sample | None, *, also: str = "") -> int:
    """A number of 64 bits that tells a sample's media apart, by path or bytes, in their order; `also` is told apart too."""
    media = sample.media if sample is not None else ()
    if not media and not also:
        return 0
    whole = blake2b(also.encode("utf-8", "surrogatepass"), digest_size=8)
    for medium in media:
        whole.update(b"\0" + medium.key.encode("utf-8", "surrogatepass"))
    return int.from_bytes(whole.digest(), "big")


def _text(message: Message, *, wording: bool) -> str:
    if wording or message.role != "user":
        return message.text
    return "".join(_filled(part) for part in message.parts if isinstance(part, TextPart))


def _filled(part: TextPart) -> str:
    """Its text without that of the template."""
    if all(span.role != "instr_template" for span in part.spans):
        return part.text
    return "".join(part.text[span.start : span.end] for span in part.spans if span.role != "instr_template")
