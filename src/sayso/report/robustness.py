"""What is behind the Sensitivity of a summary: how much of it is chance, and the same spread as other tools tell it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.report.headline import number_text
from sayso.report.view import RobustnessRow

__all__ = ["read_robustness"]


class Part(msgspec.Struct, frozen=True):
    """A figure of summary.json: whatever of this it has."""

    mean: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    expected: float | None = None
    right: float | None = None


def read_robustness(summary: Mapping[str, Any]) -> tuple[RobustnessRow, ...]:
    """The rows that a decoded summary.json has a value for; none where it was written before there were such figures.

    Raises:
        DataError: a value is no figure.
    """
    return tuple(_rows({key: _part(key, summary.get(key)) for key in MEANINGS}))


MEANINGS: Mapping[str, tuple[str, str]] = {
    "sensitivity_corrected": ("Sensitivity, corrected", "without the noise of finitely many examples"),
    "sensitivity_noise_floor": ("Noise floor", "Sensitivity of these scores where no wording differs"),
    "prompt_sensitivity": ("prompt_sensitivity", "NeMo-Skills': population standard deviation of the wordings' scores"),
    "consistency": ("Consistency", "pairs of wordings with the same answer to an example"),
    "worst_wording": ("Worst wording", "mean over tasks of the score in each task's worst"),
    "best_wording": ("Best wording", "mean over tasks of the score in each task's best"),
}


def _part(key: str, value: object) -> Part:
    try:
        return msgspec.convert({"mean": value} if isinstance(value, float | int) else value or {}, Part)
    except msgspec.ValidationError as error:
        raise DataError(f"summary: {key} is {value!r}, not a number or a mean with its bounds: {error}") from error


def _rows(parts: Mapping[str, Part]) -> Iterator[RobustnessRow]:
    for key, part in parts.items():
        label, meaning = MEANINGS[key]
        if part.mean is not None:
            yield RobustnessRow(key=key, label=label, text=_text(part), meaning=meaning)


def _text(part: Part) -> str:
    """The value with what else is known of it."""
    more = []
    if part.low is not None and part.high is not None:
        more.append(f"{100 * part.low:.1f} to {100 * part.high:.1f}")
    if part.p_value is not None:
        more.append(f"p = {part.p_value:.3f} for so much spread by chance")
    if part.expected is not None:
        more.append(f"{number_text(part.expected)} on examples that did not choose it")
    if part.right is not None:
        more.append(f"{number_text(part.right)} the same and right")
    return f"{number_text(part.mean)} ({'; '.join(more)})" if more else number_text(part.mean)
