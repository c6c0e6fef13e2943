"""What a suite is: a published test set as it lies on disk, with the prompt, decoding, parser and metrics that its numbers are for.

A suite is a short file: how the published files become examples, and a card. Its wordings begin with the published prompt; further ones are other ways to
ask the same, so that every suite also measures how much of its number is due to its wording. Numbers carry the digest of prompt,
parser and data.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import isfile  # unlike Path.is_file, no error for odd names
from pathlib import Path
from typing import Literal, TypeAlias

from sayso.config import PluginConfig, PromptConfig
from sayso.evaluate.backends import Decoding
from sayso.records import Example, Media
from sayso.registry import Registry
from sayso.sources import BadRow, probe_image

__all__ = ["Files", "LeftOut", "NO_PICTURE", "Read", "Suite", "suites"]

NO_PICTURE = "no picture"
"""Why a row is left out whose picture is in none of the folders."""

SuiteGroup: TypeAlias = Literal[
    "general_vqa",
    "comprehensive",
    "text_and_charts",
    "captioning",
    "grounding",
    "hallucination",
    "reasoning",
    "text",
    "safety",
]


class LeftOut(BadRow, frozen=True, kw_only=True):
    """A row with nothing wrong in it that is not asked all the same: its picture is not there, or the suite's own rules leave it out."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where a user has the published files: `data` is the file or the folder with them, `images` the folders with the pictures.

    Without `images` rows are read with pictures that have a name and no size; they can be looked at, and no model can be run on them.
    """

    data: Path
    images: tuple[Path, ...] = ()

    def picture(self, *names: str) -> Media | None:
        """The first of these names that is a file in one of the folders; None where none is.

        Raises:
            DataError: the file is no picture.
        """
        if not self.images:
            return Media(path=names[0], width=0, height=0)
        found = ((root, Path(name)) for name in names for root in self.images if name and isfile(root / name))
        root, path = next(found, (None, None))
        return None if root is None or path is None else probe_image(path, root=root)


Read: TypeAlias = Callable[[Files], Iterator[Example | BadRow]]
"""Every row of the published files, in their order: an example, or why it cannot be used (`BadRow`) or is not asked (`LeftOut`)."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A test set and how its number is made.

    `wordings` are templates, the published prompt first. `needs` says in words which files go where. `metrics` are corpus metrics or metrics of single
    predictions, the headline figure's first. `tried` is False where no real file was at hand and only rows made by hand in the documented
    format were read. Fields of its examples that are no slots are what corpus metrics learn about an example (`Answer.about`); examples that
    agree in the fields `together` stay together where only some are asked, since a metric counts them as one.

    `label` is what a run of these options is called where nobody says otherwise, the name where it is empty.

    `judge` is what must read the answers before there is a figure, a plugin of `sayso.evaluate.judges` by name with its options; a run without
    one is an error.
    """

    name: str
    title: str
    source: str
    needs: str
    group: SuiteGroup
    read: Read
    wordings: tuple[str, ...]
    slots: Mapping[str, str]
    output: Literal["text", "option", "region", "region_option"] = "text"
    prompt: PromptConfig = field(default_factory=PromptConfig)
    decoding: Decoding = field(default_factory=lambda: Decoding(max_new_tokens=16))
    parser: PluginConfig = field(default_factory=lambda: PluginConfig(name="whole"))
    metrics: tuple[PluginConfig, ...] = ()
    judge: PluginConfig | None = None
    tried: bool = False
    together: tuple[str, ...] = ()
    label: str = ""


suites: Registry[Suite] = Registry("suite", "sayso.evaluate.suites")
"""Suites by name; a factory's keyword arguments are choices the publishers leave, such as the split."""
