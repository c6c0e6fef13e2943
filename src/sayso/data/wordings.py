"""The wordings of a planned task: the library's, those an augment stage wrote or a source brought along, or the bare task name."""

from collections.abc import Sequence

from sayso.config import BuildConfig
from sayso.data.plan import TaskPlan
from sayso.errors import DataError
from sayso.instructions.library import load_templates
from sayso.instructions.template import check_slots
from sayso.records import Template
from sayso.seeds import Stream
from sayso.tasks import CONVERSATION, Task

__all__ = ["task_wordings"]


def task_wordings(
    plan: TaskPlan, *, config: BuildConfig, seed: int, given: Sequence[Template] | None = None
) -> list[Template]:
    """The wordings of a task that `config` asks for, each with the slots of its card; `given` replace those of the library.

    Raises:
        DataError: a template has wrong slots, or there is none to use.
    """
    if config.wordings == "task_name" and plan.task is not CONVERSATION:
        return [_name_alone(plan.task)]
    templates = list(given or plan.brought or load_templates(plan.task))
    for template in templates:
        check_slots(template.text, slots=plan.task.slots)
    if not templates or (plan.held_out is None and all(template.held_out for template in templates)):
        raise DataError(
            f"task {plan.task.name!r} has no wording to train on; add one to the library or augment.templates"
        )
    return templates if plan.held_out else _limited(templates, limit=config.max_wordings, seed=seed)


def _name_alone(task: Task) -> Template:
    """MultiInstruct's baseline: the task's name, then its slots, so that nothing can be learned about instructions."""
    slots = [f"{{{name}}}" for name in task.slots if name != "options"]
    text = ": ".join([task.name.replace("_", " "), *([" ; ".join(slots)] if slots else [])])
    return Template(id=f"{task.name}/name", task=task.name, text=text, origin="task_name")


def _limited(templates: list[Template], *, limit: int | None, seed: int) -> list[Template]:
    """Up to `limit` wordings to train on, drawn so that a larger limit takes in a smaller one, and all held-out ones."""
    trained = [template for template in templates if not template.held_out]
    if limit is None or limit >= len(trained):
        return templates
    drawn = Stream(seed, "wordings", templates[0].task).sample(trained, len(trained))[:limit]
    return [template for template in templates if template.held_out or template in drawn]
