"""Pieces of a batch as training makes them, of a few token ids, and a language model of a few thousand weights that reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from sayso.models.collate import Batch
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.train.batches.batch import make_batch
from sayso.train.objectives import objectives

VOCABULARY = 24


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One sample: the words of its wording and of its response, and the place of the run that it was drawn for."""

    wording: tuple[int, ...]
    response: tuple[int, ...]
    place: int = 0
    number: int = 0


def encoded(asked: Asked) -> Encoded:
    """Instruction, response, and token 2 at its end."""
    ids = [1, *asked.wording, *asked.response, 2]
    roles = ["bos", *["instr"] * len(asked.wording), *["response"] * len(asked.response), "resp_end"]
    return Encoded(
        id="toy",
        input_ids=ids,
        roles=np.array([ROLE_CODE[role] for role in roles], dtype=np.uint8),
        task="toy",
        example=f"toy/{asked.place}",
        place=asked.place,
        wording=asked.number,
    )


def piece_of(rows: Sequence[Asked], *, pictures: Sequence[int] = ()) -> Batch:
    """A piece under the objective `response_only`; with `pictures` so many per row, each of its row's number."""
    weigh = objectives.build("response_only", {}).weigh
    made = [encoded(row) for row in rows]
    for number, count in enumerate(pictures):
        arrays = {"pixel_values": np.full((count, 2), number, dtype=np.float32)} if count else {}
        made[number] = replace(made[number], arrays=arrays)
    return make_batch(made, pad_token_id=0, weigh=weigh)


def toy_model(*, seed: int = 0, dropout: float = 0.0) -> LlamaForCausalLM:
    """One layer, 16 wide."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        initializer_range=0.3,
        attention_dropout=dropout,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config)
