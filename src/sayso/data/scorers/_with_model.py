"""What scorers that read with a model have in common: which model, how it reads, and that it is opened once.

The model is the entry's own `model:` (`{name: auto, path: FOLDER}`), or the last of the train stages that the stage reads.
"""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Scoring
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.models.contexts import ContextReader
from sayso.sources import load_image

__all__ = ["open_scoring_model", "WithModel"]


def open_scoring_model(model: PluginConfig | None, *, scoring: Scoring, scorer: str) -> ModelBundle:
    """The model that a scorer reads with.

    Raises:
        ConfigError: none is named and no train stage is read, or it cannot be loaded.
    """
    if model is not None:
        return models.build(model.name, model.options).make(texts=(), seed=scoring.seed)
    if not scoring.trained:
        raise ConfigError(
            f"scorer {scorer!r} reads with a model, and none is named; give it model: {{name: auto, path: FOLDER}} (on files --scorer {scorer}:model.name=auto,model.path=FOLDER), or name a train stage in from:"
        )
    return load_model(scoring.trained[-1].model)


@dataclass(kw_only=True)
class WithModel:
    """Options of scorers that read with a model; `max_tokens` bounds a conversation, and `include_end` counts the end of the turn as part of the response."""

    model: PluginConfig | None = None
    batch_size: Annotated[int, Field(ge=1)] = 16
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    include_end: bool = False
    _readers: dict[str, ContextReader] = field(init=False, repr=False, compare=False)

    reads_target = False

    def __post_init__(self) -> None:
        self._readers = {}

    @property
    def reads_trained(self) -> bool:
        """Whether values depend on the stage's train stages."""
        return self.model is None

    def reader(self, scoring: Scoring) -> ContextReader:
        """The reader of this entry's model, opened when first asked for.

        Raises:
            ConfigError: as for `open_scoring_model`; or the model has no likelihood of responses.
        """
        known = str(self.model or (scoring.trained and scoring.trained[-1].model))
        if known not in self._readers:
            name = type(self).__module__.rpartition(".")[2]
            bundle = open_scoring_model(self.model, scoring=scoring, scorer=name)
            self._readers[known] = self.reader_of(bundle)
        return self._readers[known]

    def reader_of(self, bundle: ModelBundle) -> ContextReader:
        """A reader as the options say, on some model."""
        return ContextReader(
            bundle,
            load=load_image,
            max_tokens=self.max_tokens,
            include_end=self.include_end,
            batch_size=self.batch_size,
        )
