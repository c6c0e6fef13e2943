"""Selectors: which samples of a pool are kept under a budget, and why the others are not."""

from sayso.data.selectors._protocol import Budget, Picked, Pool, Selector, selectors

__all__ = ["Budget", "Picked", "Pool", "Selector", "selectors"]
