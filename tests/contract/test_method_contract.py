"""What every method of tuning a part promises, whoever wrote it."""

from pathlib import Path

import pytest
import torch
from tiny_parts import make_family, make_inputs, train_steps

from sayso.config import PartConfig
from sayso.errors import ConfigError
from sayso.models.attached import plain, reattach, save_attached
from sayso.train.parts import tune
from sayso.train.parts.methods import methods

BEGINS_AS_THE_MODEL = ("adapter", "bitfit", "full", "ia3", "lora", "moe_lora")
each_method = pytest.mark.parametrize("name", [name for name in methods.names() if name != "frozen"])


def tuned(name, *, seed=1):
    """OPT has what every method needs: linear maps, layers, biases."""
    return tune(make_family("opt"), {"language_model": PartConfig(method=name, learning_rate=1e-2)}, seed=seed)


def train(one, *, steps=8):
    groups = one.parameter_groups(learning_rate=1.0, weight_decay=0.0)
    return train_steps(one.model, groups, make_inputs("opt"), steps=steps)


@torch.no_grad()
def logits(model):
    return model.eval()(**make_inputs("opt")).logits


@each_method
def test_it_learns_and_leaves_the_rest_bit_for_bit(name):
    one = tuned(name)
    before = {key: value.detach().clone() for key, value in one.model.named_parameters()}
    losses = train(one)
    assert losses[-1] < losses[0]
    changed = {key for key, value in one.model.named_parameters() if not torch.equal(value, before[key])}
    assert changed == {key for key, value in one.model.named_parameters() if value.requires_grad}


@each_method
def test_what_trains_is_counted(name):
    one = tuned(name)
    counts = one.counts["language_model"]
    assert counts["method"] == name
    trained = sum(value.numel() for value in one.model.parameters() if value.requires_grad)
    assert 0 < counts["trainable"] == trained == one.num_trainable <= counts["total"]
    assert counts["total"] == sum(value.numel() for value in one.model.parameters())
    grouped = [
        value for group in one.parameter_groups(learning_rate=1.0, weight_decay=0.1) for value in group["params"]
    ]
    assert sum(value.numel() for value in grouped) == trained == sum(value.numel() for value in set(grouped))


@pytest.mark.parametrize("name", BEGINS_AS_THE_MODEL)
def test_before_the_first_step_it_is_the_model(name):
    assert torch.equal(logits(tuned(name).model), logits(make_family("opt")))


@each_method
def test_new_weights_are_a_function_of_the_seed(name):
    def drawn(seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)  # what others have drawn before does not matter
            return tuned(name, seed=5).model.state_dict()

    first, second = drawn(1), drawn(2)
    assert all(torch.equal(first[key], second[key]) for key in first)


@each_method
def test_merged_or_attached_it_says_the_same_from_a_folder(name, tmp_path: Path):
    one = tuned(name)
    train(one, steps=3)
    expected = logits(one.model)
    one.merge()
    assert (logits(one.model) - expected).abs().max() < 1e-5
    with plain(one.model):
        one.model.save_pretrained(tmp_path)
    save_attached(one.model, tmp_path)
    again = type(one.model).from_pretrained(tmp_path).eval()
    reattach(again, tmp_path)
    assert torch.equal(logits(again), logits(one.model))


@each_method
def test_a_checkpoint_of_what_trains_is_all_that_is_needed(name, tmp_path: Path):
    one = tuned(name)
    train(one, steps=3)
    one.save_trained(tmp_path)
    again = tuned(name, seed=2)
    again.load_trained(tmp_path)
    assert torch.equal(logits(again.model), logits(one.model))


@each_method
def test_a_mistyped_option_is_refused(name):
    with pytest.raises(ConfigError, match="no option 'rnak'"):
        tune(make_family("opt"), {"language_model": PartConfig(method=name, rnak=2)})
