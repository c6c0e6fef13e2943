"""Where a model looks while it answers: for each layer, the share of attention that goes to the picture, to the instruction, and to what it has written so far.

Attention is that of the places that predict the reference answer, averaged over heads and these places; shares over all that is looked at sum to 1. Raw attention is no proof of use:
first tokens draw it without being read. Source: MultiInstruct's analysis of attention to image and text tokens (Xu et al. 2023, arXiv 2212.10773); averaging over heads and answer tokens is ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.errors import BackendError
from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.quiet import quiet
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES, Sample
from sayso.sources import load_image

__all__ = ["attention_by_layer", "GROUPS"]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "media": ("media",),
    "instruction": ("instr_template", "instr"),
    "options": ("options",),
    "response": ("response", "resp_end"),
    "other": tuple(
        role for role in ROLES if role not in {"media", "instr_template", "instr", "options", "response", "resp_end"}
    ),
}
"""What is looked at, by token roles."""

NO_LIMIT = 1 << 20
Floats = NDArray[np.float64]


def attention_by_layer(
    bundle: ModelBundle, samples: Sequence[Sample], *, advance: Callable[[int], None] = lambda rows: None
) -> Floats:
    """(samples, layers, groups) in the order of GROUPS; samples end with their reference answer.

    Raises:
        BackendError: the model does not tell its attention, or reads its input apart from what it writes.
        DataError: a sample does not fit the model.
    """
    encoder = make_encoder(bundle, max_tokens=NO_LIMIT, load=load_image)
    found = []
    with _eager(bundle.model), quiet(bundle.model):
        for sample in samples:
            (row,) = encoder.encode_batch([sample])
            if row.beside:
                raise BackendError(
                    f"{type(bundle.model).__name__} reads its input apart from what it writes; it has no attention of one kind"
                )
            found.append(_shares(bundle, row))
            advance(1)
    return np.stack(found)


@contextmanager
def _eager(model: Any) -> Iterator[None]:
    """Attention by the plain code, which alone tells its weights."""
    before = {"": model.config._attn_implementation}
    before |= {
        name: part._attn_implementation
        for name in model.config.sub_configs
        if (part := getattr(model.config, name)) is not None
    }
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def _shares(bundle: ModelBundle, row: Encoded) -> Floats:
    """(layers, groups) of one sample."""
    model = bundle.model
    batch = {name: tensor.to(model.device) for name, tensor in collate([row], pad_token_id=0).items()}
    layers = model(**batch, output_attentions=True, use_cache=False).attentions
    if not layers or any(layer is None for layer in layers):
        raise BackendError(f"{type(model).__name__} does not tell its attention; leave evaluate.visual.attention out")
    answer = np.isin(row.roles, [ROLE_CODE["response"], ROLE_CODE["resp_end"]]) & row.last_turn
    places = np.flatnonzero(answer) - 1
    weights = torch.stack([layer[0][:, places].float().mean(dim=(0, 1)) for layer in layers]).double().cpu().numpy()
    masks = np.stack([np.isin(row.roles, [ROLE_CODE[role] for role in roles]) for roles in GROUPS.values()])
    return np.asarray(weights @ masks.T.astype(np.float64))
