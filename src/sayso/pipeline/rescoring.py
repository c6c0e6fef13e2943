"""Evaluate stages scored again: the predictions stay, everything that is computed from them is made anew.

What may change in between is how answers are read and how figures are drawn from them (`SCORING`), or nothing, as after a correction of a metric. Whatever changes what models are asked, or
how they answer, is refused with its keys. The finished stage stays in its place until the new one is whole. Retention, visual contribution and attention are
measurements of models and not of predictions: they are made again.
"""

import os
import shutil
from pathlib import Path

from msgspec.structs import replace

from sayso.artifacts import Manifest, changes, open_partial, read_manifest
from sayso.errors import ConfigError

__all__ = ["SCORING", "with_predictions"]

SCORING = frozenset({"parser", "ensembles", "num_resamples", "confidence"})
"""The keys of an evaluate stage that nothing is decoded for."""
KEPT = ("predictions", "suites")


def with_predictions(final: Path, wanted: Manifest) -> Path:
    """A folder to make `wanted` in, with the predictions of the finished stage `final` in it.

    Raises:
        ConfigError: these were made from something else.
        DataError: `final` is no finished stage.
    """
    found = read_manifest(final)
    asked = replace(wanted, config=wanted.config | {key: found.config[key] for key in SCORING & found.config.keys()})
    if changed := "; ".join(changes(found, asked)):
        raise ConfigError(
            f"{final} has predictions of something else ({changed}); --rescore allows other {', '.join(sorted(SCORING))}"
        )
    partial = open_partial(final, wanted)
    for name in KEPT:
        if (final / name).is_dir():
            shutil.copytree(final / name, partial / name, copy_function=_link, dirs_exist_ok=True)
    return partial


def _link(source: str, target: str) -> None:
    """Files are replaced and never changed in place, so that both folders may have the same ones."""
    if not os.path.exists(target):
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
