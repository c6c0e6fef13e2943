"""What the scores of one task say of its wordings' means, and how far chance alone would move them.

The W means are one vector, drawn around the true means mu with a covariance V; this holds with or without shared examples, which only change V:

- `paired`: every wording met the same N examples, V is the covariance of the examples' scores over N;
- `apart`: every wording has examples of its own, V is diagonal;
- `proportions`: a score is a share of n right answers, V is diagonal with p (1 - p) / (n - 1).

With C the centring matrix, the spread of the means S^2 = m'Cm / (W - 1) has the expectation theta^2 + tr(CV) / (W - 1): the spread of the true means, which is
wanted, and the noise. tr(CV) / (W - 1) of paired scores is the residual mean square of the two-way table over N. Nothing here takes the wordings to be equally correlated.
"""

from dataclasses import dataclass

import numpy as np

from sayso.evaluate.sensitivity import Floats

__all__ = ["apart", "Moments", "paired", "proportions", "ROUNDING"]

TINY = 1e-300
ROUNDING = 1e-24
"""What is less than this share of the squared mean is the last bits of equal numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Figures of one task, or arrays of them over tasks or simulations.

    `mean` is that of the wordings' means, `spread` their sample variance S^2 and `noise` what chance adds to it; `wobble` is half the variance of S^2 less its
    noise where no wording differs (tr((CV)^2) / (W - 1)^2, estimated without bias for normal scores). `along` is the variance of the
    means in the direction in which they differ, over W - 1, `level` that of their mean, and `cross` their covariance over the root of W - 1.
    """

    mean: Floats
    spread: Floats
    noise: Floats
    wobble: Floats
    along: Floats
    level: Floats
    cross: Floats


def paired(scores_WN: Floats) -> Moments:
    """From scores without gaps, (..., wordings, examples), at least two of either.

    Raises:
        ValueError: fewer.
    """
    num_wordings, num_examples = scores_WN.shape[-2:]
    if num_wordings < 2 or num_examples < 2:
        raise ValueError(f"{num_wordings} wordings x {num_examples} examples; at least 2 of either are needed")
    means_W = scores_WN.mean(axis=-1)
    off_WN = scores_WN - means_W[..., None]
    level_N = off_WN.mean(axis=-2)
    off_WN = off_WN - level_N[..., None, :]
    free = num_examples - 1
    size = num_examples * free
    gram = np.swapaxes(off_WN, -1, -2) @ off_WN if num_examples < num_wordings else off_WN @ np.swapaxes(off_WN, -1, -2)
    trace, square = (off_WN**2).sum(axis=(-2, -1)) / size, (gram**2).sum(axis=(-2, -1)) / size**2
    direction_W = _direction(means_W)
    along_N = (direction_W[..., None, :] @ off_WN)[..., 0, :]
    return _moments(
        means_W,
        trace=trace,
        square=_unbiased(square, trace=trace, free=free, most=num_wordings - 1) * num_examples / free,
        along=(along_N**2).sum(axis=-1) / size,
        level=(level_N**2).sum(axis=-1) / size,
        cross=(along_N * level_N).sum(axis=-1) / size,
    )


def apart(means_W: Floats, *, variances_W: Floats) -> Moments:
    """From means of wordings that share no example, and the variances of these means, both (..., wordings)."""
    num_wordings = means_W.shape[-1]
    direction_W = _direction(means_W)
    total, squares = variances_W.sum(axis=-1), (variances_W**2).sum(axis=-1)
    centred = 1 - 2 / num_wordings
    return _moments(
        means_W,
        trace=total * (1 - 1 / num_wordings),
        square=squares * centred + (total / num_wordings) ** 2,
        along=(direction_W**2 * variances_W).sum(axis=-1),
        level=total / num_wordings**2,
        cross=(direction_W * variances_W).sum(axis=-1) / num_wordings,
    )


def proportions(shares_W: Floats, *, counts_W: Floats) -> Moments:
    """From shares of right answers among `counts_W` each, drawn anew for each wording."""
    shares_W = np.asarray(shares_W, dtype=np.float64)
    return apart(shares_W, variances_W=shares_W * (1 - shares_W) / np.maximum(np.asarray(counts_W) - 1, 1))


def _direction(means_W: Floats) -> Floats:
    """Unit vectors from equal means to these; 0 where they are equal."""
    centred = means_W - means_W.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), TINY))


def _unbiased(square: Floats, *, trace: Floats, free: int, most: int) -> Floats:
    """tr(V^2) from that of a sample covariance with `free` degrees of freedom (Bai and Saranadasa 1996), within what V can have."""
    if free > 1:
        square = free**2 / ((free - 1) * (free + 2)) * (square - trace**2 / free)
    return np.clip(square, trace**2 / most, trace**2)


def _moments(means_W: Floats, *, trace: Floats, square: Floats, **more: Floats) -> Moments:
    free = means_W.shape[-1] - 1
    mean, spread, noise = means_W.mean(axis=-1), means_W.var(axis=-1, ddof=1), trace / free
    least = ROUNDING * mean**2
    return Moments(
        mean=mean,
        spread=np.where(spread > least, spread, 0.0),
        noise=np.where(noise > least, noise, 0.0),
        wobble=np.where(noise > least, square, 0.0) / free**2,
        along=more["along"] / free,
        level=more["level"],
        cross=more["cross"] / np.sqrt(free),
    )
