"""Blacklist: instructions with words that say that something is missing: a picture, a file, a plot.

Self-Instruct's list (checked in its code) is for text models, and would refuse all of a multimodal kit: it holds for what comes without media. What comes
with pictures has a list of its own, which is empty unless the recipe fills it.
"""

import re
from collections.abc import Iterable

from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["blacklist", "BlacklistRule", "SELF_INSTRUCT"]

SELF_INSTRUCT = (
    "image",
    "images",
    "graph",
    "graphs",
    "picture",
    "pictures",
    "file",
    "files",
    "map",
    "maps",
    "draw",
    "plot",
    "go to",
)
"""Words that a model without eyes, files or a browser can do nothing with."""


class BlacklistRule:
    """Whole words or phrases, in any case, whatever white space is in them."""

    def __init__(self, *, words: Iterable[str], with_media: Iterable[str]) -> None:
        self._without, self._with = _pattern(words), _pattern(with_media)

    def judge(self, written: Written) -> Verdict:
        """Refuse an instruction with a listed word, and name it."""
        pattern = self._with if written.num_media else self._without
        found = pattern.search(written.instruction) if pattern else None
        if found is not None:
            return Verdict(keep=False, reason=f"the instruction has {' '.join(found.group().split()).lower()!r}")
        return Verdict(keep=True, reason="no listed word in the instruction")


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    given = [r"\s+".join(map(re.escape, word.split())) for word in words if word.split()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(given)})(?!\w)", re.IGNORECASE) if given else None


@rules.register("blacklist")
def blacklist(*, words: tuple[str, ...] = SELF_INSTRUCT, with_media: tuple[str, ...] = ()) -> BlacklistRule:
    """The rule `blacklist`; `words` for what comes without media, `with_media` for what comes with some."""
    return BlacklistRule(words=words, with_media=with_media)
