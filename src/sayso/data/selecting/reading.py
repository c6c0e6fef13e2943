"""What selectors of a recipe read, as far as their options say, against what its scorers give: said before anything is built or scored.

A selector names columns in the option `by`, as `top` and `threshold` do, or several with `*` between them, or in `best`, as those of duplicates do. What a scorer gives is
known only once it has run, unless the recipe names its columns (`as:`) or it is one of those that are listed here.
"""

from collections.abc import Iterator

from sayso.config import PluginConfig, SelectConfig
from sayso.data.selecting.identity import label_of
from sayso.errors import ConfigError

__all__ = ["check_selection", "columns_read"]

READ = ("by", "best")


def columns_read(selector: PluginConfig) -> Iterator[str]:
    """The columns that a selector's options name."""
    for key in READ:
        written = selector.options.get(key)
        if isinstance(written, str):
            yield from (name.strip() for name in written.split("*") if name.strip())


def check_selection(config: SelectConfig, *, where: str) -> None:
    """Refuse selectors that read what no scorer can give, where that can be known before scoring.

    Raises:
        ConfigError: a selector reads a column and there is no scorer, or all scorers have their columns named and none of them so; or nothing is chosen.
    """
    if not config.scorers and not config.selectors:
        raise ConfigError(f"{where} has neither scorers nor selectors; add selectors: [{{name: random}}] and a budget:")
    labels = [label_of(scorer) for scorer in config.scorers]
    for number, selector in enumerate(config.selectors):
        for name in columns_read(selector):
            if all(label is not None and name != label and not name.startswith(f"{label}.") for label in labels):
                known = ", ".join(str(label) for label in labels) or "none: it has no scorers"
                raise ConfigError(
                    f"{where}.selectors.{number} ({selector.name}) reads the column {name!r}, which no scorer gives (known: {known}); add one to scorers:"
                )
