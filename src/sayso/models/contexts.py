"""Mechanism A of selection: how likely a model finds every token of a sample's response under several contexts.

    full       the conversation as it is rendered
    bare       the response behind nothing but what stands right before it: the beginning of a sequence and the assistant's header
    no_media   the same conversation with its pictures taken away

A fourth, a worked example in front, is another conversation: whoever wants it renders it and reads that in full. IFD, Superfiltering, visual dependence, perplexity,
learning percentage and one-shot gain are formulas over these numbers (survey inventory, section 5).

The bare context is cut out of the full one by token roles, so that the tokens of the response are the same ones and no chat template needs to be known: the header is
the run of `role_mark` tokens before the response (which in templates that close the user's turn there begins with that), and what a template itself writes at the beginning of a response
counts as header too. The response is that of the last turn; the token that ends a turn counts where `include_end` says so. Rows that cannot be read say why
and are never guessed. Models with an encoder of their own have no bare response and are refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import torch
from msgspec import structs
from numpy.typing import NDArray

from sayso.errors import BackendError, ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.direct import is_direct, make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.roles import ROLE_CODE, has_role
from sayso.models.states import mean_states
from sayso.models.token_logprobs import token_logprobs
from sayso.models.vision import LoadImage
from sayso.records import MediaPart, Message, Sample, TextPart

__all__ = ["Context", "ContextReader", "Nlls", "ResponseRow", "without_media"]

Context: TypeAlias = Literal["full", "bare", "no_media"]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NUM_BATCHES, MEDIA_COST = 32, 8
"""Batches of text that are encoded at once and sorted by length; a sample with pictures counts as so many, since its pixels are held."""
NO_PICTURE, EMPTY = "no picture", "empty response"


@dataclass(frozen=True, kw_only=True)
class Nlls:
    """Negative log-probabilities of one sample's response, in nats: for each context the array (tokens,), or in `why` the reason that there is none."""

    values: Mapping[Context, Floats] = field(default_factory=dict)
    why: Mapping[Context, str] = field(default_factory=dict)

    def mean(self, context: Context) -> float | str:
        """The loss per token under a context, or why there is none."""
        return float(self.values[context].mean()) if context in self.values else self.why[context]


@dataclass(frozen=True, kw_only=True)
class ResponseRow:
    """An encoded conversation that ends with a response, and which of its tokens are the response's, (tokens,)."""

    encoded: Encoded
    mask: Mask

    @property
    def ids(self) -> list[int]:
        """The tokens of the response."""
        return [token for token, wanted in zip(self.encoded.input_ids, self.mask, strict=True) if wanted]


class ContextReader:
    """Reads the responses of samples under contexts with one model.

    `max_tokens` bounds a conversation, further bounded by the positions that the model has; `share` reads what rows have in common once.

    Raises:
        ConfigError: the model is an encoder-decoder or reads instructions apart from what it writes.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        *,
        load: LoadImage | None = None,
        max_tokens: int | None = None,
        include_end: bool = False,
        batch_size: int = 16,
        share: bool = True,
    ) -> None:
        if is_direct(bundle.model.config, bundle.processor):
            raise ConfigError(
                f"{type(bundle.model).__name__} reads instructions apart from what it writes, so that a response has no likelihood on its own; "
                "score with a causal model that has a chat template"
            )
        self.bundle = bundle
        self.max_tokens = min(max_tokens or bundle.num_positions, bundle.num_positions)
        self.batch_size = batch_size
        self.share = share
        self._wanted = ["response", "resp_end"] if include_end else ["response"]
        self._encoder: Encoder = make_encoder(bundle, max_tokens=self.max_tokens, load=load)

    def read(self, samples: Iterable[Sample], contexts: Sequence[Context] = ("full",)) -> Iterator[Nlls]:
        """One for each sample, in their order."""
        for chunk in self._chunks(samples):
            yield from self._read_chunk(chunk, contexts)

    def encode(
        self, samples: Sequence[Sample], contexts: Sequence[Context] = ("full",)
    ) -> dict[Context, list[ResponseRow | str]]:
        """What is read of each sample under each context, or why there is nothing; all are in memory at once."""
        full = [self._full(row) for row in self._encoded(samples)]
        made: dict[Context, list[ResponseRow | str]] = {"full": full}
        if "bare" in contexts:
            made["bare"] = [row if isinstance(row, str) else _bare(row) for row in full]
        if "no_media" in contexts:
            made["no_media"] = self._no_media(samples, full)
        return {context: made[context] for context in contexts}

    def instruction_states(self, samples: Iterable[Sample]) -> Iterator[Floats | str]:
        """For each sample the mean last hidden state over the tokens of its instruction, (d,), or why there is none."""
        for chunk in self._chunks(samples):
            rows = self._encoded(chunk)
            masks = {place: _asked(row) for place, row in enumerate(rows) if not isinstance(row, str)}
            good = [place for place, mask in masks.items() if mask.any()]
            encoded = [row for row in (rows[place] for place in good) if not isinstance(row, str)]
            found = dict(zip(good, self._states(encoded, [masks[place] for place in good]), strict=True))
            for place, row in enumerate(rows):
                yield row if isinstance(row, str) else found.get(place, "no instruction")

    def prompts(self, samples: Sequence[Sample], *, room: int = 0) -> list[Encoded | str]:
        """Each sample's conversation up to where the last response begins, or why it cannot be read; `room` tokens must fit behind it."""
        return [self._bounded(row, room=room) for row in self._each(samples, response=False)]

    def _states(self, rows: Sequence[Encoded], masks: Sequence[Mask]) -> list[Floats]:
        return mean_states(self.bundle, rows, wanted=masks, batch_size=self.batch_size)

    def _chunks(self, samples: Iterable[Sample]) -> Iterator[list[Sample]]:
        """Samples that are encoded at once."""
        chunk: list[Sample] = []
        cost = 0
        for sample in samples:
            chunk.append(sample)
            cost += MEDIA_COST if sample.media else 1
            if cost >= NUM_BATCHES * self.batch_size:
                yield chunk
                chunk, cost = [], 0
        if chunk:
            yield chunk

    def _read_chunk(self, samples: Sequence[Sample], contexts: Sequence[Context]) -> Iterator[Nlls]:
        found = {context: self._nlls(rows) for context, rows in self.encode(samples, contexts).items()}
        for place in range(len(samples)):
            of_one = {context: values[place] for context, values in found.items()}
            yield Nlls(
                values={context: value for context, value in of_one.items() if not isinstance(value, str)},
                why={context: value for context, value in of_one.items() if isinstance(value, str)},
            )

    def _nlls(self, rows: Sequence[ResponseRow | str]) -> list[Floats | str]:
        """Rows with pictures and rows without are read apart: some models cannot take both in one batch."""
        found: list[Floats | str] = [row if isinstance(row, str) else "" for row in rows]
        for pictured in (False, True):
            some = {n: r for n, r in enumerate(rows) if not isinstance(r, str) and bool(r.encoded.arrays) is pictured}
            values = self._logprobs(list(some.values())) if some else []
            for place, logprobs in zip(some, values, strict=True):
                found[place] = -logprobs if np.isfinite(logprobs).all() else "the model's logits are no numbers"
        return found

    def _logprobs(self, rows: Sequence[ResponseRow]) -> list[Floats]:
        encoded, masks = [row.encoded for row in rows], [row.mask for row in rows]
        try:
            return token_logprobs(self.bundle, encoded, wanted=masks, batch_size=self.batch_size, share=self.share)
        except torch.OutOfMemoryError as error:
            raise BackendError(f"batch_size {self.batch_size} does not fit into memory; set it lower") from error

    def _full(self, encoded: Encoded | str) -> ResponseRow | str:
        if isinstance(encoded, str):
            return encoded
        mask = has_role(encoded.roles, *self._wanted) & encoded.last_turn
        mask[np.flatnonzero(mask)[: encoded.num_last_lead]] = False
        if not (encoded.roles[mask] == ROLE_CODE["response"]).any():
            return EMPTY
        if mask[0]:
            return "the chat template writes nothing before the response"
        end = int(np.flatnonzero(mask)[-1]) + 1
        return ResponseRow(encoded=encoded.first(end), mask=mask[:end])

    def _no_media(self, samples: Sequence[Sample], full: Sequence[ResponseRow | str]) -> list[ResponseRow | str]:
        """Only of what can be read with its pictures."""
        found = [row if isinstance(row, str) else NO_PICTURE for row in full]
        places = [n for n, row in enumerate(full) if isinstance(row, ResponseRow) and samples[n].media]
        bare = [without_media(samples[place]) for place in places]
        rows: list[ResponseRow | str] = list(found)
        for place, encoded in zip(places, self._encoded(bare), strict=True):
            row, whole = self._full(encoded), full[place]
            same = isinstance(row, str) or (isinstance(whole, ResponseRow) and row.ids == whole.ids)
            rows[place] = row if same else "the response has other tokens without its picture"
        return rows

    def _encoded(self, samples: Sequence[Sample]) -> list[Encoded | str]:
        """Each sample's conversation, or why it cannot be read."""
        found: list[Encoded | str] = [_unfit(sample) for sample in samples]
        places = [place for place, why in enumerate(found) if not why]
        for place, row in zip(places, self._each([samples[place] for place in places]), strict=True):
            found[place] = self._bounded(row)
        return found

    def _bounded(self, row: Encoded | str, *, room: int = 0) -> Encoded | str:
        if isinstance(row, str) or len(row) + room <= self.max_tokens:
            return row
        behind = f" and {room} for the answer" if room else ""
        return f"it has {len(row)} tokens{behind}, over max_tokens {self.max_tokens}"

    def _each(self, samples: Sequence[Sample], *, response: bool = True) -> list[Encoded | str]:
        try:
            return list(self._encoder.encode_batch(samples, response=response, limit=False)) if samples else []
        except (ConfigError, DataError) as error:
            if len(samples) == 1:
                return [" ".join(str(error).split())]
            return [row for sample in samples for row in self._each([sample], response=response)]


def without_media(sample: Sample) -> Sample:
    """The sample with its pictures taken away; a turn that showed nothing else says nothing."""
    return structs.replace(sample, media=(), messages=tuple(_words_alone(message) for message in sample.messages))


def _words_alone(message: Message) -> Message:
    parts = tuple(part for part in message.parts if not isinstance(part, MediaPart))
    return structs.replace(message, parts=parts or (TextPart(text="", spans=()),))


def _unfit(sample: Sample) -> str:
    if not sample.messages or sample.messages[-1].role != "assistant":
        return "no response"
    return "" if sample.messages[-1].text.strip() else EMPTY


def _bare(row: ResponseRow) -> ResponseRow | str:
    """The response behind the run of header tokens before it, and the beginning of the sequence."""
    roles = row.encoded.roles
    header = has_role(roles, "role_mark", "response")
    start = first = int(row.mask.argmax())
    while start and header[start - 1]:
        start -= 1
    begins = int((roles != ROLE_CODE["bos"]).argmax())
    if start == first and not begins:
        return "the chat template writes no header before the response"
    kept = np.r_[: min(begins, start), start : len(roles)]
    return ResponseRow(encoded=row.encoded.only(kept), mask=row.mask[kept])


def _asked(row: Encoded) -> Mask:
    """Which tokens are the instruction's, of the last turn."""
    return has_role(row.roles, "instr_template", "instr", "options") & row.last_turn
