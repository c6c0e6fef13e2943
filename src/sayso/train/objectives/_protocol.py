"""What an objective is: how much a token of each role weighs in the loss, and what the sum is divided by.

A sample's tokens get the weights of their roles. Then tokens of the instruction are left out where a switch says so, and where nothing
answers them. Nothing else of a sample matters, so that every objective works in any chat template, in any number of turns,
with any number of media.

Padding and media never are targets: a place that holds an image predicts no word. Neither is the first token of a sample.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE, turns_of
from sayso.records import ROLES
from sayso.registry import Registry
from sayso.train.objectives._normalisers import IS_RESPONSE, NORMALISERS, Normaliser

__all__ = ["INSTRUCTION", "Objective", "objectives", "Objectives", "PROMPT", "RESPONSE", "Weigh", "Weighed"]

INSTRUCTION = ("instr_template", "instr", "options")
"""What a user says."""

PROMPT = ("system", "role_mark", "media_sep", *INSTRUCTION)
"""All text before a response and around it, by whomever it is written; not `bos`, which nothing predicts."""

RESPONSE = {"response": 1.0, "resp_end": 1.0}
"""The weights of a response and of the token that ends it; a model that is not trained on the latter never stops."""

_IS_INSTRUCTION = np.isin(np.arange(len(ROLES)), [ROLE_CODE[role] for role in INSTRUCTION])
_NEVER = ("pad", "media")
_MAX_TURNS = 256


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A sample's T tokens weighed as targets (T,), and what the sample adds to the sum that the loss is divided by."""

    weights: NDArray[np.float32]
    count: float


Weigh: TypeAlias = Callable[[Encoded], Weighed]
"""Sample -> its weights."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A weight per token role; roles that are not named weigh nothing. The fields after `weights` are options of every objective in a recipe.

    Raises:
        ConfigError: a role does not exist or cannot be a target, a weight is negative or no number, or the fields do not go together.
    """

    weights: Mapping[str, float]
    normaliser: Normaliser = "weights"
    """What the sum is divided by; see `sayso.train.objectives._normalisers`."""
    instr_turns: Literal["all", "first"] = "all"
    """Whose instructions are targets: of every user turn, or of the first only."""
    instr_on_text_only: bool = True
    """Whether instructions of samples without media are targets."""
    unanswered: Literal["refuse", "skip", "train"] = "refuse"
    """A turn with instruction targets and no response, as truncation may leave it: an error, weighs nothing, or trained on."""

    def __post_init__(self) -> None:
        for role, weight in self.weights.items():
            if role not in ROLES:
                raise ConfigError(f"an objective weighs unknown role {role!r}{did_you_mean(role, list(ROLES))}")
            if not 0 <= weight < float("inf"):
                raise ConfigError(f"an objective weighs role {role!r} with {weight}; a weight is 0 or more")
            if weight and role in _NEVER:
                raise ConfigError(
                    f"an objective weighs role {role!r} with {weight}; {' and '.join(_NEVER)} hold no word to predict"
                )
        if self.unanswered == "train" and self.normaliser == "response_tokens":
            raise ConfigError(
                f"an objective has unanswered {self.unanswered!r}, but normaliser {self.normaliser!r} needs responses; use normaliser weights, or unanswered skip"
            )

    def weigh(self, row: Encoded) -> Weighed:
        """The weights of one sample.

        Raises:
            DataError: a turn has instruction targets and no response, and `unanswered` is `refuse`.
        """
        weights = self._table[row.roles]
        weights[:1] = 0  # nothing stands before it to predict it
        if self._weighs_prompts:
            weights[self._left_out(row, weights=weights)] = 0
        weights, count = NORMALISERS[self.normaliser](weights, row.roles)
        return Weighed(weights=weights, count=count)

    def _left_out(self, row: Encoded, *, weights: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Tokens that weigh nothing although their roles do."""
        turns = row.turns if len(row.turns) == len(row.roles) else turns_of(row.roles)
        instruction = _IS_INSTRUCTION[row.roles]
        out = self._switched_off(row, instruction=instruction, turns=turns)
        if self.unanswered == "train":
            return out
        answered = np.zeros(_MAX_TURNS, dtype=np.bool_)
        answered[turns[IS_RESPONSE[row.roles]]] = True
        alone = instruction & ~answered[turns] if answered.any() else np.ones_like(instruction)
        if self.unanswered == "refuse" and (weights * alone * ~out).any():
            raise DataError(
                f"sample {row.id!r}: turn {int(turns[alone][0])} has instruction targets and no response ({len(row.roles)} tokens); if it was cut, "
                "raise train.max_tokens; the objective's option unanswered: skip leaves such turns out, train trains on them"
            )
        return out | alone

    def _switched_off(
        self, row: Encoded, *, instruction: NDArray[np.bool_], turns: NDArray[np.uint8]
    ) -> NDArray[np.bool_]:
        if not self.instr_on_text_only and not (row.roles == ROLE_CODE["media"]).any():
            return instruction
        if self.instr_turns == "first":
            return instruction & (turns > 0)
        return np.zeros_like(instruction)

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        return np.array([self.weights.get(role, 0.0) for role in ROLES], dtype=np.float32)

    @cached_property
    def _weighs_prompts(self) -> bool:
        return any(weight for role, weight in self.weights.items() if role not in RESPONSE)


_SHARED: Mapping[str, TypeAdapter[Any]] = {
    "options": TypeAdapter(float),
    "normaliser": TypeAdapter(Normaliser),
    "instr_turns": TypeAdapter(Literal["all", "first"]),
    "instr_on_text_only": TypeAdapter(bool),
    "unanswered": TypeAdapter(Literal["refuse", "skip", "train"]),
}
"""What every objective takes in a recipe: the weight of options, and the fields of `Objective`."""


class Objectives(Registry[Objective]):
    """Objectives by name. Every one takes `options`, a weight, and the fields of `Objective` beside what its own factory takes."""

    def build(self, name: str, options: Mapping[str, Any], *, others: Iterable[str] = ()) -> Objective:
        """The objective, its own options checked against the signature of its factory.

        Raises:
            ConfigError: an option is unknown, missing or of the wrong type, or the factory makes something else.
        """
        own = inspect.signature(self.get(name)).parameters
        shared = {key: value for key, value in options.items() if key in _SHARED and key not in own}
        rest = {key: value for key, value in options.items() if key not in shared}
        made: Any = super().build(name, rest, others=[*others, *_SHARED])
        if not isinstance(made, Objective):
            raise ConfigError(f"objective {name!r} made {made!r}; have it return a sayso.train.objectives.Objective")
        fields = {key: _checked(key, value, name=name) for key, value in shared.items()}
        if "options" in fields:
            fields["weights"] = {**made.weights, "options": fields.pop("options")}
        return replace(made, **fields)


def _checked(key: str, value: Any, *, name: str) -> Any:
    try:
        return _SHARED[key].validate_python(value)
    except ValidationError as error:
        raise ConfigError(f"objective {name!r}: {key} is {value!r}; {error.errors()[0]['msg']}") from error


objectives = Objectives("objective", "sayso.train.objectives")
"""Objectives by name; the options of a recipe's `objective:` entry are those of the factory and those that all objectives take."""
