"""Location bins as tokens: `<bin_0>` to `<bin_999>` are added to a tokenizer, and embeddings and head grow with it.

They are plain tokens, not control tokens: they may stand in instructions and answers and are decoded like words. A model that has
them keeps them, in its folder and in every stage after.

A new row is the mean of the existing ones plus a smooth curve along the number, in random directions: row(t) = mean + 0.5 std * sqrt(2 / 8) *
sum over k = 1..8 of g_k cos(pi k t), with t in [0, 1], g_k standard normal per dimension, and mean and std per dimension over the existing
rows. So neighbouring numbers begin alike (cosine of their deviations above 0.99), far ones do not, none is an outlier for the
head, and a gradient at one number is at once of use to the numbers beside it. A head with weights of its own gets rows in the same way.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from tokenizers import AddedToken

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.attached import attached_to
from sayso.seeds import derive

__all__ = ["add_bins", "BIN_TOKENS", "NUM_BINS"]

NUM_BINS = 1000
"""As OFA has them (Wang et al. 2022, arXiv:2202.03052, section 3.2)."""
BIN_TOKENS = tuple(f"<bin_{number}>" for number in range(NUM_BINS))
"""The texts of the tokens; `sayso.instructions.regions` writes boxes with them."""
NUM_WAVES = 8
SPREAD = 0.5


def add_bins(bundle: ModelBundle, *, seed: int) -> bool:
    """Give tokenizer and weights the bins they lack, in place; whether any was missing. A function of weights and seed."""
    tokenizer = bundle.tokenizer
    known = tokenizer.get_vocab()
    missing = [number for number, token in enumerate(BIN_TOKENS) if token not in known]
    if not missing:
        return False
    old_size = len(tokenizer)
    tokenizer.add_tokens([AddedToken(BIN_TOKENS[number], normalized=False, special=False) for number in missing])
    rows = {number: tokenizer.convert_tokens_to_ids(BIN_TOKENS[number]) for number in missing}
    model = bundle.model
    if len(tokenizer) > model.get_input_embeddings().weight.shape[0]:
        _refuse_prompt(model)
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    table = model.get_input_embeddings().weight
    _fill(table, rows=rows, num_old=old_size, seed=derive(seed, "bins", "embedding"))
    head = model.get_output_embeddings()
    if head is not None and head.weight is not table:
        _fill(head.weight, rows=rows, num_old=old_size, seed=derive(seed, "bins", "head"))
    return True


def _refuse_prompt(model: Any) -> None:
    """A larger table is a new module, and a soft prompt hangs on the old one."""
    if any(one.kind == "prompt" for one in attached_to(model)):
        raise ConfigError(
            "the model has a soft prompt from an earlier stage, and location bins would need a larger vocabulary; "
            "train the prompt with regions: bins from the start, or build with other regions"
        )


@torch.no_grad()
def _fill(table: Any, *, rows: Mapping[int, int], num_old: int, seed: int) -> None:
    """Write the rows of bins, given by number; the statistics are of the rows that were there."""
    old = table[:num_old].float()
    chance = torch.Generator().manual_seed(seed % 2**63)
    directions_KD = torch.randn(NUM_WAVES, table.shape[1], generator=chance)
    places_N = torch.linspace(0, 1, NUM_BINS)
    waves_NK = torch.cos(math.pi * places_N[:, None] * torch.arange(1, NUM_WAVES + 1))
    curve_ND = math.sqrt(2 / NUM_WAVES) * waves_NK @ directions_KD
    made = old.mean(dim=0) + SPREAD * old.std(dim=0) * curve_ND.to(table.device)
    table[torch.tensor(list(rows.values()), device=table.device)] = made[list(rows)].to(table.dtype)
