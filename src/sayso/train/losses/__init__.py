"""Losses: named terms beside the objective's, for what a model is to be besides right."""

from sayso.train.losses._protocol import LossTerm, Score, losses

__all__ = ["losses", "LossTerm", "Score"]
