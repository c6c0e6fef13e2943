"""The card of a built task: what rendering, training and evaluation must know of it without importing the task."""

from collections.abc import Mapping

from sayso.records import Record

__all__ = ["Card"]


class Card(Record, frozen=True, kw_only=True):
    """One task of a build folder, as in `cards.json`.

    `output` is `text`, `option`, `region` or `region_option`; `slots` maps the names that templates must use to `text`, `region`,
    `regions` or `options`. `held_out` is None, `task` or `category`; what is held out has `num_train` 0.
    """

    name: str
    category: str
    output: str
    metrics: tuple[str, ...]
    slots: Mapping[str, str]
    held_out: str | None = None
    num_train: int = 0
    num_test: int = 0
