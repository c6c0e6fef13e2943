"""The gradient of each row is that of torch.autograd on this row alone, however it was read."""

import pytest
import torch

from sayso.errors import ConfigError
from sayso.models.collate import collate
from sayso.models.direct import make_encoder
from sayso.models.gradients import GradientReader, choose_weights
from sayso.models.gradients.reading import said
from sayso.sources import load_image


def encoded(bundle, samples):
    return make_encoder(bundle, load=load_image).encode_batch(samples, limit=False)


def by_autograd(bundle, rows, weights):
    """Without anything of ours but the encoding: transformers' own loss on labels."""
    model, found = bundle.model.eval(), []
    for row in rows:
        batch = collate([row], pad_token_id=0)
        labels = torch.where(torch.tensor(said(row))[None], batch["input_ids"], -100)
        model.zero_grad()
        model(**batch, labels=labels).loss.backward()
        parts = [one.grad if one.grad is not None else torch.zeros_like(one) for one in weights.parameters.values()]
        found.append(torch.cat([part.flatten() for part in parts]))
    model.zero_grad()
    return torch.stack(found)


def read(reader, rows):
    found = torch.zeros(len(rows), len(reader.weights))
    for places, gradients in reader.read(rows):
        found[places] = gradients
    return found


@pytest.mark.parametrize("which", ["linear", "all", ["*layers.1.*"]], ids=str)
@pytest.mark.parametrize("name", ["chat", "seeing"])
def test_gradients_are_those_of_autograd_on_single_rows(request, name, which):
    bundle = request.getfixturevalue(name)
    rows = encoded(bundle, request.getfixturevalue("spoken" if name == "chat" else "scenes"))
    weights = choose_weights(bundle.model, which)
    reader = GradientReader(bundle, weights=weights, batch_size=3)
    found, wanted = read(reader, rows), by_autograd(bundle, rows, weights)
    assert wanted.norm(dim=1).min() > 1e-3
    assert torch.allclose(found, wanted, atol=1e-6, rtol=1e-3)
    assert reader.together == (which == "linear")


def test_a_batch_at_once_is_what_rows_alone_are(seeing, scenes):
    weights, rows = choose_weights(seeing.model, "linear"), encoded(seeing, scenes)
    alone = GradientReader(seeing, weights=weights, together=False)
    at_once = GradientReader(seeing, weights=weights, together=True)
    assert torch.allclose(read(at_once, rows), read(alone, rows), atol=1e-6, rtol=1e-3)


def test_a_map_whose_batch_is_another_is_read_alone(seeing, scenes):
    """Weights of the vision tower see pictures, not rows."""
    tower = choose_weights(seeing.model, ["*vision_tower*q_proj.weight"])
    assert GradientReader(seeing, weights=tower).together is False


def test_weights_that_take_part_in_another_way_are_found_out(chat, spoken):
    """A map that is used twice in a place the hooks do not see has another gradient alone, and so is read alone."""
    layer = chat.model.model.layers[0].mlp
    weights = choose_weights(chat.model, ["*layers.0.mlp.down_proj.weight"])
    plain = layer.forward
    layer.forward = lambda hidden: plain(hidden) + hidden @ layer.down_proj.weight[:, : hidden.shape[-1]]
    try:
        reader = GradientReader(chat, weights=weights)
        rows = encoded(chat, spoken)
        found = read(reader, rows)
        assert reader.together is False
        assert torch.allclose(found, by_autograd(chat, rows, weights), atol=1e-6, rtol=1e-3)
    finally:
        del layer.forward


def test_the_model_is_left_as_it_was(chat, spoken):
    chat.model.train()
    frozen = next(iter(chat.model.parameters()))
    frozen.requires_grad_(False)
    read(GradientReader(chat, weights=choose_weights(chat.model, "linear")), encoded(chat, spoken))
    assert chat.model.training
    assert [one.requires_grad for one in chat.model.parameters()].count(False) == 1
    assert all(not module._forward_hooks for module in chat.model.modules())
    frozen.requires_grad_(True)


def test_weights_are_named_by_way_or_pattern(seeing):
    names = {way: list(choose_weights(seeing.model, way).parameters) for way in ("auto", "linear", "all")}
    assert names["auto"] == names["linear"]
    assert all("language_model" in name and "norm" not in name and "embed" not in name for name in names["linear"])
    assert len(names["all"]) == len(list(seeing.model.parameters()))
    for which, message in (
        ("lora", "has no parameter for 'lora'"),
        ("lorra", "did you mean 'lora'"),
        (["x*"], "no parameter"),
    ):
        with pytest.raises(ConfigError, match=message):
            choose_weights(seeing.model, which)
