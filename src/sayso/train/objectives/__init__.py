"""Objectives: how much a token of each role weighs in the loss."""

from sayso.train.objectives._protocol import Objective, Weigh, Weighed, objectives

__all__ = ["Objective", "objectives", "Weigh", "Weighed"]
