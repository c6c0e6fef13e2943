"""Prefix tuning: k trainable keys and values in front of every layer's attention (Li and Liang 2021).

They are put into the cache before the first token is read, and the decoder, which sees a cache of k entries, does the rest. The vectors and
the optional network that makes them while training are peft's (`PrefixEncoder`), in peft's layout; peft's wrapper around them is not used, since
it does not serve models that read images. They come without positions of their own: tokens begin at position k.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import PrefixEncoder, PrefixTuningConfig
from torch import nn
from transformers import DynamicCache, PretrainedConfig, PreTrainedModel

from sayso.errors import ConfigError
from sayso.models.attached._protocol import attachments, hang
from sayso.models.attached.prompt import refuse_second_prompt

__all__ = ["PrefixOptions"]


@attachments.register("prefix")
@dataclass(frozen=True, kw_only=True)
class PrefixOptions:
    """Options of a prefix."""

    num_tokens: int = 20
    """k, the number of keys and values per layer."""
    projection: bool = False
    """Make them by a two-layer network of `hidden_size`, which makes training steadier and is trained with them."""
    hidden_size: int = 512
    """Of that network."""

    def places(self, model: PreTrainedModel, *, within: Sequence[str]) -> list[str]:
        """The decoder."""
        names = {module: name for name, module in model.named_modules()}
        place = names[model.get_decoder()]
        refuse_second_prompt(model, kind="prefix", place=place, within=within)
        _refuse_other_caches(model.config.get_text_config())
        return [place]

    def attach(self, model: PreTrainedModel, *, places: Sequence[str]) -> None:
        """The keys and values as a child of the decoder."""
        decoder = model.get_submodule(places[0])
        prefix = _Prefix(model.config.get_text_config(), options=self)
        hang(prefix, on=decoder, kind="prefix")
        model.register_forward_pre_hook(prefix.begin, with_kwargs=True)
        decoder.register_forward_pre_hook(prefix.put, with_kwargs=True)
        model.register_forward_hook(prefix.keep, with_kwargs=True)


class _Prefix(nn.Module):
    def __init__(self, text: PretrainedConfig, *, options: PrefixOptions) -> None:
        super().__init__()
        self.num_tokens = options.num_tokens
        self.config = text
        self.heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
        size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        self.encoder = PrefixEncoder(
            PrefixTuningConfig(
                num_virtual_tokens=options.num_tokens,
                token_dim=self.heads * size,
                num_layers=text.num_hidden_layers,
                encoder_hidden_size=options.hidden_size,
                prefix_projection=options.projection,
            )
        )
        self._placed = False  # whether the caller gave positions, which then are counted from k already

    def made(self) -> torch.Tensor:
        """Keys and values of all layers, (k, 2 L d_kv), as peft lays them out."""
        where = next(self.parameters()).device
        out: torch.Tensor = self.encoder(torch.arange(self.num_tokens, device=where))
        return out

    def begin(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positions after the prefix, and behind a cache that holds it, a mask that does."""
        kwargs = dict(kwargs)
        self._placed = kwargs.get("position_ids") is not None
        if self._placed:
            kwargs["position_ids"] = kwargs["position_ids"] + self.num_tokens
        if _num_cached(kwargs) and kwargs.get("attention_mask") is not None:
            kwargs["attention_mask"] = _wider(kwargs["attention_mask"], by=self.num_tokens)
        return args, kwargs

    def put(
        self, decoder: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The prefix into an empty cache."""
        if _num_cached(kwargs):
            return args, kwargs
        if decoder.training and any(getattr(one, "gradient_checkpointing", False) for one in decoder.modules()):
            raise ConfigError("prefix: gradient_checkpointing drops the cache that a prefix is put into; turn it off")
        kwargs = dict(kwargs)
        read = args[0] if args else kwargs.get("inputs_embeds")
        read = kwargs["input_ids"] if read is None else read
        cache = kwargs.get("past_key_values")
        kwargs["past_key_values"] = self._fill(DynamicCache(config=self.config) if cache is None else cache, read)
        if kwargs.get("attention_mask") is not None:
            kwargs["attention_mask"] = _wider(kwargs["attention_mask"], by=self.num_tokens)
        if not self._placed and kwargs.get("position_ids") is not None:
            kwargs["position_ids"] = kwargs["position_ids"] + self.num_tokens
        return args, kwargs

    def keep(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        """The cache goes back to callers that want one, and to no others: they would read it as that of a longer text."""
        if kwargs.get("use_cache") is False:
            output.past_key_values = None
        return output

    def _fill(self, cache: DynamicCache, read: torch.Tensor) -> DynamicCache:
        made = self.made()
        dtype = read.dtype if read.is_floating_point() else next(iter(self.parameters())).dtype
        pairs = made.to(dtype).view(
            self.num_tokens, -1, 2, self.heads, made.shape[-1] // (2 * self.heads * self._layers)
        )
        for layer in range(self._layers):
            keys, values = (pairs[:, layer, n].transpose(0, 1).expand(len(read), -1, -1, -1) for n in (0, 1))
            cache.update(keys, values, layer)
        return cache

    @property
    def _layers(self) -> int:
        return int(self.config.num_hidden_layers)


def _wider(mask: Any, *, by: int) -> Any:
    """A mask by which every token sees `by` more entries in front."""
    if isinstance(mask, dict):
        return {name: _wider(one, by=by) for name, one in mask.items()}
    if mask is None:
        return None
    seen = 1 if mask.ndim == 2 or mask.dtype == torch.bool else 0
    return torch.cat([mask.new_full((*mask.shape[:-1], by), seen), mask], dim=-1)


def _num_cached(inputs: dict[str, Any]) -> int:
    cache = inputs.get("past_key_values")
    return 0 if cache is None else int(cache.get_seq_length())


def _refuse_other_caches(text: PretrainedConfig) -> None:
    kinds = {type(layer).__name__ for layer in DynamicCache(config=text).layers}
    if kinds - {"DynamicLayer"} or getattr(text, "cross_attention_layers", None):
        raise ConfigError(
            f"prefix: the cache of {text.model_type!r} has layers of other kinds ({', '.join(sorted(kinds))}); use prompt or lora"
        )
