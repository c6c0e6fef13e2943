"""What language models are told, as data: one YAML file a method in `prompts/`, each text with marks such as `<seeds>`, all in our own words.

    texts = prompts("alpaca")
    texts.fill("ask", count="20", shown=...)

Marks are replaced once and to the letter, so that what a seed says is never taken for a mark, and nothing of it is formatted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from sayso.errors import ConfigError, did_you_mean

__all__ = ["Prompts", "prompts"]

_MARK = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True)
class Prompts:
    """The texts of one method by name."""

    method: str
    texts: Mapping[str, str]

    def fill(self, name: str, **values: str) -> str:
        """The text `name` with its marks replaced.

        Raises:
            ConfigError: there is no such text, or a mark of it has no value, or a value no mark.
        """
        if name not in self.texts:
            raise ConfigError(f"prompts of {self.method}: no text {name!r}{did_you_mean(name, list(self.texts))}")
        text = self.texts[name]
        if (marks := set(_MARK.findall(text))) != values.keys():
            raise ConfigError(f"prompts of {self.method}, {name!r}: marks {sorted(marks)}, values for {sorted(values)}")
        return _MARK.sub(lambda mark: values[mark[1]], text).strip()

    def among(self, prefix: str) -> tuple[str, ...]:
        """The names of the texts that begin with `prefix`, in the order of the file."""
        return tuple(name for name in self.texts if name.startswith(prefix))


@cache
def prompts(method: str) -> Prompts:
    """The prompts that ship for a method."""
    raw = files(__package__).joinpath("prompts", f"{method}.yaml").read_bytes()
    return Prompts(method=method, texts=yaml.safe_load(raw))
