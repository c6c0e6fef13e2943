"""Which models may be read behind shared prefixes. What can be seen is looked up; then the model is compared with itself, once, on the first prompts.

Encoder-decoders, models that see more than tokens before them (a Q-Former), positions of several numbers (Qwen-VL), caches that are no
plain keys and values (sliding windows, state spaces) and attention with additions of its own are refused, and read the plain way.
"""

import inspect
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from transformers import PreTrainedModel

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate
from sayso.models.encode import Encoded
from sayso.models.prefixes.reading import NotPlain, Reading, Row

__all__ = ["why_not"]

_verdicts: "WeakKeyDictionary[PreTrainedModel, str | None]" = WeakKeyDictionary()


def why_not(bundle: ModelBundle, *, prompt: Encoded, length: int) -> str | None:
    """Why this model cannot be read behind shared prefixes; None if it can.

    It is tried out on `prompt`, whose first `length` tokens would be shared; the verdict is kept for the model.
    """
    if bundle.model not in _verdicts:
        _verdicts[bundle.model] = _refused(bundle.model, prompt) or _tried(bundle, prompt, length)
    return _verdicts[bundle.model]


def _refused(model: PreTrainedModel, prompt: Encoded) -> str | None:
    if prompt.beside or model.config.is_encoder_decoder:
        return "it reads more than the tokens before"
    if any(hasattr(part, "get_rope_index") for part in (model, getattr(model, "model", None))):
        return "its positions are more than one number a token"
    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        return "it cannot give the logits of chosen tokens alone"
    return None


def _tried(bundle: ModelBundle, prompt: Encoded, length: int) -> str | None:
    """Logits behind a prefix, with the last token read by itself, against those of the whole prompt."""
    try:
        with torch.inference_mode():
            got, wanted = _shared(bundle, prompt, min(length, len(prompt) - 2)), _whole(bundle, prompt)
    except NotPlain as error:
        return str(error)
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    far, scale = float((got - wanted).abs().max()), float(wanted.abs().max())
    if not far <= torch.finfo(wanted.dtype).eps ** 0.5 * scale and bool(wanted.isfinite().all()):
        return f"logits are {far:.1e} off behind a shared prefix (the largest is {scale:.1e})"
    return None


def _shared(bundle: ModelBundle, prompt: Encoded, length: int) -> torch.Tensor:
    rest: Sequence[int] = prompt.input_ids[length:]
    reading = Reading(bundle, capacity=len(rest))
    reading.open([prompt.first(length)], counts=[2])
    reading.read([Row(tokens=rest[:-1])] * 2)
    return reading.read([Row(tokens=rest[-1:])] * 2)[0]


def _whole(bundle: ModelBundle, prompt: Encoded) -> torch.Tensor:
    model = bundle.model
    batch = {name: tensor.to(model.device) for name, tensor in collate([prompt], pad_token_id=0).items()}
    logits: torch.Tensor = model(**batch, logits_to_keep=1).logits[0, -1]
    return logits
