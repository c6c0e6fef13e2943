"""What a model answers to the questions of a pool: the likeliest words, in batches, and for each question that it cannot read the reason."""

from collections.abc import Sequence

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.generate import generate
from sayso.models.rating import room_for
from sayso.models.vision import LoadImage
from sayso.records import Sample

__all__ = ["Unread", "Writer"]


class Unread(str):
    """Why a question could not be read; a text that is no answer."""

    __slots__ = ()


class Writer:
    """Answers questions with one model.

    Raises:
        ConfigError: the model has no room for so many new tokens.
    """

    def __init__(
        self, bundle: ModelBundle, *, max_new_tokens: int, load: LoadImage | None = None, batch_size: int = 16
    ) -> None:
        room = room_for(bundle, new_tokens=max_new_tokens)
        if room < 1:
            raise ConfigError(
                f"max_new_tokens is {max_new_tokens} and the model has {room + max_new_tokens} positions in all; give a smaller number"
            )
        self._bundle, self._max_new_tokens, self._batch_size = bundle, max_new_tokens, batch_size
        self._encoder = make_encoder(bundle, max_tokens=room, load=load, num_cached=64)
        self._encoder.remedy = f"these are the model's positions less the {max_new_tokens} new tokens"

    def write(self, samples: Sequence[Sample]) -> list[str]:
        """The answer to the last question of each sample, given all before it; `Unread` where it cannot be read.

        Raises:
            BackendError: the model's logits are no numbers.
        """
        rows = [self._encoded(one) for one in samples]
        good = [row for row in rows if isinstance(row, Encoded)]
        written = iter(
            generate(self._bundle, prompts=good, max_new_tokens=self._max_new_tokens, batch_size=self._batch_size)
        )
        return [row if isinstance(row, Unread) else next(written) for row in rows]

    def _encoded(self, sample: Sample) -> Encoded | Unread:
        try:
            return self._encoder.encode(sample, response=False)
        except (ConfigError, DataError) as error:  # such as turns that the chat template refuses
            return Unread(" ".join(str(error).split()))
