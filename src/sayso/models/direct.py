"""Models without a chat template: the instruction goes to their processor as it is, the response is given to the decoder.

Florence-2 and InstructBLIP are such. An encoder-decoder reads the instruction in its encoder and predicts the response in its decoder, so the roles of
a sample are split over both sides: `input_ids` and `roles` are those of the decoder, `beside` and `beside_roles` those of the encoder. InstructBLIP over a
language model of one side predicts behind its prompt as others do, but its Q-Former has read the instruction by then, on the way to the image's
features; that is beside too. What was read beside cannot be learned: objectives that weigh instructions are refused (`sayso.train.batches.batch`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.encode import Encoded, Encoder
from sayso.models.roles import ROLE_CODE, token_roles
from sayso.models.vision import LoadImage
from sayso.records import MediaPart, Sample, TextPart

__all__ = ["DirectEncoder", "is_direct", "make_encoder", "start_token"]

NO_LIMIT = 1 << 20
"""Tokens that no conversation has."""


def make_encoder(
    bundle: ModelBundle, *, max_tokens: int = NO_LIMIT, load: LoadImage | None = None, num_cached: int = 16384
) -> Encoder:
    """The encoder that suits a model.

    Raises:
        ConfigError: its tokenizer gives no offsets, or it is an encoder-decoder that does not say what its decoder starts with.
    """
    if is_direct(bundle.model.config, bundle.processor):
        start = start_token(bundle.model) if _has_two_sides(bundle.model.config) else None
        return DirectEncoder(bundle.processor, max_tokens=max_tokens, load=load, num_cached=num_cached, start=start)
    return Encoder(bundle.processor, max_tokens=max_tokens, load=load, num_cached=num_cached)


def is_direct(config: Any, processor: Any) -> bool:
    """Whether a model takes instructions as they are, not in a chat template."""
    return _has_two_sides(config) or getattr(processor, "qformer_tokenizer", None) is not None


def _has_two_sides(config: Any) -> bool:
    text = getattr(config, "text_config", None)
    return bool(getattr(config, "is_encoder_decoder", False) or getattr(text, "is_encoder_decoder", False))


def start_token(model: Any) -> int:
    """What an encoder-decoder's decoder starts with.

    Raises:
        ConfigError: its config does not say.
    """
    configs = (model.config, getattr(model.config, "text_config", None), model.generation_config)
    found = [getattr(config, "decoder_start_token_id", None) for config in configs]
    start = next((token for token in found if token is not None), None)
    if start is None:
        raise ConfigError(
            f"{type(model).__name__} does not say what its decoder starts with; set decoder_start_token_id in its config.json"
        )
    return int(start)


class DirectEncoder(Encoder):
    """Samples of one turn for a model without a chat template; `start` is the first token of a decoder of its own."""

    def __init__(self, processor: Any, *, start: int | None, **options: Any) -> None:
        super().__init__(processor, **options)
        self._start = start

    def encode_batch(
        self,
        samples: Sequence[Sample],
        *,
        images: Sequence[Sequence[Image.Image]] | None = None,
        response: bool = True,
        limit: bool = True,
    ) -> list[Encoded]:
        """Several samples.

        Raises:
            DataError: as for `Encoder`; and a sample is more than one instruction, at most one image and one response.
        """
        given = images if images is not None else [None] * len(samples)
        rows = [self._row(s, some, response=response) for s, some in zip(samples, given, strict=True)]
        for row in rows if limit else ():
            self.check_length(row)
        return rows

    def continuations(self, prompt: Encoded, options: Sequence[str]) -> tuple[int, list[list[int]]]:
        """How many of the prompt's last tokens fuse with a response (none), and the tokens of each option with its end."""
        return 0, [self._response(option)[0] for option in options]

    def _row(self, sample: Sample, images: Sequence[Image.Image] | None, *, response: bool) -> Encoded:
        asked = self._asked(sample)
        made = self._reader.together(asked.text, sample=sample, images=images)
        ids = [int(token) for token in made["input_ids"][0]]
        roles = self._prompt_roles(sample, asked, ids)
        answer = sample.messages[-1].parts if response and sample.messages[-1].role == "assistant" else ()
        more, more_roles = self._response("".join(part.text for part in answer if isinstance(part, TextPart)))
        if not answer:
            more, more_roles = [], more_roles[:0]
        beside = {name: [int(n) for n in made[name][0]] for name in made if name.startswith("qformer_")}
        beside_roles = roles if beside else roles[:0]
        if self._start is not None:
            beside = {"input_ids": ids, "attention_mask": [1] * len(ids), **beside}
            beside_roles, ids = roles, [self._start]
            roles = np.full(1, ROLE_CODE["bos"], dtype=np.uint8)
        all_roles = np.concatenate([roles, more_roles])
        return Encoded(
            id=sample.id,
            input_ids=ids + more,
            roles=all_roles,
            turns=np.zeros(len(all_roles), dtype=np.uint8),
            task=sample.task,
            example=sample.example,
            arrays={name: np.asarray(made[name]) for name in made if name == "pixel_values"},
            beside=beside,
            beside_roles=beside_roles,
            text=asked.text,
        )

    def _asked(self, sample: Sample) -> TextPart:
        """The one text of the one instruction, behind its image."""
        messages = sample.prompt
        shape = [message.role for message in messages]
        parts = [part for message in messages for part in message.parts]
        texts = [part for part in parts if isinstance(part, TextPart)]
        late = any(isinstance(part, MediaPart) for part in parts[1:])
        if shape != ["user"] or len(texts) != 1 or late:
            raise DataError(
                f"sample {sample.id!r} has {', '.join(shape)} with {len(parts) - len(texts)} media; {type(self.processor).__name__} takes one "
                "user turn of one text behind at most one image: leave such samples out, or use a chat model"
            )
        self.check_text(sample, texts[0].text)
        return texts[0]

    def _prompt_roles(self, sample: Sample, asked: TextPart, ids: list[int]) -> NDArray[np.uint8]:
        """The instruction's tokens are found where the processor put them; around them are media and the ends of the sequence."""
        own = self.tokenizer(asked.text, add_special_tokens=False, return_offsets_mapping=True)
        run = own["input_ids"]
        start = next((n for n in range(len(ids) - len(run), -1, -1) if ids[n : n + len(run)] == run), None)
        if start is None:
            raise DataError(
                f"sample {sample.id!r}: {type(self.processor).__name__} does not write {asked.text[:80]!r} as it is; "
                "use an instruction in words, without the model's task tokens"
            )
        roles = np.full(len(ids), ROLE_CODE["role_mark"], dtype=np.uint8)
        roles[:start] = ROLE_CODE["bos"]
        roles[np.asarray(ids) == self.tokenizer.convert_tokens_to_ids(self._facts.media_token)] = ROLE_CODE["media"]
        offsets = np.asarray(own["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        roles[start : start + len(run)] = token_roles(asked.text, role_of_char=_of_chars(asked), offsets=offsets)
        return roles

    def _response(self, text: str) -> tuple[list[int], NDArray[np.uint8]]:
        """The response's tokens and its end; in a decoder of its own with the special tokens that the tokenizer adds in front."""
        made = self.tokenizer(text, add_special_tokens=self._start is not None, return_special_tokens_mask=True)
        ids, eos = list(made["input_ids"]), self.tokenizer.eos_token_id
        if not ids or ids[-1] != eos:
            ids.append(eos)
        added = np.array([*made["special_tokens_mask"], 1], dtype=bool)[: len(ids)]
        roles = np.where(added, ROLE_CODE["bos"], ROLE_CODE["response"]).astype(np.uint8)
        roles[-1] = ROLE_CODE["resp_end"]
        return ids, roles


def _of_chars(part: TextPart) -> NDArray[np.uint8]:
    codes = np.array([ROLE_CODE[span.role] for span in part.spans], dtype=np.uint8)
    return np.repeat(codes, [span.end - span.start for span in part.spans])
