"""Student's t: its distribution and quantiles, and the smallest effect that a t test of so many values can show.

Degrees of freedom are whole numbers here (seeds less one), for which the distribution is a finite sum (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4),
so that neither a table nor a library is needed. The power of a test is the mean, over what the standard deviation of so few values may turn out to be, of a
normal probability; integrated, not approximated, since with five values the usual normal approximation promises too much.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

__all__ = ["quantile", "two_sided_p", "visible_in_deviations"]

SLICES = 400  # of the integral over standard deviations; 7 digits and more
HALVINGS = 80


def two_sided_p(t: float, degrees: int) -> float:
    """P(|T| >= |t|)."""
    return max(0.0, 1.0 - _within(abs(t), degrees))


def _within(t: float, degrees: int) -> float:
    """P(|T| <= t) for t >= 0."""
    angle = math.atan2(t, math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = sine * cosine if odd else sine
    total = 0.0
    for k in range(2 + odd, degrees + 1, 2):
        total += term
        term *= cosine**2 * (k - 1) / k
    return 2 / math.pi * (angle + total) if odd else total


@lru_cache(maxsize=256)
def quantile(confidence: float, degrees: int) -> float:
    """The t within which a share `confidence` lies, both sides together: 2.776 for 0.95 and 4 degrees of freedom."""
    high = 1.0
    while _within(high, degrees) < confidence:
        high *= 2
    return _root(lambda t: _within(t, degrees) - confidence, high=high)


@lru_cache(maxsize=256)
def visible_in_deviations(n: int, *, confidence: float, power: float) -> float:
    """The mean, in standard deviations of one value, whose interval over `n` values lies above 0 with probability `power`."""
    cut, degrees = quantile(confidence, n - 1), n - 1
    high = 1.0
    while _power(high, cut, degrees) < power:
        high *= 2
    return _root(lambda shift: _power(shift, cut, degrees) - power, high=high) / math.sqrt(n)


def _power(shift: float, cut: float, degrees: int) -> float:
    """P(T > cut) of the noncentral t: Simpson's rule over the seen standard deviation in units of the true one."""
    step = (1 + 8 / math.sqrt(degrees)) / SLICES
    normal = NormalDist().cdf
    log_scale = math.log(2) + degrees / 2 * math.log(degrees / 2) - math.lgamma(degrees / 2)
    total = 0.0
    for k in range(1, SLICES):
        s = k * step
        density = math.exp(log_scale + (degrees - 1) * math.log(s) - degrees * s * s / 2)
        total += (4 if k % 2 else 2) * density * normal(shift - cut * s)
    at_zero = math.exp(log_scale) * normal(shift) if degrees == 1 else 0.0
    return (total + at_zero) * step / 3


def _root(rising: Callable[[float], float], *, high: float) -> float:
    low = 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
        if high - low <= 1e-12 * high:
            break
    return high
