"""A whole sentence of a known shape, and the other ways to say it: the rows of the tables of notes and of statements."""

import re
from dataclasses import dataclass

from sayso.instructions.augment.paraphrasers.grammar.spread import spread

__all__ = ["known", "Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """A pattern of a whole sentence, and by operation what else it may be; `?` at the end of one makes it a question."""

    pattern: re.Pattern[str]
    alternatives: tuple[tuple[str, str], ...]


def known(pattern: str, **alternatives: str) -> Known:
    """A row of a table: by operation the alternatives in shorthand (see `spread`), with ` / ` between them."""
    found = [(operation, text) for operation, short in alternatives.items() for text in spread(*short.split(" / "))]
    return Known(re.compile(pattern), tuple(found))
