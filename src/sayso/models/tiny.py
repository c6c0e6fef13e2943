"""A very small vision-language model that really learns: the LLaVA architecture from transformers' own classes.

A CLIP vision tower over 16-pixel patches, LLaVA's projector and a Llama decoder, about a million parameters together, made
from a config (nothing is downloaded) with a tokenizer trained on the data. It is for drawn scenes of a few objects, where it learns
in minutes on two cores. Order matters: dense descriptions first, so that it sees; from raw pixels to short answers alone it stays
at chance for long. It is no model for photographs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from transformers import (
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.vocabulary import CHAT_TEMPLATE, IMAGE_TOKEN, train_tokenizer
from sayso.seeds import derive

__all__ = ["TinyModel"]

MAX_PARAMETERS = 3_000_000
TEXT_INIT = 0.05
POSITION_INIT = 0.5
# Standard deviations of first weights. transformers' 0.02 suits thousands of dimensions; at about a hundred it makes every layer
# nearly silent and places nearly alike, so that it is slow to find out which patch a word is about.


@models.register("tiny")
@dataclass(frozen=True, kw_only=True)
class TinyModel:
    """The sizes of a tiny model, the options of a recipe; `make` gives the untrained weights and a fresh tokenizer.

    Raises:
        ConfigError: the image is no whole number of patches.
    """

    image_size: int = 48
    """Side in pixels that every picture is resized to."""
    patch_size: int = 16
    """Side of a patch in pixels; each becomes one visual token."""
    hidden_size: int = 128
    vision_hidden_size: int = 128
    num_layers: tuple[int, int] = (1, 3)
    """Of the vision tower and of the language model."""
    num_heads: int = 4
    vocab_size: int = 2048
    """Most tokens that the tokenizer may learn."""
    max_tokens: int = 2048
    attention_dropout: float = 0.0
    """Of both towers, while training."""

    def __post_init__(self) -> None:
        if self.image_size % self.patch_size:
            raise ConfigError(
                f"image_size {self.image_size} is no multiple of patch_size {self.patch_size}; for example 48 and 16"
            )

    def make(self, *, texts: Iterable[str], seed: int) -> ModelBundle:
        """A model that is a function of the sizes, the texts and the seed.

        Raises:
            ConfigError: it has more than 3 million parameters.
        """
        tokenizer = train_tokenizer(texts, vocab_size=self.vocab_size)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(seed, "tiny") % 2**63)
            model = LlavaForConditionalGeneration(self._config(tokenizer))
            positions = model.model.vision_tower.embeddings.position_embedding.weight
            torch.nn.init.normal_(positions, std=POSITION_INIT)
        model.generation_config = GenerationConfig(
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        bundle = ModelBundle(model=model, processor=self._processor(tokenizer))
        if bundle.num_parameters > MAX_PARAMETERS:
            raise ConfigError(
                f"model 'tiny' would have {bundle.num_parameters:,} parameters, over {MAX_PARAMETERS:,}; "
                f"make hidden_size ({self.hidden_size}) or the number of layers smaller"
            )
        return bundle

    def _config(self, tokenizer: PreTrainedTokenizerFast) -> LlavaConfig:
        return LlavaConfig(
            vision_config=self._vision(),
            text_config=self._text(tokenizer),
            image_token_index=tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
            image_seq_length=(self.image_size // self.patch_size) ** 2,
            vision_feature_layer=-1,
            vision_feature_select_strategy="default",
            tie_word_embeddings=True,
        )

    def _vision(self) -> CLIPVisionConfig:
        return CLIPVisionConfig(
            hidden_size=self.vision_hidden_size,
            intermediate_size=4 * self.vision_hidden_size,
            num_hidden_layers=self.num_layers[0],
            num_attention_heads=self.num_heads,
            image_size=self.image_size,
            patch_size=self.patch_size,
            projection_dim=self.vision_hidden_size,
            attention_dropout=self.attention_dropout,
        )

    def _text(self, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
        return LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=self.hidden_size,
            intermediate_size=2 * self.hidden_size,
            num_hidden_layers=self.num_layers[1],
            num_attention_heads=self.num_heads,
            num_key_value_heads=self.num_heads,
            max_position_embeddings=self.max_tokens,
            tie_word_embeddings=True,
            initializer_range=TEXT_INIT,
            attention_dropout=self.attention_dropout,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )

    def _processor(self, tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
        size = {"height": self.image_size, "width": self.image_size}
        images = CLIPImageProcessorPil(
            size=size, do_center_crop=False, crop_size=size, image_mean=[0.5] * 3, image_std=[0.5] * 3
        )
        return LlavaProcessor(
            image_processor=images,
            tokenizer=tokenizer,
            patch_size=self.patch_size,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
            chat_template=CHAT_TEMPLATE,
        )
