"""Methods one by one: how many numbers train, what they are, what is refused."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from tiny_parts import make_family, make_inputs, step_loss, train_steps
from transformers import Trainer

from sayso.config import PartConfig
from sayso.errors import ConfigError
from sayso.train.parts import tune

D, KV, INNER, LAYERS = 32, 16, 48, 2
LINEARS = [(D, D), (D, KV), (D, KV), (D, D), (D, INNER), (D, INNER), (INNER, D)]  # of a layer of the tiny Llama
peft_asks_by_the_old_name = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
OPT_BIASES = LAYERS * (4 * D + INNER + D + 2 * D) + D


def tuned(method, *, family="llama", part="language_model", **options):
    return tune(make_family(family), {part: PartConfig(method=method, **options)}, seed=1)


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        ("lora", {"rank": 4}, LAYERS * sum(4 * (i + o) for i, o in LINEARS)),
        ("lora", {"rank": 4, "rslora": True}, LAYERS * sum(4 * (i + o) for i, o in LINEARS)),
        ("lora", {"rank": 4, "dora": True}, LAYERS * sum(4 * (i + o) + o for i, o in LINEARS)),
        ("lora", {"rank": 2, "target_modules": ["q_proj", "v_proj"]}, LAYERS * 2 * (D + D + D + KV)),
        ("ia3", {}, LAYERS * (2 * KV + INNER)),
        ("adapter", {"reduction": 4}, LAYERS * (2 * D * 8 + 8 + D)),
        ("adapter", {"reduction": 4, "after": ["attention", "ffn"]}, LAYERS * 2 * (2 * D * 8 + 8 + D)),
        ("moe_lora", {"rank": 6, "num_experts": 3}, LAYERS * sum(3 * i + 6 * (i + o) for i, o in LINEARS)),
        ("prompt", {"num_tokens": 5}, 5 * D),
        ("prefix", {"num_tokens": 5}, 5 * LAYERS * 2 * KV),
        (
            "prefix",
            {"num_tokens": 5, "projection": True, "hidden_size": 7},
            5 * KV + (KV * 7 + 7) + (7 * LAYERS * 2 * KV + LAYERS * 2 * KV),
        ),
    ],
)
def test_as_many_numbers_train_as_the_formula_says(method, options, expected):
    assert tuned(method, **options).num_trainable == expected


def test_bitfit_trains_every_bias():
    assert tuned("bitfit", family="opt").num_trainable == OPT_BIASES


def test_bitfit_says_where_there_are_biases():
    with pytest.raises(
        ConfigError, match=r"language_model of LlavaFor.* has no biases \(projector has 2, vision_tower has 1\d\)"
    ):
        tuned("bitfit", family="llava")
    with pytest.raises(ConfigError, match=r"nor has any other part.*OPT"):
        tuned("bitfit")


@peft_asks_by_the_old_name
@pytest.mark.parametrize("options", [{}, {"rslora": True}, {"dora": True}])
def test_lora_is_a_small_folder_that_peft_reads(options, tmp_path: Path):
    one = tuned("lora", rank=4, **options)
    train_steps(one.model, one.parameter_groups(learning_rate=1e-2, weight_decay=0.0), make_inputs("llama"))
    with torch.no_grad():
        expected = one.model(**make_inputs("llama")).logits
    (folder,) = one.save(tmp_path, base="owner/name")
    assert folder == tmp_path / "language_model"
    loaded = PeftModel.from_pretrained(make_family("llama"), str(folder)).eval()
    with torch.no_grad():
        torch.testing.assert_close(loaded(**make_inputs("llama")).logits, expected, atol=1e-5, rtol=0)
    assert loaded.peft_config["default"].base_model_name_or_path == "owner/name"


@peft_asks_by_the_old_name
def test_ia3_is_a_small_folder_that_peft_reads(tmp_path: Path):
    one = tuned("ia3", family="opt")
    train_steps(one.model, one.parameter_groups(learning_rate=1e-2, weight_decay=0.0), make_inputs("opt"))
    with torch.no_grad():
        expected = one.model(**make_inputs("opt")).logits
    (folder,) = one.save(tmp_path)
    loaded = PeftModel.from_pretrained(make_family("opt"), str(folder)).eval()
    with torch.no_grad():
        torch.testing.assert_close(loaded(**make_inputs("opt")).logits, expected, atol=1e-5, rtol=0)


@peft_asks_by_the_old_name
@pytest.mark.parametrize("family", ["llama", "opt"])
@pytest.mark.parametrize(
    ("method", "options"), [("prompt", {}), ("prefix", {}), ("prefix", {"projection": True, "hidden_size": 8})]
)
def test_vectors_in_front_are_a_small_folder_that_peft_reads(method, options, family, tmp_path: Path):
    one = tuned(method, family=family, num_tokens=4, **options)
    with torch.no_grad():
        expected = one.model(**make_inputs(family)).logits
    (folder,) = one.save(tmp_path)
    loaded = PeftModel.from_pretrained(make_family(family), str(folder)).eval()
    with torch.no_grad():
        logits = loaded(**make_inputs(family)).logits[:, -expected.shape[1] :]
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


def test_rslora_divides_by_the_root_of_the_rank():
    layer = tuned("lora", rank=16, alpha=8, rslora=True).model.model.layers[0].self_attn.q_proj
    assert layer.scaling == {"on_language_model": 8 / 4}


def test_three_parts_by_three_methods_each_at_its_rate(tmp_path: Path):
    parts = {
        "vision_tower": PartConfig(method="lora", rank=2, learning_rate=1e-3),
        "projector": PartConfig(method="full", learning_rate=1e-4),
        "language_model": PartConfig(method="ia3"),
    }
    model, inputs = make_family("llava"), make_inputs("llava")
    expected = model(**inputs).logits
    one = tune(model, parts, seed=1)
    assert torch.equal(one.model(**inputs).logits, expected)
    groups = one.parameter_groups(learning_rate=5e-2, weight_decay=0.1)
    assert {group["lr"] for group in groups} == {1e-3, 1e-4, 5e-2}
    losses = train_steps(one.model, groups, inputs)
    assert losses[-1] < losses[0]
    with torch.no_grad():
        trained = one.model(**inputs).logits
    assert [folder.name for folder in one.save(tmp_path)] == ["vision_tower", "language_model"]
    one.merge()
    with torch.no_grad():
        assert (one.model(**inputs).logits - trained).abs().max() < 1e-5
    assert set(one.model.state_dict()) == set(make_family("llava").state_dict())


def test_every_adapter_of_every_part_gets_a_gradient():
    parts = {name: PartConfig(method="lora", rank=2) for name in ("vision_tower", "projector", "language_model")}
    one = tune(make_family("llava"), parts, seed=1)
    step_loss(one.model, make_inputs("llava")).backward()
    ends = [
        (name, p.grad)
        for name, p in one.model.named_parameters()
        if "lora_B" in name and "vision_tower.post" not in name
    ]
    assert {name.split(".")[1] for name, _ in ends} == {"vision_tower", "multi_modal_projector", "language_model"}
    assert all(grad is not None and grad.abs().sum() > 0 for _, grad in ends)


def test_checkpointing_changes_no_gradient():
    grads = []
    for checkpointing in (False, True):
        one = tuned("lora", rank=2)
        one.model.train()
        if checkpointing:
            one.model.activation_checkpointing_enable()
        step_loss(one.model, make_inputs("llama")).backward()
        grads.append([p.grad for p in one.model.parameters() if p.requires_grad])
    assert len(grads[0]) == LAYERS * 7 * 2
    for plain, checkpointed in zip(*grads, strict=True):
        torch.testing.assert_close(plain, checkpointed)


def test_parts_that_are_not_named_are_frozen():
    one = tuned("full", family="llava", part="projector")
    assert [one.frozen(name) for name in ("vision_tower", "projector", "language_model")] == [True, False, True]
    assert one.counts["vision_tower"]["method"] == "frozen"
    assert one.table().splitlines()[2] == "  projector: full, 1,600 of 1,600 parameters (100.00%)"


def test_everything_trains_where_no_parts_are_asked_for():
    one = tune(make_family("llava").requires_grad_(False), None)
    assert not one.by_parts
    assert one.num_trainable == sum(parameter.numel() for parameter in one.model.parameters())
    assert not one.frozen("vision_tower")


@pytest.mark.parametrize("family", ["llava", "opt", "qwen2_5_vl"])
def test_what_decays_is_what_the_trainer_lets_decay(family):
    one = tuned("full", family=family)
    names = {id(parameter): name for name, parameter in one.model.named_parameters()}
    groups = one.parameter_groups(learning_rate=1e-3, weight_decay=0.1)
    decaying = {names[id(p)] for group in groups if group["weight_decay"] for p in group["params"]}
    trained = {name for name, parameter in one.model.named_parameters() if parameter.requires_grad}
    assert decaying == set(Trainer.get_decay_parameter_names(None, one.model)) & trained


def test_new_weights_are_float32_in_a_bfloat16_model():
    for method in ("lora", "adapter", "moe_lora", "prompt", "prefix"):
        model = make_family("llava").bfloat16()
        one = tune(model, {"language_model": PartConfig(method=method)})
        assert {p.dtype for p in model.parameters() if p.requires_grad} == {torch.float32}
        inputs = make_inputs("llava")
        inputs["pixel_values"] = inputs["pixel_values"].bfloat16()
        assert one.model(**inputs).logits.dtype == torch.bfloat16


def test_all_frozen_is_refused():
    with pytest.raises(ConfigError, match="every part is frozen"):
        tuned("frozen")


def test_a_part_that_the_model_lacks_is_refused_unless_it_would_be_frozen():
    with pytest.raises(
        ConfigError, match=r"LlamaForCausalLM has no projector, only language_model; .* among model, model"
    ):
        tuned("full", part="projector")
    parts = {"vision_tower": PartConfig(method="frozen"), "language_model": PartConfig(method="full")}
    assert list(tune(make_family("llama"), parts).counts) == ["language_model"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"method": "lora", "target_modules": ["query"]},
            "no linear map that ends in query; it has down_proj, gate_proj",
        ),
        ({"method": "moe_lora", "rank": 5, "num_experts": 2}, "rank 5 cannot be shared by 2"),
        ({"method": "moe_lora", "target_modules": ["query"]}, "no linear map"),
        ({"method": "adapter", "target_modules": ["query"]}, "nothing to stand behind"),
        ({"method": "adapter", "activation": "sine"}, "'sine' is unknown"),
        ({"method": "lorra"}, "no method named 'lorra'"),
    ],
)
def test_what_does_not_fit_is_refused(options, words):
    with pytest.raises(ConfigError, match=words):
        tuned(**options)


def test_a_later_stage_trains_the_same_modules_on_or_none_new_of_their_kind():
    one = tuned("adapter", reduction=4)
    again = tune(one.model, {"language_model": PartConfig(method="adapter", reduction=4)})
    assert again.num_trainable == one.num_trainable
    with pytest.raises(ConfigError, match="an earlier stage with other options"):
        tune(one.model, {"language_model": PartConfig(method="adapter", reduction=8)})
    frozen = tune(one.model, {"language_model": PartConfig(method="lora", rank=2)})
    assert not any("sayso_" in name for name, p in frozen.model.named_parameters() if p.requires_grad)


def test_a_checkpoint_of_other_methods_is_refused(tmp_path: Path):
    tuned("prompt").save_trained(tmp_path)
    with pytest.raises(ConfigError, match="trains other parameters"):
        tuned("lora").load_trained(tmp_path)


@pytest.mark.parametrize(
    ("method", "packable"), [("lora", True), ("moe_lora", True), ("prompt", False), ("prefix", False)]
)
def test_vectors_in_front_of_a_row_forbid_packing(method, packable):
    assert tuned(method).packable is packable


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
@pytest.mark.parametrize(("bits", "size"), [("4bit", 0.5), ("8bit", 1)])
def test_a_quantised_base_is_small_while_it_trains_and_whole_when_merged(bits, size):
    one = tuned("lora", rank=4, quantise=bits)
    linear = one.model.model.layers[0].mlp.down_proj
    assert linear.get_base_layer().weight.nbytes == size * INNER * D
    assert one.counts["language_model"]["total"] == tuned("lora", rank=4).counts["language_model"]["total"]
    losses = train_steps(one.model, one.parameter_groups(learning_rate=1e-2, weight_decay=0.0), make_inputs("llama"))
    assert losses[-1] < losses[0]
    with torch.no_grad():
        expected = one.model(**make_inputs("llama")).logits
    merged = one.merge()
    assert {p.dtype for p in merged.parameters()} == {torch.float32}
    assert set(merged.state_dict()) == set(make_family("llama").state_dict())
    with torch.no_grad():
        torch.testing.assert_close(
            merged(**make_inputs("llama")).logits, expected, atol=1e-5 if size < 1 else 0.05, rtol=0
        )


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="bitsandbytes is installed")
def test_quantising_says_what_is_missing():
    with pytest.raises(ConfigError, match="pip install bitsandbytes"):
        tuned("lora", quantise="4bit")
