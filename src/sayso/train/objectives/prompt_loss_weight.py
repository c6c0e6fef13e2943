"""Prompt loss weight (PLW): the whole prompt is a target, with one weight for all of it."""

from sayso.errors import ConfigError
from sayso.train.objectives._protocol import PROMPT, RESPONSE, Objective, objectives

__all__ = ["prompt_loss_weight"]


@objectives.register("prompt_loss_weight")
def prompt_loss_weight(*, weight: float) -> Objective:
    """Prompt tokens weigh `weight`, in [0, 1], responses 1 (Huerta-Enochian and Ko 2024, arXiv 2401.13586).

    From the paper: the weights; where responses are short, 0.01 to 0.5 did best on multiple choice and short generation, about 1 on long
    generation, and where they are long it made no difference. The prompt is all text in front of a response: system
    message, role marks, separators after media, and the instruction with its task templates and `options`; that role marks count is a reading of
    ours, and so is everything about media. The normaliser `weights` is that of a public re-implementation; the authors' own is not checked.
    """
    if not 0 <= weight <= 1:
        raise ConfigError(f"objective 'prompt_loss_weight': weight is {weight}; give a number from 0 to 1")
    return Objective(weights=RESPONSE | dict.fromkeys(PROMPT, weight))
