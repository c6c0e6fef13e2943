"""What an evaluation names, looked at before anything is asked: a slip must not show after hours of training or of decoding.

Conditions are columns of tables and folders on disk, so their names must be good for both and mean one thing. Every perturbation, prompting, parser and null is
made once with its options, so that a wrong one shows here too. Nothing of this imports a model.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from sayso.config import EvaluateConfig, PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.parsers import parsers
from sayso.evaluate.perturb import perturbations
from sayso.evaluate.plan import condition_of
from sayso.evaluate.visual.nulls import null_images, null_label
from sayso.instructions.prompting import promptings

__all__ = ["check_named"]

NAME = re.compile(r"\w[\w.:+-]*\Z")


def check_named(config: EvaluateConfig) -> None:
    """Refuse names that do not fit together, and plugins whose options are wrong.

    Raises:
        ConfigError: what is named twice, is missing, means two things, or does not exist with these options.
    """
    for problem in _problems(config):
        raise ConfigError(problem)
    for condition in config.conditions:
        change = condition_of(config, condition)
        perturbations.build(change.name, change.options)
    promptings.build(config.prompting.name, config.prompting.options)
    if config.parser is not None:
        parsers.build(config.parser.name, config.parser.options)
    for null in config.visual.nulls if config.visual else ():
        null_images.build(null.name, null.options)


def _problems(config: EvaluateConfig) -> Iterator[str]:
    yield from _lists(config)
    if "plain" not in config.conditions:
        given = ", ".join(config.conditions) or "empty"
        yield f"conditions are {given}, and nothing is there to compare them with; put plain first: conditions: [plain, ...]"
    for name, change in config.perturbations.items():
        if not NAME.match(name):
            yield f"perturbations: {name!r} cannot be the name of a folder; use letters, digits, _ - + and ."
        if name != change.name and name in perturbations.names():
            yield f"perturbations: {name!r} is a perturbation already, and here it would be {change.name!r}; give another name"
        if name not in config.conditions:
            yield f"perturbations: {name!r} is described and never asked; add it to conditions, or take it out"
    written = config.option_decoding != "likelihood" or _written(config.prompting)
    if written and (averaged := _averaged(config)):
        yield f"ensembles: {averaged!r} averages log-probabilities, and options are not ranked; set by: vote, or option_decoding: likelihood under a prompting that lets options be ranked"


def _lists(config: EvaluateConfig) -> Iterator[str]:
    yield from _listed("models", config.models)
    yield from _listed("conditions", config.conditions)
    if config.visual is not None:
        yield from _listed("visual.nulls", [null_label(null) for null in config.visual.nulls])


def _listed(key: str, names: Sequence[str]) -> Iterator[str]:
    if not names and key != "conditions":
        yield f"{key} is empty; name at least one"
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{key} names {name!r} {count} times; once is enough"


def _written(prompting: PluginConfig) -> bool:
    return promptings.build(prompting.name, prompting.options).written


def _averaged(config: EvaluateConfig) -> str | None:
    return next((name for name, one in config.ensembles.items() if one.by == "average"), None)
