"""A transformers model in this process: a causal one, or one that sees images, by folder or hub id.

    {name: local, path: owner/name-instruct, batch_size: 16}

Requests are answered in batches of equal length, nearly, with the model's chat template, or as a plain `User: ... Assistant:` where it has none. Sampling is
our own: each request draws its noise from its own seed (the Gumbel-max trick, which is exact sampling), so a reply does not depend on what else
is in the batch, up to the rounding of floating-point sums, which another batch shape may change: seldom in float32, now and then in
bfloat16. Remote code of a repository is never run.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from sayso.artifacts import fingerprint
from sayso.errors import BackendError, ConfigError, DataError
from sayso.lm._protocol import Answered, Reply, Request, language_models
from sayso.lm.conversation import image_bytes, image_hash, turns
from sayso.records import Media, MediaPart, TextPart
from sayso.seeds import derive

__all__ = ["Local"]

WEIGHTS = ("*.safetensors", "*.json", "*.jinja")
WINDOW = 256
NEXT_TURN = "\nUser:"


class OwnNoise(LogitsProcessor):  # type: ignore[misc]
    """Makes the largest score of each row a draw from that row's distribution, with noise of its own."""

    def __init__(self, requests: Sequence[Request], texts: Sequence[str]) -> None:
        self._rows = [
            (row, one, torch.Generator().manual_seed(derive("sample", one.seed, one.number, text) % 2**63))
            for row, (one, text) in enumerate(zip(requests, texts, strict=True))
            if one.temperature > 0
        ]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        scores = scores.float()
        for row, one, generator in self._rows:
            logits = _nucleus(scores[row] / one.temperature, one.top_p)
            noise = torch.empty(logits.shape, dtype=torch.float32).exponential_(generator=generator).log()
            scores[row] = logits - noise.to(logits.device)
        return scores


@language_models.register("local")
@dataclass(frozen=True, kw_only=True)
class Local:
    """A model to load when it is first asked; options of a recipe.

    Raises:
        ConfigError: a size is not positive.
    """

    path: str
    batch_size: int = 16
    dtype: str = "auto"
    device: str | None = None
    """By itself the first GPU, where there is one."""

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ConfigError(f"batch_size {self.batch_size} must be at least 1")

    @property
    def name(self) -> str:
        """The hub id, or the folder's own name."""
        return Path(self.path).resolve().name if Path(self.path).is_dir() else self.path

    @cached_property
    def identity(self) -> list[Any]:
        """What of the model the replies depend on: the files of a folder, or the commit of a hub id.

        Raises:
            ConfigError: there is no such model.
        """
        if Path(self.path).is_dir():
            files = sorted({path for pattern in WEIGHTS for path in Path(self.path).glob(pattern)})
            return ["local", self.name, self.dtype, [[path.name, fingerprint(path)] for path in files]]
        return ["local", self.name, self.dtype, getattr(self._config, "_commit_hash", None)]

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """As `LanguageModel.answer`."""
        source = iter(requests)
        while window := list(islice(source, WINDOW)):
            found = dict(self.arriving(window))
            yield from (found[position] for position in range(len(window)))

    def arriving(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answered]]:
        """Each answer with its position, batch by batch, the longest first, so that a lack of memory shows at once.

        Raises:
            ConfigError: there is no such model, or it sees no images and is shown some.
            BackendError: memory does not suffice.
        """
        fit, order = [], sorted(range(len(requests)), key=lambda place: _shape(requests[place]), reverse=True)
        for place in order:
            if reason := self._refusal(requests[place]):
                yield place, Answered(request=requests[place], failure=reason)
            else:
                fit.append(place)
        while fit:
            kind = _shape(requests[fit[0]])[:2]
            batch = [place for place in fit[: self.batch_size] if _shape(requests[place])[:2] == kind]
            fit = fit[len(batch) :]
            some = [requests[place] for place in batch]
            yield from zip(batch, self._generate(some), strict=True)

    def _refusal(self, one: Request) -> str | None:
        try:
            for medium in one.media:
                _picture(medium)
        except DataError as error:
            return str(error)
        if one.media and not self._sees:
            raise ConfigError(f"model {self.path!r} sees no images, and is asked about one; choose one that does")
        length = len(self._tokenizer(self._text(one), add_special_tokens=False)["input_ids"])
        room = getattr(self._config.get_text_config(), "max_position_embeddings", None)
        if room and length + one.max_tokens > room:
            return f"{length} tokens and {one.max_tokens} to write do not fit into the model's {room}"
        return None

    @torch.inference_mode()
    def _generate(self, requests: Sequence[Request]) -> list[Answered]:
        texts = [self._text(one) for one in requests]
        inputs = self._inputs(requests, texts).to(self._model.device)
        settings = GenerationConfig(
            do_sample=False,
            max_new_tokens=requests[0].max_tokens,
            eos_token_id=self._ends,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        noise = LogitsProcessorList([OwnNoise(requests, texts)])
        try:
            out = self._model.generate(**inputs, generation_config=settings, logits_processor=noise)
        except torch.OutOfMemoryError as error:
            raise BackendError(
                f"batch_size {self.batch_size} does not fit into memory; set it lower, and run again"
            ) from error
        written = out[:, inputs["input_ids"].shape[1] :].tolist()
        asked = inputs["attention_mask"].sum(1).tolist()
        return [
            Answered(request=one, reply=self._reply(tokens, asked=count))
            for one, tokens, count in zip(requests, written, asked, strict=True)
        ]

    def _reply(self, tokens: list[int], *, asked: int) -> Reply:
        end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        text: str = self._tokenizer.decode(tokens[:end], skip_special_tokens=True)
        if not self._template:
            text = text.partition(NEXT_TURN)[0]
        return Reply(
            text=text.strip(),
            finish="length" if end is None else "stop",
            prompt_tokens=asked,
            completion_tokens=len(tokens) if end is None else end + 1,
            model=self.name,
        )

    def _inputs(self, requests: Sequence[Request], texts: list[str]) -> Any:
        plain = {"padding": True, "return_tensors": "pt", "add_special_tokens": not self._template}
        if not requests[0].media:
            return self._tokenizer(texts, **plain)
        pictures = [[_picture(one.media[part.index]) for part in _pictures(one)] for one in requests]
        return self._processor(text=texts, images=pictures, **plain)

    def _text(self, one: Request) -> str:
        """The conversation as the model reads it."""
        if self._template:
            return str(self._processor.apply_chat_template(_marked(one), add_generation_prompt=True, tokenize=False))
        said = [f"{turn.role.capitalize()}: {_plain(turn.parts)}" for turn in one.messages]
        return "\n".join([*said, "Assistant:"])

    @cached_property
    def _config(self) -> Any:
        with _explaining(self.path):
            return AutoConfig.from_pretrained(self.path)

    @cached_property
    def _sees(self) -> bool:
        return self._config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    @cached_property
    def _processor(self) -> Any:
        with _explaining(self.path):
            processor = (AutoProcessor if self._sees else AutoTokenizer).from_pretrained(self.path)
        tokenizer = getattr(processor, "tokenizer", processor)
        tokenizer.padding_side = "left"
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return processor

    @property
    def _tokenizer(self) -> Any:
        return getattr(self._processor, "tokenizer", self._processor)

    @property
    def _template(self) -> bool:
        return bool(getattr(self._processor, "chat_template", None))

    @cached_property
    def _model(self) -> Any:
        kind = AutoModelForImageTextToText if self._sees else AutoModelForCausalLM
        with _explaining(self.path):
            model = kind.from_pretrained(self.path, dtype=self.dtype)
        return model.to(self.device or ("cuda" if torch.cuda.is_available() else "cpu")).eval()

    @cached_property
    def _ends(self) -> list[int]:
        """Tokens that end a reply, as the model and its tokenizer say."""
        found = self._model.generation_config.eos_token_id
        several = found if isinstance(found, list) else [found]
        return sorted({token for token in [*several, self._tokenizer.eos_token_id] if token is not None})


def _shape(one: Request) -> tuple[bool, int, int]:
    """Equal in the first two: may share a batch. The third is about how long it is."""
    length = sum(len(part.text) for message in one.messages for part in message.parts if isinstance(part, TextPart))
    return bool(one.media), one.max_tokens, length


def _marked(one: Request) -> list[dict[str, Any]]:
    """Chat turns as transformers' templates read them."""
    found = turns(one, image=image_hash)
    for turn in found:
        if isinstance(turn["content"], list):
            turn["content"] = [part if part["type"] == "text" else {"type": "image"} for part in turn["content"]]
    return found


def _plain(parts: Sequence[object]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def _pictures(one: Request) -> list[MediaPart]:
    return [part for message in one.messages for part in message.parts if isinstance(part, MediaPart)]


def _picture(medium: Media) -> Image.Image:
    try:
        return Image.open(io.BytesIO(image_bytes(medium))).convert("RGB")
    except (OSError, ValueError) as error:
        raise DataError(f"image {medium.path!r} cannot be opened ({error}); convert it to PNG or JPEG") from error


def _nucleus(logits: Any, top_p: float) -> Any:
    """The likeliest tokens that together reach `top_p`; the rest cannot be drawn."""
    if top_p >= 1:
        return logits
    ordered, places = logits.sort(descending=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    return logits.index_fill(0, places[before >= max(top_p, 1e-9)], float("-inf"))


@contextmanager
def _explaining(path: str) -> Iterator[None]:
    """Say in one sentence why a model cannot be loaded."""
    try:
        yield
    except (ImportError, OSError, ValueError) as error:
        first = " ".join(str(error).split())[:300]
        if path.startswith((".", "/", "~")) and not Path(path).is_dir():
            first = "there is no such folder"
        raise ConfigError(
            f"language model {path!r} cannot be loaded: {first}; give a transformers folder or a hub id, and check the network"
        ) from error
