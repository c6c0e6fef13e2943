"""What a number of a suite is for: the prompts, the decoding, the parser, the metrics, the data and the model, with digests that tell two of them apart.

`digest` is that of the prompts with their style, the decoding, the parser and the metrics; `data_digest` that of the annotation files. Scores with both equal compare.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import digest, fingerprint
from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.corpus import CorpusMetric
from sayso.evaluate.suite_runs.plan import Plan, RowCounts

__all__ = ["digest_of", "metric_cards", "read_card", "SuiteCard"]

NAME = "suite.json"
WRITTEN = ("generated", "sampled")
ENDINGS = {".json", ".jsonl", ".csv", ".tsv", ".txt", ".parquet"}


class SuiteCard(msgspec.Struct, frozen=True, kw_only=True):
    """All that scoring needs beside what was asked and answered; `wordings` by their ids, the published prompt first; `answers` tells files of answers from others."""

    suite: str
    label: str
    title: str
    source: str
    group: str
    tried: bool
    model: str
    answers: tuple[str, ...] = ()
    wordings: dict[str, str]
    prompt: dict[str, Any]
    decoding: dict[str, Any]
    parser: dict[str, Any]
    metrics: tuple[dict[str, Any], ...]
    judge: dict[str, Any] | None = None
    data: dict[str, str]
    images: tuple[str, ...]
    limit: int | None
    seed: int
    counts: RowCounts

    @classmethod
    def of(cls, plan: Plan, *, model: str, answers: tuple[str, ...] = ()) -> "SuiteCard":
        """The card of a plan on the model of that name.

        Raises:
            DataError: a file of the suite cannot be read.
        """
        suite = plan.suite
        return cls(
            suite=suite.name,
            label=plan.label,
            title=suite.title,
            source=suite.source,
            group=suite.group,
            tried=suite.tried,
            model=model,
            answers=answers,
            wordings={template.id: template.text for template in plan.templates},
            prompt=suite.prompt.model_dump(mode="json"),
            decoding=msgspec.to_builtins(suite.decoding),
            parser=suite.parser.model_dump(mode="json"),
            metrics=tuple(metric.model_dump(mode="json") for metric in suite.metrics),
            judge=None if suite.judge is None else suite.judge.model_dump(mode="json"),
            data=dict(_fingerprints(plan.files.data)),
            images=tuple(map(str, plan.files.images)),
            limit=plan.selection.limit,
            seed=plan.selection.seed,
            counts=plan.counts,
        )

    @property
    def asked(self) -> dict[str, Any]:
        """What predictions depend on: where it differs, predictions are others. How they are read and scored is no part of it."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        for name in ("title", "source", "group", "tried", "parser", "metrics", "judge", "images"):
            del kept[name]
        return kept

    @property
    def data_digest(self) -> str:
        """That of all annotation files."""
        return digest(list(self.data.values()))


def digest_of(card: SuiteCard) -> str:
    """That of how the numbers are made: prompts, their style, decoding, parser, metrics, and who judged.

    Answers from a file were written, so that those to a suite that ranks options came about otherwise.
    """
    made = [list(card.wordings.values()), card.prompt, card.decoding, card.parser, list(card.metrics)]
    if card.answers and card.decoding.get("method") not in WRITTEN:
        made.append("answers from a file")
    return digest([*made, card.judge] if card.judge else made)


def read_card(folder: Path) -> SuiteCard:
    """The card of a folder that a suite was run into.

    Raises:
        DataError: there is none, or it cannot be read.
    """
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=SuiteCard)
    except FileNotFoundError as error:
        raise DataError(
            f"{folder} has no {NAME}; give a folder that `sayso suites run` wrote, such as OUT/pope"
        ) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{path} cannot be read ({error}); run the suite again") from error


def metric_cards(metrics: Sequence[tuple[PluginConfig, CorpusMetric]]) -> list[dict[str, Any]]:
    """Each metric's name and options, and source, range, direction and tokeniser of its figures."""
    return [
        {**config.model_dump(mode="json"), "figures": [msgspec.to_builtins(card) for card in metric.cards]}
        for config, metric in metrics
    ]


def _fingerprints(data: Path) -> Iterator[tuple[str, str]]:
    """Names below the data with what is in each annotation file; pictures are not looked at."""
    if not data.is_dir():
        yield data.name, fingerprint(data)
        return
    for path in sorted(path for path in data.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()):
        yield path.relative_to(data).as_posix(), fingerprint(path)
