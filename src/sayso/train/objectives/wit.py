"""Weighted instruction tuning (WIT): one weight for the prompt and one for the response, and a mean that does not undo them."""

from sayso.errors import ConfigError
from sayso.train.objectives._protocol import PROMPT, RESPONSE, Objective, objectives

__all__ = ["wit"]


@objectives.register("wit")
def wit(*, prompt: float, response: float) -> Objective:
    """Prompt tokens weigh `prompt` and responses `response`, each 0 or more (Chatterjee et al. 2025, arXiv 2507.07817).

    From the paper's code: the sum is divided by the number of targets (`nonzero`), so that halving both weights halves the loss. From the paper: a low to moderate
    `prompt` with a moderate to high `response` did best; (0, 1) is `response_only` and (1, 1) `full_lm`. The prompt is all text in front of
    a response: system message, role marks, separators after media, and the instruction with its task templates and `options`; that the frame
    counts is a reading of ours.
    """
    if min(prompt, response) < 0 or not prompt + response:
        raise ConfigError(
            f"objective 'wit': prompt is {prompt} and response {response}; give numbers of 0 or more, not both 0"
        )
    weights = dict.fromkeys(RESPONSE, response) | dict.fromkeys(PROMPT, prompt)
    return Objective(weights=weights, normaliser="nonzero")
