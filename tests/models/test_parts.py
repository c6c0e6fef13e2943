"""Which parameters belong to the vision tower, the projector and the language model, over many families."""

import pytest
from tiny_parts import FAMILIES, TEXT_ONLY, make_family
from transformers import AutoConfig, AutoModelForCausalLM

from sayso.errors import ConfigError
from sayso.models.parts import PARTS, find_parts, part_of, parts_of

PROJECTORS = {
    "llava": {"multi_modal_projector"},
    "llava_onevision": {"multi_modal_projector", "image_newline"},
    "qwen2_5_vl": {"merger"},
    "idefics3": {"connector"},
    "smolvlm": {"connector"},
    "paligemma": {"multi_modal_projector"},
    "gemma3": {"multi_modal_projector"},
    "internvl": {"multi_modal_projector"},
    "instructblip": {"qformer", "language_projection", "query_tokens"},
}


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(TEXT_ONLY)))
def test_what_stands_between_tower_and_language_model_is_the_projector(family):
    model = make_family(family)
    prefixes = find_parts(model)
    assert parts_of(model, prefixes) == list(PARTS)
    between = [name for name, _ in model.named_parameters() if part_of(name, prefixes) == "projector"]
    assert {word for word in PROJECTORS[family] if any(f".{word}" in f".{name}" for name in between)} == PROJECTORS[
        family
    ]
    assert all(any(f".{word}" in f".{name}" for word in PROJECTORS[family]) for name in between)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(TEXT_ONLY)))
def test_embeddings_and_head_belong_to_the_language_model_and_patches_to_the_tower(family):
    model = make_family(family)
    prefixes = find_parts(model)
    names = {id(one): name for name, one in model.named_parameters(remove_duplicate=False)}
    for end in (model.get_input_embeddings(), model.get_output_embeddings()):
        assert part_of(names[id(end.weight)], prefixes) == "language_model"
    patches = [name for name, _ in model.named_parameters() if "patch_embed" in name]
    assert patches
    assert {part_of(name, prefixes) for name in patches} == {"vision_tower"}


@pytest.mark.parametrize("family", TEXT_ONLY)
def test_a_text_model_is_a_language_model_and_nothing_else(family):
    model = make_family(family)
    assert parts_of(model, find_parts(model)) == ["language_model"]


def test_modules_that_somebody_names_win():
    model = make_family("llava")
    prefixes = find_parts(model, modules={"projector": ["model.vision_tower.encoder.layers.1"]})
    assert part_of("model.vision_tower.encoder.layers.1.mlp.fc1.weight", prefixes) == "projector"
    assert part_of("model.vision_tower.encoder.layers.0.mlp.fc1.weight", prefixes) == "vision_tower"


def test_a_module_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ConfigError, match=r"no module 'visual'; it has model, .*model\.vision_tower"):
        find_parts(make_family("llava"), modules={"vision_tower": ["visual"]})


def git():
    text = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = AutoConfig.for_model("git", **text, vision_config={**vision, "image_size": 16, "patch_size": 8})
    return AutoModelForCausalLM.from_config(config)


def test_a_model_that_shows_no_tower_asks_for_names():
    with pytest.raises(ConfigError, match=r"no vision tower is known in GitForCausalLM.*git\.image_encoder"):
        find_parts(git())
    assert (
        part_of("git.image_encoder.x", find_parts(git(), modules={"vision_tower": ["git.image_encoder"]}))
        == "vision_tower"
    )
