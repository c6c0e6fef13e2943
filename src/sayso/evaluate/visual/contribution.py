"""Visual contribution: how much likelier the right answer is with the picture than with a picture that shows nothing.

    VC = log p(A | V, I) - log p(A | V = null, I),    in nats, for the reference answer A under the evaluated model

Source: L2T (Zhou et al. 2025, arXiv 2503.22215), which takes a random-noise image for the null. Open in the paper, and ours: the distribution of the noise (`nulls`), whether tokens are
summed or averaged (both are given), whether the end of the turn counts (`include_end`), and the number of noise pictures (`num_draws`; log-probabilities are averaged over
them). The two passes are the same but for pixels, unless the null takes the picture away; where that makes other tokens of the instruction, the answer
alone is compared.

Of a conversation, instruction and answer are those of its last turn. For tokens of the instruction the same difference says how much of the instruction the picture tells. What is the same for every
picture, the words of a template, should have 0; what names things in the picture should not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sayso.errors import DataError
from sayso.evaluate.visual.nulls import NullImage
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.roles import ROLE_CODE
from sayso.models.token_logprobs import token_logprobs
from sayso.records import ROLES, Record, Sample
from sayso.sources import load_image

__all__ = ["Asked", "Contribution", "visual_contributions"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
ROLES_ASKED = ("instr_template", "instr", "options", "response", "resp_end")
ANSWER = [ROLE_CODE["response"], ROLE_CODE["resp_end"]]
NO_LIMIT = 1 << 20
NUM_AT_ONCE = 32
"""Samples whose pixels are held at once, with a picture and without."""


class Contribution(Record, frozen=True, kw_only=True):
    """The difference for each token of the instruction and of the answer of one sample, in nats; `roles` say what each token is."""

    example: str
    task: str
    template: str
    tokens: tuple[str, ...]
    roles: tuple[str, ...]
    values: tuple[float, ...]

    def total(self, *roles: str) -> float | None:
        """The sum over the tokens of these roles; None where there is none."""
        found = self._of(roles)
        return float(found.sum()) if len(found) else None

    def token_mean(self, *roles: str) -> float | None:
        """The mean over the tokens of these roles; None where there is none."""
        found = self._of(roles)
        return float(found.mean()) if len(found) else None

    def _of(self, roles: Sequence[str]) -> Floats:
        return np.array([value for value, role in zip(self.values, self.roles, strict=True) if role in roles])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Against which null; `num_draws` nulls are averaged where it is random, and `include_end` counts the end of the turn as part of the answer."""

    null: NullImage
    seed: int
    num_draws: int = 1
    include_end: bool = True


@dataclass(frozen=True, kw_only=True)
class _Pass:
    """Encoded samples with the tokens whose probability is asked for."""

    rows: Sequence[Encoded]
    masks: Sequence[Mask]


def visual_contributions(
    bundle: ModelBundle,
    samples: Sequence[Sample],
    *,
    asked: Asked,
    batch_size: int = 8,
    advance: Callable[[int], None] = lambda rows: None,
) -> Iterator[Contribution]:
    """One for each sample that has a picture and a null for it; samples end with their reference answer.

    Raises:
        DataError: a sample has no answer, does not fit the model, or its answer has other tokens without its picture.
    """
    null, seed = asked.null, asked.seed
    possible = zip(samples, null.samples(samples, seed=seed, number=0), strict=True)
    kept = [one for one, other in possible if isinstance(other, Sample)]
    if not kept:
        return
    encoder = make_encoder(bundle, max_tokens=NO_LIMIT, load=load_image)
    draws = [null.samples(kept, seed=seed, number=number) for number in range(asked.num_draws if null.random else 1)]
    for start in range(0, len(kept), NUM_AT_ONCE):
        some = slice(start, start + NUM_AT_ONCE)
        changed = [[one for one in draw[some] if isinstance(one, Sample)] for draw in draws]
        step = _Step(bundle=bundle, encoder=encoder, asked=asked, batch_size=batch_size)
        yield from step.contributions(kept[some], changed=changed)
        advance(len(kept[some]))


@dataclass(frozen=True, kw_only=True)
class _Step:
    """Some of the samples, all of whose pictures are in memory at once."""

    bundle: ModelBundle
    encoder: Encoder
    asked: Asked
    batch_size: int

    def contributions(
        self, samples: Sequence[Sample], *, changed: Sequence[Sequence[Sample]]
    ) -> Iterator[Contribution]:
        """One for each sample; `changed` are the samples once for each draw."""
        seen = self._passed(self.encoder.encode_batch(samples))
        seen = _narrowed(seen, self._unseen(changed[0], number=0))
        with_picture = self._logprobs(seen)
        without = [np.zeros_like(values) for values in with_picture]
        for number, others in enumerate(changed):
            unseen = _narrowed(self._unseen(others, number=number), seen)
            _check_same(seen, unseen)
            found = self._logprobs(unseen)
            without = [before + (now - before) / (number + 1) for before, now in zip(without, found, strict=True)]
        for one, row, mask, with_it, without_it in zip(
            samples, seen.rows, seen.masks, with_picture, without, strict=True
        ):
            yield _contribution(one, row, mask, values=with_it - without_it, bundle=self.bundle)

    def _unseen(self, samples: Sequence[Sample], *, number: int) -> _Pass:
        rows = self.encoder.encode_batch(samples)
        return self._passed([self.asked.null.encoded(row, seed=self.asked.seed, number=number) for row in rows])

    def _passed(self, rows: Sequence[Encoded]) -> _Pass:
        return _passed(rows, roles=ROLES_ASKED if self.asked.include_end else ROLES_ASKED[:-1])

    def _logprobs(self, one: _Pass) -> list[Floats]:
        return token_logprobs(self.bundle, one.rows, wanted=one.masks, batch_size=self.batch_size)


def _passed(rows: Sequence[Encoded], *, roles: Sequence[str]) -> _Pass:
    codes = [ROLE_CODE[role] for role in roles]
    masks = [np.isin(row.roles, codes) & row.last_turn for row in rows]
    for row, mask in zip(rows, masks, strict=True):
        mask[:1] = False
        if not (row.roles[mask] == ROLE_CODE["response"]).any():
            raise DataError(
                f"sample {row.id!r} has no answer, whose likelihood could be asked for; give it a reference"
            )
    return _Pass(rows=rows, masks=masks)


def _narrowed(one: _Pass, other: _Pass) -> _Pass:
    """Without the tokens of the instruction where these are not the same in both, as where a first word stands behind no picture."""
    pairs = zip(_wanted(one), _wanted(other), one.rows, one.masks, strict=True)
    return _Pass(
        rows=one.rows,
        masks=[mask if np.array_equal(a, b) else mask & np.isin(row.roles, ANSWER) for a, b, row, mask in pairs],
    )


def _wanted(one: _Pass) -> Iterator[NDArray[np.int64]]:
    return (np.asarray(row.input_ids)[mask] for row, mask in zip(one.rows, one.masks, strict=True))


def _check_same(seen: _Pass, unseen: _Pass) -> None:
    for row, ids, others in zip(seen.rows, _wanted(seen), _wanted(unseen), strict=True):
        if not np.array_equal(ids, others):
            raise DataError(f"sample {row.id!r} has other tokens under this null; use noise, zeros or mean_colour")


def _texts(row: Encoded, mask: Mask, *, bundle: ModelBundle) -> Iterator[str]:
    """Each token as it reads behind the one before it: some tokenisers write the space between two words only there."""
    decode = partial(bundle.tokenizer.decode, clean_up_tokenization_spaces=False)
    for place in np.flatnonzero(mask).tolist():
        before, token = row.input_ids[place - 1 : place + 1]
        first, both = str(decode([before])), str(decode([before, token]))
        yield both[len(first) :] if both.startswith(first) else str(decode([token]))


def _contribution(sample: Sample, row: Encoded, mask: Mask, *, values: Floats, bundle: ModelBundle) -> Contribution:
    return Contribution(
        example=sample.example,
        task=sample.task,
        template=sample.template,
        tokens=tuple(_texts(row, mask, bundle=bundle)),
        roles=tuple(ROLES[code] for code in row.roles[mask].tolist()),
        values=tuple(values.tolist()),
    )
