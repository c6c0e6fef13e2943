"""Objectives: how much a token of each role weighs in the loss, and what the sum is divided by."""

from sayso.train.objectives._labels import IGNORED, labels_of
from sayso.train.objectives._normalisers import IS_RESPONSE, Normaliser
from sayso.train.objectives._protocol import INSTRUCTION, Objective, Weigh, Weighed, objectives

__all__ = [
    "IGNORED",
    "INSTRUCTION",
    "IS_RESPONSE",
    "labels_of",
    "Normaliser",
    "Objective",
    "objectives",
    "Weigh",
    "Weighed",
]
