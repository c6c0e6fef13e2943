"""Further model families, built tiny as those of `tiny_families`; all chat templates but Gemma's are ours, in the layout that the family documents."""

from typing import Any

import transformers as hf
from tiny_families import (
    CHATML,
    IDEFICS_VISION,
    SQUARE,
    TEXT_SIZES,
    VISION_SIZES,
    Family,
    bundle,
    family,
    llama,
    make_tokenizer,
    qwen_ids,
    qwen_images,
    qwen_tokenizer,
    trl_template,
    without_video,
    words,
)

COHERE = (
    "{{ bos_token }}{% for m in messages %}{{ '<|START_OF_TURN_TOKEN|>' + {'user': '<|USER_TOKEN|>', 'assistant': '<|CHATBOT_TOKEN|>', 'system': '<|SYSTEM_TOKEN|>'}[m['role']] }}"
    "{{ '<|START_RESPONSE|>' if m['role'] == 'assistant' else '' }}"
    "{% for p in m['content'] %}{{ '<image>' if p['type'] == 'image' else p['text'] }}{% endfor %}"
    "{{ '<|END_RESPONSE|>' if m['role'] == 'assistant' else '' }}<|END_OF_TURN_TOKEN|>{% endfor %}"
    "{% if add_generation_prompt %}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|><|START_RESPONSE|>{% endif %}"
)
DEEPSEEK = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ m['content'][0]['text'] + '\n\n' }}{% else %}"
    "{{ 'User: ' if m['role'] == 'user' else 'Assistant: ' }}"
    "{% for p in m['content'] %}{{ MEDIA if p['type'] == 'image' else p['text'] }}{% endfor %}"
    "{{ '\n\n' if m['role'] == 'user' else eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
IDEFICS2 = (
    "{% for m in messages %}{{ m['role'].capitalize() + (':' if m['content'][0]['type'] == 'image' else ': ') }}"
    "{% for p in m['content'] %}{{ '<image>' if p['type'] == 'image' else p['text'] }}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)


@family
def aya_vision() -> Family:
    """Aya Vision: numbered tiles and a whole image between two tokens, Cohere's turns."""
    marks = ("<|START_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<|SYSTEM_TOKEN|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>")  # fmt: skip
    parts = ("<image>", "<|START_OF_IMG|>", "<|END_OF_IMG|>", "<|IMG_PATCH|>", "TILE_GLOBAL")
    tiles = tuple(f"TILE_{number}" for number in range(1, 13))
    tokenizer = make_tokenizer(*marks, *parts, *tiles, bos="<BOS_TOKEN>", eos="<|END_OF_TURN_TOKEN|>")
    config = hf.AyaVisionConfig(
        vision_config=hf.SiglipVisionConfig(**VISION_SIZES, vision_use_head=False),
        text_config=hf.Cohere2Config(**TEXT_SIZES, **words(tokenizer), sliding_window=64),
        image_token_index=tokenizer.convert_tokens_to_ids("<|IMG_PATCH|>"),
    )
    images = hf.GotOcr2ImageProcessorPil(size=SQUARE, crop_to_patches=True, min_patches=1, max_patches=4)
    processor = hf.AyaVisionProcessor(
        images, tokenizer, patch_size=8, img_size=16, downsample_factor=2, chat_template=COHERE
    )
    made = bundle(hf.AyaVisionForConditionalGeneration, config, processor)
    return Family("Aya Vision", made, "ours (Cohere)", end="<|END_RESPONSE|><|END_OF_TURN_TOKEN|>")


@family
def qwen2_vl() -> Family:
    """Qwen2-VL: as Qwen2.5-VL with another vision tower."""
    tokenizer = qwen_tokenizer()
    config = hf.Qwen2VLConfig(
        vision_config={"depth": 1, "embed_dim": 16, "hidden_size": 16, "mlp_ratio": 2, "num_heads": 2, "patch_size": 4},
        text_config=TEXT_SIZES | words(tokenizer) | {"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}},
        **qwen_ids(tokenizer),
    )  # fmt: skip
    processor = without_video(hf.Qwen2VLProcessor)(
        image_processor=qwen_images(), tokenizer=tokenizer, chat_template=trl_template("qwen2_5_vl")
    )
    made = bundle(hf.Qwen2VLForConditionalGeneration, config, processor)
    return Family("Qwen2-VL", made, "trl:qwen2_5_vl", end="<|im_end|>")


@family
def deepseek_vl() -> Family:
    """DeepSeek-VL: a fixed number of tokens; words that say who speaks."""
    tokenizer = make_tokenizer("<image_placeholder>", extra_special_tokens={"image_token": "<image_placeholder>"})
    config = hf.DeepseekVLConfig(
        vision_config=hf.SiglipVisionConfig(**VISION_SIZES, vision_use_head=False),
        text_config=llama(tokenizer),
        image_token_id=tokenizer.image_token_id,
    )
    images = hf.DeepseekVLImageProcessorPil(size=SQUARE, min_size=8)
    processor = hf.DeepseekVLProcessor(
        images, tokenizer, num_image_tokens=4, chat_template=DEEPSEEK.replace("MEDIA", "'<image_placeholder>\n'")
    )
    return Family("DeepSeek-VL", bundle(hf.DeepseekVLForConditionalGeneration, config, processor), "ours (DeepSeek)")


def idefics2_processor() -> Any:
    """Idefics2's processor, which joins the marks of neighbouring images."""
    tokenizer = make_tokenizer("<fake_token_around_image>", "<image>", "<end_of_utterance>", metaspace=True)
    images = hf.Idefics2ImageProcessorPil(size={"shortest_edge": 16, "longest_edge": 32}, do_image_splitting=False)
    return hf.Idefics2Processor(images, tokenizer, image_seq_len=2, chat_template=IDEFICS2)


@family
def idefics2() -> Family:
    """Idefics2: latents between two marks."""
    processor = idefics2_processor()
    tokenizer = processor.tokenizer
    config = hf.Idefics2Config(
        vision_config=IDEFICS_VISION,
        perceiver_config={"hidden_size": 16, "resampler_n_latents": 2, "resampler_depth": 1, "resampler_n_heads": 2, "resampler_head_dim": 8, "num_key_value_heads": 2},
        text_config=hf.MistralConfig(**TEXT_SIZES, **words(tokenizer), head_dim=8),
        image_token_id=processor.image_token_id,
    )  # fmt: skip
    made = bundle(hf.Idefics2ForConditionalGeneration, config, processor)
    return Family("Idefics2", made, "ours (Idefics2)", end="<end_of_utterance>")


@family
def glm4v() -> Family:
    """GLM-4V: tokens by size as in Qwen-VL."""
    marks = ["<|system|>", "<|user|>", "<|assistant|>", "<|begin_of_image|>", "<|image|>", "<|end_of_image|>", "<|video|>", "<|begin_of_video|>", "<|end_of_video|>"]  # fmt: skip
    tokenizer = make_tokenizer(*marks, bos=None, eos="<|user|>", pad="<|endoftext|>")
    ids = dict(zip(("image_start_token_id", "image_token_id", "image_end_token_id", "video_token_id", "video_start_token_id", "video_end_token_id"), tokenizer.convert_tokens_to_ids(marks[3:]), strict=True))  # fmt: skip
    config = hf.Glm4vConfig(
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "patch_size": 4, "image_size": 32, "out_hidden_size": 16},
        text_config=TEXT_SIZES | words(tokenizer) | {"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4, "partial_rotary_factor": 1.0}},
        **ids,
    )  # fmt: skip
    images = hf.Glm4vImageProcessorPil(
        size={"shortest_edge": 16 * 16, "longest_edge": 32 * 32}, patch_size=4, temporal_patch_size=2, merge_size=2
    )
    template = (
        "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' }}"
        "{% for p in m['content'] %}{{ '<|begin_of_image|><|image|><|end_of_image|>' if p['type'] == 'image' else p['text'] }}{% endfor %}"
        "{{ '<|endoftext|>' if m['role'] == 'assistant' else '' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
    )
    processor = without_video(hf.Glm4vProcessor)(image_processor=images, tokenizer=tokenizer, chat_template=template)
    made = bundle(hf.Glm4vForConditionalGeneration, config, processor)
    return Family("GLM-4V", made, "ours (GLM)", end="<|endoftext|>")


@family
def gemma4() -> Family:
    """Gemma 4: soft tokens by size."""
    named = {"boi_token": "<|image>", "eoi_token": "<image|>", "image_token": "<|image|>"}
    named |= {"boa_token": "<|audio>", "eoa_token": "<audio|>", "audio_token": "<|audio|>"}
    tokenizer = make_tokenizer(
        "<|turn>", "<turn|>", "<|channel>", "<channel|>", "<|think|>", "<|video|>", metaspace=True, bos="<bos>", eos="<eos>", extra_special_tokens=named,
    )  # fmt: skip
    config = hf.Gemma4Config(
        text_config=TEXT_SIZES | words(tokenizer) | {"head_dim": 8, "global_head_dim": 8, "sliding_window": 64, "vocab_size_per_layer_input": len(tokenizer) + 8, "hidden_size_per_layer_input": 4, "layer_types": ["full_attention"]},
        vision_config={"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "patch_size": 4, "pooling_kernel_size": 2, "position_embedding_size": 64},
        audio_config=None,
        image_token_id=tokenizer.image_token_id,
        boi_token_id=tokenizer.boi_token_id,
        eoi_token_id=tokenizer.eoi_token_id,
    )  # fmt: skip
    images = hf.Gemma4ImageProcessorPil(patch_size=4, pooling_kernel_size=2, max_soft_tokens=70)
    processor = without_video(hf.Gemma4Processor)(
        feature_extractor=hf.Gemma4AudioFeatureExtractor(), image_processor=images, tokenizer=tokenizer, video_processor=None, chat_template=trl_template("gemma4")
    )  # fmt: skip
    made = bundle(hf.Gemma4ForConditionalGeneration, config, processor)
    return Family("Gemma 4", made, "trl:gemma4", end="<turn|>")


def ovis2_processor() -> Any:
    """Ovis 2's processor, which fails where no tensors are asked for."""
    marks = ("<IMG_ATOM>", "<IMG_START>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>", "<IMG_END>")
    tokenizer = make_tokenizer("<|im_start|>", "<image>", *marks, bos=None, eos="<|im_end|>")
    images = hf.Ovis2ImageProcessorPil(size=SQUARE)
    return hf.Ovis2Processor(images, tokenizer, chat_template=CHATML.replace("MEDIA", "'<image>\n'"))
