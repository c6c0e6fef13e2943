"""Conversations for tests of models and training."""

from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart


def text(*pieces: tuple[str, str]) -> TextPart:
    """A text part from (text, role) pieces."""
    spans, end = [], 0
    for piece, role in pieces:
        spans.append(Span(start=end, end=end + len(piece), role=role))
        end += len(piece)
    return TextPart(text="".join(piece for piece, _ in pieces), spans=tuple(spans))


def make_sample(*, prompt: TextPart, response: str = "two circles", media: int = 1, system: str = "") -> Sample:
    """A conversation of one turn."""
    parts = (*(MediaPart(index=i) for i in range(media)), prompt)
    messages = [Message(role="user", parts=parts), Message(role="assistant", parts=(text((response, "response")),))]
    if system:
        messages.insert(0, Message(role="system", parts=(text((system, "system")),)))
    pictures = tuple(Media(path=f"toy:{i}", width=48, height=48) for i in range(media))
    return Sample(id="s", example="e", task="t", template="w", messages=tuple(messages), media=pictures)
