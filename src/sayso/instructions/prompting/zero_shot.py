"""The question alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sayso.config import PluginConfig
from sayso.instructions.prompting._protocol import WHOLE, promptings
from sayso.records import Sample

__all__ = ["ZeroShot"]


@promptings.register("zero_shot")
@dataclass(frozen=True, kw_only=True)
class ZeroShot:
    """Adds nothing."""

    num_demonstrations: ClassVar[int] = 0
    written: ClassVar[bool] = False
    parser: ClassVar[PluginConfig] = WHOLE

    def prompt(self, sample: Sample, *, demonstrations: Sequence[Sample], seed: int) -> Sample:
        """The sample."""
        del demonstrations, seed
        return sample
