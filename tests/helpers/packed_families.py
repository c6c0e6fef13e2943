"""Models of several families with a few thousand parameters, and made-up conversations of random tokens that they can read.

Token IMAGE stands for a piece of a picture. Weights are drawn wide (0.2), so that what a model says depends on all it reads.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    InternVLConfig,
    InternVLForConditionalGeneration,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PreTrainedModel,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
)

from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.train.batches.batch import make_batch
from sayso.train.objectives import objectives

IMAGE, VIDEO, START = 7, 8, 9
PAD = 0
WORDS = range(10, 60)
TEXT: dict[str, Any] = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 2, "head_dim": 16, "pad_token_id": PAD, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
VISION: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28, "patch_size": 7,
}  # fmt: skip
QWEN_VISION: dict[str, Any] = {
    "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32, "patch_size": 14,
}  # fmt: skip
IDS = {"image_token_id": IMAGE, "video_token_id": VIDEO, "vision_start_token_id": START}
SLIDING = {"sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"]}
TOKENS_PER_IMAGE = 4

make = partial(make_batch, pad_token_id=PAD, weigh=objectives.build("response_only", {}).weigh)


def widen(model: PreTrainedModel) -> PreTrainedModel:
    chance = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1 or name.endswith("bias"):
                parameter.normal_(std=0.2 if parameter.ndim > 1 else 0.02, generator=chance)
    return model.eval()


def text_model(kind: str, *, attention: str | None = None, **options: Any) -> PreTrainedModel:
    """A decoder of `kind` without pictures."""
    config = AutoConfig.for_model(kind, **{**TEXT, **options})
    extra = {} if attention is None else {"attn_implementation": attention}
    return widen(AutoModelForCausalLM.from_config(config, **extra))


def qwen2_5_vl() -> PreTrainedModel:
    text = {**TEXT, "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e4}}
    vision = {**QWEN_VISION, "window_size": 56, "fullatt_block_indexes": [1]}
    return widen(Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=vision, **IDS)))


def qwen3_vl() -> PreTrainedModel:
    text = {**TEXT, "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e4}}
    vision = {**QWEN_VISION, "num_position_embeddings": 16, "deepstack_visual_indexes": [0, 1]}
    return widen(Qwen3VLForConditionalGeneration(Qwen3VLConfig(text_config=text, vision_config=vision, **IDS)))


def gemma3() -> PreTrainedModel:
    options = {"mm_tokens_per_image": 4, "image_token_id": IMAGE, "boi_token_id": VIDEO, "eoi_token_id": START}
    return widen(
        Gemma3ForConditionalGeneration(Gemma3Config(text_config={**TEXT, **SLIDING}, vision_config=VISION, **options))
    )


def paligemma() -> PreTrainedModel:
    vision = {**VISION, "model_type": "siglip_vision_model", "image_size": 14, "projection_dim": 32}
    text = {**TEXT, "model_type": "gemma"}
    config = PaliGemmaConfig(text_config=text, vision_config=vision, image_token_index=IMAGE, projection_dim=32)
    return widen(PaliGemmaForConditionalGeneration(config))


def idefics3() -> PreTrainedModel:
    text = {**TEXT, "model_type": "llama"}
    config = Idefics3Config(text_config=text, vision_config=VISION, image_token_id=IMAGE, scale_factor=2)
    return widen(Idefics3ForConditionalGeneration(config))


def internvl() -> PreTrainedModel:
    text = {**TEXT, "model_type": "qwen2"}
    vision = {**VISION, "image_size": [28, 28], "patch_size": [7, 7]}
    options = {"image_token_id": IMAGE, "image_seq_length": TOKENS_PER_IMAGE, "downsample_ratio": 0.5}
    return widen(InternVLForConditionalGeneration(InternVLConfig(text_config=text, vision_config=vision, **options)))


WITH_PICTURES: dict[str, Callable[[], PreTrainedModel]] = {
    one.__name__: one for one in (qwen2_5_vl, qwen3_vl, gemma3, paligemma, idefics3, internvl)
}


def conversation(kind: str, *, words: int, images: int, seed: int) -> Encoded:
    """`images` pictures, `words` tokens, of which the last third is the response."""
    chance = np.random.default_rng(seed)
    ids, roles = [], []
    for _ in range(images):
        ids += [START, *[IMAGE] * TOKENS_PER_IMAGE]
        roles += [ROLE_CODE["media_sep"], *[ROLE_CODE["media"]] * TOKENS_PER_IMAGE]
    ids += chance.choice(WORDS, words).tolist()
    num_targets = max(1, words // 3)
    roles += [ROLE_CODE["instr"]] * (words - num_targets) + [ROLE_CODE["response"]] * num_targets
    return Encoded(
        id=f"{kind}/{seed}",
        input_ids=ids,
        roles=np.array(roles, dtype=np.uint8),
        task="toy",
        example=str(seed),
        arrays=_pixels(kind, images, chance) if images else {},
        per_token=_per_token(kind, ids, roles),
    )


def _pixels(kind: str, images: int, chance: np.random.Generator) -> dict[str, np.ndarray]:
    if kind.startswith("qwen"):
        patches = chance.standard_normal((16 * images, 3 * 2 * 14 * 14)).astype(np.float32)
        return {"pixel_values": patches, "image_grid_thw": np.array([[1, 4, 4]] * images)}
    side = {"paligemma": 14, "tiny": 48}.get(kind, 28)
    shape = (1, images, 3, side, side) if kind == "idefics3" else (images, 3, side, side)
    return {"pixel_values": chance.standard_normal(shape).astype(np.float32)}


def _per_token(kind: str, ids: list[int], roles: list[int]) -> dict[str, list[int]]:
    if kind.startswith("qwen"):
        return {"mm_token_type_ids": [int(one == IMAGE) for one in ids]}
    if kind == "gemma3":
        return {"token_type_ids": [int(one == IMAGE) for one in ids]}
    if kind == "paligemma":
        return {"token_type_ids": [int(role == ROLE_CODE["response"]) for role in roles]}
    return {}
