"""A small tokenizer learned from the texts at hand: whole words, numbers below 100 and punctuation are single tokens.

Byte-level BPE over words that carry their leading space, so that any text can be written and " red" is one token wherever
it stands. The chat template puts a space before every text for the same reason. Case and whitespace are kept.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

__all__ = ["CHAT_TEMPLATE", "IMAGE_TOKEN", "train_tokenizer"]

IMAGE_TOKEN = "<image>"
PAD, BOS, EOS = "<|pad|>", "<|bos|>", "<|end|>"
SPECIAL = (PAD, BOS, EOS, "<|system|>", "<|user|>", "<|assistant|>", IMAGE_TOKEN)
WORDS = r" ?\d{1,2}| ?[^\W\d_]+| ?[^\s\w]|_|\s+(?!\S)|\s"

CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' }}"
    "{% if message['content'] is string %}{{ ' ' + message['content'] }}{% else %}"
    "{% for part in message['content'] if part['type'] == 'image' %}<image>{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ ' ' + part['text'] }}{% endfor %}"
    "{% endif %}"
    "{{ eos_token }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""Roles as single tokens, images before text, every turn closed by the end token."""


def train_tokenizer(texts: Iterable[str], *, vocab_size: int) -> PreTrainedTokenizerFast:
    """A fast tokenizer of at most `vocab_size` tokens, the 256 bytes and the special tokens included."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(chain(_numbers(), (" " + text for text in texts)), trainer=trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        additional_special_tokens=list(SPECIAL[3:]),
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def _numbers() -> Iterator[str]:
    """Every number below 100, with and without a leading space, often enough to become one token each."""
    for number in range(100):
        yield from [f" {number}", f",{number}"] * 50
