"""`prove`: what one check says of rows that a test wrote itself."""

from collections.abc import Callable, Iterable, Sequence

import pytest
from toy_proofs import TEXTS, Row, ToySource, toy_task, wordings

from sayso.config import BuildConfig, SourceConfig
from sayso.data.plan import TaskPlan
from sayso.evaluate.proof import Finding, proofs
from sayso.evaluate.proof._walk import feed
from sayso.records import AnnotatedItem
from sayso.sources import sources
from sayso.tasks import Task

Prove = Callable[..., list[Finding]]


@pytest.fixture
def prove() -> Prove:
    """`prove("leak", rows)`: the findings of one check; rows with split `test` come from a second source."""

    def run(
        check: str,
        rows: Iterable[Row],
        *,
        tasks: Sequence[Task] | None = None,
        texts: Sequence[str] = TEXTS,
        **more: object,
    ) -> list[Finding]:
        given = list(rows)
        for use in ("train", "test"):
            part = [row for row in given if (getattr(row, "split", "train") or "train") == use]
            sources.register(f"toy_{use}")(lambda part=part: ToySource(part))
        chosen = tasks or [toy_task(output="option" if has_options(given) else "text")]
        plans = [TaskPlan(task=task, held_out=None, required=False, **more) for task in chosen]
        config = BuildConfig(sources=tuple(SourceConfig(name=f"toy_{use}", use=use) for use in ("train", "test")))
        proof = proofs.get(check)()
        flat = [template for task in chosen for template in wordings(task, texts)]
        feed([proof], plans=plans, templates=flat, config=config, seed=0)
        return list(proof.findings())

    return run


def has_options(rows: Iterable[Row]) -> bool:
    return any(q.options or q.boxes for row in rows if isinstance(row, AnnotatedItem) for q in row.questions)
