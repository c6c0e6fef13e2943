"""How much a row costs of a budget in tokens: those of the scoring model's tokenizer, or words where there is none. Pictures cost nothing here."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from sayso.config import PluginConfig
from sayso.data.scorers import Trained
from sayso.records import Sample

__all__ = ["cost_of"]

TOKENIZER = "tokenizer.json"


def cost_of(scorers: Iterable[PluginConfig], *, trained: Sequence[Trained]) -> Callable[[Sample], int]:
    """A function that counts what a sample costs, by the first model that a scorer names, else the last trained one, else in words."""
    for folder in [*_named(scorers), *(one.model for one in reversed(trained))]:
        if (folder / TOKENIZER).is_file():
            return _in_tokens(folder / TOKENIZER)
    return _in_words


def _named(scorers: Iterable[PluginConfig]) -> Iterable[Path]:
    for scorer in scorers:
        model: Any = scorer.options.get("model")
        path = model.get("path") if isinstance(model, dict) else model
        if isinstance(path, str):
            yield Path(path)


def _in_words(sample: Sample) -> int:
    return sum(len(message.text.split()) for message in sample.messages)


def _in_tokens(path: Path) -> Callable[[Sample], int]:
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(path))

    def count(sample: Sample) -> int:
        texts = [message.text for message in sample.messages]
        return sum(len(one.ids) for one in tokenizer.encode_batch(texts, add_special_tokens=False))

    return count
