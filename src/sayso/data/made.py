"""What a build reads of synthesize stages: each one among its parents is one more source, and all of its items go to training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sayso import tasks
from sayso.artifacts import StageContext
from sayso.config import SourceConfig
from sayso.data.plan import TaskPlan
from sayso.data.walk import open_source
from sayso.errors import ConfigError
from sayso.records import AnnotatedItem

__all__ = ["made_folders", "refuse_unused", "with_made"]

KIND, SOURCE = "synthesize", "synthesized"


def made_folders(context: StageContext) -> list[Path]:
    """The synthesize stages that this one reads itself, in order."""
    return context.inputs_of(KIND)


def with_made(context: StageContext) -> StageContext:
    """The same with a source for each of them behind those of the recipe."""
    made = tuple(_source(folder) for folder in made_folders(context))
    config = context.config.model_copy(update={"sources": (*context.config.sources, *made)})
    return replace(context, config=config)


def refuse_unused(folders: Sequence[Path], plans: Sequence[TaskPlan]) -> None:
    """Refuse a build that would leave all that a stage made aside, which nobody wants and few would notice.

    Raises:
        ConfigError: no task of the build takes anything of a stage; says which would.
    """
    needs = [plan.task.needs for plan in plans if plan.held_out is None]
    for folder in folders:
        offered = set[str]()
        for item in open_source(_source(folder)).items():
            provided = tasks.provides(item) if isinstance(item, AnnotatedItem) else frozenset()
            if any(need <= provided for need in needs):
                break
            offered |= provided
        else:
            raise ConfigError(
                f"no task of the build takes anything that stage {folder.name!r} made; its items offer {', '.join(sorted(offered)) or 'nothing'}: "
                "add a task that needs one of them to build.tasks, such as conversation"
            )


def _source(folder: Path) -> SourceConfig:
    return SourceConfig.model_validate({"name": SOURCE, "path": str(folder)})
