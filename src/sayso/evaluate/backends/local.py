"""A model in this process: samples in batches, written greedily or drawn, or options compared by the likelihood of their text.

Samples of all wordings of a task are answered in one go. Those of one picture stand side by side, so that it is opened and turned into pixels once, and what
their prompts have in common, the picture above all, is read once by the model (`sayso.models.prefixes`). Options are compared by the summed log-probability
of all their tokens and the end of turn, as written in the sample, or are written token by token; the first shown wins a tie. What is drawn depends on the
seed, the example, the wording and the number of the draw, not on the batch.
"""

import re
from collections.abc import Iterator, Sequence

from sayso.errors import ConfigError, DataError
from sayso.evaluate.backends._protocol import Advance, Decoding, Reply, backends
from sayso.models._protocol import ModelBundle
from sayso.models.auto import load_model
from sayso.models.choosing import Drawing
from sayso.models.direct import DirectEncoder, make_encoder
from sayso.models.encode import Encoded
from sayso.models.generate import generate, generate_apart
from sayso.models.likelihood import OptionScores, likeliest_path, score_options
from sayso.models.vision import medium_key
from sayso.records import Sample
from sayso.sources import load_image

__all__ = ["by_picture", "local", "Local"]

NUM_PICTURES = 128
"""Pictures whose samples are answered together; a LLaVA-1.5 image is 1.4 MB of pixels."""
NUM_SAMPLES = 4096
REMEDY = (
    "these are the model's positions less the new tokens: ask for fewer new ones, show fewer demonstrations, limit the image size, "
    "take the row out of its file, or ask a model with more positions"
)
"""What to do about a prompt that is too long."""


class Local:
    """Answers with a loaded model; without `share_prefixes` every prompt is read whole."""

    def __init__(self, bundle: ModelBundle, *, batch_size: int, share_prefixes: bool = True) -> None:
        self._bundle = bundle
        self._batch_size = batch_size
        self._share = share_prefixes
        self._encoder = make_encoder(bundle, max_tokens=0, load=load_image, num_cached=NUM_PICTURES)
        self._encoder.remedy = REMEDY
        token = getattr(bundle.processor, "image_token", None)
        self._media_run = re.compile(f"(?:{re.escape(str(token))}){{2,}}") if token else None
        self._media_token = str(token)

    def answer(
        self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """One reply per sample.

        Raises:
            DataError: a prompt does not fit the model, a medium cannot be opened, or there are no options to choose among.
            ConfigError: nothing can be drawn at this temperature or `top_p`, or the model has no room for so many new tokens.
            BackendError: the model's logits are no numbers.
        """
        _check_options(samples, decoding=decoding)
        positions = self._bundle.num_positions
        if decoding.max_new_tokens >= positions:
            raise ConfigError(
                f"max_new_tokens is {decoding.max_new_tokens} and the model has {positions} positions in all; give a smaller number"
            )
        self._encoder.max_tokens = positions - decoding.max_new_tokens
        replies: dict[int, Reply] = {}
        for places in by_picture(samples, shared=not isinstance(self._encoder, DirectEncoder)):
            some = self._answer([samples[place] for place in places], decoding=decoding, advance=advance)
            replies |= zip(places, some, strict=True)
        return [replies[place] for place in range(len(samples))]

    def _answer(self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance) -> Iterator[Reply]:
        prompts = self._encoder.encode_batch(samples, response=False)
        texts = [self._folded(prompt.text) for prompt in prompts]
        if decoding.method in {"generated", "sampled"}:
            outputs = self._write(samples, prompts, decoding=decoding, advance=advance)
            return (
                Reply(prompt=text, output=output, extraction=decoding.method)
                for text, output in zip(texts, outputs, strict=True)
            )
        scores = score_options(
            self._bundle,
            prompts=prompts,
            options=[sample.options for sample in samples],
            batch_size=self._batch_size,
            share=self._share,
            advance=advance,
        )
        return (_chosen(*row, decoding=decoding) for row in zip(samples, texts, scores, strict=True))

    def _write(
        self, samples: Sequence[Sample], prompts: Sequence[Encoded], *, decoding: Decoding, advance: Advance
    ) -> list[str]:
        return (generate if self._share else generate_apart)(
            self._bundle,
            prompts=prompts,
            max_new_tokens=decoding.max_new_tokens,
            batch_size=self._batch_size,
            drawing=_drawing(samples, decoding=decoding),
            advance=advance,
        )

    def _folded(self, prompt: str) -> str:
        if self._media_run is None:
            return prompt
        size = len(self._media_token)
        return self._media_run.sub(lambda run: f"{self._media_token}×{len(run.group()) // size}", prompt)


def _check_options(samples: Sequence[Sample], *, decoding: Decoding) -> None:
    if decoding.method in {"generated", "sampled"}:
        return
    for sample in samples:
        if not sample.options:
            raise DataError(
                f"sample {sample.id!r} has no options to rank; set evaluate.option_decoding: generate, "
                f"or leave it out of what is decoded by {decoding.method!r}"
            )


def by_picture(samples: Sequence[Sample], *, pictures: int = NUM_PICTURES, shared: bool = True) -> Iterator[list[int]]:
    """Places of samples that are answered together, those of a picture side by side, of at most so many pictures.

    They are sorted by picture and name, so that batches do not depend on the order in which samples come. Unless pixels are `shared`, each sample counts as
    a picture.
    """
    keys = [tuple(map(medium_key, sample.media)) for sample in samples]
    chunk: list[int] = []
    seen: set[object] = set()
    for place in sorted(range(len(samples)), key=lambda place: (keys[place], samples[place].id)):
        shown = keys[place] if shared else place
        if len(chunk) >= NUM_SAMPLES or (shown not in seen and len(seen) >= pictures):
            yield chunk
            chunk, seen = [], set()
        chunk.append(place)
        seen.add(shown)
    if chunk:
        yield chunk


def _drawing(samples: Sequence[Sample], *, decoding: Decoding) -> Drawing | None:
    if decoding.method != "sampled":
        return None
    names = [(decoding.seed, sample.example, sample.template, decoding.number) for sample in samples]
    return Drawing(names=names, temperature=decoding.temperature, top_p=decoding.top_p)


def _chosen(sample: Sample, prompt: str, scores: OptionScores, *, decoding: Decoding) -> Reply:
    """The option that is likeliest, or that is written where nothing else can be; the first shown wins a tie."""
    if decoding.method == "choice":
        return Reply(prompt=prompt, output=sample.options[likeliest_path(scores)], extraction="choice")
    sums = scores.sums(normalise=decoding.normalise)
    best = max(range(len(sums)), key=sums.__getitem__)
    return Reply(prompt=prompt, output=sample.options[best], extraction="likelihood", logprobs=tuple(sums))


@backends.register("local")
def local(*, model: str, batch_size: int = 64, device: str | None = None, share_prefixes: bool = True) -> Local:
    """The transformers model saved at `model`, or of that hub id."""
    return Local(load_model(model, device=device), batch_size=batch_size, share_prefixes=share_prefixes)
