"""Objectives of a user: one weighs a role that toy samples do not have, one takes an option, one is none."""

from sayso.train.objectives import Objective


def system_only() -> Objective:
    """Nothing but the system prompt."""
    return Objective(weights={"system": 1.0})


def options_only() -> Objective:
    """Many samples have none, and whole pieces then no target."""
    return Objective(weights={"options": 1.0})


def loud_options(*, volume: float = 1.0) -> Objective:
    """A user's own, with an option of its own."""
    return Objective(weights={"response": volume, "options": 5.0})


def no_objective() -> int:
    """Something else."""
    return 3
