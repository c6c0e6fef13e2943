"""Learning to instruct (L2T): the model learns to say the instruction too, given the picture, and not only the response.

What the instruction is about can only be told by looking, so predicting it ties language to the picture. That holds for its content: a system
message, the marks of who speaks, and task templates ("Answer with a single word.") say nothing about any picture and stay
out of the loss. They stay in the input, and later tokens are conditioned on them.
"""

from sayso.train.objectives._protocol import RESPONSE, Objective, objectives

__all__ = ["l2t"]


@objectives.register("l2t")
def l2t(*, instr: float = 1.0) -> Objective:
    """Instruction content and responses weigh 1 a token, of every turn ("Learning to Instruct for Visual Instruction Tuning", arXiv 2503.22215).

    From the paper: the weight of 1 for both, and what is left out (system, role marks, task templates). Read off the code that it
    builds on: one mean over instruction and response together, ends of turns. Open in the paper, ours: `options` weigh as other
    content of the instruction does (`options: 0` leaves them out); instructions of later turns and of samples without media
    are targets (`instr_turns`, `instr_on_text_only`); the separator after a medium is none. An `instr` other than 1 is ours.
    """
    return Objective(weights=RESPONSE | {"instr": instr, "options": instr})
