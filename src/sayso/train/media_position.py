"""An instruction is learned from the pictures in front of it: builds that leave pictures behind text suit no objective that weighs instructions."""

from collections.abc import Sequence

import numpy as np

from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.train.objectives import Weigh

__all__ = ["check_media_position"]

_ROLES = ("media", "instr_template", "instr", "options")


def check_media_position(builds: Sequence[BuildFolder], *, weigh: Weigh) -> None:
    """Refuse what cannot be meant (the code that L2T builds on puts every picture in front of its turn).

    Raises:
        ConfigError: a build keeps pictures behind text and the objective weighs instructions.
    """
    kept = [build.path.name for build in builds if build.prompt.media_position == "keep"]
    if not kept:
        return
    roles = np.array([ROLE_CODE[role] for role in _ROLES], dtype=np.uint8)
    row = Encoded(id="", input_ids=[0] * len(roles), roles=roles, turns=np.zeros(len(roles), dtype=np.uint8))
    if (weigh(row).weights > 0).any():
        raise ConfigError(
            f"prompt.media_position of {kept[0]!r} is keep, but the objective weighs instructions, which would be learned without having seen "
            "their picture; set it to first or refuse, or train with response_only"
        )
