"""Any image-text-to-text or text-only causal model that transformers' auto classes load, by folder or hub id.

The model brings its own processor and chat template. Options say in which number format it is loaded (`dtype`), how attention is
computed, how large images may get and on which device it runs (by itself: the first GPU where there is one). Remote code of a
repository is never run.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    ProcessorMixin,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.attached import reattach
from sayso.models.direct import is_direct

__all__ = ["auto", "AutoModel", "load_model"]

_PACKAGES = re.compile(
    r"\b(torchvision|torchaudio|num2words|timm|einops|sentencepiece|tiktoken|mistral-common|blobfile|av)\b"
)
DTYPES = ("auto", "float32", "bfloat16", "float16")


@models.register("auto")
@dataclass(frozen=True, kw_only=True)
class AutoModel:
    """A model to load; texts and seed do not matter, since it has its weights and tokenizer already.

    Raises:
        ConfigError: no such number format.
    """

    path: str
    """A folder or a hub id."""
    dtype: str = "auto"
    attn_implementation: str | None = None
    max_pixels: int | None = None
    """Most pixels of an image's area."""
    longest_edge: int | None = None
    """Most pixels of an image's longer side."""
    device: str | None = None
    template_options: Mapping[str, str | bool | float] = field(default_factory=dict)
    """Written into the chat template, for good: `{"enable_thinking": False}`, `{"date_string": "26 Jul 2024"}`."""

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ConfigError(f"dtype {self.dtype!r} is none of {', '.join(DTYPES)}")

    def make(self, *, texts: Iterable[str] = (), seed: int = 0) -> ModelBundle:
        """Load weights and processor.

        Raises:
            ConfigError: no such model, no chat template, an unreachable hub, or a library that the model needs is missing.
        """
        bundle = self.load()
        if not getattr(bundle.processor, "chat_template", None) and not is_direct(
            bundle.model.config, bundle.processor
        ):
            raise ConfigError(
                f"model {self.path!r} has no chat template; choose an instruction-tuned version, "
                "or put a chat_template.jinja into its folder"
            )
        return bundle

    def load(self) -> ModelBundle:
        """The same for whoever reads plain text: a chat template is not asked for.

        Raises:
            ConfigError: as for `make`.
        """
        with _explaining(self.path):
            config = AutoConfig.from_pretrained(self.path)
            images = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
            processor = self._processor(images=images)
            model = self._model(images=images)
        reattach(model, Path(self.path))
        return ModelBundle(model=model, processor=processor, origin=self.path)

    def open_processor(self) -> ProcessorMixin | PreTrainedTokenizerBase:
        """The processor alone, without the weights.

        Raises:
            ConfigError: as for `make`.
        """
        with _explaining(self.path):
            config = AutoConfig.from_pretrained(self.path)
            return self._processor(images=config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)

    def _model(self, *, images: bool) -> PreTrainedModel:
        kind = AutoModelForImageTextToText if images else AutoModelForCausalLM
        extra = {} if self.attn_implementation is None else {"attn_implementation": self.attn_implementation}
        model = kind.from_pretrained(self.path, dtype=self.dtype, **extra)
        return model.to(self.device or ("cuda" if torch.cuda.is_available() else "cpu"))

    def _processor(self, *, images: bool) -> ProcessorMixin | PreTrainedTokenizerBase:
        processor = (AutoProcessor if images else AutoTokenizer).from_pretrained(self.path)
        if images:
            self._limit(processor.image_processor)
        if self.template_options:
            processor.chat_template = "".join(self._settings()) + str(processor.chat_template or "")
        tokenizer = getattr(processor, "tokenizer", processor)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return processor

    def _settings(self) -> Iterator[str]:
        """Options as the first lines of the chat template, so that they hold wherever the model goes."""
        for name, value in self.template_options.items():
            if not name.isidentifier() or not isinstance(value, str | bool | int | float):
                raise ConfigError(
                    f"template_options: {name!r}: {value!r} is no name with a text, a number, true or false; "
                    "for example enable_thinking: false"
                )
            yield f"{{%- set {name} = {json.dumps(value)} -%}}"

    def _limit(self, image_processor: Any) -> None:
        """Write the limits into the image processor's size, in the words that this one knows."""
        for option, value, words in (
            ("max_pixels", self.max_pixels, ("max_pixels", "longest_edge")),
            ("longest_edge", self.longest_edge, ("longest_edge",)),
        ):
            if value is None:
                continue
            size = dict(image_processor.size)
            word = next((word for word in words if size.get(word) is not None), None)
            if word is None:
                raise ConfigError(
                    f"model {self.path!r}: {option}={value} cannot be set, its images are sized by {size}; leave it out"
                )
            size[word] = value
            image_processor.size = type(image_processor.size)(**size)
            if getattr(image_processor, "max_pixels", None) is not None and option == "max_pixels":
                image_processor.max_pixels = value


auto = AutoModel


def load_model(path: Path | str, *, device: str | None = None) -> ModelBundle:
    """The model saved in a folder (or at a hub id), ready to answer.

    Raises:
        ConfigError: as for `auto`.
    """
    return auto(path=str(path), device=device).make()


@contextmanager
def _explaining(path: str) -> Iterator[None]:
    """Say in one sentence why a model cannot be loaded."""
    folder = Path(path)
    if folder.is_dir() and not (folder / "config.json").exists():
        raise ConfigError(f"{path} is no model: it has no config.json; give a transformers folder or a hub id")
    if not folder.exists() and (folder.is_absolute() or path.count("/") != 1 or path.startswith(".")):
        raise ConfigError(f"model folder {path} does not exist; give a folder, or a hub id such as owner/name")
    try:
        yield
    except ImportError as error:
        raise ConfigError(f"model {path!r} needs {_missing(error) or _first(error)}") from error
    except (
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        OSError,
        ValueError,
        json.JSONDecodeError,
    ) as error:
        if missing := _missing(error):
            raise ConfigError(f"model {path!r} needs {missing}") from error
        raise ConfigError(
            f"model {path!r} cannot be loaded: {_first(error)}; check its name and the network, or give a folder"
        ) from error


def _missing(error: Exception) -> str:
    """What to install, where the error names a package that some processors or models want."""
    found = _PACKAGES.search(str(error).lower())
    if found is None or find_spec(found[0].replace("-", "_")) is not None:
        return ""
    return f"the package {found[0]}, which is not installed; type: pip install {found[0]}"


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
