"""Samples in, unit rows out: encoded, read, preconditioned, projected, made one long.

A sample that cannot be read, one without a response, one that is longer than the model reads, and one whose gradient is nothing get a row of zeros and the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.gradients.moments import Moments, estimate_moments
from sayso.models.gradients.projecting import Kind, project_by
from sayso.models.gradients.reading import GradientReader, said
from sayso.models.gradients.weights import choose_weights
from sayso.models.vision import LoadImage
from sayso.records import Sample

__all__ = ["GradientRows", "Rows"]

CHUNK = 128
"""Samples that are encoded at a time."""
NO_RESPONSE = "no response to take a gradient of"
NO_GRADIENT = "its gradient is zero or no number"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Unit rows (n, d) of samples number `start` on, and the reasons of those of zeros, by number of the sample."""

    start: int
    values: NDArray[np.float32]
    why: dict[int, str] = field(default_factory=dict)


class GradientRows:
    """Makes rows of samples for one model; `which` weights, and the projection by `kind`, `dimensions` and `seed`."""

    def __init__(
        self,
        bundle: ModelBundle,
        *,
        which: str | Sequence[str] = "auto",
        kind: Kind = "sketch",
        dimensions: int = 8192,
        seed: int = 0,
        **options: Any,
    ) -> None:
        if bundle.model.dtype == torch.float16:  # in which small gradients are zeros
            bundle.model.float()
        self.bundle = bundle
        self.weights = choose_weights(bundle.model, which)
        self.projection = project_by(kind, num_weights=len(self.weights), dimensions=dimensions, seed=seed)
        self._set_up(**options)

    def _set_up(self, *, batch_size: int = 16, load: LoadImage | None = None, max_tokens: int | None = None) -> None:
        self.reader = GradientReader(self.bundle, weights=self.weights, batch_size=batch_size)
        self._encoder = make_encoder(self.bundle, load=load)
        self._max_tokens = min(max_tokens or self.bundle.num_positions, self.bundle.num_positions)

    def rows(self, samples: Sequence[Sample], *, moments: Moments | None = None) -> Iterator[Rows]:
        """Unit rows, some samples at a time and in their order; Adam's steps where there are `moments`, else plain gradients."""
        at_hand = None if moments is None else moments.on(self.bundle.model.device)
        for start, encoded in self._encoded(samples):
            values = np.zeros((len(encoded), self.projection.dimensions), dtype=np.float32)
            usable = {place: row for place, row in enumerate(encoded) if not isinstance(row, str)}
            why = {start + place: row for place, row in enumerate(encoded) if isinstance(row, str)}
            for places, gradients in self._read(usable):
                values[places] = _unit(
                    self.projection.project(gradients if at_hand is None else at_hand.step(gradients))
                )
            why |= {start + place: NO_GRADIENT for place in usable if not values[place].any()}
            yield Rows(start=start, values=values, why=why)

    def estimated(self, samples: Sequence[Sample]) -> Moments:
        """Moments from these samples (`estimate_moments`)."""
        return estimate_moments(self._gradients(samples), num_weights=len(self.weights))

    def _gradients(self, samples: Sequence[Sample]) -> Iterator[torch.Tensor]:
        for _, encoded in self._encoded(samples):
            usable = {place: row for place, row in enumerate(encoded) if not isinstance(row, str)}
            yield from (gradients for _, gradients in self._read(usable))

    def _read(self, rows: Mapping[int, Encoded]) -> Iterator[tuple[list[int], torch.Tensor]]:
        """Places and gradients; rows with pictures apart from those without, since some models cannot take both in one batch."""
        for pictured in (False, True):
            some = [place for place, row in rows.items() if bool(row.arrays) is pictured]
            for found, gradients in self.reader.read([rows[place] for place in some]):
                yield [some[one] for one in found], gradients

    def _encoded(self, samples: Sequence[Sample]) -> Iterator[tuple[int, list[Encoded | str]]]:
        """Some rows at a time, or why one cannot be read; with the number of the first."""
        source, start = iter(samples), 0
        while chunk := list(islice(source, CHUNK)):
            yield start, [self._usable(row) for row in self._each(chunk)]
            start += len(chunk)

    def _each(self, samples: Sequence[Sample]) -> list[Encoded | str]:
        try:
            return list(self._encoder.encode_batch(samples, limit=False))
        except (ConfigError, DataError) as error:
            if len(samples) == 1:
                return [" ".join(str(error).split())]
            return [row for sample in samples for row in self._each([sample])]

    def _usable(self, row: Encoded | str) -> Encoded | str:
        if isinstance(row, str):
            return row
        if not said(row).any():
            return NO_RESPONSE
        if len(row) > self._max_tokens:
            return f"it has {len(row)} tokens, over max_tokens {self._max_tokens}"
        return row


def _unit(rows: torch.Tensor) -> NDArray[np.float32]:
    norms = rows.norm(dim=1, keepdim=True)
    usable = norms.isfinite() & (norms > 0)
    unit: NDArray[np.float32] = torch.where(usable, rows / norms, torch.zeros_like(rows)).cpu().numpy()
    return unit
