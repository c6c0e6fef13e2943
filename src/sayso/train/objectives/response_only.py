"""Loss on the response and on the token that ends it, on nothing else: what visual instruction tuning (VIT) does."""

from sayso.train.objectives._protocol import RESPONSE, Objective, objectives

__all__ = ["response_only"]


@objectives.register("response_only")
def response_only() -> Objective:
    """Response tokens and the end of turn weigh 1 each, of every turn (Liu et al. 2023, LLaVA, equation 1).

    The end of turn is a target in LLaVA's code too. `options` weigh 0: they are the user's.
    """
    return Objective(weights=RESPONSE | {"options": 0.0})
