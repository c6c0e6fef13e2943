"""Tasks and their wordings as plain values, for lists and machines."""

from typing import Any

from sayso import tasks
from sayso.instructions.library import load_templates
from sayso.tasks import Task

__all__ = ["task_card", "task_cards"]


def task_cards(*, variations: bool = False) -> list[dict[str, Any]]:
    """One mapping per task: name, category, held_out, needs, output, metrics, num_templates, num_held_out_templates.

    With `variations` these are the variations of all tasks instead, each with `base` and `variation`.
    """
    if not variations:
        return [_card(tasks.get(name)) for name in tasks.names()]
    return [
        {**_card(task), "base": task.base, "variation": task.variation}
        for task in sorted(tasks.varied(tasks.catalog().values()), key=lambda task: task.name)
    ]


def task_card(name: str) -> dict[str, Any]:
    """One task's card with its summary, slots, aliases, all wordings, and what stands in for its usual data on synthetic scenes.

    Raises:
        ConfigError: no such task.
    """
    task = tasks.get(name)
    templates = [
        {"id": t.id, "text": t.text, "language": t.language, "held_out": t.held_out, "distance": t.distance}
        for t in load_templates(task)
    ]
    more = {
        "summary": task.summary,
        "slots": dict(task.slots),
        "aliases": list(task.aliases),
        "analogue": task.analogue,
        "templates": templates,
    }
    return {**_card(task), **more}


def _card(task: Task) -> dict[str, Any]:
    templates = load_templates(task)
    return {
        "name": task.name,
        "category": task.category,
        "held_out": task.held_out,
        "needs": sorted(task.needs),
        "output": task.output,
        "metrics": list(task.metrics),
        "num_templates": len(templates),
        "num_held_out_templates": sum(template.held_out for template in templates),
    }
