"""Whether a model keeps packed samples apart: tried out on samples of the run before the first step, and refused where it fails.

A model is trusted with one way of packing (see `sayso.train.batches.packing`) when two things hold for what it says of every token of a sample:

- it is what the model says of the sample unpacked, up to rounding;
- it stays as it is when another sample of the row is changed, in its text and in its pictures.

The second is what a leak breaks however small it is; the first finds positions that are off. Both are measured against the largest logit, so
that a model that says little is not let through.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from transformers import PreTrainedModel

from sayso.errors import ConfigError, SaysoError
from sayso.models.collate import Batch
from sayso.models.encode import Encoded
from sayso.models.quiet import quiet
from sayso.models.roles import ROLE_CODE
from sayso.train.batches.batch import split_batch
from sayso.train.batches.packing import Make, Packing, Way

__all__ = ["find_packing"]

_KEPT = tuple(ROLE_CODE[role] for role in ("bos", "pad", "media", "media_sep", "role_mark"))
_NUM_SAMPLES = 3


def find_packing(model: PreTrainedModel, *, make: Make, samples: Sequence[Encoded], pad_token_id: int) -> Packing:
    """The first way of packing that the model keeps to on `samples`, such with pictures first.

    Raises:
        ConfigError: it keeps to none; the message says what went wrong with each.
    """
    kind = getattr(model.config, "model_type", type(model).__name__)
    if getattr(model.config, "is_encoder_decoder", False):
        raise ConfigError(
            f"packing: {kind!r} is an encoder-decoder, whose samples cannot share a row; set packing: false"
        )
    chosen = _choose(samples)
    reasons = []
    for way in _ways(model):
        packing = Packing(model=model, make=make, way=way, pad_token_id=pad_token_id)
        reason = _why_not(packing, chosen)
        if reason is None:
            return packing
        reasons.append(f"with {way} {reason}")
    raise ConfigError(
        f"packing: a model of type {kind!r} does not keep packed samples apart ({'; '.join(reasons)}); "
        "set packing: false, and group_by: length against padding"
    )


def _ways(model: PreTrainedModel) -> tuple[Way, ...]:
    """Which to try; a model with masks of its own (pictures that are read both ways) does not keep to positions, even if a sample without shows nothing."""
    return ("masks",) if hasattr(model, "create_masks_for_generate") else ("positions", "masks")


def _choose(samples: Sequence[Encoded]) -> list[Encoded]:
    """Three short samples, with pictures before those without; one that stands alone is taken twice."""
    best = sorted(samples, key=lambda row: (not row.arrays, len(row)))[: _NUM_SAMPLES - 1]
    plain = [row for row in samples if not row.arrays and all(row is not one for one in best)][:1]
    chosen = [*best, *plain]
    return chosen if len(chosen) > 1 else chosen * 2


def _why_not(packing: Packing, samples: Sequence[Encoded]) -> str | None:
    """What is wrong with a way of packing, or None."""
    try:
        with quiet(packing.model):
            return _difference(packing, samples)
    except (
        ArithmeticError, AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, SaysoError, TypeError, ValueError,
        Warning,
    ) as error:  # fmt: skip
        return f"it fails: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _difference(packing: Packing, samples: Sequence[Encoded]) -> str | None:
    alone = _read(packing.model, packing.make(samples))
    packed = _read(packing.model, packing.lay([samples]))
    scale = max(float(rows.abs().max()) for rows in alone)
    fine, coarse = _tolerances(alone[0].dtype)
    for number, (one, other) in enumerate(zip(alone, packed, strict=True)):
        if (far := float((one - other).abs().max())) > coarse * scale:
            return f"logits of sample {number + 1} are {far:.1e} off (the largest is {scale:.1e})"
    for changed in range(len(samples)):
        others = [_change(row) if number == changed else row for number, row in enumerate(samples)]
        again = _read(packing.model, packing.lay([others]))
        for number, (one, other) in enumerate(zip(packed, again, strict=True)):
            if number != changed and (far := float((one - other).abs().max())) > fine * scale:
                return f"sample {number + 1} sees sample {changed + 1}: its logits move by {far:.1e} of {scale:.1e}"
    return None


def _read(model: PreTrainedModel, piece: Batch) -> list[torch.Tensor]:
    """The logits of every sample, (its tokens, V)."""
    inputs, about = split_batch(piece)
    on_device = {name: _to(value, model.device) for name, value in inputs.items()}
    logits = model(**on_device, use_cache=False).logits.cpu()
    return [logits[about["loss_samples"] == number] for number in range(len(about["loss_counts"]))]


def _to(value: object, device: torch.device) -> object:
    if isinstance(value, dict):
        return {name: _to(one, device) for name, one in value.items()}
    return value.to(device) if isinstance(value, torch.Tensor) else value


def _change(row: Encoded) -> Encoded:
    """As long, with the words of its text the other way round and its pictures as negatives."""
    ids, free = np.array(row.input_ids), ~np.isin(row.roles, _KEPT)
    ids[free] = ids[free][::-1]
    arrays = {name: -value if np.issubdtype(value.dtype, np.floating) else value for name, value in row.arrays.items()}
    return replace(row, input_ids=ids.tolist(), arrays=arrays)


def _tolerances(dtype: torch.dtype) -> tuple[float, float]:
    """Of the largest logit: what may differ where nothing changed, and by another order of the same sums."""
    step = torch.finfo(dtype).eps
    return 4 * step, max(2e-5, 8 * step)
