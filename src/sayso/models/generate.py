"""Decoding in batches: prompts in, the model's own words out.

Prompts that share a prefix (a picture under many wordings) are read behind it, which is read once (`sayso.models.prefixes`). All others are padded on
the left, so that every row continues at its end, and sorted by length, so that little is padding, and go through transformers'
`generate`. Both ways give the same words, up to the rounding that a batch's shape brings.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sayso.models._protocol import ModelBundle
from sayso.models.choosing import Chooser, Drawing, Forced
from sayso.models.collate import collate, written_ids
from sayso.models.encode import Encoded
from sayso.models.prefixes import Group, Reading, Row, group, in_batches, judge

__all__ = ["by_kind_and_length", "by_length", "generate", "generate_apart", "num_words", "shared_groups"]

PROCESSED: Mapping[str, tuple[Any, ...]] = {
    "guidance_scale": (None, 1), "sequence_bias": (None,), "encoder_repetition_penalty": (None, 1.0), "repetition_penalty": (None, 1.0),
    "no_repeat_ngram_size": (None, 0), "encoder_no_repeat_ngram_size": (None, 0), "bad_words_ids": (None,), "min_length": (None, 0),
    "min_new_tokens": (None, 0), "forced_bos_token_id": (None,), "forced_eos_token_id": (None,), "remove_invalid_values": (None, False),
    "exponential_decay_length_penalty": (None,), "suppress_tokens": (None, []), "begin_suppress_tokens": (None, []), "watermarking_config": (None,),
    "stop_strings": (None,), "max_time": (None,), "prompt_lookup_num_tokens": (None,), "cache_implementation": (None, "dynamic"), "token_healing": (None, False),
}  # fmt: skip
"""Settings of a model's generation config that change what greedy decoding writes, with the values that do not."""


def generate(
    bundle: ModelBundle,
    *,
    prompts: Sequence[Encoded],
    max_new_tokens: int,
    batch_size: int = 64,
    drawing: Drawing | None = None,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[str]:
    """What the model answers to each prompt, control tokens and outer whitespace removed; at most `max_new_tokens` tokens each.

    Tokens are the likeliest, or drawn. `advance` is told after each batch how many prompts are done.

    Raises:
        BackendError: the model's logits are no numbers.
    """
    job = _Job(bundle=bundle, prompts=prompts, max_new_tokens=max_new_tokens, drawing=drawing)
    return job.run(batch_size, share=True, advance=advance)


def generate_apart(
    bundle: ModelBundle,
    *,
    prompts: Sequence[Encoded],
    max_new_tokens: int,
    batch_size: int = 64,
    drawing: Drawing | None = None,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[str]:
    """The same with every prompt read whole, by transformers' `generate`."""
    job = _Job(bundle=bundle, prompts=prompts, max_new_tokens=max_new_tokens, drawing=drawing)
    return job.run(batch_size, share=False, advance=advance)


def by_length(lengths: Sequence[int], *, batch_size: int) -> list[list[int]]:
    """Positions in batches of similar length, longest first, so that a lack of memory shows at once."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def by_kind_and_length(rows: Sequence[Encoded], *, batch_size: int) -> Iterator[list[int]]:
    """The same of rows with pictures and rows without, apart: some models cannot take both in one batch."""
    for pictured in (False, True):
        places = [place for place, row in enumerate(rows) if bool(row.arrays) is pictured]
        for batch in by_length([len(rows[place]) for place in places], batch_size=batch_size):
            yield [places[number] for number in batch]


@dataclass(frozen=True, kw_only=True)
class _Job:
    bundle: ModelBundle
    prompts: Sequence[Encoded]
    max_new_tokens: int
    drawing: Drawing | None

    def run(self, batch_size: int, *, share: bool, advance: Callable[[int], None]) -> list[str]:
        answers = [""] * len(self.prompts)
        for places, texts in self._batches(batch_size, share=share):
            for place, text in zip(places, texts, strict=True):
                answers[place] = text
            advance(len(places))
        return answers

    def _batches(self, batch_size: int, *, share: bool) -> Iterator[tuple[list[int], list[str]]]:
        """Places of prompts and their answers, first where prefixes are shared."""
        lengths = [len(prompt) for prompt in self.prompts]
        groups: list[Group] = []
        rest = list(range(len(lengths)))
        if share and self._plainly():
            grown = [length + self.max_new_tokens for length in lengths]
            groups, rest = shared_groups(self.bundle, self.prompts, lengths=grown)
        more, words = self.max_new_tokens, num_words(self.bundle)
        for batch in in_batches(groups, lengths=lengths, more=more, batch_size=batch_size, logits=words):
            yield [place for one in batch for place in one.rows], self._together(batch)
        for numbers in by_length([lengths[place] for place in rest], batch_size=batch_size):
            places = [rest[number] for number in numbers]
            yield places, self._plain(places)

    def _plainly(self) -> bool:
        """Whether the model's own settings leave its logits as they are."""
        config = self.bundle.model.generation_config
        return all(getattr(config, name, None) in plain for name, plain in PROCESSED.items())

    @torch.inference_mode()
    def _plain(self, places: Sequence[int]) -> list[str]:
        tokenizer, model = self.bundle.tokenizer, self.bundle.model.eval()
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        batch = collate([self.prompts[place] for place in places], pad_token_id=pad, side="left")
        batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
        width = written_ids(batch).shape[1]
        forced = [Forced(Chooser(places, drawing=self.drawing))]
        out = model.generate(
            **batch, max_new_tokens=self.max_new_tokens, do_sample=False, num_beams=1, pad_token_id=pad, logits_processor=forced,
        )  # fmt: skip
        return self._texts(out[:, width:])

    @torch.inference_mode()
    def _together(self, groups: Sequence[Group]) -> list[str]:
        self.bundle.model.eval()
        places = [place for one in groups for place in one.rows]
        rests = [self.prompts[place].input_ids[one.length :] for one in groups for place in one.rows]
        reading = Reading(self.bundle, capacity=max(map(len, rests)) + self.max_new_tokens)
        reading.open(
            [self.prompts[one.rows[0]].first(one.length) for one in groups], counts=[len(one.rows) for one in groups]
        )
        chooser = Chooser(places, drawing=self.drawing)
        written = _write(reading, rests, chooser=chooser, most=self.max_new_tokens, ends=_ends(self.bundle))
        return self._texts(written)

    def _texts(self, tokens: Any) -> list[str]:
        texts: list[str] = self.bundle.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [text.strip() for text in texts]


def shared_groups(
    bundle: ModelBundle, prompts: Sequence[Encoded], *, lengths: Sequence[int]
) -> tuple[list[Group], list[int]]:
    """Groups behind shared prefixes, and the places of all other prompts: those that share nothing, or that the model cannot read so.

    `lengths` are those of the prompts with all that will be read or written behind them.
    """
    groups, rest = group(prompts)
    if not groups:
        return [], rest
    bundle.model.eval()
    first = min(groups, key=lambda one: len(prompts[one.rows[0]]))
    verdict = judge(bundle, prompt=prompts[first.rows[0]], length=first.length)
    fits = [verdict.reason is None and max(lengths[row] for row in one.rows) < verdict.window for one in groups]
    apart = [row for one, good in zip(groups, fits, strict=True) if not good for row in one.rows]
    return [one for one, good in zip(groups, fits, strict=True) if good], sorted(rest + apart)


def num_words(bundle: ModelBundle) -> int:
    """Size of the vocabulary that logits are over."""
    return int(bundle.model.config.get_text_config().vocab_size)


def _write(
    reading: Reading, rests: Sequence[Sequence[int]], *, chooser: Chooser, most: int, ends: frozenset[int]
) -> list[list[int]]:
    """Tokens of each row up to its end; rows that have ended are read no more once they are half of all."""
    written: list[list[int]] = [[] for _ in rests]
    rows, feed = list(range(len(rests))), [list(rest) for rest in rests]
    open_ = [True] * len(rests)
    for step in range(most):
        logits = reading.read([Row(tokens=tokens) for tokens in feed]).float()
        chosen = chooser.choose(logits, rows=rows).tolist()
        for row, token in zip(rows, chosen, strict=True):
            if open_[row]:
                written[row].append(token)
                open_[row] = token not in ends
        left = [number for number, row in enumerate(rows) if open_[row]]
        if not left or step == most - 1:
            break
        if 2 * len(left) <= len(rows):
            reading.keep(left)
            rows, chosen = [rows[number] for number in left], [chosen[number] for number in left]
        feed = [[token] for token in chosen]
    return written


def _ends(bundle: ModelBundle) -> frozenset[int]:
    """Tokens that end an answer, as `generate` knows them."""
    ends = bundle.model.generation_config.eos_token_id
    return frozenset([] if ends is None else [ends] if isinstance(ends, int) else ends)
