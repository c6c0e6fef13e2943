"""Visual contribution and attention beside an evaluation: files for each model, each written whole, so that a killed run measures nothing twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from sayso.artifacts import StageContext, read_jsonl, write_jsonl
from sayso.config import VisualConfig
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.plan import TaskPlan, has_answer
from sayso.evaluate.visual.nulls import null_images, null_label
from sayso.evaluate.visual.summary import VisualRow, summarise_visual
from sayso.records import Record, Sample

__all__ = ["LayerRow", "measure_visual"]


class LayerRow(Record, frozen=True, kw_only=True):
    """The shares of attention of one layer, from 0 nearest to the input, by what is looked at; means over examples."""

    model: str
    layer: int
    shares: dict[str, float]


def measure_visual(
    config: VisualConfig,
    *,
    models: Mapping[str, str],
    plans: Sequence[TaskPlan],
    context: StageContext,
    bootstrap: Bootstrap,
) -> dict[str, Any]:
    """Measure each model (its name to its folder) that has no file yet, and summarise.

    Raises:
        DataError: a sample does not fit the model, or its answer is blank.
        BackendError: the model does not tell its attention.
    """
    samples = [sample for plan in plans for sample in _samples(plan, limit=config.max_examples_per_task)]
    folder = context.folder / "visual"
    rows: list[VisualRow] = []
    layers: list[LayerRow] = []
    for model, origin in models.items():
        measure = _Measure(config, model=model, origin=origin, context=context)
        rows += _kept(folder / f"{model}.jsonl", VisualRow, lambda m=measure: m.contributions(samples))  # type: ignore[misc]
        if config.attention:
            layers += _kept(folder / f"{model}-attention.jsonl", LayerRow, lambda m=measure: m.attention(samples))  # type: ignore[misc]
    return {
        "contribution": summarise_visual(rows, bootstrap=bootstrap),
        "attention": [{"model": row.model, "layer": row.layer, **row.shares} for row in layers],
    }


def _samples(plan: TaskPlan, *, limit: int) -> Iterator[Sample]:
    """Examples with a picture and an answer, under the first wording, with their first reference as the answer."""
    with_picture = [example for example in plan.examples if example.media and has_answer(example)]
    template = plan.reference_templates[0]
    yield from (plan.sampler.demonstration(example, template=template) for example in with_picture[:limit])


def _kept(path: Path, kind: type[Any], measure: Callable[[], Iterator[Any]]) -> list[Any]:
    if not path.exists():
        write_jsonl(path, measure())
    return list(read_jsonl(path, kind))


class _Measure:
    """One model, loaded when it is first asked."""

    def __init__(self, config: VisualConfig, *, model: str, origin: str, context: StageContext) -> None:
        self._config, self._model, self._origin, self._context = config, model, origin, context
        self._bundle: Any = None

    def contributions(self, samples: Sequence[Sample]) -> Iterator[VisualRow]:
        measuring = import_module("sayso.evaluate.visual.contribution")  # torch
        for named in self._config.nulls:
            self._context.progress.start(
                f"visual contribution of the {self._model} model against {null_label(named)}", total=len(samples)
            )
            asked = measuring.Asked(
                null=null_images.build(named.name, named.options),
                seed=self._context.seed,
                num_draws=self._config.num_draws,
                include_end=self._config.include_end,
            )
            found = measuring.visual_contributions(
                self._loaded, samples, asked=asked, advance=self._context.progress.advance
            )
            yield from (self._row(null_label(named), one) for one in found)

    def attention(self, samples: Sequence[Sample]) -> Iterator[LayerRow]:
        if not samples:
            return
        measuring = import_module("sayso.evaluate.visual.attention")  # torch
        self._context.progress.start(f"attention of the {self._model} model", total=len(samples))
        shares = measuring.attention_by_layer(self._loaded, samples, advance=self._context.progress.advance).mean(
            axis=0
        )
        for layer, values in enumerate(shares.tolist()):
            yield LayerRow(model=self._model, layer=layer, shares=dict(zip(measuring.GROUPS, values, strict=True)))

    @property
    def _loaded(self) -> Any:
        if self._bundle is None:
            self._bundle = import_module("sayso.models.auto").load_model(self._origin)
        return self._bundle

    def _row(self, null: str, one: Any) -> VisualRow:
        return VisualRow(
            model=self._model,
            null=null,
            task=one.task,
            example=one.example,
            template=one.template,
            answer_sum=one.total("response", "resp_end"),
            answer_token_mean=one.token_mean("response", "resp_end"),
            instr_token_mean=one.token_mean("instr"),
            template_token_mean=one.token_mean("instr_template"),
            tokens=one.tokens,
            roles=one.roles,
            values=one.values,
        )
