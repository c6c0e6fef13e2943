"""What no objective can teach, refused before the first step.

What a model has read before it predicts a token cannot be learned by predicting it: an encoder's input, or a Q-Former's. And an instruction
is learned from the pictures in front of it, so builds that leave pictures behind text suit no objective that weighs instructions.
"""

from collections.abc import Sequence

import numpy as np

from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES
from sayso.train.objectives import INSTRUCTION, Weigh

__all__ = ["check_beside", "check_media_position"]


def check_beside(row: Encoded, *, weigh: Weigh) -> None:
    """Refuse an objective that has no meaning for the model.

    Raises:
        ConfigError: it weighs tokens that the model reads beside those that it predicts.
    """
    if not row.beside:
        return
    found = _targets_among([ROLES[code] for code in np.unique(row.beside_roles)], weigh=weigh)
    if found:
        where = "its encoder" if "input_ids" in row.beside else "its Q-Former"
        raise ConfigError(
            f"the objective weighs tokens of role {found[0]!r}, but this model has read them in {where} before it predicts a token; "
            "train it with objective response_only, or take a model of one side"
        )


def check_media_position(builds: Sequence[BuildFolder], *, weigh: Weigh) -> None:
    """Refuse pictures behind text under an objective over instructions (the code that L2T builds on puts every picture in front of its turn).

    Raises:
        ConfigError: a build keeps pictures behind text and the objective weighs instructions.
    """
    kept = [build.path.name for build in builds if build.prompt.media_position == "keep"]
    if kept and _targets_among(INSTRUCTION, weigh=weigh):
        raise ConfigError(
            f"prompt.media_position of {kept[0]!r} is keep, but the objective weighs instructions, which would be learned without having seen "
            "their picture; set it to first or refuse, or train with response_only"
        )


def _targets_among(roles: Sequence[str], *, weigh: Weigh) -> list[str]:
    """Which of some roles an objective weighs in a turn with media and a response."""
    codes = np.array([ROLE_CODE[role] for role in ("bos", "media", *roles, "response")], dtype=np.uint8)
    row = Encoded(id="", input_ids=[0] * len(codes), roles=codes, turns=np.zeros_like(codes))
    weights = weigh(row).weights[2 : 2 + len(roles)]
    return [role for role, weight in zip(roles, weights, strict=True) if weight > 0]
