"""Instruction modelling: loss on the instruction as on the response, for text as for pictures.

It was made against overfitting where examples are few or responses short, without pictures in mind, and knows no task templates. So on
a sample that has no system message of its own it weighs the same tokens as `l2t_keep_task_templates`.
"""

from sayso.train.objectives._protocol import INSTRUCTION, RESPONSE, Objective, objectives

__all__ = ["instruction_modelling"]


@objectives.register("instruction_modelling")
def instruction_modelling(*, system: float = 0.0) -> Objective:
    """All tokens weigh 1 but those of the prompt's frame (Shi et al. 2024, arXiv 2405.14394).

    From the paper: the frame, such as the marks of who speaks, is no target; one mean over all targets. So `options` weigh 1, being text of
    the instruction. Open in the paper, ours: a `system` message counts as frame, and so does the separator after a medium, of
    which text has none. The released code masks less than the paper says; we follow the paper.
    """
    return Objective(weights=RESPONSE | dict.fromkeys(INSTRUCTION, 1.0) | {"system": system})
