"""An instruction is learned from the pictures in front of it: builds that leave pictures behind text suit no objective that weighs instructions."""

from collections.abc import Sequence

from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.train.batches.beside import targets_among
from sayso.train.objectives import Weigh

__all__ = ["check_media_position"]


def check_media_position(builds: Sequence[BuildFolder], *, weigh: Weigh) -> None:
    """Refuse what cannot be meant (the code that L2T builds on puts every picture in front of its turn).

    Raises:
        ConfigError: a build keeps pictures behind text and the objective weighs instructions.
    """
    kept = [build.path.name for build in builds if build.prompt.media_position == "keep"]
    if not kept:
        return
    if targets_among(("instr_template", "instr", "options"), weigh=weigh):
        raise ConfigError(
            f"prompt.media_position of {kept[0]!r} is keep, but the objective weighs instructions, which would be learned without having seen "
            "their picture; set it to first or refuse, or train with response_only"
        )
