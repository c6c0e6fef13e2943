"""Loss on the response and on the token that ends it, on nothing else: what visual instruction tuning (VIT) does."""

from sayso.train.objectives._protocol import Objective, objectives

__all__ = ["response_only"]


@objectives.register("response_only")
def response_only() -> Objective:
    """Response tokens and the end of turn weigh 1 each (Liu et al. 2023, LLaVA, equation 1)."""
    return Objective(weights={"response": 1.0, "resp_end": 1.0})
