"""An objective that weighs a role which toy samples do not have."""

from sayso.train.objectives import Objective


def system_only() -> Objective:
    """Nothing but the system prompt."""
    return Objective(weights={"system": 1.0})
