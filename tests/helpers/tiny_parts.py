"""Untrained models of many families, a few thousand weights each, made from their configs, and a batch for each to read."""

from collections.abc import Callable

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    PreTrainedModel,
)

__all__ = ["FAMILIES", "IMAGE", "make_family", "make_inputs", "step_loss", "TEXT_ONLY", "train_steps"]

TEXT = {
    "vocab_size": 120,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
CLIP = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
    "projection_dim": 16,
}
IMAGE = 100  # the id of an image token


def _llava() -> AutoConfig:
    return AutoConfig.for_model(
        "llava",
        text_config={"model_type": "llama", **TEXT},
        vision_config={"model_type": "clip_vision_model", **CLIP},
        image_token_index=IMAGE,
        vision_feature_layer=-1,
        image_seq_length=4,
    )


def _llava_onevision() -> AutoConfig:
    return AutoConfig.for_model(
        "llava_onevision",
        text_config={"model_type": "qwen2", **TEXT},
        vision_config={"model_type": "siglip_vision_model", **CLIP},
        image_grid_pinpoints=[[16, 16]],
        image_token_index=IMAGE,
        video_token_index=IMAGE + 1,
        vision_feature_layer=-1,
    )


def _qwen2_5_vl() -> AutoConfig:
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0}
    vision = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": 32,
        "patch_size": 4,
        "fullatt_block_indexes": [1],
        "window_size": 16,
    }
    return AutoConfig.for_model(
        "qwen2_5_vl",
        text_config={**TEXT, "rope_parameters": rope},
        vision_config=vision,
        image_token_id=IMAGE,
        video_token_id=IMAGE + 1,
        vision_start_token_id=IMAGE + 2,
        vision_end_token_id=IMAGE + 3,
    )


def _idefics3() -> AutoConfig:
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    return AutoConfig.for_model(
        "idefics3",
        text_config={"model_type": "llama", **TEXT},
        vision_config={**vision, "image_size": 16, "patch_size": 4},
        image_token_id=IMAGE,
        scale_factor=2,
    )


def _smolvlm() -> AutoConfig:
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    return AutoConfig.for_model(
        "smolvlm",
        text_config={"model_type": "llama", **TEXT},
        vision_config={**vision, "image_size": 16, "patch_size": 4},
        image_token_id=IMAGE,
        scale_factor=2,
    )


def _paligemma() -> AutoConfig:
    return AutoConfig.for_model(
        "paligemma",
        text_config={"model_type": "gemma", **TEXT, "head_dim": 8},
        vision_config={"model_type": "siglip_vision_model", **CLIP},
        image_token_index=IMAGE,
        projection_dim=32,
        hidden_size=32,
    )


def _gemma3() -> AutoConfig:
    return AutoConfig.for_model(
        "gemma3",
        text_config={**TEXT, "head_dim": 8, "sliding_window": 64},
        vision_config={"model_type": "siglip_vision_model", **CLIP},
        image_token_index=IMAGE,
        mm_tokens_per_image=4,
    )


def _internvl() -> AutoConfig:
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    return AutoConfig.for_model(
        "internvl",
        text_config={"model_type": "qwen2", **TEXT},
        vision_config={**vision, "image_size": [16, 16], "patch_size": [4, 4]},
        image_token_id=IMAGE,
    )


def _instructblip() -> AutoConfig:
    opt = {"vocab_size": 120, "hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    qformer = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    return AutoConfig.for_model(
        "instructblip",
        text_config={"model_type": "opt", **opt, "word_embed_proj_dim": 32, "max_position_embeddings": 256},
        qformer_config={**qformer, "vocab_size": 120, "encoder_hidden_size": 16},
        vision_config={key: value for key, value in CLIP.items() if key != "projection_dim"},
        num_query_tokens=4,
        image_token_index=IMAGE,
    )


def _opt() -> AutoConfig:
    opt = {"vocab_size": 120, "hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    return AutoConfig.for_model("opt", **opt, word_embed_proj_dim=32, max_position_embeddings=256, dropout=0.0)


FAMILIES: dict[str, Callable[[], AutoConfig]] = {
    "llava": _llava,
    "llava_onevision": _llava_onevision,
    "qwen2_5_vl": _qwen2_5_vl,
    "idefics3": _idefics3,
    "smolvlm": _smolvlm,
    "paligemma": _paligemma,
    "gemma3": _gemma3,
    "internvl": _internvl,
    "instructblip": _instructblip,
    "llama": lambda: AutoConfig.for_model("llama", **TEXT),
    "qwen3": lambda: AutoConfig.for_model("qwen3", **TEXT, head_dim=8),
    "opt": _opt,
}
TEXT_ONLY = ("llama", "qwen3", "opt")


def step_loss(model: PreTrainedModel, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Of saying the last six tokens of each row."""
    logits = model(**inputs).logits[:, -7:-1]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), inputs["input_ids"][:, -6:].flatten())


def train_steps(
    model: PreTrainedModel, groups: list[dict], inputs: dict[str, torch.Tensor], *, steps: int = 8
) -> list[float]:
    """So many steps of AdamW; the loss before each."""
    optimizer = torch.optim.AdamW(groups)
    losses = []
    for _ in range(steps):
        loss = step_loss(model, inputs)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def make_family(name: str) -> PreTrainedModel:
    """A model, the same each time, ready to read."""
    kind = AutoModelForCausalLM if name in TEXT_ONLY else AutoModelForImageTextToText
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        model = kind.from_config(FAMILIES[name]())
        for parameter in model.parameters():
            if parameter.ndim > 1:  # larger than transformers' own, so that a change shows
                torch.nn.init.normal_(parameter, std=0.15)
    return model.eval()


def make_inputs(name: str, *, length: int = 16) -> dict[str, torch.Tensor]:
    """Two rows of a picture (where the family reads some) and text."""
    chance = torch.Generator().manual_seed(3)
    ids = torch.randint(3, 99, (2, length), generator=chance)
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if name in TEXT_ONLY or name == "instructblip":
        return inputs
    ids[:, 1:5] = IMAGE
    if name == "qwen2_5_vl":
        pixels = torch.randn(2 * 16, 3 * 2 * 4 * 4, generator=chance)
        inputs |= {"pixel_values": pixels, "image_grid_thw": torch.tensor([[1, 4, 4]] * 2)}
        return inputs | {"mm_token_type_ids": (ids == IMAGE).long()}
    if name == "llava_onevision":
        ids[:, 1:11] = IMAGE
        inputs |= {"pixel_values": torch.randn(2, 2, 3, 16, 16, generator=chance)}
        return inputs | {"image_sizes": torch.tensor([[16, 16]] * 2)}
    if name in ("idefics3", "smolvlm"):
        return inputs | {"pixel_values": torch.randn(2, 1, 3, 16, 16, generator=chance)}
    if name in ("gemma3", "paligemma"):
        inputs |= {"token_type_ids": (ids == IMAGE).long()}
    return inputs | {"pixel_values": torch.randn(2, 3, 16, 16, generator=chance)}
