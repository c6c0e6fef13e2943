"""What a model is here: weights and their processor, together, saved as a plain transformers folder."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase, ProcessorMixin
from transformers.utils import logging

from sayso.models.attached import own_weights, plain, save_attached
from sayso.registry import Registry

__all__ = ["ModelBundle", "ModelMaker", "models"]

NO_LIMIT = 10**9


@dataclass(frozen=True, kw_only=True)
class ModelBundle:
    """A model and what turns a conversation into its inputs; `origin` is the folder or hub id it was loaded from."""

    model: PreTrainedModel
    processor: ProcessorMixin | PreTrainedTokenizerBase
    origin: str = ""

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """The processor's tokenizer, or the processor itself for a text-only model."""
        return getattr(self.processor, "tokenizer", self.processor)

    @property
    def images(self) -> bool:
        """Whether the model reads images."""
        return getattr(self.processor, "image_processor", None) is not None

    @property
    def num_parameters(self) -> int:
        """Parameters of the model, tied ones counted once."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def num_positions(self) -> int:
        """The most tokens that the model has positions for, as its config says; a billion where it says nothing."""
        return getattr(self.model.config.get_text_config(), "max_position_embeddings", None) or NO_LIMIT

    def save(self, folder: Path, *, state: dict[str, torch.Tensor] | None = None) -> None:
        """Write weights, config, processor and chat template, loadable by any tool that reads transformers folders.

        `state` are the weights, where the model itself holds only this process's share of them. What is attached to the model lies
        beside its own weights.
        """
        with plain(self.model):
            self.model.save_pretrained(folder, state_dict=own_weights(state))
        save_attached(self.model, folder, state=state)
        self.processor.save_pretrained(folder)


class ModelMaker(Protocol):
    """Makes or loads a model; what it makes is a function of its options, the texts and the seed alone."""

    def make(self, *, texts: Iterable[str], seed: int) -> ModelBundle:
        """The model; `texts` are what a new tokenizer learns from (ignored where there is one already)."""
        ...


models: Registry[ModelMaker] = Registry("model", "sayso.models")
"""Models by name; a factory's keyword arguments are the options of a recipe's `model:` entry."""

logging.disable_progress_bar()  # sayso draws its own bars; these would break --json
