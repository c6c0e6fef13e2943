"""From logits to the next token: the likeliest, or one that is drawn.

What a row draws depends on its own stream alone: the same prompt with the same seed gets the same answer in any batch. Probabilities are those at the given
temperature; of these the likeliest are kept whose sum reaches `top_p` (Holtzman et al. 2020). There is no `top_k`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import LogitsProcessor

from sayso.errors import BackendError, ConfigError
from sayso.seeds import Stream

__all__ = ["Chooser", "Drawing", "Forced"]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How to draw; `names` are those of the stream of each prompt.

    Raises:
        ConfigError: no such temperature or share.
    """

    names: Sequence[tuple[object, ...]]
    temperature: float = 1.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not self.temperature > 0 or not 0 < self.top_p <= 1:
            raise ConfigError(
                f"cannot draw at temperature {self.temperature} with top_p {self.top_p}; "
                "a temperature is over 0 and top_p in (0, 1]; for the likeliest words use generated"
            )


class Chooser:
    """Chooses for the prompts at `places`, of which each is asked once a step."""

    def __init__(self, places: Sequence[int], *, drawing: Drawing | None) -> None:
        self._drawing = drawing
        self._streams = [] if drawing is None else [Stream("draw", *drawing.names[place]) for place in places]

    def choose(self, logits: torch.Tensor, *, rows: Sequence[int]) -> torch.Tensor:
        """(rows, vocabulary) -> (rows,): a token for each of `rows`, numbers within `places`.

        Raises:
            BackendError: a logit is no number.
        """
        best, tokens = logits.max(-1)
        if not bool(best.isfinite().all()):
            raise BackendError(
                "the model's logits are no numbers (NaN or infinite), so that there is no likeliest token; "
                "its weights are broken, or it needs another dtype (float32)"
            )
        if self._drawing is None:
            return tokens
        points = [self._streams[row].uniform() for row in rows]
        return _draw(logits, points, temperature=self._drawing.temperature, top_p=self._drawing.top_p)


class Forced(LogitsProcessor):  # type: ignore[misc]
    """Lets transformers' `generate` write what a chooser chooses."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores in which the chosen tokens are all that is left."""
        tokens = self._chooser.choose(scores, rows=range(len(scores)))
        return torch.full_like(scores, -torch.inf).scatter_(1, tokens.unsqueeze(1), 0.0)


def _draw(logits: torch.Tensor, points: Sequence[float], *, temperature: float, top_p: float) -> torch.Tensor:
    """The token at each point of [0, 1), laid out likeliest first; equal ones by their number."""
    shares, order = (logits.double() / temperature).softmax(-1).sort(dim=-1, descending=True, stable=True)
    before = shares.cumsum(-1) - shares
    shares = shares.masked_fill(before >= top_p, 0.0)
    ends = shares.cumsum(-1)
    marks = torch.tensor(points, dtype=ends.dtype, device=ends.device).unsqueeze(1) * ends[:, -1:]
    places = (ends <= marks).sum(-1, keepdim=True).clamp(max=ends.shape[-1] - 1)
    return order.gather(1, places).squeeze(1)
