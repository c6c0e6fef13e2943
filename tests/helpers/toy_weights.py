"""Objectives that other tools can and cannot express."""

from sayso.train.objectives import Objective

TEXTS = ("instr_template", "instr", "options", "response", "resp_end")


def instructions_too() -> Objective:
    """Instruction and response alike, nothing that the template writes."""
    return Objective(weights=dict.fromkeys(TEXTS, 1.0))


def everything() -> Objective:
    """All that is no medium."""
    return Objective(weights={**dict.fromkeys(TEXTS, 1.0), "system": 1.0, "role_mark": 1.0})


def half() -> Objective:
    """The prompt at half the weight."""
    return Objective(weights={**dict.fromkeys(TEXTS, 0.5), "response": 1.0, "resp_end": 1.0})
