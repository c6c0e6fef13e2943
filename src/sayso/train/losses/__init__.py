"""Losses: named terms beside the objective's, for what a model is to be besides right."""

from sayso.train.losses._build import build_terms
from sayso.train.losses._protocol import LossTerm, Score, losses

__all__ = ["build_terms", "losses", "LossTerm", "Score"]
