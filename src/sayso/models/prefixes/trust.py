"""Which models may be read behind shared prefixes. What can be seen is looked up; then the model is compared with itself, once, on the first prompts.

Encoder-decoders, models that see more than tokens before them (a Q-Former), caches that are no plain keys and values (state spaces) and
attention with additions of its own are refused, and read the plain way. Where a model has sliding windows, so is what is longer than they are.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from transformers import PreTrainedModel

from sayso.models._protocol import ModelBundle
from sayso.models.attached import Attached, attached_to
from sayso.models.collate import collate
from sayso.models.encode import Encoded
from sayso.models.prefixes.reading import NO_WINDOW, NotPlain, Reading
from sayso.models.prefixes.rows import Row

__all__ = ["judge", "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """Why a model cannot be read behind shared prefixes, None if it can; and from how many tokens on it cannot."""

    reason: str | None
    window: int = NO_WINDOW


_verdicts: "WeakKeyDictionary[PreTrainedModel, tuple[list[Attached], Verdict]]" = WeakKeyDictionary()


def judge(bundle: ModelBundle, *, prompt: Encoded, length: int) -> Verdict:
    """Whether this model can be read behind shared prefixes.

    It is tried out on `prompt`, whose first `length` tokens would be shared; the verdict is kept for the model and what is attached to it.
    """
    attached = attached_to(bundle.model)
    before, verdict = _verdicts.get(bundle.model, (None, Verdict(None)))
    if before != attached:
        reason = _refused(bundle.model, prompt)
        verdict = Verdict(reason) if reason else _tried(bundle, prompt, length)
        _verdicts[bundle.model] = (attached, verdict)
    return verdict


def _refused(model: PreTrainedModel, prompt: Encoded) -> str | None:
    if prompt.beside or model.config.is_encoder_decoder:
        return "it reads more than the tokens before"
    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        return "it cannot give the logits of chosen tokens alone"
    return None


def _tried(bundle: ModelBundle, prompt: Encoded, length: int) -> Verdict:
    """Logits behind a prefix, with the last token read by itself, against those of the whole prompt."""
    reading = Reading(bundle, capacity=len(prompt) - length + 1)
    try:
        with torch.inference_mode():
            got, wanted = _shared(reading, prompt, min(length, len(prompt) - 2)), _whole(bundle, prompt)
    except NotPlain as error:
        return Verdict(str(error))
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        return Verdict(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    far, scale = float((got - wanted).float().square().mean().sqrt()), float(wanted.float().std())
    if not far <= 0.5 * torch.finfo(wanted.dtype).eps ** 0.5 * scale and bool(wanted.isfinite().all()):
        return Verdict(f"logits are {far:.1e} off behind a shared prefix (they spread by {scale:.1e})")
    return Verdict(None, reading.window - (reading.num_shared - min(length, len(prompt) - 2)))


def _shared(reading: Reading, prompt: Encoded, length: int) -> torch.Tensor:
    rest: Sequence[int] = prompt.input_ids[length:]
    reading.open([prompt.first(length)], counts=[2])
    reading.read([Row(tokens=rest[:-1])] * 2)
    return reading.read([Row(tokens=rest[-1:])] * 2)[0]


def _whole(bundle: ModelBundle, prompt: Encoded) -> torch.Tensor:
    model = bundle.model
    batch = {name: tensor.to(model.device) for name, tensor in collate([prompt], pad_token_id=0).items()}
    logits: torch.Tensor = model(**batch, logits_to_keep=1).logits[0, -1]
    return logits
