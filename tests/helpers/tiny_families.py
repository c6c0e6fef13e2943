"""Model families built tiny from their configs: real classes, a tokenizer trained on a few texts, PIL image processors.

Chat templates come from TRL's wheel where it has them (`trl:NAME`, read there and never copied); `ours` marks a template that we wrote in the
layout that the family's documentation shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedModel, PreTrainedTokenizerFast, ProcessorMixin

from sayso.models._protocol import ModelBundle

TEXTS = [
    "Be good. How many red or blue circles are there? Choose: one||two||none",
    "two red circles are in it, USER",
] * 3
TEXT_SIZES = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}
VISION_SIZES = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
}
SQUARE = {"height": 16, "width": 16}


@dataclass(frozen=True)
class Family:
    """A tiny model of one family; `end` closes its responses, `max_images` is what a conversation may have, none where it reads text alone."""

    name: str
    bundle: ModelBundle
    template: str
    end: str = "</s>"
    max_images: int = 3


FAMILIES: dict[str, Callable[[], Family]] = {}


def family(make: Callable[[], Family]) -> Callable[[], Family]:
    FAMILIES[make.__name__] = cache(make)
    return FAMILIES[make.__name__]


def trl_templates() -> Path | None:
    """The folder of chat templates in TRL's wheel, if it is installed; TRL itself is not imported."""
    spec = find_spec("trl")
    return spec and Path(spec.submodule_search_locations[0]) / "chat_templates"


def trl_template(name: str) -> str:
    folder = trl_templates()
    if folder is None:
        import pytest

        pytest.skip("trl is not installed; type: pip install --no-deps trl==1.16.0")
    return (folder / f"{name}.jinja").read_text()


def make_tokenizer(
    *special: str,
    metaspace: bool = False,
    bos: str | None = "<s>",
    eos: str = "</s>",
    pad: str = "<pad>",
    **options: Any,
) -> PreTrainedTokenizerFast:
    """Byte-level BPE as GPT-2's descendants have it, or SentencePiece's way with a dummy space in front, as Llama 2 and Gemma do."""
    names = list(
        dict.fromkeys(
            [pad, "<unk>", *([bos] if bos else []), eos, *special, *_tokens_in(options.get("extra_special_tokens"))]
        )
    )
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True) if metaspace else models.BPE())
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
        alphabet = [chr(code) for code in range(32, 127)] + ["▁", "\n"]
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400 + len(names), special_tokens=names, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer=trainer)
    if metaspace:  # as SentencePiece's own are converted: no cutting at spaces, marks put in by the normalizer
        tokenizer.pre_tokenizer = None
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        eos_token=eos,
        pad_token=pad,
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
        **options,
    )


def _tokens_in(named: dict[str, str] | None) -> list[str]:
    return list((named or {}).values())


def bundle(kind: type[PreTrainedModel], config: Any, processor: Any) -> ModelBundle:
    """An untrained model with the processor's special tokens."""
    tokenizer = getattr(processor, "tokenizer", processor)
    torch.manual_seed(0)
    model = kind(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return ModelBundle(model=model, processor=processor)


def words(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    """What a text config says about a vocabulary."""
    return {
        "vocab_size": len(tokenizer) + 8,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


def llama(tokenizer: PreTrainedTokenizerFast) -> hf.LlamaConfig:
    return hf.LlamaConfig(**TEXT_SIZES, **words(tokenizer))


def qwen2(tokenizer: PreTrainedTokenizerFast) -> hf.Qwen2Config:
    return hf.Qwen2Config(**TEXT_SIZES, **words(tokenizer))


VICUNA = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ m['content'][0]['text'] + ' ' }}"
    "{% else %}{{ 'USER: ' if m['role'] == 'user' else 'ASSISTANT: ' }}"
    "{% for p in m['content'] if p['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for p in m['content'] if p['type'] == 'text' %}{{ p['text'] }}{% endfor %}"
    "{{ ' ' if m['role'] == 'user' else eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{% for p in m['content'] %}{{ MEDIA if p['type'] == 'image' else p['text'] }}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@family
def llava() -> Family:
    """LLaVA-1.5: CLIP and Vicuna; the tokenizer adds the bos that the template lacks."""
    tokenizer = make_tokenizer("<image>", metaspace=True)
    config = hf.LlavaConfig(
        vision_config=hf.CLIPVisionConfig(**VISION_SIZES),
        text_config=llama(tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=4,
        vision_feature_layer=-1,
    )
    images = hf.CLIPImageProcessorPil(size=SQUARE, crop_size=SQUARE, do_center_crop=False)
    processor = hf.LlavaProcessor(
        image_processor=images, tokenizer=tokenizer, patch_size=8, vision_feature_select_strategy="default", num_additional_image_tokens=1, chat_template=VICUNA,
    )  # fmt: skip
    return Family("LLaVA", bundle(hf.LlavaForConditionalGeneration, config, processor), "ours (Vicuna)")


@family
def llava_next() -> Family:
    """LLaVA-NeXT: tiles by aspect ratio, Mistral's brackets."""
    tokenizer = make_tokenizer("<image>", metaspace=True)
    grid = [[16, 32], [32, 16], [32, 32]]
    config = hf.LlavaNextConfig(
        vision_config=hf.CLIPVisionConfig(**VISION_SIZES),
        text_config=llama(tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grid,
        vision_feature_layer=-1,
        image_seq_length=4,
    )
    images = hf.LlavaNextImageProcessorPil(size={"shortest_edge": 16}, crop_size=SQUARE, image_grid_pinpoints=grid)
    processor = hf.LlavaNextProcessor(
        image_processor=images, tokenizer=tokenizer, patch_size=8, vision_feature_select_strategy="default", num_additional_image_tokens=1, chat_template=trl_template("llava_next"),
    )  # fmt: skip
    made = bundle(hf.LlavaNextForConditionalGeneration, config, processor)
    return Family("LLaVA-NeXT", made, "trl:llava_next")


def without_video(kind: type[ProcessorMixin]) -> type[ProcessorMixin]:
    """The processor with no video processor in it: transformers' need torchvision even where no video is ever read."""

    class WithoutVideo(kind):
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument_name != "video_processor":
                super().check_argument_for_proper_class(argument_name, argument)

    WithoutVideo.__name__ = kind.__name__
    return WithoutVideo


@family
def llava_onevision() -> Family:
    """LLaVA-OneVision: SigLIP tiles for one image, one tile for each of several; Qwen2."""
    tokenizer = make_tokenizer("<|im_start|>", "<image>", "<video>", bos=None, eos="<|im_end|>")
    grid = [[16, 16], [16, 32], [32, 16], [32, 32]]
    config = hf.LlavaOnevisionConfig(
        vision_config=hf.SiglipVisionConfig(**VISION_SIZES, vision_use_head=False),
        text_config=qwen2(tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grid,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
    )
    images = hf.LlavaOnevisionImageProcessorPil(size=SQUARE, image_grid_pinpoints=grid)
    processor = without_video(hf.LlavaOnevisionProcessor)(
        image_processor=images, tokenizer=tokenizer, video_processor=None, num_image_tokens=4, vision_feature_select_strategy="full", chat_template=CHATML.replace("MEDIA", "'<image>\n'"),
    )  # fmt: skip
    made = bundle(hf.LlavaOnevisionForConditionalGeneration, config, processor)
    return Family("LLaVA-OneVision", made, "ours (ChatML)", end="<|im_end|>")


def qwen_tokenizer() -> PreTrainedTokenizerFast:
    vision = [f"<|{name}|>" for name in ("im_start", "vision_start", "vision_end", "image_pad", "video_pad")]
    return make_tokenizer(*vision, "<think>", "</think>", bos=None, eos="<|im_end|>", pad="<|endoftext|>")


def qwen_images() -> Any:
    return hf.Qwen2VLImageProcessorPil(
        size={"shortest_edge": 16 * 16, "longest_edge": 32 * 32}, patch_size=4, temporal_patch_size=2, merge_size=2
    )


def qwen_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    names = {"image_token_id": "image_pad", "video_token_id": "video_pad", "vision_start_token_id": "vision_start", "vision_end_token_id": "vision_end"}  # fmt: skip
    return {name: tokenizer.convert_tokens_to_ids(f"<|{token}|>") for name, token in names.items()}


@family
def qwen2_5_vl() -> Family:
    """Qwen2.5-VL: tokens by image size, positions in time, height and width; a default system prompt."""
    tokenizer = qwen_tokenizer()
    config = hf.Qwen2_5_VLConfig(
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "patch_size": 4, "out_hidden_size": 16, "window_size": 16, "fullatt_block_indexes": [0]},
        text_config=TEXT_SIZES | words(tokenizer) | {"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}},
        **qwen_ids(tokenizer),
    )  # fmt: skip
    processor = without_video(hf.Qwen2_5_VLProcessor)(
        image_processor=qwen_images(), tokenizer=tokenizer, chat_template=trl_template("qwen2_5_vl")
    )
    made = bundle(hf.Qwen2_5_VLForConditionalGeneration, config, processor)
    return Family("Qwen2.5-VL", made, "trl:qwen2_5_vl", end="<|im_end|>")


@family
def qwen3_vl() -> Family:
    """Qwen3-VL: as Qwen2.5-VL, with features put into deeper layers."""
    tokenizer = qwen_tokenizer()
    config = hf.Qwen3VLConfig(
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "patch_size": 4, "out_hidden_size": 16, "num_position_embeddings": 16, "deepstack_visual_indexes": [0]},
        text_config=TEXT_SIZES | words(tokenizer) | {"head_dim": 8, "rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 1e4}},
        **qwen_ids(tokenizer),
    )  # fmt: skip
    processor = without_video(hf.Qwen3VLProcessor)(
        image_processor=qwen_images(), tokenizer=tokenizer, chat_template=trl_template("qwen3_vl")
    )
    return Family(
        "Qwen3-VL", bundle(hf.Qwen3VLForConditionalGeneration, config, processor), "trl:qwen3_vl", end="<|im_end|>"
    )


def idefics_tokenizer(**options: Any) -> PreTrainedTokenizerFast:
    tiles = [f"<row_{row}_col_{col}>" for row in range(1, 5) for col in range(1, 5)]
    return make_tokenizer(
        "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>", *tiles, **options
    )


IDEFICS_VISION = VISION_SIZES | {"hidden_act": "gelu"}


def idefics_images(kind: Any) -> Any:
    return kind(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})


@family
def idefics3() -> Family:
    """Idefics3: an image as tiles with their row and column, a line for each row, and the whole image."""
    tokenizer = idefics_tokenizer(bos="<|begin_of_text|>", eos="<|end_of_text|>")
    config = hf.Idefics3Config(
        vision_config=IDEFICS_VISION,
        text_config=llama(tokenizer),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    processor = hf.Idefics3Processor(
        idefics_images(hf.Idefics3ImageProcessorPil), tokenizer, image_seq_len=1, chat_template=trl_template("idefics3")
    )
    return Family(
        "Idefics3",
        bundle(hf.Idefics3ForConditionalGeneration, config, processor),
        "trl:idefics3",
        end="<end_of_utterance>",
    )


@family
def smolvlm() -> Family:
    """SmolVLM: as Idefics3; its processor wants num2words."""
    if find_spec("num2words") is None:
        import pytest

        pytest.skip("SmolVLM's processor needs num2words; type: pip install num2words")
    tokenizer = idefics_tokenizer(bos="<|im_start|>", eos="<|im_end|>")
    config = hf.SmolVLMConfig(
        vision_config=IDEFICS_VISION,
        text_config=llama(tokenizer),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    processor = without_video(hf.SmolVLMProcessor)(
        idefics_images(hf.SmolVLMImageProcessorPil),
        tokenizer,
        SimpleNamespace(num_frames=1, fps=1),
        image_seq_len=1,
        chat_template=trl_template("smolvlm"),
    )
    return Family(
        "SmolVLM",
        bundle(hf.SmolVLMForConditionalGeneration, config, processor),
        "trl:smolvlm",
        end="<end_of_utterance>",
    )


@family
def gemma3() -> Family:
    """Gemma 3: SigLIP; images with blank lines around them and read in both directions; system text inside the user's turn."""
    named = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = make_tokenizer(
        "<start_of_turn>", "<end_of_turn>", metaspace=True, bos="<bos>", eos="<eos>", extra_special_tokens=named
    )
    text = hf.Gemma3TextConfig(**TEXT_SIZES, **words(tokenizer), head_dim=8, sliding_window=64)
    config = hf.Gemma3Config(
        text_config=text,
        vision_config=hf.SiglipVisionConfig(**VISION_SIZES, vision_use_head=False),
        mm_tokens_per_image=4,
        image_token_index=tokenizer.image_token_id,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
    )
    images = hf.Gemma3ImageProcessorPil(size=SQUARE)
    processor = hf.Gemma3Processor(images, tokenizer, image_seq_length=4, chat_template=trl_template("gemma3"))
    return Family(
        "Gemma 3", bundle(hf.Gemma3ForConditionalGeneration, config, processor), "trl:gemma3", end="<end_of_turn>"
    )


@family
def internvl() -> Family:
    """InternVL: tiles and a thumbnail between img tags."""
    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = make_tokenizer("<|im_start|>", bos=None, eos="<|im_end|>", extra_special_tokens=named)
    vision = VISION_SIZES | {"image_size": [16, 16], "patch_size": [4, 4]}
    config = hf.InternVLConfig(
        vision_config=vision,
        text_config=qwen2(tokenizer),
        image_token_id=tokenizer.context_image_token_id,
        image_seq_length=4,
    )
    images = hf.GotOcr2ImageProcessorPil(size=SQUARE, crop_to_patches=True, min_patches=1, max_patches=4)
    processor = without_video(hf.InternVLProcessor)(
        images, tokenizer, None, image_seq_length=4, chat_template=CHATML.replace("MEDIA", "'<IMG_CONTEXT>\n'")
    )
    return Family(
        "InternVL", bundle(hf.InternVLForConditionalGeneration, config, processor), "ours (ChatML)", end="<|im_end|>"
    )


@family
def llama_text() -> Family:
    """Llama 3, text alone."""
    tokens = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    tokenizer = make_tokenizer(
        *tokens, bos="<|begin_of_text|>", eos="<|end_of_text|>", chat_template=trl_template("llama3")
    )
    return Family(
        "Llama 3",
        bundle(hf.LlamaForCausalLM, llama(tokenizer), tokenizer),
        "trl:llama3",
        end="<|eot_id|>",
        max_images=0,
    )


@family
def qwen_text() -> Family:
    """Qwen 2.5, text alone."""
    tokenizer = qwen_tokenizer()
    tokenizer.chat_template = trl_template("qwen2_5")
    return Family(
        "Qwen2.5",
        bundle(hf.Qwen2ForCausalLM, qwen2(tokenizer), tokenizer),
        "trl:qwen2_5",
        end="<|im_end|>",
        max_images=0,
    )


@family
def florence2() -> Family:
    """Florence-2: DaViT and BART; an encoder-decoder without a chat template."""
    tokenizer = make_tokenizer("<image>", extra_special_tokens={"image_token": "<image>"})
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    config = hf.Florence2Config(
        vision_config={"embed_dim": [8, 16], "depths": [1, 1], "num_heads": [2, 2], "num_groups": [2, 2], "patch_size": [7, 3], "patch_stride": [4, 2], "patch_padding": [3, 1], "patch_prenorm": [False, True], "window_size": 2, "projection_dim": 16},
        text_config=hf.BartConfig(**words(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, decoder_start_token_id=eos, forced_eos_token_id=eos),
        image_token_id=tokenizer.image_token_id,
    )  # fmt: skip
    images = hf.CLIPImageProcessorPil(size=SQUARE, crop_size=SQUARE, do_center_crop=False)
    images.image_seq_length = 5  # 2 x 2 places and their mean
    made = bundle(hf.Florence2ForConditionalGeneration, config, hf.Florence2Processor(images, tokenizer))
    return Family("Florence-2", made, "none: the processor's own layout", max_images=1)


def instructblip(text_config: Any, tokenizer: PreTrainedTokenizerFast, name: str) -> Family:
    reader = make_tokenizer(bos=None)
    images = hf.BlipImageProcessorPil(size=SQUARE)
    processor = hf.InstructBlipProcessor(images, tokenizer, reader, num_query_tokens=3)
    config = hf.InstructBlipConfig(
        vision_config=VISION_SIZES,
        qformer_config={"vocab_size": len(reader), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "encoder_hidden_size": 16},
        text_config=text_config,
        num_query_tokens=3,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )  # fmt: skip
    made = bundle(hf.InstructBlipForConditionalGeneration, config, processor)
    return Family(name, made, "none: the processor's own layout", max_images=1)


@family
def instructblip_t5() -> Family:
    """InstructBLIP over Flan-T5: the Q-Former and the encoder read the instruction."""
    tokenizer = make_tokenizer("<image>", metaspace=True, bos=None)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", tokenizer.eos_token_id)]
    )
    config = hf.T5Config(vocab_size=len(tokenizer) + 8, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=tokenizer.pad_token_id, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)  # fmt: skip
    return instructblip(config, tokenizer, "InstructBLIP (T5)")


@family
def instructblip_vicuna() -> Family:
    """InstructBLIP over Vicuna: one side, but the Q-Former has read the instruction."""
    tokenizer = make_tokenizer("<image>", metaspace=True)
    return instructblip(llama(tokenizer), tokenizer, "InstructBLIP (Vicuna)")


def paligemma_processor() -> ProcessorMixin:
    """PaliGemma's processor, which writes text of its own."""
    images = hf.SiglipImageProcessorPil(size=SQUARE)
    images.image_seq_length = 4
    tokenizer = make_tokenizer("<image>", metaspace=True, extra_special_tokens={"image_token": "<image>"})
    return hf.PaliGemmaProcessor(images, tokenizer, chat_template=VICUNA)


def mllama_processor() -> ProcessorMixin:
    """Llama 3.2 Vision's processor, which masks images token by token."""
    images = hf.MllamaImageProcessorPil(size=SQUARE, max_image_tiles=1)
    return hf.MllamaProcessor(images, make_tokenizer("<|image|>"), chat_template=VICUNA.replace("<image>", "<|image|>"))
