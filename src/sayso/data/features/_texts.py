"""The text of a sample that a featuriser reads, and rows of length 1."""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from sayso.data.features._protocol import Vectors
from sayso.data.scorers._said import answer, asked
from sayso.records import Sample

__all__ = ["Field", "said", "unit_rows"]

Field: TypeAlias = Literal["instruction", "response", "both"]


def said(sample: Sample, field: Field) -> str:
    """What was asked, what was answered, or both, one below the other."""
    parts = {"instruction": [asked(sample)], "response": [answer(sample)], "both": [asked(sample), answer(sample)]}
    return "\n".join(part for part in parts[field] if part.strip())


def unit_rows(rows: npt.ArrayLike) -> Vectors:
    """Rows of length 1, (N, d) in 32 bits; rows of zeros stay."""
    wide = np.asarray(rows, dtype=np.float64)
    lengths = np.sqrt((wide**2).sum(axis=1, keepdims=True))
    found: Vectors = (wide / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return found
