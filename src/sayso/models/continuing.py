"""A model writes on behind a picture: what a user would ask about it, where only the user's header stands there, or what the answer to a question is.

An instruction is continued behind the chat template's own words for a user with a picture, found by the roles of tokens (`sayso.models.encode`), not by searching. It ends with any control token or with
what the template writes behind a user's text. Each row draws from its own stream, so that what it writes depends on nothing else in the batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.choosing import Chooser, Drawing, Forced
from sayso.models.collate import collate, written_ids
from sayso.models.direct import is_direct, make_encoder
from sayso.models.encode import Encoded
from sayso.models.likelihood import score_options
from sayso.models.rating import room_for
from sayso.models.roles import ROLE_CODE
from sayso.models.vision import LoadImage
from sayso.models.writing import Unread
from sayso.records import Media, MediaPart, Message, Part, Sample, Span, TextPart

__all__ = ["asking", "Continued", "Continuer"]

PROBE = "What"
"""Stands where an instruction will be, so that the template shows what it writes before and behind one."""
INSTRUCTION = (ROLE_CODE["instr"], ROLE_CODE["instr_template"])


@dataclass(frozen=True, slots=True)
class Continued:
    """What was written, and whether it came to an end."""

    text: str
    ended: bool


def asking(text: str, *, media: Sequence[Media], name: str) -> Sample:
    """A sample with pictures and a user's text behind them."""
    pictures: tuple[Part, ...] = tuple(MediaPart(index=index) for index in range(len(media)))
    said = TextPart(text=text, spans=(Span(start=0, end=len(text), role="instr"),))
    return Sample(
        id=name,
        example=name,
        task="",
        template="",
        media=tuple(media),
        messages=(Message(role="user", parts=(*pictures, said)),),
    )


class Continuer:
    """Writes on with one model.

    Raises:
        ConfigError: the model has no chat template, or no room for so many new tokens.
    """

    def __init__(
        self, bundle: ModelBundle, *, max_new_tokens: int, load: LoadImage | None = None, batch_size: int = 16
    ) -> None:
        if is_direct(bundle.model.config, bundle.processor):
            raise ConfigError(f"{type(bundle.model).__name__} has no chat template and cannot write what a user says")
        room = room_for(bundle, new_tokens=max_new_tokens)
        if room < 1:
            raise ConfigError(f"max_new_tokens is {max_new_tokens}, more than the model has positions; give fewer")
        self._bundle, self._max_new_tokens, self._batch_size = bundle, max_new_tokens, batch_size
        self._encoder = make_encoder(bundle, max_tokens=room, load=load, num_cached=64)
        self._ends = _ends(bundle)

    def instructions(self, samples: Sequence[Sample], *, drawing: Drawing | None) -> list[Continued | Unread]:
        """What the model, in the place of the user, says about the media of each sample, whose text is not read."""
        found = [self._header(one) for one in samples]
        written = self._written([one if isinstance(one, Unread) else one[0] for one in found], drawing)
        return [
            one if isinstance(one, Unread) or isinstance(told, Unread) else _until(one, told[1])
            for one, told in zip(written, found, strict=True)
        ]

    def answers(self, samples: Sequence[Sample], *, drawing: Drawing | None = None) -> list[Continued | Unread]:
        """What it answers to the last question of each sample."""
        return self._written([self._encoded(one) for one in samples], drawing)

    def logprobs(self, samples: Sequence[Sample], *, answers: Sequence[str]) -> list[float]:
        """The mean log-probability of a token of each answer behind its question, its end included, in nats; NaN where it cannot be read."""
        rows = [self._encoded(one) for one in samples]
        good = [(row, [text]) for row, text in zip(rows, answers, strict=True) if isinstance(row, Encoded)]
        scores = iter(
            score_options(
                self._bundle,
                prompts=[row for row, _ in good],
                options=[some for _, some in good],
                batch_size=self._batch_size,
            )
        )
        return [next(scores).sums(normalise=True)[0] if isinstance(row, Encoded) else np.nan for row in rows]

    def _encoded(self, sample: Sample) -> Encoded | Unread:
        try:
            return self._encoder.encode(sample, response=False)
        except DataError as error:
            return Unread(error)

    def _header(self, sample: Sample) -> tuple[Encoded, str] | Unread:
        """What stands before a user's text, and the text that the template writes behind it."""
        row = self._encoded(asking(PROBE, media=sample.media, name=sample.id))
        if isinstance(row, Unread):
            return row
        places = np.flatnonzero(np.isin(row.roles, INSTRUCTION))
        media = np.flatnonzero(row.roles == ROLE_CODE["media"])
        if len(media) and media[-1] > places[0]:
            return Unread("the chat template writes pictures behind what the user says")
        behind = self._bundle.tokenizer.decode(row.input_ids[places[-1] + 1 :], skip_special_tokens=True)
        return row.first(int(places[0])), str(behind).strip()

    def _written(self, rows: Sequence[Encoded | Unread], drawing: Drawing | None) -> list[Continued | Unread]:
        out: list[Continued | Unread] = [row if isinstance(row, Unread) else Continued("", False) for row in rows]
        places = [place for place, row in enumerate(rows) if isinstance(row, Encoded)]
        for start in range(0, len(places), self._batch_size):
            some = places[start : start + self._batch_size]
            batch = [row for place in some if isinstance(row := rows[place], Encoded)]
            for place, one in zip(some, self._batch(batch, some, drawing), strict=True):
                out[place] = one
        return out

    @torch.inference_mode()
    def _batch(self, rows: Sequence[Encoded], places: Sequence[int], drawing: Drawing | None) -> Iterator[Continued]:
        tokenizer, model = self._bundle.tokenizer, self._bundle.model.eval()
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        batch = {n: t.to(model.device) for n, t in collate(rows, pad_token_id=pad, side="left").items()}
        out = model.generate(
            **batch,
            max_new_tokens=self._max_new_tokens,
            do_sample=False,
            num_beams=1,
            pad_token_id=pad,
            eos_token_id=sorted(self._ends),
            logits_processor=[Forced(Chooser(places, drawing=drawing))],
        )
        for tokens in out[:, written_ids(batch).shape[1] :].tolist():
            end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
            yield Continued(tokenizer.decode(tokens[:end], skip_special_tokens=True).strip(), end is not None)


def _ends(bundle: ModelBundle) -> frozenset[int]:
    """Tokens behind which nothing counts: the model's ends, and every control token but the unknown one."""
    tokenizer: Any = bundle.tokenizer
    named = bundle.model.generation_config.eos_token_id
    found = {*tokenizer.all_special_ids, *([named] if isinstance(named, int) else named or [])}
    return frozenset(found - {tokenizer.unk_token_id})


def _until(one: Continued, behind: str) -> Continued:
    """What comes before the words that the template writes behind a user's text, where these are words."""
    head, mark, _ = one.text.partition(behind) if behind else (one.text, "", "")
    return Continued(head.strip(), bool(mark) or one.ended)
