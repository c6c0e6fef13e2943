"""What a plan leaves open and each run fills in: the seed, and lists whose order is drawn with it.

`{seed}` is the seed of the run. `{NAME:2}` stands for the first two of the plan's list `NAME` in the order that the seed draws, with commas between, so that
more of them take in fewer, and that the mean over seeds is not about one lucky choice. Braces of anything else, those of YAML among them, stay as they are.
"""

import re
from collections.abc import Mapping, Sequence

from sayso.errors import ConfigError
from sayso.seeds import Stream

__all__ = ["fill"]

_FIRST = re.compile(r"\{(\w+):(\d+)\}")


def fill(text: str, *, seed: int, drawn: Mapping[str, Sequence[str]]) -> str:
    """`text` for the run of that seed; `drawn` are `Plan.drawn`.

    Raises:
        ConfigError: more of a list are asked for than it has.
    """

    def first(found: re.Match[str]) -> str:
        name, number = found[1], int(found[2])
        if name not in drawn:
            return found[0]
        if not 1 <= number <= len(drawn[name]):
            raise ConfigError(
                f"{found[0]} asks for {number} of the {len(drawn[name])} that {name} has; use 1 to all of them"
            )
        return ", ".join(Stream(seed, "reproduction", name).sample(list(drawn[name]), len(drawn[name]))[:number])

    return _FIRST.sub(first, text.replace("{seed}", str(seed)))
