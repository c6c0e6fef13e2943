"""How far apart a model's predictions are under different wordings of one example.

The response is the same text under each wording, so its tokens stand beside each other one to one. A wording that is there twice, because its
task has no more, is looked at once; an example with one wording adds nothing. A response that was cut short is compared as far as it goes.
"""

from functools import partial
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import log_softmax
from torch.utils.checkpoint import checkpoint

from sayso.errors import ConfigError, DataError
from sayso.models.collate import Batch
from sayso.train.batches.batch import supervised_positions
from sayso.train.objectives import IS_RESPONSE

__all__ = ["aligned_targets", "check_several", "Detach", "divergence", "Form", "num_aligned", "Positions"]

Form: TypeAlias = Literal["symmetric", "to_mean", "to_first"]
"""KL divergence between each two, mean over ordered pairs; of each from their mean (Jensen-Shannon); of each from the first."""

Positions: TypeAlias = Literal["response", "first"]
"""All tokens of the response and its end, or the first alone that the chat template does not write itself."""

Detach: TypeAlias = Literal["first", "none"]
"""Whether the first wording is a fixed aim or is drawn towards the others too."""

CHUNK = 1 << 24
"""Numbers of one chunk of predictions; what the divergence takes beside the logits is a few times as much."""

Ints: TypeAlias = NDArray[np.int64]


def check_several(name: str, num_wordings: int, *, weight: float) -> None:
    """A term that compares wordings wants two at least.

    Raises:
        ConfigError: it has one, or a weight below 0.
    """
    if num_wordings < 2:
        raise ConfigError(f"loss {name!r} has num_wordings {num_wordings}; it compares wordings: give 2 or more")
    if weight < 0:
        raise ConfigError(f"loss {name!r} has weight {weight}; give 0 or more")


def aligned_targets(piece: Batch, *, positions: Positions) -> list[Ints]:
    """For each number m of different wordings an array (m, P): where the same P response tokens stand among the N targets.

    Wordings come in the order in which they were drawn. Samples without any target, which fill up the last pieces of several processes, are passed over.

    Raises:
        DataError: the response of an example is other tokens under another wording, or no target.
    """
    responses, texts = _responses(piece), _texts(piece)
    leads = piece["loss_leads"].tolist()
    silent = {sample for sample, count in enumerate(piece["loss_counts"].tolist()) if not count}
    groups, numbers = piece["loss_groups"].tolist(), piece["loss_wordings"].tolist()
    wordings: dict[int, dict[bytes, int]] = {}
    for sample in sorted({*range(len(groups))} - silent, key=lambda sample: (groups[sample], numbers[sample])):
        wordings.setdefault(groups[sample], {}).setdefault(texts[sample], sample)
    found: dict[int, list[Ints]] = {}
    for samples in wordings.values():
        if len(samples) > 1:
            places = _side_by_side([responses[sample] for sample in samples.values()])
            lead = leads[next(iter(samples.values()))]
            found.setdefault(len(samples), []).append(places[:, lead : lead + 1] if positions == "first" else places)
    return [np.concatenate(several, axis=1) for _, several in sorted(found.items())]


def num_aligned(piece: Batch, *, positions: Positions) -> float:
    """How many response tokens are predicted under several wordings."""
    return float(sum(places.shape[1] for places in aligned_targets(piece, positions=positions)))


def divergence(
    scores: torch.Tensor, *, form: Form = "symmetric", detach: Detach = "first", temperature: float = 1.0
) -> torch.Tensor:
    """Sum over P positions of the divergence between m predictions, in nats; `scores` (m, P, V) are logits.

    Softened predictions have their divergence multiplied by the squared temperature, which keeps the gradient's size (Hinton et al. 2015).
    Chunks of positions are computed again on the way back, so that no probabilities are kept.
    """
    size = max(1, CHUNK // (scores.shape[0] * scores.shape[2]))
    parts = torch.split(scores, size, dim=1)
    if len(parts) == 1 or not scores.requires_grad:
        return torch.stack([_divergence(part, form, detach, temperature) for part in parts]).sum()
    again = partial(checkpoint, use_reentrant=False, preserve_rng_state=False)
    return torch.stack([again(_divergence, part, form, detach, temperature) for part in parts]).sum()


def _divergence(scores: torch.Tensor, form: Form, detach: Detach, temperature: float) -> torch.Tensor:
    logs = log_softmax(scores.float() / temperature, dim=-1)
    others = len(logs) - 1
    if form == "to_first":
        first = logs[0].detach() if detach == "first" else logs[0]
        apart = (first.exp() * (first - logs[1:])).sum() / others
    elif form == "to_mean":
        middle = torch.logsumexp(logs, dim=0) - np.log(len(logs))
        apart = (logs.exp() * (logs - middle)).sum() / len(logs)
    else:  # the sum over pairs i, j of p_i (log p_i - log p_j) is m times the sum over i of p_i (log p_i - mean of log p)
        apart = (logs.exp() * (logs - logs.mean(dim=0))).sum() / others
    return apart * temperature**2


def _texts(piece: Batch) -> list[bytes]:
    """The token ids of each sample, in a packed row too; an encoder's rows are one sample each."""
    if "decoder_input_ids" in piece:
        return [row.tobytes() for row in piece["input_ids"].cpu().numpy()]
    samples, ids = (piece[name].cpu().numpy().ravel() for name in ("loss_samples", "input_ids"))
    return [text.tobytes() for text in _by_sample(samples, ids, number=len(piece["loss_groups"]))]


def _responses(piece: Batch) -> list[Ints]:
    """Of each sample: (2, L), where its response's tokens stand among the targets, and their ids."""
    after = torch.roll(supervised_positions(piece), 1, dims=1)
    read = (piece["loss_samples"], piece["loss_roles"], piece.get("decoder_input_ids", piece["input_ids"]))
    samples, roles, ids = (value[after].cpu().numpy() for value in read)
    kept = np.flatnonzero(IS_RESPONSE[roles])
    places = _by_sample(samples[kept], kept, number=len(piece["loss_groups"]))
    return [np.stack([where, ids[where]]) for where in places]


def _by_sample(samples: Ints, values: Ints, *, number: int) -> list[Ints]:
    order = np.argsort(samples, kind="stable")
    starts = np.searchsorted(samples[order], np.arange(number + 1))
    return [values[order[low:high]] for low, high in pairwise(starts)]


def _side_by_side(responses: list[Ints]) -> Ints:
    length = min(response.shape[1] for response in responses)
    if not length:
        raise DataError(
            f"a response of {length} target tokens cannot be compared between wordings: the objective weighs no token of it; "
            "choose one that does, or take the term out of train.losses"
        )
    for response in responses[1:]:
        if (response[1, :length] != responses[0][1, :length]).any():
            first, other = (one[1, :length].tolist() for one in (responses[0], response))
            raise DataError(
                f"the response of an example is the tokens {first[:12]} under one wording and {other[:12]} under another, so they "
                "cannot be compared one to one; take the term out of train.losses for this tokenizer"
            )
    return np.stack([response[0, :length] for response in responses])
