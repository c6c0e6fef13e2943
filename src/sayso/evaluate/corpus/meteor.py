"""METEOR 1.5, by its authors' Java program and by nothing else.

Its stems, synonyms and paraphrases come with the program, and no other implementation agrees with it; so there is no approximation under this name.
You need Java 8 or newer and `meteor-1.5.jar` with its `data` folder beside it; the wheel of pycocoevalcap 1.2 holds both. The program
is asked as coco-caption asks it (English, normalised). It gives each caption's counts, which are summed, and turns sums into values: a corpus is not the mean of its images. Every call
loads the paraphrases, some seconds and up to 2 GB.

Source: Denkowski and Lavie 2014, "Meteor Universal", as in coco-caption (pycocoevalcap 1.2).
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayso.errors import BackendError, ConfigError
from sayso.evaluate.corpus._captions import Caption, captions, tally
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.ptb import PTB
from sayso.evaluate.sensitivity import Floats

__all__ = ["Meteor", "meteor"]

CARD = MetricCard(
    name="meteor", source="METEOR 1.5, Denkowski and Lavie 2014, its own Java program (-l en -norm)", tokeniser=PTB
)
COUNTS = 23
WIDTH = COUNTS + 1
BETWEEN = " ||| "
HOW = "get both from the wheel of pycocoevalcap 1.2 (`pip download --no-deps pycocoevalcap==1.2`, then unzip it) and write `jar: .../meteor/meteor-1.5.jar`"


@dataclass(frozen=True)
class Meteor:
    """In [0, 1]."""

    jar: Path
    java: str = "java"

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """One figure."""
        return (CARD,)

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """The program's 23 counts and a 1 for each caption that has references.

        Raises:
            BackendError: the program failed.
        """
        found = captions(answers)
        asked = [_question(caption) for caption in found if caption.references]
        counts = iter(self._ask(asked, answers=len(asked)))
        rows = [[*map(float, next(counts).split()), 1.0] if one.references else [0.0] * WIDTH for one in found]
        return tally(answers, rows=rows, width=WIDTH)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """The program's value of each sum; NaN where no caption has references.

        Raises:
            BackendError: the program failed.
        """
        lines = [" ".join(map(str, row[:COUNTS])) for row in sums_RK]
        values = self._ask([BETWEEN.join(["EVAL", *lines])], answers=len(lines) + 1)
        return {CARD.name: np.where(sums_RK[:, COUNTS] > 0, np.array(values[: len(lines)], dtype=np.float64), np.nan)}

    def _ask(self, lines: Sequence[str], *, answers: int) -> list[str]:
        if not lines:
            return []
        command = [self.java, "-Xmx2G", "-jar", str(self.jar), "-", "-", "-stdio", "-l", "en", "-norm"]
        done = subprocess.run(command, input="".join(f"{line}\n" for line in lines), capture_output=True, text=True)
        told = done.stdout.splitlines()
        if done.returncode or len(told) != answers:
            what = (done.stderr or done.stdout).strip()[-300:]
            raise BackendError(
                f"{self.jar.name} gave {len(told)} lines for {answers} and code {done.returncode}: {what}"
            )
        return told


def _question(caption: Caption) -> str:
    texts = [*caption.references, caption.said]
    return BETWEEN.join(["SCORE", *(" ".join(words).replace("|||", "") for words in texts)])


@corpus_metrics.register("meteor")
def meteor(*, jar: Path | None = None, java: str = "java") -> Meteor:
    """METEOR 1.5 by the program at `jar`.

    Raises:
        ConfigError: there is no Java or no such program; the message says what to install.
    """
    if jar is None or not jar.is_file():
        raise ConfigError(f"meteor needs Java and meteor-1.5.jar with its data folder, not {str(jar)!r}; {HOW}")
    if shutil.which(java) is None:
        raise ConfigError(
            f"meteor needs Java, and there is no command {java!r}; install one (8 or newer) or write `java: PATH`"
        )
    return Meteor(jar=jar, java=java)
