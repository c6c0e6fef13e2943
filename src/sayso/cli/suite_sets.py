"""`sayso suites set` and `sayso suites export`: one number of a named set, and a suite for lmms-eval."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sayso import pipeline
from sayso.cli.console import print_json, stderr, stdout
from sayso.cli.options import Folders, Json, Many

if TYPE_CHECKING:
    from sayso.pipeline import SetResult

__all__ = ["export_suite", "set_of"]


def set_of(
    name: str,
    *folders: Path,
    baseline: str | None = None,
    model: str | None = None,
    set: Many = (),
    json: Json = False,
) -> None:
    """Print the one number of a named set of tasks, over the scores that are there.

    Parameters
    ----------
    name
        `multi_instruct_9`, `instraug_12`, `l2t_16` or `ni_20`.
    folders
        Where suites or evaluate stages wrote their scores.
    baseline
        The scores of the model that gains are relative to; `RUN:untuned` is that of a run before its training.
    model
        Which model, where the scores are of several; the tuned one of a run where left out.
    set
        Options of the set: `--set cvqa=rouge_l`.
    """
    found = pipeline.set_of_suites(name, folders, settings=set, model=model, baseline=baseline)
    _show(found)
    if json:
        print_json(found.as_json())


def export_suite(name: str, *, data: Path, out: Path, images: Folders = (), set: Many = (), json: Json = False) -> None:
    """Write a suite with all of its wordings as a task group of lmms-eval.

    Parameters
    ----------
    name
        The suite.
    data
        Its published file, or the folder it is in.
    out
        The folder to write, which must not exist or be empty; give it to lmms-eval as --include_path.
    images
        Folders with its pictures.
    set
        Options of the suite: `--set split=val2014`.
    """
    made = pipeline.export_suite(name, data=data, images=images, out=out, settings=set)
    stdout.print(f"{made['num_tasks']} tasks with {made['num_docs']} documents in {out}", markup=False)
    stderr.print(f"lmms_eval --include_path {out} --tasks {made['group']}", markup=False)
    if json:
        print_json(made)


def _show(found: "SetResult") -> None:
    made = found.suite_set
    stdout.print(f"{made.title}: {made.source}", markup=False)
    stdout.print(_table(found))
    if found.gains is None:
        _show_mean(found)
    else:
        for kind, rows in (
            ("mean of relative gains", found.gains.mean_of_gains),
            ("gain of means", found.gains.gain_of_means),
        ):
            for one in rows:
                of = f"{kind}, {one.of}: {one.mean:+.1%} [{one.low:+.1%}, {one.high:+.1%}]"
                stdout.print(f"{of} over {_share(found, one.of, present=one.num_tasks)}", markup=False)
    if found.gains is not None and found.gains.without:
        stdout.print(f"no relative gain (no baseline, or one of 0): {', '.join(found.gains.without)}", markup=False)
    if found.missing:
        stdout.print(f"missing: {', '.join(found.missing)}", markup=False)
    if fixed := [one.task for one in found.tasks if one.fixed]:
        stdout.print(f"figures of a whole corpus, held as they are in the interval: {', '.join(fixed)}", markup=False)
    stderr.print(made.note, markup=False)


def _share(found: "SetResult", of: str, *, present: int) -> str:
    """How many of its tasks a gain is over; over fewer it is not the set's."""
    total = sum(of in {"overall", one.group} for one in found.suite_set.members)
    return f"{total} tasks" if present == total else f"{present} of {total} tasks, NOT the set's number"


def _show_mean(found: "SetResult") -> None:
    present, total = len(found.tasks), len(found.suite_set.members)
    one = found.aggregate or found.partial
    if one is not None:
        what = (
            "mean over tasks" if found.aggregate else f"NOT the set's number: mean over {present} of its {total} tasks"
        )
        stdout.print(f"{what}: {one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]", markup=False)


def _table(found: "SetResult") -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in (
        "task",
        "metric",
        "mean",
        "interval",
        "best wording",
        "wordings",
        "n",
        "parser",
        "prompt and parser",
        "data",
    ):
        table.add_column(heading, no_wrap=True)
    for one in found.tasks:
        table.add_row(*map(str, _cells(one)))
    return table


def _cells(one: Any) -> tuple[object, ...]:
    interval = "" if one.fixed else f"{one.estimate.low:.4f} {one.estimate.high:.4f}"
    said = [one.about.get(key, "not stated")[:12] for key in ("parser", "digest", "data_digest")]
    return (
        one.task,
        one.metric,
        f"{one.estimate.mean:.4f}",
        interval,
        f"{one.best_wording:.4f}",
        one.num_wordings,
        one.estimate.n,
        *said,
    )
