"""LLaMA-Factory: `train.yaml` for `llamafactory-cli train`, and `data/` with its register.

Key names are those of its argument classes and examples (read in November 2026, of the versions around 0.9.4). It was not run here. It writes
conversations by templates of its own, which `template:` names, so tokens are the same only where that template writes what the model's does.
"""

from pathlib import Path
from typing import Any

import yaml

from sayso.artifacts import write_text
from sayso.data.formats import formats
from sayso.train.handover._protocol import Handed, Outcome, Tool, tools
from sayso.train.handover._settings import TEMPLATE, choose_way, common_settings, lost_settings

__all__ = ["llama_factory", "LlamaFactory"]

WAYS: dict[str, dict[str, Any]] = {
    "responses": {},
    "last_response": {"mask_history": True},
    "everything": {"train_on_prompt": True},
}
HEAD = "# Written by sayso; README.md says what is equal and what is lost.\n# Set the template of your model: `template: qwen2_vl`, for example.\n"


@tools.register("llama_factory")
def llama_factory() -> Tool:
    """LLaMA-Factory's full-parameter fine-tuning."""
    return LlamaFactory()


class LlamaFactory:
    """Writes `train.yaml` and `data/`."""

    def write(self, handed: Handed, *, out: Path) -> Outcome:
        """Write them.

        Raises:
            ConfigError: it cannot train on the same tokens.
            DataError: a sample cannot be written.
        """
        lost = lost_settings(handed, tool="LLaMA-Factory")
        way, inexact = choose_way(
            handed, ways=WAYS, tool="LLaMA-Factory", can="responses, the last response, or prompt and responses"
        )
        lost += inexact
        outcome = formats.build("llama_factory", {}).write(handed.samples(), out=out / "data")
        text = yaml.safe_dump(_settings(handed) | WAYS[way], sort_keys=False)
        write_text(out / "train.yaml", HEAD + text)
        return Outcome(
            command="llamafactory-cli train train.yaml",
            num_samples=outcome.num_samples,
            left_out=outcome.left_out,
            equal=("settings, seed and weights", f"the loss is on {way.replace('_', ' ')}, as the objective says"),
            lost=(
                *lost,
                "this export was not run with the tool: only its keys were checked",
                TEMPLATE.format(how="set `template:` in train.yaml"),
                "samples over cutoff_len are cut there; sayso refuses them",
                "turns of user and assistant alternate, and no text may contain `<image>`",
            ),
        )


def _settings(handed: Handed) -> dict[str, Any]:
    settings = common_settings(handed)
    return {
        "model_name_or_path": handed.model,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "full",
        **({"freeze_vision_tower": False, "freeze_multi_modal_projector": False} if handed.images else {}),
        "dataset": "sayso",
        "dataset_dir": "data",
        "media_dir": "data",
        "cutoff_len": handed.config.max_tokens,
        "disable_shuffling": True,
        "overwrite_cache": True,
        **settings,
        "num_train_epochs": float(settings["num_train_epochs"]),
        "report_to": settings["report_to"] if settings["report_to"] == "none" else settings["report_to"][0],
    }
