"""What stands behind the last "Answer:" of an output that reasons first; another parser then reads the answer there.

    parser: {name: after_marker, marker: "Answer:", then: letter}

An output without the marker has no answer: what was reasoned is not searched for one.
"""

import re
from dataclasses import dataclass

from sayso.errors import ConfigError
from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, Parser, parsers
from sayso.evaluate.parsers._words import AROUND, missing

__all__ = ["after_marker", "AfterMarker"]


@dataclass(frozen=True)
class AfterMarker:
    """The last occurrence counts, in upper or lower case."""

    marker: str
    then: Parser

    def read(self, output: str, *, context: Context) -> Parsed:
        """What `then` reads behind the marker; none where there is no marker, or nothing behind it."""
        places = [found.end() for found in re.finditer(re.escape(self.marker), output, re.IGNORECASE)]
        if not places:
            return missing(f"no {self.marker!r} found")
        answer = output[places[-1] :].strip()
        if not answer.strip(AROUND):
            return missing(f"nothing behind {self.marker!r}")
        return self.then.read(answer, context=context)


@parsers.register("after_marker")
def after_marker(*, marker: str = "Answer:", then: str = "whole") -> AfterMarker:
    """What `then`, another parser, reads behind `marker`.

    Raises:
        ConfigError: the marker is blank, or no parser is called so.
    """
    if not marker.strip():
        raise ConfigError(f"marker is {marker!r}; give the text behind which the answer stands, such as 'Answer:'")
    return AfterMarker(marker, parsers.build(then, {}))
