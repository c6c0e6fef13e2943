"""The numbers of a transfer as Markdown: what each means beside what it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["MEANINGS", "render"]

MEANINGS: Mapping[str, tuple[str, str]] = {
    "final_mean": ("Final mean", "all tested tasks after the last stage, those never trained on too"),
    "average_accuracy": ("Average accuracy", "what each stage trained on, after the last stage; stages count the same"),
    "learning_accuracy": ("As learned", "what each stage trained on, right after that stage"),
    "backward_transfer": ("Backward transfer", "after the last stage less right after its own; below 0 is forgotten"),
    "forgetting": ("Forgetting", "the best of the stages before the last, less after the last"),
    "forward_transfer": (
        "Forward transfer",
        "right before a stage, on what it will train on, less before the first stage",
    ),
}
"""Keys of the summary in reading order, each with its label and what it is."""
WORDINGS = {"trained": "trained wordings", "all": "all wordings"}


def render(transfer: Mapping[str, Any]) -> str:
    """transfer.json as Markdown."""
    blocks = [f"# Transfer: {_plain(transfer['name'])}", *_stages(transfer["stages"])]
    for key, numbers in transfer["wordings"].items():
        blocks += [f"## Under {WORDINGS[key]}", *_numbers(numbers, stages=[s["label"] for s in transfer["stages"]])]
    share, resamples = 100 * transfer["confidence"], transfer["num_resamples"]
    blocks.append(
        f"Scores in per cent, intervals of {share:g} % from {resamples:,} resamples of the test examples, which all stages share. **Bold** is what "
        "the stage trained on."
    )
    return "\n\n".join(blocks) + "\n"


def _stages(stages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = [
        (str(n), _plain(s["label"]), _plain(s["train"]), str(len(s["trained"]))) for n, s in enumerate(stages, start=1)
    ]
    yield _table(("No.", "Stage", "Model of", "Tasks:"), rows)


def _numbers(numbers: Mapping[str, Any], *, stages: Sequence[str]) -> Iterator[str]:
    rows = [(label, _estimate(numbers["summary"][key]), meaning) for key, (label, meaning) in MEANINGS.items()]
    yield _table(("What", "Points", "Meaning"), rows)
    for title, cells, key in (
        ("By stage of training", numbers["matrix"], "column"),
        ("By category", numbers["by_category"], "category"),
        ("By task", numbers["by_task"], "task"),
    ):
        yield f"### {title}"
        yield _grid(cells, stages=stages, key=key)
    changes = [
        (
            _plain(row["category"]),
            _plain(row["learned_at"]),
            _share(row["learned"]),
            _share(row["final"]),
            _estimate(row["difference"]),
        )
        for row in numbers["category_changes"]
    ]
    if changes:
        yield "### From learned to final"
        yield _table(("Category", "Learned at", "Learned:", "Final:", "Difference"), changes)
    yield from _unscored(numbers["unscored_reasons"])


def _unscored(reasons: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What is in no number above."""
    rows = [
        (_plain(task), _plain(stage), _plain(why))
        for task, by_stage in reasons.items()
        for stage, why in by_stage.items()
    ]
    if rows:
        yield "### Left out: no score after every stage"
        yield _table(("Task", "Stage", "Reason"), rows)


def _grid(cells: Sequence[Mapping[str, Any]], *, stages: Sequence[str], key: str) -> str:
    """A row per group, a column per stage."""
    by_place = {(cell[key], cell["stage"]): cell for cell in cells}
    names = dict.fromkeys(cell[key] for cell in cells)
    rows = [(_plain(name), *(_cell(by_place[name, stage]) for stage in stages)) for name in names]
    head = "Trained in" if key == "column" else key.capitalize()
    return _table((head, *(f"{_plain(stage)}:" for stage in stages)), rows)


def _cell(cell: Mapping[str, Any]) -> str:
    text = _share(cell["mean"])
    return f"**{text}**" if cell["trained"] else text


def _share(value: float) -> str:
    return f"{100 * value:.1f}"


def _estimate(value: Mapping[str, Any] | None) -> str:
    if value is None:
        return "not measured"
    return f"{_share(value['mean'])} ({_share(value['low'])} to {_share(value['high'])}, n = {value['n']:,})"


def _plain(name: str) -> str:
    """Names of stages and tasks hold nothing but words; a bar or an underscore must not become markup."""
    return str(name).replace("|", "\\|").replace("_", "\\_")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    names = [name.removesuffix(":") for name in head]
    rule = ["---:" if name.endswith(":") else "---" for name in head]
    return "\n".join(f"| {' | '.join(row)} |" for row in (names, rule, *rows))
