"""Suites by name: their cards as plain values, a run of several on one model, and scoring again what was run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from sayso.artifacts import Progress, fingerprint
from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError, blame
from sayso.evaluate.backends import Backend, backends
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.opening import STORE, endpoint_of, open_backend
from sayso.evaluate.suite_runs import (
    CARD,
    Plan,
    Reading,
    Selection,
    check,
    is_finished,
    make_plan,
    opened,
    run_suite,
    score_folder,
)
from sayso.evaluate.suites import Files, Suite, suites

__all__ = ["run_suites", "score_suites", "settings_of", "suite_card", "suite_cards", "SuiteOptions"]


@dataclass(frozen=True, kw_only=True)
class SuiteOptions:
    """How suites are run: where their files are, how much of them is asked, and what replaces their own parser and metrics.

    With `answers`, a file for each wording, nothing is asked: the answers are those, and `ids` says what rows that are numbered are about.
    """

    data: Path
    images: tuple[Path, ...] = ()
    wordings: int | None = 5
    limit: int | None = None
    seed: int = 0
    batch_size: int = 64
    parser: str | None = None
    metrics: tuple[str, ...] = ()
    judge: str | None = None
    answers: tuple[Path, ...] = ()
    ids: Path | None = None
    label: str = ""
    settings: tuple[str, ...] = ()

    @property
    def reading(self) -> Reading:
        """Parser and metrics, where they are not the suite's own."""
        return _reading(self.parser, self.metrics, judge=self.judge)

    @property
    def selection(self) -> Selection:
        """How many wordings and examples; as many wordings as there are files of answers."""
        return Selection(wordings=len(self.answers) or self.wordings, limit=self.limit, seed=self.seed)


def suite_cards() -> list[dict[str, Any]]:
    """One mapping per suite: name, title, group, source, needs, parser, metrics, num_wordings, tried."""
    return [_card(name, suites.build(name, {})) for name in suites.names()]


def suite_card(name: str, *, settings: Iterable[str] = ()) -> dict[str, Any]:
    """One suite's card with its wordings, the published prompt first, its slots and its decoding; `settings` are its options, `key=value`.

    Raises:
        ConfigError: no such suite or option.
    """
    suite = suites.build(name, settings_of(settings))
    decoding = {"method": suite.decoding.method, "max_new_tokens": suite.decoding.max_new_tokens}
    more = {"slots": dict(suite.slots), "output": suite.output, "options": suite.prompt.options, "decoding": decoding}
    return {**_card(name, suite), **more, "wordings": list(suite.wordings)}


def _card(name: str, suite: Suite) -> dict[str, Any]:
    return {
        "name": name,
        "title": suite.title,
        "group": suite.group,
        "source": suite.source,
        "needs": suite.needs,
        "parser": suite.parser.name,
        "metrics": [metric.name for metric in suite.metrics],
        "num_wordings": len(suite.wordings),
        "tried": suite.tried,
    }


def run_suites(
    names: Sequence[str], *, model: str, options: SuiteOptions, out: Path, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Run suites on one model into `out/NAME`; returns what each `scores.json` says. The files of all are read before the model is loaded.

    Raises:
        ConfigError: no such suite, option, parser, metric or model; or a folder holds answers to something else.
        DataError: files of a suite cannot be used.
        BackendError: the model gave up; the same command goes on.
    """
    if not names:
        raise ConfigError(f"no suite to run; name one of {', '.join(suites.names())}")
    if options.label and len(names) > 1:
        raise ConfigError(
            f"--label {options.label!r} is for one suite, and {len(names)} are named; run them one by one"
        )
    files = Files(data=options.data, images=options.images)
    if options.answers and len(names) > 1:
        raise ConfigError(f"--answers are those to one suite, and {len(names)} are named; run them one by one")
    if options.ids is not None and not options.answers:
        raise ConfigError(f"--ids {options.ids} tells what rows of --answers are about, and there are none; give both")
    chosen, reading = settings_of(options.settings), options.reading
    plans = [_plan(name, chosen, files=files, selection=options.selection, label=options.label) for name in names]
    for number, plan in enumerate(plans):
        check(plan, reading, looks=not options.answers)
        if plan.label in [one.label for one in plans[:number]]:
            raise ConfigError(f"suite {names[number]!r} is named twice; name it once, or run it by itself with --label")
    load = partial(open_backend, model, batch_size=options.batch_size, store=out / STORE, progress=progress)
    if options.answers:
        load = partial(_answers, plans[0], options=options)
    answers = tuple(map(fingerprint, options.answers))
    with opened(model, load, answers=answers) as one:
        return [
            run_suite(
                plan,
                folder=out / plan.label,
                model=one,
                bootstrap=Bootstrap(seed=options.seed),
                reading=reading,
                progress=progress,
            )
            for plan in plans
        ]


def _answers(plan: Plan, *, options: SuiteOptions) -> Backend:
    """The answers that are there, each file under its wording."""
    if len(options.answers) > len(plan.templates):
        raise ConfigError(
            f"--answers are {len(options.answers)} files, and suite {plan.label} has {len(plan.templates)} wordings; give one a wording"
        )
    files = {template.id: path for template, path in zip(plan.templates, options.answers, strict=True)}
    return backends.build("file", {"templates": files, "ids": options.ids})


def _plan(name: str, settings: Mapping[str, Any], *, files: Files, selection: Selection, label: str) -> Plan:
    """What is wrong with files is said of the suite that was to read them, since several may be named."""
    with blame(DataError, f"suite {name}"):
        return make_plan(suites.build(name, settings), files=files, selection=selection, label=label)


def score_suites(
    folder: Path,
    *,
    parser: str | None = None,
    metrics: Sequence[str] = (),
    judge: str | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Score again, without decoding, the suite in `folder`, or all those in the folders right below it, or that a run's evaluate stages asked, as far as they are finished; `progress` hears of the others.

    Raises:
        ConfigError: there is none, or no such parser or metric.
        DataError: an artifact is missing or wrong.
    """
    patterns = (CARD, f"*/{CARD}", f"suites/*/*/{CARD}", f"*/suites/*/*/{CARD}")
    cards = next((some for some in (sorted(folder.glob(pattern)) for pattern in patterns) if some), [])
    found = [card.parent for card in cards]
    if not found:
        raise ConfigError(
            f"{folder} has no suite (no {CARD}); give a folder that `sayso suites run` wrote into, or a run with evaluate.suites"
        )
    reading, finished = _reading(parser, metrics, judge=judge), [one for one in found if is_finished(one)]
    if progress is not None and finished:
        for one in (one for one in found if one not in finished):
            progress.note(f"{one} is not finished, and left out; run it again to go on")
    return [score_folder(one, reading=reading, progress=progress) for one in finished or found]


def settings_of(settings: Iterable[str]) -> dict[str, Any]:
    """Options written `key=value`, each value in YAML.

    Raises:
        ConfigError: one is no `key=value`, or its value is no YAML.
    """
    options: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--set {setting!r} is not KEY=VALUE; for example --set split=test")
        try:
            options[key.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {setting!r}: {' '.join(str(error).split())}") from error
    return options


def _reading(parser: str | None, metrics: Sequence[str], *, judge: str | None) -> Reading:
    return Reading(
        judge=None if judge is None else _endpoint(judge),
        parser=None if parser is None else PluginConfig(name=parser),
        metrics=tuple(PluginConfig(name=name) for name in metrics),
    )


def _endpoint(judge: str) -> PluginConfig:
    """The language model NAME@URL."""
    found = endpoint_of(judge)
    if found is None:
        raise ConfigError(f"--judge {judge!r} is not NAME@URL; for example --judge gpt@http://localhost:8000/v1")
    return found
