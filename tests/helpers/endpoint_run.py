"""Evaluates a finished run in a process that can be killed: `python endpoint_run.py RUN FOLDER CONFIG`, the last as JSON."""

import sys
from pathlib import Path

from sayso.artifacts import StageContext
from sayso.config import EvaluateConfig
from sayso.evaluate import stage


def evaluate(run, folder, *, config):
    """Run the stage `evaluate` of a run that ends with `train` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = (run / "train",)
    return stage.run(StageContext(node="evaluate", config=config, seed=7, inputs=inputs, folder=folder))


if __name__ == "__main__":
    evaluate(Path(sys.argv[1]), Path(sys.argv[2]), config=EvaluateConfig.model_validate_json(sys.argv[3]))
