"""What the tables of the grammar give: other texts for one sentence, and for a whole template."""

from dataclasses import dataclass

__all__ = ["Change", "Variant"]


@dataclass(frozen=True, slots=True)
class Change:
    """What one sentence may become, without its end mark; the mark; and the operations that this takes."""

    body: str
    end: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A paraphrase of a protected text and the operations that made it."""

    text: str
    operations: tuple[str, ...]
