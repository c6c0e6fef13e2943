"""Rounds: stretches of a run with one policy each, which task comes how often and in what order; decided, written down, and computed from there."""

from sayso.train.rounds.opening import is_plain, open_order, static_weights
from sayso.train.rounds.order import MeasuredOrder

__all__ = ["is_plain", "MeasuredOrder", "open_order", "static_weights"]
