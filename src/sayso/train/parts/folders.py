"""What was trained, apart from the model, in the layout of peft: `adapter_config.json` and `adapter_model.safetensors`.

`PeftModel.from_pretrained(base, folder)` reads them. A soft prompt or prefix goes that way for models that read text alone, since peft's wrapper does not
serve others.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from peft import PeftConfig, PrefixTuningConfig, PromptTuningConfig, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import PreTrainedModel

from sayso.models.attached import MARK, Attached, attached_to

__all__ = ["save_unmerged"]

PREPENDED = {"prompt": PromptTuningConfig, "prefix": PrefixTuningConfig}


def save_unmerged(model: PreTrainedModel, folder: Path, *, base: str = "") -> list[Path]:
    """Write `folder/PART` for each part that peft can read; `base` is where the untuned model is. Returns the folders."""
    written = []
    for adapter, config in getattr(model, "sayso_peft", {}).items():
        place = folder / adapter.removeprefix("on_")
        _write(place, config, _layers(model, adapter=adapter, config=config), base=base)
        written.append(place)
    for one in attached_to(model):
        if one.kind in PREPENDED:
            place = folder / (f"{one.part}-{one.kind}" if folder / one.part in written else one.part)
            _write(place, _prepended(model, one), _vectors(model, one), base=base)
            written.append(place)
    return written


def _layers(model: PreTrainedModel, *, adapter: str, config: PeftConfig) -> dict[str, torch.Tensor]:
    model.peft_config = {adapter: config}
    state = get_peft_model_state_dict(model, adapter_name=adapter, save_embedding_layers=False)
    del model.peft_config
    return {f"base_model.model.{name}": tensor for name, tensor in state.items()}


def _vectors(model: PreTrainedModel, one: Attached) -> dict[str, torch.Tensor]:
    return {"prompt_embeddings": model.get_submodule(f"{one.places[0]}.{MARK}{one.kind}").made()}


def _prepended(model: PreTrainedModel, one: Attached) -> PeftConfig:
    text, vectors = model.config.get_text_config(), _vectors(model, one)["prompt_embeddings"]
    layers = text.num_hidden_layers
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    return PREPENDED[one.kind](
        task_type="CAUSAL_LM",
        num_virtual_tokens=len(vectors),
        token_dim=vectors.shape[1] if one.kind == "prompt" else vectors.shape[1] // (2 * layers),
        num_layers=layers,
        num_attention_heads=heads,
        num_transformer_submodules=1,
    )


def _write(place: Path, config: PeftConfig, weights: Mapping[str, torch.Tensor], *, base: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    config.base_model_name_or_path = base or None
    config.inference_mode = True
    config.save_pretrained(place)
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    save_file(kept, place / "adapter_model.safetensors", metadata={"format": "pt"})
