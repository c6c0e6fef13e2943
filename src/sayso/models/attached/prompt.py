"""Prompt tuning: k trainable vectors in front of every sequence (Lester et al. 2021).

The vectors take k places before the first token, padding included, so that every row of a batch begins with them wherever it is padded; what the
model writes about these places is cut off again, and callers never see that they exist. A cache holds them as its first k
entries. peft's own prompt tuning wraps the model and calls it with `inputs_embeds`, which models that put image features in the
place of image tokens refuse; here the model still reads ids, and its embedding of the first k is replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from transformers import PreTrainedModel

from sayso.errors import ConfigError
from sayso.models.attached._protocol import MARK, attachments, hang

__all__ = ["PromptOptions", "refuse_second_prompt"]

PER_TOKEN = ("token_type_ids", "mm_token_type_ids")  # 0 is plain text


@attachments.register("prompt")
@dataclass(frozen=True, kw_only=True)
class PromptOptions:
    """Options of a soft prompt."""

    num_tokens: int = 20
    """k, the number of vectors."""
    init: Literal["vocabulary", "normal"] = "vocabulary"
    """Copies of randomly chosen rows of the vocabulary, or normal with their standard deviation."""

    def places(self, model: PreTrainedModel, *, within: Sequence[str]) -> list[str]:
        """The input embeddings."""
        names = {module: name for name, module in model.named_modules()}
        place = names[model.get_input_embeddings()]
        refuse_second_prompt(model, kind="prompt", place=place, within=within)
        return [place]

    def attach(self, model: PreTrainedModel, *, places: Sequence[str]) -> None:
        """The vectors as a child of the embeddings."""
        (place,) = places
        embeddings = model.get_submodule(place)
        prompt = _Prompt(self._vectors(embeddings.weight.detach()), fill=_text_token(model))
        hang(prompt, on=embeddings, kind="prompt")
        model.register_forward_pre_hook(prompt.lengthen, with_kwargs=True)
        embeddings.register_forward_hook(prompt.replace)
        model.register_forward_hook(prompt.cut, always_call=True)

    def _vectors(self, vocabulary: torch.Tensor) -> torch.Tensor:
        table = vocabulary.float().cpu()
        if self.init == "vocabulary":
            return table[torch.randint(len(table), (self.num_tokens,))].clone()
        return torch.randn(self.num_tokens, table.shape[1]) * table.std()


class _Prompt(nn.Module):
    def __init__(self, vectors: torch.Tensor, *, fill: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(vectors)
        self.fill = fill
        self._width = 0  # of the lengthened input, while the model reads it

    def made(self) -> torch.Tensor:
        """The vectors, (k, d)."""
        return self.vectors

    def lengthen(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Room for the vectors in everything that is said of tokens; behind a cache that holds them, only the mask grows."""
        inputs = _named(args, kwargs)
        continued = _num_cached(inputs) > 0
        self._width = 0
        for name, tensor in inputs.items():
            if isinstance(tensor, torch.Tensor):
                inputs[name] = self._longer(name, tensor, continued=continued)
        if not continued:
            read = inputs["input_ids"] if inputs.get("input_ids") is not None else inputs["inputs_embeds"]
            self._width = read.shape[1]
        return (), inputs

    def _longer(self, name: str, tensor: torch.Tensor, *, continued: bool) -> torch.Tensor:
        k = len(self.vectors)
        if name == "attention_mask":
            _refuse_wide_mask(tensor)
            return torch.cat([tensor.new_ones(len(tensor), k), tensor], dim=1)
        if name == "position_ids":
            first = tensor.amin() + torch.arange(k, device=tensor.device)  # some models count from 1
            return tensor + k if continued else torch.cat([first.expand(*tensor.shape[:-1], k), tensor + k], dim=-1)
        if continued:
            return tensor
        if name == "input_ids":
            return torch.cat([tensor.new_full((len(tensor), k), self.fill), tensor], dim=1)
        if name == "inputs_embeds":
            return torch.cat([self.vectors.to(tensor).expand(len(tensor), -1, -1), tensor], dim=1)
        if name in PER_TOKEN or (name == "logits_to_keep" and tensor.dtype == torch.bool):
            return torch.cat([tensor.new_zeros(len(tensor), k), tensor], dim=1)
        if name == "logits_to_keep":
            return tensor + k
        return tensor

    def replace(self, embeddings: nn.Module, args: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
        """The vectors in the place of the first embeddings."""
        if not self._width or output.ndim != 3 or output.shape[1] != self._width:
            return output
        k = len(self.vectors)
        return torch.cat([self.vectors.to(output).expand(len(output), -1, -1), output[:, k:]], dim=1)

    def cut(self, model: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        """Without what the model says of the vectors."""
        width, self._width = self._width, 0
        logits = None if output is None else output.logits
        if width and logits is not None and logits.ndim == 3 and logits.shape[1] == width:
            output.logits = logits[:, len(self.vectors) :]
        return output


def refuse_second_prompt(model: PreTrainedModel, *, kind: str, place: str, within: Sequence[str]) -> None:
    """Vectors before the first token are the language model's, once, in a model that reads and writes one sequence."""
    if place not in within:
        raise ConfigError(f"{kind}: only the part language_model reads a sequence; give this part another method")
    if model.config.is_encoder_decoder:
        raise ConfigError(
            f"{kind}: {type(model).__name__} is an encoder-decoder, for which this is not built; use lora"
        )
    if any(f"{MARK}{other}" in name for name, _ in model.named_modules() for other in ("prompt", "prefix")):
        raise ConfigError(f"{kind}: the model has vectors before its first token already; begin from one without")


def _named(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments by name; models take ids first, and nobody passes more without a name."""
    return {**dict(zip(("input_ids",), args, strict=True)), **kwargs} if args else dict(kwargs)


def _num_cached(inputs: Mapping[str, Any]) -> int:
    cache = inputs.get("past_key_values")
    return 0 if cache is None else int(cache.get_seq_length())


def _refuse_wide_mask(mask: torch.Tensor) -> None:
    if mask.ndim != 2:
        raise ConfigError(
            f"a soft prompt needs an attention mask of rows and tokens, not of shape {tuple(mask.shape)}; pack no samples into one row"
        )


def _text_token(model: PreTrainedModel) -> int:
    """An id that means nothing: of no image, no padding, nothing that the config names."""
    configs = (model.config.to_dict(), model.config.get_text_config().to_dict())
    named = {value for one in configs for name, value in one.items() if "token" in name and isinstance(value, int)}
    return next(number for number in range(len(named) + 1) if number not in named)
