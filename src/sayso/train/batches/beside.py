"""What a model has read before it predicts a token cannot be learned by predicting it: an encoder's input, or a Q-Former's."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sayso.errors import ConfigError
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES
from sayso.train.objectives import Weigh

__all__ = ["check_beside", "targets_among"]


def check_beside(row: Encoded, *, weigh: Weigh) -> None:
    """Refuse an objective that has no meaning for the model.

    Raises:
        ConfigError: it weighs tokens that the model reads beside those that it predicts.
    """
    if not row.beside:
        return
    found = targets_among([ROLES[code] for code in np.unique(row.beside_roles)], weigh=weigh)
    if found:
        where = "its encoder" if "input_ids" in row.beside else "its Q-Former"
        raise ConfigError(
            f"the objective weighs tokens of role {found[0]!r}, but this model has read them in {where} before it predicts a token; "
            "train it with objective response_only, or take a model of one side"
        )


def targets_among(roles: Sequence[str], *, weigh: Weigh) -> list[str]:
    """Which of some roles an objective weighs in a turn with media and a response."""
    codes = [ROLE_CODE[role] for role in ("bos", "media", *roles, "response")]
    turns: NDArray[np.uint8] = np.zeros(len(codes), dtype=np.uint8)
    row = Encoded(id="", input_ids=[0] * len(codes), roles=np.array(codes, dtype=np.uint8), turns=turns)
    weights = weigh(row).weights[2 : 2 + len(roles)]
    return [role for role, weight in zip(roles, weights, strict=True) if weight > 0]
