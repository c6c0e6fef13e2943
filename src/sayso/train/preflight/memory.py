"""Memory of a training step: what it takes at most, what the optimizer will add, and what the device still has.

On a GPU the allocator knows its own peak. On a CPU it is the peak of the process's resident memory, which Linux lets a process start anew; where
that cannot be done it is the growth of the highest peak so far, a lower bound.
"""

import ctypes
import gc
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from sayso.errors import ConfigError

__all__ = ["available_bytes", "MemoryNeed", "optimizer_bytes", "Peak", "peak_memory", "refuse_short"]

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")
_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


@dataclass
class Peak:
    """How many bytes were taken, at the highest, beyond what was held before."""

    num_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class MemoryNeed:
    """What the largest step looked at needs beyond the weights, in bytes, and what the device has left for it (None: not known)."""

    device: str
    num_samples: int
    num_tokens: int
    step_bytes: int
    optimizer_bytes: int
    available_bytes: int | None

    @property
    def more_bytes(self) -> int:
        """Activations, gradients and optimizer states together."""
        return self.step_bytes + self.optimizer_bytes


@contextmanager
def peak_memory(device: torch.device) -> Iterator[Peak]:
    """Measure the block; `num_bytes` is filled in at its end."""
    peak = Peak()
    before = _start(device)
    yield peak
    peak.num_bytes = max(0, _highest(device) - before)


def available_bytes(device: torch.device) -> int | None:
    """What may still be allocated: of the GPU, or of this machine or the container that it is limited to."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    if device.type != "cpu":
        return None
    return int(min([psutil.virtual_memory().available, *_left_in_container()]))


def optimizer_bytes(parameters: list[torch.nn.Parameter], *, name: str) -> int:
    """States of the optimizer called `name` in transformers: two numbers a trained weight for Adam's kind, in the weight's format."""
    elements = sum(one.numel() for one in parameters)
    if "8bit" in name:
        return 2 * elements
    if "adafactor" in name:
        return 0
    states = 1 if name == "sgd" else 2
    return states * sum(one.numel() * one.element_size() for one in parameters)


def refuse_short(need: MemoryNeed) -> None:
    """Raise where the step does not fit.

    Raises:
        ConfigError: it needs more than the device has left.
    """
    if need.available_bytes is not None and need.more_bytes > need.available_bytes:
        raise ConfigError(
            f"the largest step ({need.num_samples} samples of {need.num_tokens} tokens) needs {_told(need.more_bytes)} beside the weights "
            f"({_told(need.step_bytes)} for the step, {_told(need.optimizer_bytes)} for the optimizer), but {need.device} has "
            f"{_told(need.available_bytes)} left; {advice(need.num_samples)}"
        )


def advice(num_samples: int) -> str:
    """Which settings to lower."""
    smaller = "" if num_samples < 2 else f"--set train.per_device_train_batch_size={num_samples // 2} "
    return (
        f"type {smaller or '--set '}train.gradient_checkpointing=true (gradient_accumulation_steps raised as much keeps the result), lower "
        "max_tokens or the image size, or train fewer parts (train.preflight=false skips this check)"
    )


def _told(num_bytes: int) -> str:
    return f"{num_bytes / 2**30:.2f} GiB"


def _start(device: torch.device) -> int:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return int(torch.cuda.memory_allocated(device))
    _give_back()
    try:
        _RESET.write_text("5")
    except OSError:
        return _highest(device)
    return int(psutil.Process().memory_info().rss)


def _give_back() -> None:
    """What is free and still held would be taken first, and the peak would not show it."""
    gc.collect()
    with suppress(AttributeError, OSError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


def _highest(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if _STATUS.exists():
        (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) << 10
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else highest << 10


def _left_in_container() -> list[int]:
    try:
        limit, used = _LIMIT.read_text().strip(), _USED.read_text().strip()
    except OSError:
        return []
    return [max(0, int(limit) - int(used))] if limit.isdigit() else []
