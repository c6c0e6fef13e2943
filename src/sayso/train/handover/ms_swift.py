"""ms-swift: `sft.yaml` for `swift sft --config`, `run.sh`, and `data/` with its JSON lines.

Argument names are those of its documentation (read in November 2026, versions 3.9 to 4). It was not run here. It trains with templates of its
own, one per type of model that it knows; a model that it does not know must be registered there first.
"""

from pathlib import Path
from typing import Any

import yaml

from sayso.artifacts import write_text
from sayso.data.formats import formats
from sayso.train.handover._protocol import Handed, Outcome, Tool, tools
from sayso.train.handover._settings import TEMPLATE, choose_way, common_settings, lost_settings

__all__ = ["ms_swift", "MsSwift"]

WAYS = {"responses": "default", "last_response": "last_round", "everything": "all"}
"""Names of `loss_scale`."""
HEAD = "# Written by sayso; README.md says what is equal and what is lost. Before version 4, `tuner_type` is `train_type`.\n"
SCRIPT = '#!/bin/sh\n# Pictures are named from the folder of the data.\ncd "$(dirname "$0")" && ROOT_IMAGE_DIR=data swift sft --config sft.yaml\n'


@tools.register("ms_swift")
def ms_swift() -> Tool:
    """ms-swift's full-parameter fine-tuning."""
    return MsSwift()


class MsSwift:
    """Writes `sft.yaml`, `run.sh` and `data/`."""

    def write(self, handed: Handed, *, out: Path) -> Outcome:
        """Write them.

        Raises:
            ConfigError: it cannot train on the same tokens.
            DataError: a sample cannot be written.
        """
        lost = lost_settings(handed, tool="ms-swift")
        way, inexact = choose_way(
            handed, ways=WAYS, tool="ms-swift", can="responses, the last response, or everything (loss_scale)"
        )
        lost += inexact
        outcome = formats.build("ms_swift", {}).write(handed.samples(), out=out / "data")
        write_text(
            out / "sft.yaml", HEAD + yaml.safe_dump(_settings(handed) | {"loss_scale": WAYS[way]}, sort_keys=False)
        )
        write_text(out / "run.sh", SCRIPT)
        return Outcome(
            command="sh run.sh",
            num_samples=outcome.num_samples,
            left_out=outcome.left_out,
            equal=("settings, seed and weights", f"the loss is on {way.replace('_', ' ')}, as the objective says"),
            lost=(
                *lost,
                "this export was not run with the tool: only its arguments were checked",
                TEMPLATE.format(how="chosen by the type of the model, which must be one that it knows"),
                "a sample over max_length is dropped there (truncation_strategy: delete); sayso refuses it",
                "no text may contain `<image>`",
            ),
        )


def _settings(handed: Handed) -> dict[str, Any]:
    frozen = {"freeze_vit": False, "freeze_aligner": False, "freeze_llm": False} if handed.images else {}
    return {
        "model": handed.model,
        "use_hf": True,
        "tuner_type": "full",
        **frozen,
        "dataset": ["data/swift.jsonl"],
        "split_dataset_ratio": 0,
        "dataset_shuffle": False,
        "train_dataloader_shuffle": False,
        "strict": True,
        "max_length": handed.config.max_tokens,
        "truncation_strategy": "delete",
        **common_settings(handed),
    }
