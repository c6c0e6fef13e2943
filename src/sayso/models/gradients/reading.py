"""The gradient of every single example's loss: mean cross entropy of its responses, ends of turns included.

Together, where that gives the same: one backward pass over a batch in which no weight learns. For a linear map the gradient of one example is the sum over its places of what went in times
what comes back, so both are caught and multiplied per row. That holds for linear maps of the language model, whose first axis is the batch. Whether it does is not guessed from
names but tried on the first batch: two of its rows are read alone as well. Otherwise, and for any other weights, each row is a backward pass of its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import numpy as np
import torch
from torch import nn

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate, pad, written_ids
from sayso.models.encode import Encoded
from sayso.models.generate import by_length
from sayso.models.gradients.weights import Weights, language_modules
from sayso.models.head import logits_at
from sayso.models.roles import ROLE_CODE

__all__ = ["GradientReader", "said"]

_SAID = (ROLE_CODE["response"], ROLE_CODE["resp_end"])
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
COARSE = 0.05  # of models in half precision


class _NotByRowError(Exception):
    """A linear map was read by something whose first axis is not the batch."""


def said(row: Encoded) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(tokens,): which tokens are targets; the first of a sample has nothing before it."""
    mask = np.isin(row.roles, _SAID)
    mask[:1] = False
    return mask


class GradientReader:
    """Takes gradients of a model's `weights`; `together` is whether batches are read in one pass, found out where None."""

    def __init__(
        self, bundle: ModelBundle, *, weights: Weights, batch_size: int = 16, together: bool | None = None
    ) -> None:
        self.bundle = bundle
        self.weights = weights
        self.together = together
        self._batch_size = batch_size
        self._maps = _linear_maps(bundle.model, weights)
        if self._maps is None:
            self.together = False

    def read(self, rows: Sequence[Encoded]) -> Iterator[tuple[list[int], torch.Tensor]]:
        """Batches of like length: the positions of the rows, and their gradients (B, P) in float32."""
        with _still(self.bundle.model):
            for places in by_length([len(row) for row in rows], batch_size=self._batch_size):
                yield places, self._gradients([rows[place] for place in places])

    def losses(self, rows: Sequence[Encoded]) -> torch.Tensor:
        """(B,): mean cross entropy in nats of each row's targets; with its graph, where something learns."""
        model = self.bundle.model
        batch = collate(rows, pad_token_id=self.bundle.tokenizer.pad_token_id or 0)
        batch = {name: value.to(model.device) for name, value in batch.items()}
        after = pad([said(row).astype(np.int64) for row in rows], fill=0).bool().to(model.device)
        logits, _ = logits_at(model, batch, keep=torch.roll(after, -1, dims=1))
        entropies = nn.functional.cross_entropy(logits.float(), written_ids(batch)[after], reduction="none")
        sums = entropies.new_zeros(len(rows)).index_add(0, after.nonzero()[:, 0], entropies)
        return sums / after.sum(1)

    def _gradients(self, rows: Sequence[Encoded]) -> torch.Tensor:
        if self.together is None:
            self.together = self._agrees(rows)
        if self.together:
            with suppress(_NotByRowError):
                return self._at_once(rows)
        return torch.stack([self._alone(row) for row in rows])

    def _agrees(self, rows: Sequence[Encoded]) -> bool:
        """Whether the first and the last row have the same gradient alone."""
        try:
            found = self._at_once(rows)
        except _NotByRowError:
            return False
        tolerance = TOLERANCE.get(self.bundle.model.dtype, COARSE)
        pairs = [(found[place], self._alone(rows[place])) for place in {0, len(rows) - 1}]
        return all(bool((a - b).norm() <= tolerance * b.norm()) for a, b in pairs)

    def _alone(self, row: Encoded) -> torch.Tensor:
        parameters = list(self.weights.parameters.values())
        for one in parameters:
            one.requires_grad_(True)
        try:
            loss = self.losses([row]).sum()
            found: Sequence[torch.Tensor | None] = torch.autograd.grad(loss, parameters, allow_unused=True)
        finally:
            for one in parameters:
                one.requires_grad_(False)
        pairs = zip(found, parameters, strict=True)
        return torch.cat([(torch.zeros_like(p) if g is None else g).float().flatten() for g, p in pairs])

    def _at_once(self, rows: Sequence[Encoded]) -> torch.Tensor:
        model = self.bundle.model
        out = torch.zeros(len(rows), len(self.weights), device=model.device)
        embedded: list[torch.Tensor] = []
        with ExitStack() as stack:
            for module, places in (self._maps or {}).items():
                stack.enter_context(_hooked(module, _catcher(out, places)))
            stack.enter_context(_hooked(model.get_input_embeddings(), _starter(embedded)))
            loss = self.losses(rows).sum()
            if not embedded or not loss.requires_grad:
                raise _NotByRowError
            torch.autograd.grad(loss, embedded, allow_unused=True)
        return out


def _linear_maps(model: Any, weights: Weights) -> dict[nn.Module, dict[str, slice]] | None:
    """The linear maps whose weights and biases these are, with where each goes; None where some are anything else."""
    try:
        known = set(language_modules(model))
    except ConfigError:  # no part of it is known to be the language model
        return None
    maps: dict[nn.Module, dict[str, slice]] = {}
    for name, place in weights.places.items():
        parent, _, kind = name.rpartition(".")
        module = model.get_submodule(parent)
        if parent not in known or not isinstance(module, nn.Linear) or kind not in ("weight", "bias"):
            return None
        maps.setdefault(module, {})[kind] = place
    return maps


def _catcher(out: torch.Tensor, places: dict[str, slice]) -> Any:
    """A forward hook that adds a map's gradients, row by row, to their places in `out`."""

    def forward(module: nn.Module, given: tuple[torch.Tensor, ...], made: torch.Tensor) -> None:
        read = given[0].detach()
        if made.ndim != 3 or len(made) != len(out):
            raise _NotByRowError
        if made.requires_grad:
            made.register_hook(lambda back: add(read, back))  # type: ignore[no-untyped-call]

    def add(read: torch.Tensor, back: torch.Tensor) -> None:
        if "weight" in places:
            out[:, places["weight"]] += torch.bmm(back.transpose(1, 2).float(), read.float()).flatten(1)
        if "bias" in places:
            out[:, places["bias"]] += back.float().sum(1)

    return forward


def _starter(embedded: list[torch.Tensor]) -> Any:
    """A forward hook that begins the graph at the embeddings, since no weight learns."""

    def forward(module: nn.Module, given: Any, made: torch.Tensor) -> None:
        embedded.append(made.requires_grad_(True))

    return forward


@contextmanager
def _hooked(module: nn.Module, hook: Any) -> Iterator[None]:
    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _still(model: nn.Module) -> Iterator[None]:
    """Without dropout, and no parameter learns; afterwards as before."""
    training = [module for module in model.modules() if module.training]
    learning = [one for one in model.parameters() if one.requires_grad]
    model.eval().requires_grad_(False)
    try:
        with torch.enable_grad():
            yield
    finally:
        for module in training:
            module.training = True
        for one in learning:
            one.requires_grad_(True)
