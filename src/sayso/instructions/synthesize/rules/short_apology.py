"""Short apology: an answer that says "sorry" in fewer than 80 words, which Evol-Instruct takes for a model that could not (as we remember it).

In mixed data most such answers are letters and proverbs, and right; `refusal` is the rule for those.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.instructions.overlap import count_words
from sayso.instructions.synthesize.rules._protocol import Written, rules
from sayso.records import Verdict

__all__ = ["ShortApologyRule"]

_SORRY = re.compile(r"\bsorry\b", re.IGNORECASE)


@rules.register("short_apology")
@dataclass(frozen=True, kw_only=True)
class ShortApologyRule:
    """Answers below `words` words are looked at. One that was asked about "sorry" may say it (ours)."""

    words: Annotated[int, Field(ge=1)] = 80

    def judge(self, written: Written) -> Verdict:
        """Refuse a short answer that apologises."""
        asked = _SORRY.search(written.instruction) or _SORRY.search(written.input)
        if asked or not _SORRY.search(written.output) or count_words(written.output) >= self.words:
            return Verdict(keep=True, reason="no short apology")
        return Verdict(keep=False, reason=f'the answer says "sorry" in fewer than {self.words} words')
