"""Pearson III distributions, centred, from a variance and a third cumulant, by the cube root of Wilson and Hilferty (1931).

They are chi-square ones moved and stretched: what sums of squares of normal numbers are like, near enough, with any weights.
"""

from statistics import NormalDist

import numpy as np

from sayso.evaluate.sensitivity import Floats

__all__ = ["chance", "quantile"]


def quantile(z: float, *, cumulants: tuple[Floats, Floats]) -> Floats:
    """Of a variable with this variance and third cumulant and the mean 0, at the normal deviate `z`."""
    deviation, skew = _shape(cumulants)
    cube = np.maximum(1 + skew * z / 6 - skew**2 / 36, 0.0) ** 3
    return np.asarray(deviation * 2 / skew * (cube - 1))


def chance(value: Floats, *, cumulants: tuple[Floats, Floats]) -> Floats:
    """Chance that such a variable is `value` or more; 1 where it cannot vary and `value` is not above 0."""
    deviation, skew = _shape(cumulants)
    scaled = np.divide(value, deviation, out=np.where(value > 0, np.inf, -np.inf), where=deviation > 0)
    z = (np.cbrt(1 + skew * np.clip(scaled, -2 / skew, 1e6) / 2) - 1 + skew**2 / 36) * 6 / skew
    return np.array([NormalDist().cdf(-one) for one in z.ravel()]).reshape(z.shape)


def _shape(cumulants: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    second, third = cumulants
    deviation = np.sqrt(second)
    skew = np.divide(third, second * deviation, out=np.zeros_like(second), where=second > 0)
    return deviation, np.clip(skew, 1e-6, np.sqrt(8.0))
