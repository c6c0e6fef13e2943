"""Samples in the shape that a build renders, for tests of formats."""

from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart


def text(value: str, role: str) -> TextPart:
    return TextPart(text=value, spans=(Span(start=0, end=len(value), role=role),))


def toy_sample(
    *, media: tuple[Media, ...] = (), question="What is it?", answer="A cat.", number=0, task="vqa"
) -> Sample:
    pictures = tuple(MediaPart(index=index) for index in range(len(media)))
    return Sample(
        id=f"{task}/item-{number}/0@{task}/3",
        example=f"{task}/item-{number}/0",
        task=task,
        template=f"{task}/3",
        messages=(
            Message(role="user", parts=(*pictures, text(question, "instr"))),
            Message(role="assistant", parts=(text(answer, "response"),)),
        ),
        media=tuple(media),
        options=("A cat.", "A dog."),
        references=(answer,),
    )


def spoken(*turns: tuple[str, str], number: int = 0) -> Sample:
    """A conversation of (role, text) turns."""
    roles = {"system": "system", "user": "instr", "assistant": "response"}
    messages = tuple(Message(role=role, parts=(text(said, roles[role]),)) for role, said in turns)
    name = f"conversation/talk-{number}/0"
    return Sample(
        id=f"{name}@conversation/as_written",
        example=name,
        task="conversation",
        template="conversation/as_written",
        messages=messages,
    )
