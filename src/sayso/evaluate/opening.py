"""From what people call a model to what answers: the one door to backends.

    MODEL                            what answers
    a folder, or owner/name          the transformers model in this process (`local`)
    the folder of a run              its tuned model
    NAME@URL                         the model NAME at an OpenAI-compatible endpoint (`chat`)
    a file                           the predictions in it (`file`)

A recipe names the backend itself (`evaluate.backend`); what every backend may need besides its own options, it is offered here.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from sayso.artifacts import MANIFEST, Progress, read_manifest
from sayso.config import EvaluateConfig, PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.backends import Backend, backends
from sayso.evaluate.backends._server import check_command

__all__ = [
    "backend_of",
    "brings_its_model",
    "check_backend",
    "endpoint_of",
    "label_of",
    "open_backend",
    "STORE",
    "using",
]

STORE = "calls.sqlite"
"""The file beside a stage where the replies of endpoints are kept."""
ENDPOINT = re.compile(r"(?P<model>.+)@(?P<base_url>https?://\S+)", re.IGNORECASE)
OF_TRAINING = ("local", "serve")
"""Backends that are given the models of a train stage; all others name their own."""
WEIGHTS = ("config.json", "adapter_config.json")


@runtime_checkable
class Closing(Protocol):
    """A backend that holds something of the machine, such as a server."""

    def close(self) -> None:
        """Give it back."""
        ...


@contextmanager
def using(backend: Backend) -> Iterator[Backend]:
    """The backend, closed afterwards whatever happens."""
    try:
        yield backend
    finally:
        if isinstance(backend, Closing):
            backend.close()


def open_backend(
    model: str,
    *,
    batch_size: int = 64,
    store: Path | None = None,
    progress: Progress | None = None,
    options: Mapping[str, Any] | None = None,
) -> Backend:
    """The backend for a MODEL of the command line; `options` are further ones of that backend.

    `store` is the SQLite file where an endpoint's replies are kept; without it a second run asks everything again.

    Raises:
        ConfigError: there is no such folder, a run has no tuned model, or an option is wrong.
    """
    named = endpoint_of(model) or PluginConfig(name="local")
    config = PluginConfig.model_validate({"name": named.name, **named.options, **(options or {})})
    return backend_of(config, model=lambda: model_path(model), batch_size=batch_size, store=store, progress=progress)


def endpoint_of(said: str) -> PluginConfig | None:
    """The plugin `chat`, as a backend or a language model, where `said` is NAME@URL; None where it is anything else."""
    match = ENDPOINT.fullmatch(said)
    return None if match is None else PluginConfig.model_validate({"name": "chat", **match.groupdict()})


def backend_of(
    config: PluginConfig,
    *,
    model: Callable[[], str],
    batch_size: int = 64,
    store: Path | None = None,
    progress: Progress | None = None,
) -> Backend:
    """The backend that a recipe names; `model` gives the folder to load or serve, for a backend that has none of its own.

    Raises:
        ConfigError: no such backend, or an option is wrong.
    """
    offered: dict[str, Callable[[], Any]] = {
        "model": model,
        "batch_size": lambda: batch_size,
        "store": lambda: store,
        "progress": lambda: progress,
    }
    taken = inspect.signature(backends.get(config.name)).parameters
    given = {name: make() for name, make in offered.items() if name in taken and name not in config.options}
    return backends.build(config.name, {**given, **config.options})


def brings_its_model(config: PluginConfig) -> bool:
    """Whether the backend knows its model itself, so that there is no tuned and untuned one; nothing is imported to tell."""
    return config.name not in OF_TRAINING or "model" in config.options


def check_backend(config: EvaluateConfig) -> None:
    """Refuse what would show only when the models are trained.

    Raises:
        ConfigError: a command that cannot serve, a file of predictions for a changed input, or a look into a model that is elsewhere.
    """
    backend = config.backend
    inside = [name for name in ("visual", "retention") if getattr(config, name) is not None]
    if inside and brings_its_model(backend):
        raise ConfigError(
            f"evaluate.{inside[0]} looks into the models of a train stage, and backend {backend.name!r} brings its own; leave one out"
        )
    if backend.name == "serve":
        check_command(str(backend.options.get("serve", "")))
    if backend.name == "file" and set(config.conditions) != {"plain"}:
        raise ConfigError(
            f"backend 'file' has answers to unchanged input, and conditions are {', '.join(config.conditions)}; "
            "set evaluate.conditions: [plain]"
        )


def label_of(config: PluginConfig) -> str:
    """What rows and folders call the model of a backend that brings its own."""
    named = str(config.options.get("label") or config.options.get("model") or config.name)
    short = Path(named).name if named.startswith(("/", ".", "~")) else named
    return re.sub(r"[^\w.-]+", "-", short).strip("-.") or config.name


def model_path(model: str) -> str:
    """The folder or hub id to load.

    Raises:
        ConfigError: a path that does not exist, a folder without a model, or a run with none or several tuned ones.
    """
    folder = Path(model)
    if not folder.exists():
        if "@" in model:
            name, _, url = model.rpartition("@")
            raise ConfigError(
                f"{model} is no folder; an endpoint is NAME@URL with http:// or https://, such as {name}@http://{url}"
            )
        if model.startswith((".", "/", "~")) or model.count("/") > 1:
            raise ConfigError(f"there is no model at {model}; give a folder, a run, owner/name, or NAME@URL")
        return model
    if any((folder / name).exists() for name in WEIGHTS):
        return model
    tuned = [path / "model" for path in (folder, *_trained(folder)) if (path / "model").is_dir()]
    if len(tuned) == 1:
        return str(tuned[0])
    names = ", ".join(str(path) for path in tuned)
    raise ConfigError(
        f"{folder} has several tuned models: {names}; name one of them"
        if tuned
        else f"{folder} holds no model ({' or '.join(WEIGHTS)}) and no finished train stage; name the folder of a model or a run"
    )


def _trained(run: Path) -> list[Path]:
    """The finished train stages of a run; the one called `train` alone, where there is one."""
    stages = sorted(path.parent for path in run.glob(f"*/{MANIFEST}"))
    found = [path for path in stages if read_manifest(path).kind == "train"]
    return [path for path in found if path.name == "train"] or found
