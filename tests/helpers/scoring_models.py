"""Tiny models that score, made from their configs and saved in folders: a language model whose tokenizer knows digits, a reward model, a dual encoder."""

from pathlib import Path

import torch
import transformers as hf
from tiny_families import SQUARE, TEXT_SIZES, VISION_SIZES, make_tokenizer
from tokenizers import processors
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from sayso.models.vocabulary import train_tokenizer

WORDS = [
    "Name the color of the circle. Rating: 1 2 3 4 5 6",
    "A red circle, two blue squares, 7 8 9 0.",
    "What is it?",
] * 3


def save_rater(folder: Path, *, words: list[str] = WORDS, vocab_size: int = 400) -> Path:
    """A Llama of two layers with a chat template."""
    tokenizer = train_tokenizer(words, vocab_size=vocab_size)
    config = hf.LlamaConfig(
        **TEXT_SIZES | {"num_hidden_layers": 2},
        vocab_size=len(tokenizer),
        max_position_embeddings=4096,
        initializer_range=0.5,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return _save(hf.LlamaForCausalLM, config, tokenizer, folder)


def save_reward(folder: Path, *, chat: bool = False, num_labels: int = 1, positions: int = 256) -> Path:
    """A classifier of pairs: of BERT's kind, or a Llama with a chat template."""
    if chat:
        tokenizer = train_tokenizer(WORDS, vocab_size=400)
        sizes = {"vocab_size": len(tokenizer), "max_position_embeddings": positions, "initializer_range": 0.5}
        config = hf.LlamaConfig(**TEXT_SIZES, **sizes, num_labels=num_labels, pad_token_id=tokenizer.pad_token_id)
        return _save(hf.LlamaForSequenceClassification, config, tokenizer, folder)
    tokenizer = make_tokenizer()
    config = hf.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=positions,
        initializer_range=0.5,
        num_labels=num_labels,
        pad_token_id=tokenizer.pad_token_id,
    )
    return _save(hf.BertForSequenceClassification, config, tokenizer, folder)


def save_dual_encoder(folder: Path, *, positions: int = 40) -> Path:
    """A CLIP of one layer a side."""
    tokenizer = make_tokenizer()
    ends = [("<s>", tokenizer.bos_token_id), ("</s>", tokenizer.eos_token_id)]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=ends
    )
    text = {
        **TEXT_SIZES,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": positions,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    text.pop("num_key_value_heads")
    config = hf.CLIPConfig(text_config=text, vision_config=VISION_SIZES, projection_dim=8, initializer_factor=20.0)
    images = CLIPImageProcessorPil(size=SQUARE, crop_size=SQUARE, do_center_crop=False)
    processor = hf.CLIPProcessor(image_processor=images, tokenizer=tokenizer)
    return _save(hf.CLIPModel, config, processor, folder)


def _save(kind, config, processor, folder: Path) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        kind(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
