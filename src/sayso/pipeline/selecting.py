"""Files of records into files of the records that are worth keeping, with a verdict for each and a page about all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sayso.artifacts import Progress, write_text
from sayso.config import SelectConfig, make_recipe, parse_value
from sayso.data.selecting.plain_files import RecordFiles, Selected, select_records
from sayso.data.selecting.verdicts import count_reasons
from sayso.errors import BackendError, ConfigError
from sayso.report.html import render_selection
from sayso.report.selection import selection_view

__all__ = ["plugin_of", "RecordFiles", "select_from_file", "SelectOptions"]

_WRITTEN = re.compile(r"(?P<name>[^=]+?)(?::(?P<options>[A-Za-z_][\w.]*=.*))?\Z", re.DOTALL)
_BETWEEN = re.compile(r",(?=[A-Za-z_][\w.]*=)")


@dataclass(frozen=True, kw_only=True)
class SelectOptions:
    """What is chosen by, in the words of the command line; `settings` are further `KEY=VALUE` of the section `select`."""

    scorers: Sequence[str] = ()
    selectors: Sequence[str] = ()
    budget: str | None = None
    max_tokens: int | None = None
    target: Path | None = None
    per_task: bool = False
    seed: int = 0
    settings: Sequence[str] = ()


def select_from_file(files: RecordFiles, *, options: SelectOptions, progress: Progress | None = None) -> dict[str, Any]:
    """Choose among the records of a file; returns what `sayso select --json` tells.

    Raises:
        ConfigError: a plugin, option, column or budget is wrong, or a file would be written over another.
        DataError: the file or the target cannot be used, or the output is there already.
        BackendError: a model or the disk gave up; the same call goes on.
    """
    config, seed = _config(options)
    with select_records(files, config=config, seed=seed, progress=progress or Progress()) as selected:
        selected.write_verdicts()
        _write_page(selected)
        return selected.write_kept()


def _write_page(selected: Selected) -> None:
    try:
        with TemporaryDirectory() as folder:
            view = selection_view(selected.figures(Path(folder)), folder=Path(folder))
    except OSError as error:
        raise BackendError(f"cannot write pictures for the page: {error.strerror or error}; free some space") from error
    records = selected.records
    facts = f"{len(records):,} records of {records.path.name} ({records.format}), {len(records.bad):,} of them unusable"
    bad = count_reasons(records.bad.values())
    write_text(selected.files.page, render_selection(view, title="What was chosen", facts=facts, bad=bad))


def plugin_of(written: str) -> dict[str, Any]:
    """`NAME:key=value,other.key=value` as the entry of a recipe; a name may be `my_module:factory` itself.

    Raises:
        ConfigError: it is no such thing.
    """
    found = _WRITTEN.match(written.strip())
    if found is None:
        raise ConfigError(f"{written!r} is no plugin; write NAME or NAME:key=value,key=value")
    entry: dict[str, Any] = {"name": found["name"]}
    for pair in _BETWEEN.split(found["options"]) if found["options"] else ():
        path, _, text = pair.partition("=")
        place = entry
        *outer, last = path.split(".")
        for key in outer:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise ConfigError(f"{written!r}: {key!r} holds {place!r}, which has nothing inside it")
        place[last] = parse_value(text, where=f"{written!r}, {path}")
    return entry


def _config(options: SelectOptions) -> tuple[SelectConfig, int]:
    scorers = [plugin_of(one) for one in options.scorers]
    selectors = [plugin_of(one) for one in options.selectors] or [{"name": "top" if scorers else "random"}]
    if options.per_task:
        selectors = [{"per_task": True, **one} for one in selectors]
    section: dict[str, Any] = {"scorers": scorers, "selectors": selectors}
    if options.budget is not None:
        section["budget"] = _amount(options.budget)
    if options.max_tokens is not None:
        section["max_tokens"] = options.max_tokens
    if options.target is not None:
        section["target"] = str(options.target)
    written = {"name": "select", "seed": options.seed, "select": section}
    recipe = make_recipe(written, path=Path("the command line"), lines=_NOWHERE, overrides=tuple(options.settings))
    config = next((node.config for node in recipe.nodes if isinstance(node.config, SelectConfig)), None)
    if config is None:
        raise ConfigError(f"--set {' '.join(options.settings)}: no section select is left; set keys inside it")
    return config, recipe.seed


def _amount(written: str) -> float | int:
    amount = parse_value(written, where="--budget")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not amount > 0:
        raise ConfigError(f"--budget {written}: write a share such as 0.1, or a number of records such as 100")
    return amount


_NOWHERE: Mapping[tuple[str | int, ...], int] = {}
