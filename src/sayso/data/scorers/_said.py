"""What scorers and selectors read of a sample: what was asked, and what was answered."""

from sayso.records import MediaPart, Sample, TextPart

__all__ = ["answer", "asked", "asked_apart", "num_media"]


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
