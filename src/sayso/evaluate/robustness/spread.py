"""Measures of other papers and tools from the mean score of each wording, under their own definitions.

| name | what it is | source |
|---|---|---|
| `prompt_sensitivity` | standard deviation of the wordings' means, population (ddof = 0) | NeMo-Skills, `summarize_robustness` (in points there) |
| `value_range` | best less worst | min-max spread, as FormatSpread (arXiv 2310.11324) has it |
| `avg_p`, `max_p` | mean and maximum | Mizrahi et al. 2024, arXiv 2401.00595, section 4 |
| `saturation` | 1 - (max_p - avg_p) | the same |
| `cps` | saturation * max_p, the combined performance score | the same |
| `drop_rate` | 1 - mean of the other wordings / first | performance drop rate of PromptBench (arXiv 2306.04528), of a mean |

None of them knows of chance: `value_range` and `max_p` grow with the number of wordings even where all are equal.
"""

from dataclasses import asdict, dataclass

import numpy as np

from sayso.evaluate.sensitivity import Floats

__all__ = ["Measures", "measures"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """Shares of a full score; `drop_rate` is None where the first wording scores 0 or is alone."""

    prompt_sensitivity: float
    value_range: float
    avg_p: float
    max_p: float
    saturation: float
    cps: float
    drop_rate: float | None

    def as_dict(self) -> dict[str, float | None]:
        """By name."""
        return asdict(self)


def measures(means_W: Floats) -> Measures | None:
    """Of the means of one task's wordings, those without a score left out; None where none has one."""
    known = np.asarray(means_W, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return None
    average, most, first = float(known.mean()), float(known.max()), float(known[0])
    saturation = 1 - (most - average)
    return Measures(
        prompt_sensitivity=float(known.std()),
        value_range=most - float(known.min()),
        avg_p=average,
        max_p=most,
        saturation=saturation,
        cps=saturation * most,
        drop_rate=1 - float(known[1:].mean()) / first if len(known) > 1 and first > 0 else None,
    )
