"""Full language modelling: every word is a target, whoever wrote it, as in further pretraining."""

from sayso.train.objectives._protocol import PROMPT, RESPONSE, Objective, objectives

__all__ = ["full_lm"]


@objectives.register("full_lm")
def full_lm() -> Objective:
    """All text weighs 1: system message, role marks, separators after media, instructions with `options`, responses.

    What others call `train_on_inputs` (Axolotl), `train_on_prompt` (LLaMA-Factory) or loss scale `all` (ms-swift). LLaMA-Factory copies the ids of the
    prompt as labels, those of image placeholders with them, so that the model is trained to predict placeholders; here media never are
    targets, since such a place predicts no word. Neither is a beginning of sequence, which nothing predicts.
    """
    return Objective(weights=RESPONSE | dict.fromkeys(PROMPT, 1.0))
