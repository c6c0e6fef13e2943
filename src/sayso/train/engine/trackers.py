"""Where a run's curves go besides `log.jsonl`: TensorBoard's files in the stage folder, and any tracker that transformers knows by name.

A tracker that is unknown or not installed is refused before anything is made. Runs are named as their node, projects as the run folder; what
else a tracker wants to know it takes from its own environment variables (`WANDB_MODE=offline`, `MLFLOW_TRACKING_URI` ...).
"""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback
from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

from sayso.errors import ConfigError, did_you_mean

__all__ = ["check_trackers", "tensorboard"]

_MODULES = {"azure_ml": "azureml", "flyte": "flytekit", "kubeflow": "kubeflow"}  # others are named as their trackers
_PACKAGES = {"azure_ml": "azureml-mlflow", "comet_ml": "comet-ml", "flyte": "flytekit", "tensorboard": "'sayso[train]'"}


def check_trackers(names: Sequence[str], *, project: str) -> None:
    """Refuse what cannot report; Weights & Biases, which transformers gives no project, is told it here.

    Raises:
        ConfigError: no such tracker, or it is not installed.
    """
    for name in names:
        if name not in INTEGRATION_TO_CALLBACK:
            raise ConfigError(
                f"report_to: no tracker named {name!r}{did_you_mean(name, list(INTEGRATION_TO_CALLBACK))}"
            )
        if find_spec(_MODULES.get(name, name)) is None:
            raise ConfigError(
                f"report_to: {name} is not installed; type: pip install {_PACKAGES.get(name, name)}, or take it out of report_to"
            )
    if "wandb" in names:
        os.environ.setdefault("WANDB_PROJECT", project)


def tensorboard(folder: Path, *, done: int) -> TrainerCallback:
    """Writes into `folder`, and takes back what a killed run wrote after step `done`."""
    from torch.utils.tensorboard import SummaryWriter

    return TensorBoardCallback(SummaryWriter(str(folder), purge_step=done + 1 if done else None))
