"""A model reads rows of tokens behind prefixes that it has read once, many rows laid end to end in one sequence without padding.

The model is called with its own `forward`. While it reads, its attention layers call the one here, which keeps each row's keys and values beside
the shared ones; positions are given. A row may be a tree of tokens, such as all options behind a prompt: a token sees its
ancestors only.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface, DynamicCache

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate
from sayso.models.encode import Encoded
from sayso.models.prefixes.attention import attend, merge
from sayso.models.prefixes.kept import Prefixes
from sayso.models.prefixes.rows import Row, seen_by

__all__ = ["NotPlain", "Reading"]

NAME = "sayso_prefixes"
MAX_TOKENS = 4096
"""Tokens of prefixes that are read in one call; measured, more make it no faster on a CPU."""
PLAIN_LAYERS = {"DynamicLayer", "DynamicSlidingWindowLayer"}
NO_WINDOW = 1 << 40
_current: ContextVar["Reading"] = ContextVar("reading")


class NotPlain(Exception):  # noqa: N818
    """The model computes attention in a way that cannot be shared."""


@dataclass
class _Plan:
    """Where the tokens of one call go: row, slot in the row's cache, number in the call, each (tokens,)."""

    rows: torch.Tensor
    slots: torch.Tensor
    within: torch.Tensor
    longest: int
    bias: torch.Tensor
    ends: list[int]
    """Where each row's tokens end."""


@dataclass
class Reading:
    """Rows behind prefixes. `capacity` is how many tokens each row will have at most.

    Raises:
        NotPlain: the model's cache or attention is of a kind that cannot be shared.
    """

    bundle: ModelBundle
    capacity: int
    window: int = NO_WINDOW
    """Tokens that the narrowest layer sees, found when prefixes are read; rows must stay below."""
    _prefixes: list[Prefixes] = field(default_factory=list)
    _own: dict[int, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    _lengths: list[int] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _plan: _Plan | None = None
    _called: list[int] = field(default_factory=list)
    _reach: int = 0
    """Tokens of the longest row with its prefix."""

    def open(self, prefixes: Sequence[Encoded], *, counts: Sequence[int]) -> None:
        """Read each prefix once, for `counts` rows in the order of the prefixes; equal lengths side by side are read together."""
        for _, run in groupby(range(len(prefixes)), key=lambda place: len(prefixes[place])):
            places = list(run)
            count = max(1, MAX_TOKENS // len(prefixes[places[0]]))
            for first in range(0, len(places), count):
                some = places[first : first + count]
                self._prefixes.append(self._read_prefixes([prefixes[i] for i in some], [counts[i] for i in some]))
        self._starts = [s for p in self._prefixes for s, c in zip(p.starts, p.counts, strict=True) for _ in range(c)]
        self._lengths = [0] * len(self._starts)

    def read(self, rows: Sequence[Row], *, keep: Sequence[int] | None = None) -> torch.Tensor:
        """Logits, (kept, vocabulary), at the places `keep` of all tokens laid end to end; at each row's last token without it."""
        model, device = self.bundle.model, self.bundle.model.device
        self._plan, positions = self._lay_out(rows)
        self._called = []
        behind = [one.keys[0].shape[-2] for one in self._prefixes for count in one.counts for _ in range(count)]
        held = zip(behind, self._lengths, rows, strict=True)
        self._reach = max(prefix + length + len(row.tokens) for prefix, length, row in held)
        self.check_window(None)
        ids = torch.tensor([[token for row in rows for token in row.tokens]], device=device)
        kept = torch.tensor([end - 1 for end in self._plan.ends] if keep is None else list(keep), device=device)
        cache = _Passing(self.num_shared)
        with _attention_of(model, self):
            logits = model(
                input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=kept
            ).logits
        if sorted(self._called) != list(range(len(self._prefixes[0].keys))):
            raise NotPlain("not every layer asks for attention in the common way")
        self._lengths = [n + len(row.tokens) for n, row in zip(self._lengths, rows, strict=True)]
        return logits[0]  # type: ignore[no-any-return]

    def check_window(self, window: int | None) -> None:
        """Rows may not outgrow what a layer sees; within it, a window is no other attention than all.

        Raises:
            NotPlain: one does.
        """
        self.window = min(self.window, NO_WINDOW if window is None else window)
        if self._reach >= self.window:
            raise NotPlain(f"its layers see {self.window} tokens, and a row has {self._reach}")

    @property
    def num_shared(self) -> int:
        """Entries of the first prefix, a soft prompt's vectors among them."""
        return int(self._prefixes[0].keys[0].shape[-2])

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone, in their order."""
        chosen = set(rows)
        places = iter(range(len(self._lengths)))
        for one in self._prefixes:
            one.counts = [sum(next(places) in chosen for _ in range(count)) for count in one.counts]
        self._prefixes = [one for kept in self._prefixes if (one := kept.without_empty()).counts]
        index = torch.tensor(list(rows), device=self.bundle.model.device)
        self._own = {layer: (keys[index], values[index]) for layer, (keys, values) in self._own.items()}
        self._lengths, self._starts = ([values[row] for row in rows] for values in (self._lengths, self._starts))

    def _read_prefixes(self, prefixes: Sequence[Encoded], counts: Sequence[int]) -> Prefixes:
        model = self.bundle.model
        batch = {name: tensor.to(model.device) for name, tensor in collate(prefixes, pad_token_id=0).items()}
        cache = model(**batch, use_cache=True, logits_to_keep=1).past_key_values
        kinds = {type(layer).__name__ for layer in getattr(cache, "layers", ())}
        if type(cache) is not DynamicCache or kinds - PLAIN_LAYERS:
            raise NotPlain(f"its cache ({type(cache).__name__}) is no plain keys and values")
        windows = [layer.sliding_window for layer in cache.layers if layer.is_sliding]
        self.window = min([self.window, *windows])
        return Prefixes(
            keys=[layer.keys for layer in cache.layers],
            values=[layer.values for layer in cache.layers],
            counts=list(counts),
            starts=[len(prefix) + shift for prefix, shift in zip(prefixes, _shifts(model, prefixes), strict=True)],
        )

    def _lay_out(self, rows: Sequence[Row]) -> tuple[_Plan, torch.Tensor]:
        sizes = [len(row.tokens) for row in rows]
        ends = np.cumsum(sizes)
        numbers = np.repeat(np.arange(len(rows)), sizes)
        within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
        seen, depths = seen_by(rows, self._lengths)
        device, dtype = self.bundle.model.device, self.bundle.model.dtype
        bias = torch.zeros(seen.shape, dtype=dtype).masked_fill_(~torch.from_numpy(seen), -torch.inf)
        places = np.asarray(self._starts)[numbers] + np.asarray(self._lengths)[numbers] + depths
        plan = _Plan(
            rows=torch.from_numpy(numbers).to(device),
            slots=torch.from_numpy(np.asarray(self._lengths)[numbers] + within).to(device),
            within=torch.from_numpy(within).to(device),
            longest=max(sizes),
            bias=bias.unsqueeze(1).to(device),
            ends=ends.tolist(),
        )
        return plan, torch.from_numpy(places)[None].to(device)

    # ---- called by the model's layers ----

    def attention(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float
    ) -> torch.Tensor:
        """(1, heads, tokens, d) -> the same: what the tokens of all rows read from their prefixes and their own rows."""
        self._called.append(layer)
        keys, values = self._remember(layer, key, value)
        return merge(self._shared(layer, query, scale=scale), self._within_rows(query, keys, values, scale=scale))

    def _remember(self, layer: int, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """This call's keys and values are put behind those of their rows, (rows, slots, heads, d)."""
        assert self._plan is not None  # noqa: S101
        if layer not in self._own:
            shape = (len(self._lengths), self.capacity)
            self._own[layer] = (
                key.new_zeros((*shape, key.shape[1], key.shape[3])),
                value.new_zeros((*shape, value.shape[1], value.shape[3])),
            )
        keys, values = self._own[layer]
        keys[self._plan.rows, self._plan.slots] = key[0].transpose(0, 1)
        values[self._plan.rows, self._plan.slots] = value[0].transpose(0, 1)
        used = self._plan.bias.shape[-1]
        return keys[:, :used].transpose(1, 2), values[:, :used].transpose(1, 2)

    def _shared(self, layer: int, query: torch.Tensor, *, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
        assert self._plan is not None  # noqa: S101
        ends = [0, *self._plan.ends]
        found: list[tuple[torch.Tensor, torch.Tensor]] = []
        row = 0
        for one in self._prefixes:
            marks = [ends[row + sum(one.counts[:n])] for n in range(len(one.counts) + 1)]
            found += one.read_by(query, layer=layer, marks=marks, scale=scale)
            row += sum(one.counts)
        return torch.cat([out for out, _ in found], dim=2), torch.cat([lse for _, lse in found], dim=2)

    def _within_rows(
        self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, *, scale: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        plan = self._plan
        assert plan is not None  # noqa: S101
        tokens = query[0].transpose(0, 1)
        if plan.longest == 1:
            out, lse = attend(tokens.unsqueeze(2), keys, values, scale=scale, bias=plan.bias)
            return out.permute(2, 1, 0, 3), lse.permute(2, 1, 0)
        wide = tokens.new_zeros((len(keys), plan.longest, *tokens.shape[1:]))
        wide[plan.rows, plan.within] = tokens
        out, lse = attend(wide.transpose(1, 2), keys, values, scale=scale, bias=plan.bias)
        out, lse = out.transpose(1, 2)[plan.rows, plan.within], lse.transpose(1, 2)[plan.rows, plan.within]
        return out.transpose(0, 1)[None], lse.transpose(0, 1)[None]


class _Passing(DynamicCache):  # type: ignore[misc]
    """Gives keys and values to the attention as they come, and says how long the first prefix is."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any) -> Any:
        return key_states, value_states

    def get_seq_length(self, *_: Any, **__: Any) -> int:
        return self._length


def _shifts(model: Any, prefixes: Sequence[Encoded]) -> list[int]:
    """How much further positions are than tokens behind each prefix just read: a picture takes fewer in Qwen-VL."""
    parts = (model, getattr(model, "model", None))
    told = [getattr(part, "rope_deltas", None) for part in parts if hasattr(part, "get_rope_index")]
    found = next((deltas for deltas in told if deltas is not None), None)
    if found is None or not any(prefix.arrays for prefix in prefixes):
        return [0] * len(prefixes)
    return [int(shift) for shift in found.flatten().tolist()]


@contextmanager
def _attention_of(model: Any, reading: Reading) -> Iterator[None]:
    """The model's attention layers call `reading` meanwhile."""
    layers = [part for part in model.modules() if hasattr(part, "layer_idx") and hasattr(part, "config")]
    configs = {id(part.config): part.config for part in layers}.values()
    if not configs or any(config.sub_configs for config in configs):
        raise NotPlain("its layers do not say how they compute attention")
    before = [config._attn_implementation for config in configs]
    mark = _current.set(reading)
    for config in configs:
        config._attn_implementation = NAME
    try:
        yield
    finally:
        for config, name in zip(configs, before, strict=True):
            config._attn_implementation = name
        _current.reset(mark)


def _attention(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any = None, **options: Any
) -> tuple[torch.Tensor, None]:
    """As transformers calls attention; options that change its result are refused."""
    for name in ("softcap", "s_aux", "position_bias"):
        if options.get(name) is not None:
            raise NotPlain(f"its attention has {name}")
    _current.get().check_window(options.get("sliding_window"))
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    out = _current.get().attention(module.layer_idx, query, key, value, scale=scale)
    return out.transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, _attention)
