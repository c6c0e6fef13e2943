"""Units of work -> prediction files, one a unit, each written whole: a killed evaluation goes on with the next unit.

A model is loaded when the first of its units is missing, and only one is held at a time.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sayso.artifacts import Progress, write_jsonl
from sayso.config import EvaluateConfig
from sayso.evaluate.backends import Backend, Decoding, Extraction
from sayso.evaluate.opening import using
from sayso.evaluate.perturb import Perturbation, Told, perturbations
from sayso.evaluate.plan import Unit
from sayso.instructions.prompting import promptings, without_pictures_of
from sayso.records import Prediction, Sample

__all__ = ["perturbed", "predict_all", "prompted", "scored_samples"]

METHODS: dict[str, Extraction] = {"likelihood": "likelihood", "generate": "generated", "choice": "choice"}


def perturbed(unit: Unit, *, seed: int) -> tuple[list[Sample], Counter[str]]:
    """The samples of a unit under its condition, and how many were refused for which reason."""
    changed = _perturbation(unit).apply(unit.plan.samples(unit.templates), seed=seed)
    samples = [sample for sample in changed if isinstance(sample, Sample)]
    return samples, Counter(verdict.reason for verdict in changed if not isinstance(verdict, Sample))


def scored_samples(unit: Unit, *, seed: int) -> dict[str, Sample]:
    """What predictions are compared with, by example: the unchanged sample, its options in the order in which they were shown."""
    if unit.plan.task.output not in {"option", "region_option"}:
        return unit.plan.by_example
    plain = list(unit.plan.by_example.values())
    changed = _perturbation(unit).apply(plain, seed=seed)
    shown = [
        other.options if isinstance(other, Sample) else one.options for one, other in zip(plain, changed, strict=True)
    ]
    return {one.example: replace(one, options=options) for one, options in zip(plain, shown, strict=True)}


def _perturbation(unit: Unit) -> Perturbation:
    found = perturbations.build(unit.change.name, unit.change.options)
    return found.told(unit.others) if isinstance(found, Told) else found


def predict_all(
    work: Iterable[Unit],
    *,
    folder: Path,
    load: Callable[[str], Backend],
    config: EvaluateConfig,
    seed: int,
    progress: Progress,
) -> None:
    """Write the predictions of every unit that has none yet; `load` gives the backend of a model by its name."""
    missing = [unit for unit in work if not unit.path(folder).exists()]
    for model in dict.fromkeys(unit.model for unit in missing):
        mine = [unit for unit in missing if unit.model == model]
        with using(load(model)) as backend:
            progress.start(f"predict with the {model} model", total=sum(map(_size, mine)))
            for unit in mine:
                samples, refused = perturbed(unit, seed=seed)
                samples = prompted(samples, unit=unit, config=config, seed=seed)
                progress.advance(refused.total())
                predictions = [
                    one
                    for decoding in _decodings(unit, config=config, seed=seed)
                    for one in _predict(
                        samples, unit=unit, backend=backend, decoding=decoding, advance=progress.advance
                    )
                ]
                write_jsonl(unit.path(folder), map(msgspec.structs.asdict, predictions))  # every field, defaults too


def _size(unit: Unit) -> int:
    return len(unit.templates) * len(unit.plan.examples)


def _predict(
    samples: list[Sample],
    *,
    unit: Unit,
    backend: Backend,
    decoding: Decoding,
    advance: Callable[[int], None],
) -> list[Prediction]:
    replies = backend.answer(samples, decoding=decoding, advance=advance)
    return [
        Prediction(
            example=sample.example,
            task=sample.task,
            template=sample.template,
            model=unit.model,
            condition=unit.condition,
            prompt=reply.prompt,
            output=reply.output,
            extraction=reply.extraction,
            number=decoding.number,
            logprobs=reply.logprobs,
        )
        for sample, reply in zip(samples, replies, strict=True)
    ]


def prompted(samples: Sequence[Sample], *, unit: Unit, config: EvaluateConfig, seed: int) -> list[Sample]:
    """The samples as the recipe's prompting puts them; no demonstration shows a picture of the unchanged example, whatever its condition.

    Raises:
        DataError: there are too few demonstrations.
    """
    prompting = promptings.build(config.prompting.name, config.prompting.options)
    pools = {t.id: unit.plan.demonstrations(t) if prompting.num_demonstrations else [] for t in unit.templates}
    own = {example.id: example.media for example in unit.plan.examples}
    return [
        prompting.prompt(one, demonstrations=without_pictures_of(own[one.example], pools[one.template]), seed=seed)
        for one in samples
    ]


def _decodings(unit: Unit, *, config: EvaluateConfig, seed: int) -> list[Decoding]:
    """One, or one for each draw where what is written is drawn."""
    prompting = promptings.build(config.prompting.name, config.prompting.options)
    options = unit.plan.task.output in {"option", "region_option"} and not prompting.written
    method: Extraction = METHODS[config.option_decoding] if options else "generated"
    plain = Decoding(method=method, max_new_tokens=config.max_new_tokens)
    drawn = config.sampling
    if drawn is None or method != "generated":
        return [plain]
    sampled = dataclasses.replace(plain, method="sampled", temperature=drawn.temperature, top_p=drawn.top_p, seed=seed)
    return [dataclasses.replace(sampled, number=number) for number in range(drawn.num_draws)]
