"""Packing: the samples of a piece one behind the other in few rows, none of which sees another, so that little is padding.

Only the layout of a piece changes. Its samples, their weights and what the loss is divided by stay the same, so that a packed run
has the loss of an unpacked one, and resumes like it. transformers keeps samples of a row apart in two ways:

- `positions`: positions begin at 0 again with every sample, without a cache and without a mask; the model finds the borders itself;
- `masks`: the masks that the model makes of unpacked rows are laid along the diagonal of a packed row's, as numbers to be added.

Which of them a model keeps to is tried out (see `sayso.train.batches.packing_probe`), since none says so.

The number of rows is the cheapest one that wastes at most 5 % of its places: a row of T tokens costs about T (6 D + T) in a layer
of D dimensions, so that many short rows are cheaper than one long row, until padding eats the gain. Attention that skips what it need not read
(flash, which finds samples in a single row only) gets one row.
"""

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import torch
from transformers import PreTrainedModel
from transformers.masking_utils import create_masks_for_generate

from sayso.models.collate import Batch
from sayso.models.encode import Encoded

__all__ = ["choose_rows", "fill_rows", "Make", "MAX_WASTE", "Packing", "Way"]

MAX_WASTE = 0.05
"""Largest share of a packed piece's places that may be padding."""
Way: TypeAlias = Literal["positions", "masks"]
Make: TypeAlias = Callable[[Sequence[Encoded]], Batch]
"""Samples -> an unpacked piece (`sayso.train.batches.batch.make_batch`)."""

_FILLS = {"loss_samples": -1}


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Packs pieces for one model; `make` lays the samples out unpacked first, from which everything is moved."""

    model: PreTrainedModel
    make: Make
    way: Way
    pad_token_id: int

    def __call__(self, rows: Sequence[Encoded]) -> Batch:
        """A packed piece of R rows; its samples are numbered as they lie in it.

        Beside what `make` gives (without `attention_mask`) it has `position_ids`, (R, T) or, where positions have several axes,
        (axes, R, T). With masks, `attention_mask` is (R, 1, T, T), or one such a kind of layer.
        """
        filled = choose_rows([len(row) for row in rows], hidden_size=self._hidden_size, one=self._one_row)
        return self.lay([[rows[index] for index in row] for row in filled])

    def lay(self, filled: Sequence[Sequence[Encoded]]) -> Batch:
        """The same of rows that are chosen already."""
        samples = [sample for row in filled for sample in row]
        names = {"input_ids", *samples[0].per_token}
        return self._lay(self.make(samples), counts=[len(row) for row in filled], per_token=names)

    @property
    def _hidden_size(self) -> int:
        return int(self.model.config.get_text_config().hidden_size)

    @property
    def _one_row(self) -> bool:
        return "flash" in str(self.model.config.get_text_config()._attn_implementation)

    def _lay(self, piece: Batch, *, counts: Sequence[int], per_token: Collection[str]) -> Batch:
        """Move every token of an unpacked piece to its place; `counts` are samples per row."""
        shape = piece["attention_mask"].shape
        source = _sources(piece["attention_mask"].sum(1).tolist(), counts=counts, width=shape[1])
        moved: Batch = {}
        for name, value in piece.items():
            if name in per_token or (name.startswith("loss_") and value.shape == shape):
                moved[name] = _move(value, source, fill=self._fill(name))
            elif name != "attention_mask":
                moved[name] = value
        moved["position_ids"] = _move(self._positions(piece), source, fill=0)
        if self.way == "masks":
            moved["attention_mask"] = cast("torch.Tensor", self._masks(piece, source))
        return moved

    def _fill(self, name: str) -> int:
        return self.pad_token_id if name == "input_ids" else _FILLS.get(name, 0)

    def _positions(self, piece: Batch) -> torch.Tensor:
        """Of the unpacked piece, (B, T), or (4, B, T) where a model has positions in time, height and width: places in the text stand before them."""
        ids = piece["input_ids"]
        along = torch.arange(ids.shape[1]).expand(ids.shape)
        index = next((one.get_rope_index for one in self.model.modules() if hasattr(one, "get_rope_index")), None)
        if index is None or "mm_token_type_ids" not in piece:
            return along
        known = {name: value for name, value in piece.items() if name.endswith(("_grid_thw", "token_type_ids"))}
        axes, _ = cast("Any", index)(input_ids=ids, attention_mask=piece["attention_mask"], **known)
        return torch.cat([along[None], axes])

    def _masks(self, piece: Batch, source: torch.Tensor) -> Any:
        made = _own_masks(self.model, piece)
        if isinstance(made, Mapping):
            return {kind: self._block(mask, piece, source) for kind, mask in made.items()}
        return self._block(made, piece, source)

    def _block(self, mask: torch.Tensor | None, piece: Batch, source: torch.Tensor) -> torch.Tensor:
        """(R, 1, W, W), 0 where a token sees another and the lowest number elsewhere; padding sees itself."""
        width = piece["input_ids"].shape[1]
        sample, place = source.clamp(min=0) // width, source.clamp(min=0) % width
        seen = _as_seen(mask, width=width).expand(len(piece["input_ids"]), -1, -1)
        rows = seen[sample[:, :, None], place[:, :, None], place[:, None, :]]
        same = (sample[:, :, None] == sample[:, None, :]) & (source[:, :, None] >= 0) & (source[:, None, :] >= 0)
        allowed = (rows & same) | torch.eye(source.shape[1], dtype=torch.bool)
        dtype = self.model.dtype
        return torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)[:, None]


def choose_rows(lengths: Sequence[int], *, hidden_size: int, one: bool = False) -> list[list[int]]:
    """Which samples lie in which row, in order; a pure function of its arguments.

    Numbers of rows grow by half until padding is over MAX_WASTE of the places; the cheapest wins.
    """
    best = [list(range(len(lengths)))]
    cheapest = sum(lengths) * (6 * hidden_size + sum(lengths))
    number = 1
    while not one and number < len(lengths):
        number = min(len(lengths), number + max(1, number // 2))
        rows = fill_rows(lengths, number)
        width = max(sum(lengths[index] for index in row) for row in rows)
        cost = number * width * (6 * hidden_size + width)
        if number * width - sum(lengths) <= MAX_WASTE * number * width and cost < cheapest:
            best, cheapest = rows, cost
    return best


def fill_rows(lengths: Sequence[int], number: int) -> list[list[int]]:
    """`number` rows of about equal length: each sample, the longest first, goes into the shortest row (Graham 1969)."""
    loads = [(0, row) for row in range(number)]
    rows: list[list[int]] = [[] for _ in range(number)]
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        load, row = heapq.heappop(loads)
        rows[row].append(index)
        heapq.heappush(loads, (load + lengths[index], row))
    return [sorted(row) for row in rows if row]


def _sources(lengths: Sequence[int], *, counts: Sequence[int], width: int) -> torch.Tensor:
    """(R, W): which place of the flattened unpacked piece each packed place comes from, -1 for padding."""
    places = iter(torch.arange(length) + sample * width for sample, length in enumerate(lengths))
    rows = [torch.cat([next(places) for _ in range(count)]) for count in counts]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)


def _move(value: torch.Tensor, source: torch.Tensor, *, fill: float) -> torch.Tensor:
    """(..., B, T) -> (..., R, W)."""
    moved = value.flatten(-2)[..., source.clamp(min=0)]
    return moved.masked_fill(source < 0, fill)


def _own_masks(model: PreTrainedModel, piece: Batch) -> Any:
    """What the model itself makes of the unpacked piece: a mask, one a kind of layer, or None where it is plainly causal."""
    make = getattr(model, "create_masks_for_generate", create_masks_for_generate)
    extra = {"token_type_ids": piece["token_type_ids"]} if "token_type_ids" in piece else {}
    return make(
        config=model.config,
        inputs_embeds=torch.zeros(*piece["input_ids"].shape, 1, dtype=model.dtype),
        attention_mask=piece["attention_mask"],
        past_key_values=None,
        position_ids=None,
        **extra,
    )


def _as_seen(mask: torch.Tensor | None, *, width: int) -> torch.Tensor:
    """A mask of any kind as booleans (B or 1, T, T)."""
    if mask is None or mask.ndim != 4:
        return torch.ones(1, width, width, dtype=torch.bool).tril()
    return mask[:, 0] if mask.dtype == torch.bool else mask[:, 0] == 0
