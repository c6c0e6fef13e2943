"""Length: how much was asked and how much was answered, in words, in characters, or in tokens of a tokenizer.

Columns `instruction_words` and `response_words`, or `..._characters`, `..._tokens`. Words stand between white space, as in EasyInstruct's filter (3 to 150 for
an instruction, 1 to 350 for a response); a Chinese or Japanese character is one. Pictures have no length here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from sayso.data.scorers._protocol import Column, Columns, Scoring, scorers
from sayso.data.scorers._said import answer, asked
from sayso.errors import ConfigError
from sayso.instructions.overlap import count_words
from sayso.records import Sample

__all__ = ["length", "LengthScorer"]

Unit = Literal["words", "characters", "tokens"]


@dataclass(frozen=True)
class LengthScorer:
    """`unit` names the columns, `count` counts."""

    unit: Unit
    count: Callable[[str], int]
    per_row: bool = True

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """Both lengths of each sample."""
        del scoring
        found = np.array([(self.count(asked(one)), self.count(answer(one))) for one in samples], dtype=np.float64)
        found = found.reshape(-1, 2)
        return {
            f"instruction_{self.unit}": Column(values=found[:, 0].copy()),
            f"response_{self.unit}": Column(values=found[:, 1].copy()),
        }


@scorers.register("length")
def length(*, unit: Unit = "words", tokenizer: str | None = None) -> LengthScorer:
    """The scorer `length`; `tokenizer` is a folder with a `tokenizer.json`, or such a file, and only for tokens.

    Raises:
        ConfigError: tokens without a tokenizer, a tokenizer without tokens, or a file that is none.
    """
    if (unit == "tokens") != (tokenizer is not None):
        raise ConfigError(f"length in {unit} with tokenizer {tokenizer!r}; write unit: tokens and tokenizer: FOLDER")
    if tokenizer is not None:
        return LengthScorer(unit=unit, count=_tokens(Path(tokenizer)))
    return LengthScorer(unit=unit, count=count_words if unit == "words" else len)


def _tokens(path: Path) -> Callable[[str], int]:
    file = path / "tokenizer.json" if path.is_dir() else path
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise ConfigError(f"length in tokens needs tokenizers ({error}); pip install 'sayso[train]'") from error
    try:
        known = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain exceptions for whatever is wrong with a file
        raise ConfigError(f"{file} is no tokenizer ({error}); name a folder with a tokenizer.json") from error
    return lambda text: len(known.encode(text, add_special_tokens=False).ids)
