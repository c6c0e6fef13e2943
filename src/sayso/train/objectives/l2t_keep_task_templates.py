"""L2T with task templates among the targets: the paper's ablation of template removal."""

from sayso.train.objectives._protocol import RESPONSE, Objective, objectives

__all__ = ["l2t_keep_task_templates"]


@objectives.register("l2t_keep_task_templates")
def l2t_keep_task_templates(*, instr: float = 1.0) -> Objective:
    """Everything that the user says and the responses weigh 1 a token; system message and role marks weigh 0.

    The third of four steps in the paper's ablation (arXiv 2503.22215, table 4), between the whole prompt and `l2t`. `options` are part of
    what the user says; that is open in the paper, ours.
    """
    return Objective(weights=RESPONSE | {"instr_template": instr, "instr": instr, "options": instr})
