"""A very small vision-language model that really learns: the LLaVA architecture from transformers' own classes.

A CLIP vision tower over 16-pixel patches, LLaVA's projector and a Llama decoder, about a million parameters together, made
from a config (nothing is downloaded) with a tokenizer trained on the data. It is for drawn scenes of a few objects: on two
cores it learns to name every object in about 90 seconds and to answer questions about them in another 60. Order matters: on dense
descriptions first it learns, from raw pixels to answers alone it stays at chance. It is no model for photographs.
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

__all__ = ["TinyModel", "tiny"]

MAX_PARAMETERS = 3_000_000
TEXT_INIT = 0.05
POSITION_INIT = 0.5
# Standard deviations of first weights. transformers' 0.02 suits thousands of dimensions; at about a hundred it makes every layer
# nearly silent and places nearly alike, and the model takes twice as many steps to find out which patch a word is about.


@dataclass(frozen=True, kw_only=True)
class TinyModel:
    """The sizes of a tiny model; `make` gives the untrained weights and a fresh tokenizer."""

    image_size: int
    patch_size: int
    hidden_size: int
    vision_hidden_size: int
    num_vision_layers: int
    num_text_layers: int
    num_heads: int
    vocab_size: int
    max_tokens: int

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
            num_hidden_layers=self.num_vision_layers,
            num_attention_heads=self.num_heads,
            image_size=self.image_size,
            patch_size=self.patch_size,
            projection_dim=self.vision_hidden_size,
        )

    def _text(self, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
        return LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=self.hidden_size,
            intermediate_size=2 * self.hidden_size,
            num_hidden_layers=self.num_text_layers,
            num_attention_heads=self.num_heads,
            num_key_value_heads=self.num_heads,
            max_position_embeddings=self.max_tokens,
            tie_word_embeddings=True,
            initializer_range=TEXT_INIT,
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


@models.register("tiny")
def tiny(  # noqa: PLR0913 - each is an option of a recipe
    *,
    image_size: int = 48,
    patch_size: int = 16,
    hidden_size: int = 128,
    vision_hidden_size: int = 128,
    num_layers: tuple[int, int] = (1, 3),
    num_heads: int = 4,
    vocab_size: int = 2048,
) -> TinyModel:
    """The tiny LLaVA; sizes in pixels, `num_layers` of the vision tower and of the language model."""
    if image_size % patch_size:
        raise ConfigError(f"image_size {image_size} is no multiple of patch_size {patch_size}; for example 48 and 16")
    return TinyModel(
        image_size=image_size,
        patch_size=patch_size,
        hidden_size=hidden_size,
        vision_hidden_size=vision_hidden_size,
        num_vision_layers=num_layers[0],
        num_text_layers=num_layers[1],
        num_heads=num_heads,
        vocab_size=vocab_size,
        max_tokens=2048,
    )
