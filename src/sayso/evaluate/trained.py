"""What an evaluation asks of the train stage before it: where its models are, how they are opened, and what they were trained on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from sayso.artifacts import StageContext, read_manifest
from sayso.config import EvaluateConfig
from sayso.errors import DataError, few
from sayso.evaluate.backends import Backend
from sayso.evaluate.opening import STORE, backend_of
from sayso.evaluate.plan import TaskPlan

__all__ = ["model_folders", "named_folders", "open_trained", "unlike_the_build"]


def model_folders(train: Path) -> dict[str, str]:
    """Where the models of a train stage are: `tuned`, and `untuned`, the weights before its first step.

    Raises:
        DataError: the stage does not say where the untuned weights are.
    """
    mark = train / "untuned.json"
    try:
        path = msgspec.json.decode(mark.read_bytes(), type=dict[str, str])["path"]
    except (OSError, KeyError, msgspec.MsgspecError) as error:
        raise DataError(f"{mark} does not name the untuned model ({error!r}); train again") from error
    beside = train / path
    return {"tuned": str(train / "model"), "untuned": str(beside) if beside.exists() else path}


def named_folders(context: StageContext) -> dict[str, str]:
    """The folders, or hub ids, of the models that the recipe names, in its order.

    Raises:
        DataError: as `model_folders`.
    """
    folders = model_folders(context.nearest("train"))
    return {name: folders[name] for name in context.config.models}


def open_trained(model: str, *, context: StageContext, config: EvaluateConfig) -> Backend:
    """The backend of the recipe on the model of that name.

    Replies of endpoints lie beside the stage, whose folder is thrown away when its config changes.

    Raises:
        ConfigError: no such backend, or an option is wrong.
        DataError: as `model_folders`.
    """
    return backend_of(
        config.backend,
        model=lambda: model_folders(context.nearest("train"))[model],
        batch_size=config.per_device_eval_batch_size,
        store=context.folder.parent / STORE,
        progress=context.progress,
    )


def unlike_the_build(plans: Sequence[TaskPlan], *, context: StageContext) -> Iterator[str]:
    """Where what the weights were trained on is not what the build says of its tasks, as stages may train on some or come from other builds."""
    counts = [manifest.counts for manifest in map(read_manifest, context.ancestors()) if manifest.kind == "train"]
    trained = {task for stage in counts for key in ("samples", "replayed") for task in stage.get(key, {})}
    held_in = {plan.task.name: plan.task.group == "held_in" for plan in plans}
    if not trained:
        return
    if seen := sorted(name for name, inside in held_in.items() if not inside and name in trained):
        yield f"held out by the build, but a stage before was trained on them: {few(seen)}"
    if unseen := sorted(name for name, inside in held_in.items() if inside and name not in trained):
        yield f"counted as held-in, but no stage was trained on them: {few(unseen)}; a transfer tells them apart"
