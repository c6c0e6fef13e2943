"""Attention to a prefix that many rows share and to what each row has of its own, without a copy of the prefix.

The softmax over both is that over each, weighed by how much of the sum each has (Juravsky et al. 2024, "Hydragen"; the same rule that
lets FlashAttention read keys in blocks): out = w a + (1 - w) b with w = sigmoid(lse_a - lse_b), where lse is the log of the sum of
exponents. The queries of all rows of a group meet its prefix in one product of matrices.
"""

import torch

__all__ = ["attend", "merge"]


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float, bias: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """What each query reads, (batch, heads, queries, d), and the log of its sum of exponents, (batch, heads, queries).

    `query` may have several times the heads of `key` and `value`, neighbours share one. `bias`, (batch, 1, queries, keys), is added to the scores.
    """
    batch, heads, count, width = query.shape
    held = key.shape[1]
    if heads != held:
        query = query.reshape(batch, held, heads // held * count, width)
        bias = None if bias is None else bias.repeat(1, 1, heads // held, 1)
    out, lse = (_fused if query.device.type == "cpu" else _plain)(query, key, value, scale, bias)
    return out.reshape(batch, heads, count, -1), lse.reshape(batch, heads, count)


def merge(one: tuple[torch.Tensor, torch.Tensor], other: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """What queries read from two sets of keys, as if these were one."""
    weight = (one[1] - other[1]).sigmoid().unsqueeze(-1).to(one[0].dtype)
    return torch.lerp(other[0], one[0], weight)


def _fused(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    if key.shape[-1] != value.shape[-1]:
        return _plain(query, key, value, scale, bias)
    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    out, lse = kernel(query, key, value, 0.0, False, attn_mask=bias, scale=scale)
    return out, lse


def _plain(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    scores = query @ key.mT * scale
    scores = (scores if bias is None else scores + bias).to(torch.promote_types(scores.dtype, torch.float32))
    lse = scores.logsumexp(-1)
    return (scores - lse.unsqueeze(-1)).exp().to(value.dtype) @ value, lse
