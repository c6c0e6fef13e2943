"""A reward model: a transformers sequence classifier that gives an instruction and its answer one number, higher for better.

    pair   both texts as two segments, as DeBERTa reward models read them (and MoDS's script gives them)
    chat   the turns in the tokenizer's chat template, as those made of language models read them

`auto` takes the chat template where there is one. The number is the model's logit as it is: of a language model that of the last token, or where its config names a token that fills
rows up, of the last other one, as transformers reads it. What does not fit the model is not cut, and what its chat template refuses is not laid out otherwise: it has no reward, and the reason.

Source: MoDS, Du et al. 2023, arXiv 2311.15653, and its code (CASIA-LM/MoDS): reward-model-deberta-v3-large-v2 on the instruction with its input below, and the output.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import jinja2
import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from sayso.errors import BackendError, ConfigError
from sayso.models.collate import Batch, pad
from sayso.models.generate import by_length

__all__ = ["Layout", "RewardModel", "Turns"]

Layout: TypeAlias = Literal["auto", "pair", "chat"]
Turns: TypeAlias = Sequence[tuple[str, str]]
"""(role, text) of every turn; the last is the assistant's."""
NO_LIMIT = 1 << 20


class RewardModel:
    """The classifier of a folder or hub id.

    Raises:
        ConfigError: there is none, it has several outputs, or its head was never trained.
    """

    def __init__(self, path: str, *, layout: Layout = "auto", batch_size: int = 16, device: str | None = None) -> None:
        self._path, self._batch_size = path, batch_size
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(path)
            self._model, told = AutoModelForSequenceClassification.from_pretrained(path, output_loading_info=True)
        except (ImportError, OSError, ValueError) as error:
            said = " ".join(str(error).split())[:300]
            raise ConfigError(f"reward model {path!r} cannot be loaded: {said}; give a folder or a hub id") from error
        if told["missing_keys"]:
            missing = sorted(told["missing_keys"])[0]
            raise ConfigError(
                f"{path!r} is no reward model: it has no weights for {missing}; give a trained classifier"
            )
        if self._model.config.num_labels != 1:
            raise ConfigError(
                f"{path!r} has {self._model.config.num_labels} outputs, a reward model has one; choose another model"
            )
        self._config = self._model.config.get_text_config()
        self._pad: int | None = self._config.pad_token_id
        self._model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")).eval()
        chat = bool(getattr(self._tokenizer, "chat_template", None))
        self._chat = chat if layout == "auto" else layout == "chat"
        if self._chat and not chat:
            raise ConfigError(f"reward model {path!r} has no chat template for layout: chat; give layout: pair")

    def rewards(self, conversations: Sequence[Turns]) -> list[float | str]:
        """The reward of the last turn of each, or why there is none.

        Raises:
            BackendError: memory does not suffice, or a reward is no number.
        """
        rows = [self._encoded(turns) for turns in conversations]
        found: list[float | str] = [row if isinstance(row, str) else self._refusal(row) for row in rows]
        good = [place for place, refusal in enumerate(found) if not refusal]
        for numbers in by_length([len(rows[place]["input_ids"]) for place in good], batch_size=self._batch_size):
            places = [good[number] for number in numbers]
            for place, value in zip(places, self._read([rows[place] for place in places]), strict=True):
                found[place] = value
        return found

    def _encoded(self, turns: Turns) -> Any:
        if self._chat:
            spoken = [{"role": role, "content": text} for role, text in turns]
            try:
                text = self._tokenizer.apply_chat_template(spoken, tokenize=False)
            except jinja2.TemplateError as error:
                return f"the reward model's chat template refuses it: {error}"
            return self._tokenizer(text, add_special_tokens=False)
        asked = "\n".join(text for role, text in turns[:-1] if role != "system")
        return self._tokenizer(asked, turns[-1][1])

    def _refusal(self, row: Any) -> str:
        room = min(
            self._tokenizer.model_max_length,
            getattr(self._config, "max_position_embeddings", None) or NO_LIMIT,
        )
        length = len(row["input_ids"])
        return f"{length} tokens are more than the reward model's {room}" if length > room else ""

    @torch.inference_mode()
    def _read(self, rows: Sequence[Any]) -> list[float]:
        filler = self._filler(rows)
        if filler is None:
            return [value for row in rows for value in self._read([row])]
        self._config.pad_token_id = filler
        batch = {name: values.to(self._model.device) for name, values in _filled_up(rows, filler).items()}
        try:
            values = self._model(**batch).logits[:, 0].double()
        except torch.OutOfMemoryError as error:
            raise BackendError(f"batch_size {self._batch_size} does not fit into memory; set it lower") from error
        if not bool(values.isfinite().all()):
            raise BackendError(f"reward model {self._path!r} gave {values.tolist()}: its weights are broken")
        rewards: list[float] = values.tolist()
        return rewards

    def _filler(self, rows: Sequence[Any]) -> int | None:
        """What fills rows up to the longest: the token that the config names, else one that none of them has, so that the last one of each is read; None where all are taken."""
        if self._pad is not None or len(rows) == 1:
            return -1 if self._pad is None else self._pad
        used = {token for row in rows for token in row["input_ids"]}
        return next((token for token in range(self._config.vocab_size) if token not in used), None)


def _filled_up(rows: Sequence[Any], filler: int) -> Batch:
    """Rows on the right, whatever the tokenizer says, so that positions count from the first token."""
    return {
        name: pad([np.asarray(row[name]) for row in rows], fill=filler if name == "input_ids" else 0)
        for name in rows[0]
    }
