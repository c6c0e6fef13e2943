"""`sayso env`: versions, devices and paths, for bug reports."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from pathlib import Path
from typing import Any

from sayso import __version__, recipes
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json

__all__ = ["env"]

LIBRARIES = (
    "torch",
    "transformers",
    "accelerate",
    "datasets",
    "peft",
    "pyarrow",
    "numpy",
    "pillow",
    "msgspec",
    "pydantic",
)
OPTIONAL = ("torchvision", "num2words", "bitsandbytes", "deepspeed", "tensorboard", "trackio", "wandb")
"""What some models, methods and trackers want."""


def env(*, json: Json = False) -> None:
    """Show versions, devices, memory, disk and paths."""
    facts: dict[str, Any] = {
        "sayso": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: _version(name) for name in (*LIBRARIES, *OPTIONAL)},
        "devices": _devices(),
        "cpu_count": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "disk_free_gib": round(shutil.disk_usage(Path.cwd()).free / 2**30, 1),
        "SAYSO_DATA": os.environ.get("SAYSO_DATA"),
        "HF_HOME": os.environ.get("HF_HOME"),
        "recipes": recipes.names(),
    }
    for name, value in facts.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        absent = "not installed" if name in {*LIBRARIES, *OPTIONAL} else "not set"
        stdout.print(f"{name:16}{absent if value is None else text}", markup=False)
    if json:
        print_json(facts)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _devices() -> list[str]:
    if importlib.util.find_spec("torch") is None:
        return ["cpu"]
    import torch

    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())] or ["cpu"]
