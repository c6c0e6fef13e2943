"""Items whose conversations somebody wrote."""

from toy_samples import text

from sayso.records import AnnotatedItem, Media, MediaPart, Message

ROLES = {"system": "system", "user": "instr", "assistant": "response"}


def item(*turns: tuple[str, str], name: str = "talk-0", media: tuple[Media, ...] = (), **other) -> AnnotatedItem:
    """A conversation of (role, text) turns, with all pictures before the first text of the user."""
    pictures = tuple(MediaPart(index=index) for index in range(len(media)))
    messages, shown = [], False
    for role, said in turns:
        first = role == "user" and not shown
        shown = shown or first
        messages.append(Message(role=role, parts=(*(pictures if first else ()), text(said, ROLES[role]))))
    return AnnotatedItem(id=name, source="toy", media=media, conversation=tuple(messages), **other)


def pair(instruction: str, response: str, *, name: str = "talk-0", **other) -> AnnotatedItem:
    """A conversation of one turn."""
    return item(("user", instruction), ("assistant", response), name=name, **other)


def texts(one: AnnotatedItem) -> list[str]:
    """What was said, turn by turn."""
    return [message.text for message in one.conversation]
