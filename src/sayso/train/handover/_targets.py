"""Which tokens an objective trains on, found on samples of the run and compared with what other tools can say.

Names of objectives do not matter here, nor what a template looks like: the weights are looked at, token by token. So `l2t` on data
without instructions is what it is, and an end of turn that a tool would train on and sayso would not shows.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sayso.errors import ConfigError
from sayso.models.encode import Encoded, Encoder
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES, Sample
from sayso.train.objectives import IS_RESPONSE, Weigh

__all__ = ["find_targets", "KINDS", "Targets"]

Mask: TypeAlias = NDArray[np.bool_]
MaskOf: TypeAlias = Callable[[Encoded, Encoded], Mask]

UNSAID = tuple(ROLE_CODE[role] for role in ("pad", "bos", "media", "media_sep"))


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What `num_looked` samples are trained on.

    `differences` says for every kind in KINDS how many tokens of which role it would train on and the objective not, or the
    other way round. `roles` are those that weigh anything; `binary` where all targets weigh the same and the loss is divided by their
    number.
    """

    num_looked: int
    num_tokens: int
    differences: Mapping[str, Mapping[str, int]]
    roles: tuple[str, ...]
    binary: bool

    def fits(self, kind: str) -> bool:
        """Whether the targets are exactly those of `kind`, all of one weight."""
        return self.binary and not self.differences[kind]

    def nearly(self, kind: str) -> bool:
        """Whether they differ at most in what the chat template writes around texts, such as the line break after an end of turn."""
        return self.binary and set(self.differences[kind]) <= {"role_mark"}

    @property
    def responses_alone(self) -> bool:
        """Whether nothing but responses is trained on."""
        return set(self.roles) <= {"response", "resp_end"}

    @property
    def told(self) -> str:
        """For people."""
        how = "" if self.binary else " with different weights"
        return f"tokens of the roles {', '.join(self.roles)}{how}"


def find_targets(samples: Sequence[Sample], *, encoder: Encoder, weigh: Weigh) -> Targets:
    """Compare what the samples are trained on with every kind.

    Raises:
        ConfigError: the model has an encoder beside its decoder.
    """
    rows = encoder.encode_batch(samples)
    if any(row.beside for row in rows):
        raise ConfigError(
            f"the model reads sample {rows[0].id!r} in an encoder of its own, which no tool here trains; train it with sayso"
        )
    prompts = encoder.encode_batch(samples, response=False)
    weights = [weigh(row).weights for row in rows]
    roles = {code for row, given in zip(rows, weights, strict=True) for code in row.roles[given > 0].tolist()}
    return Targets(
        num_looked=len(rows),
        num_tokens=sum(map(len, rows)),
        differences={
            name: _differences(mask, rows=rows, prompts=prompts, weights=weights) for name, mask in KINDS.items()
        },
        roles=tuple(role for code, role in enumerate(ROLES) if code in roles),
        binary=_binary(rows, weights, weigh=weigh),
    )


def _differences(
    mask: MaskOf, *, rows: Sequence[Encoded], prompts: Sequence[Encoded], weights: Sequence[NDArray[np.float32]]
) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row, prompt, given in zip(rows, prompts, weights, strict=True):
        other = (mask(row, prompt) & _predicted(row)) != (given > 0)
        found.update(ROLES[code] for code in row.roles[other].tolist())
    return dict(found)


def _predicted(row: Encoded) -> Mask:
    mask: Mask = np.arange(len(row)) > 0
    return mask


def _binary(rows: Sequence[Encoded], weights: Sequence[np.ndarray], *, weigh: Weigh) -> bool:
    """One weight for all targets, and each sample counts as many as it has: the mean over targets, whatever the batch."""
    values = np.unique(np.concatenate([given[given > 0] for given in weights] or [np.zeros(0)]))
    if len(values) > 1:
        return False
    counts = zip(rows, weights, strict=True)
    return all(
        abs(weigh(row).count - float(given.sum())) <= 1e-3 * max(1.0, float(given.sum())) for row, given in counts
    )


def _responses(row: Encoded, _: Encoded) -> Mask:
    mask: Mask = IS_RESPONSE[row.roles]
    return mask


def _last_response(row: Encoded, prompt: Encoded) -> Mask:
    mask: Mask = _responses(row, prompt) & (row.turns == row.turns.max(initial=0))
    return mask


def _completion(row: Encoded, prompt: Encoded) -> Mask:
    """All that comes after the prompt with its generation prompt, as far as the two begin alike."""
    pairs = zip(row.input_ids, prompt.input_ids, strict=False)
    common = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(row), len(prompt)))
    mask: Mask = np.arange(len(row)) >= common
    return mask


def _everything(row: Encoded, _: Encoded) -> Mask:
    mask: Mask = ~np.isin(row.roles, UNSAID)
    return mask


def _all_tokens(row: Encoded, _: Encoded) -> Mask:
    mask: Mask = np.ones(len(row), dtype=np.bool_)
    return mask


KINDS: dict[str, MaskOf] = {
    "responses": _responses,
    "last_response": _last_response,
    "completion": _completion,
    "everything": _everything,
    "all_tokens": _all_tokens,
}
"""What tools can train on, as (sample, its prompt) -> mask: every response, the last one, all after the prompt, every token that is no
medium, or really every one."""
