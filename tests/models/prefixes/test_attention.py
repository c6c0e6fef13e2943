"""Attention in two parts is attention; and so on every way that computes it."""

import pytest
import torch

from sayso.models.prefixes.attention import _plain, attend, merge


def some(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def wanted(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    group = query.shape[1] // key.shape[1]
    key, value = (tensor.repeat_interleave(group, dim=1) for tensor in (key, value))
    scores = query @ key.mT * 0.3
    return (scores if bias is None else scores + bias).softmax(-1) @ value


@pytest.mark.parametrize("held", [1, 2, 4])
def test_heads_may_share_keys_and_some_keys_be_hidden(held: int) -> None:
    query, key, value = some(2, 4, 3, 8), some(2, held, 5, 8, seed=1), some(2, held, 5, 8, seed=2)
    bias = torch.zeros(2, 1, 3, 5, dtype=torch.float64)
    bias[0, :, 1, 2:] = -torch.inf
    for hidden in (None, bias):
        out, lse = attend(query, key, value, scale=0.3, bias=hidden)
        torch.testing.assert_close(out, wanted(query, key, value, hidden))
        assert lse.shape == (2, 4, 3)


@pytest.mark.parametrize("far", [0.0, 30.0, -300.0])
def test_two_parts_are_the_whole_however_unequal(far: float) -> None:
    query, key, value = some(1, 2, 3, 8), some(1, 2, 9, 8, seed=1), some(1, 2, 9, 8, seed=2)
    key[:, :, :4] += far * query.mean(2, keepdim=True)
    parts = [attend(query, key[:, :, part], value[:, :, part], scale=0.3) for part in (slice(4), slice(4, 9))]
    torch.testing.assert_close(merge(*parts), wanted(query, key, value))
    torch.testing.assert_close(merge(*parts[::-1]), wanted(query, key, value))


def test_the_way_without_a_kernel_gives_the_same() -> None:
    query, key, value = some(2, 2, 3, 8), some(2, 2, 5, 8, seed=1), some(2, 2, 5, 8, seed=2)
    bias = some(2, 1, 3, 5, seed=3)
    for one, other in zip(
        _plain(query, key, value, 0.3, bias), attend(query, key, value, scale=0.3, bias=bias), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_values_may_be_of_another_width() -> None:
    query, key, value = some(1, 2, 3, 8), some(1, 2, 5, 8, seed=1), some(1, 2, 5, 4, seed=2)
    torch.testing.assert_close(attend(query, key, value, scale=0.3)[0], wanted(query, key, value))


def test_half_precision_keeps_its_format() -> None:
    query, key, value = (some(1, 2, 3, 8, seed=seed).bfloat16() for seed in range(3))
    parts = [attend(query, key, value, scale=0.3)] * 2
    assert merge(*parts).dtype == torch.bfloat16
    torch.testing.assert_close(merge(*parts), wanted(query, key, value), atol=0.03, rtol=0.03)
