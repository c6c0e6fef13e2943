"""The stages `sight` and `pack` on a very small model: it learns what is in a patch, and the pack says so."""

import json
from pathlib import Path

import pytest
import torch

from sayso.artifacts import read_manifest
from sayso.config import load_recipe
from sayso.errors import SaysoError
from sayso.models.auto import load_model
from sayso.models.sight import NOTHING, PatchWords, patch_labels
from sayso.pipeline import run_recipe
from sayso.sources.shapes import Shapes

RECIPE = """
name: small_base
seed: 3
stages:
  scenes: {kind: build, from: [], sources: [{name: shapes, part: seen, count: 60}], tasks: [dense_description]}
  sight:
    from: [scenes]
    source: {name: shapes, kind: writing, part: seen, count: 300, seed: 2}
    model: {name: tiny, hidden_size: 48, vision_hidden_size: 64, num_layers: [1, 1], num_heads: 2, vocab_size: 420}
    max_steps: 400
    batch_size: 64
    learning_rate: 3e-3
    warmup_steps: 20
  base: {kind: train, from: [scenes, sight], max_steps: 2, per_device_train_batch_size: 4, parts: {language_model: full}}
  pack:
    from: [base]
    source: {name: shapes, kind: writing, part: seen, count: 200, seed: 2}
    tests: {seen: {name: shapes, kind: writing, part: seen, count: 60, seed: 9}, new_color: {name: shapes, kind: writing, part: new_color, count: 60, seed: 9}}
    title: small
    never_saw: ["Scenes: the colour purple."]
train: {report_to: [], preflight: false}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("sight")
    (folder / "recipe.yaml").write_text(RECIPE)
    run_recipe(load_recipe(folder / "recipe.yaml"), out=folder / "run")
    return folder / "run"


def test_it_learns(made: Path):
    counts = read_manifest(made / "sight").counts

    assert counts["final_loss"] < 0.6 * counts["first_loss"]
    assert {"label", "color", "size", "texture", "text"} <= set(counts["kinds"])


def test_a_train_stage_starts_from_what_it_learned(made: Path):
    before, after = (load_model(made / name / "model").model.state_dict() for name in ("sight", "base"))
    tower = [name for name in before if "vision_tower" in name]

    assert tower
    assert all(torch.equal(before[name], after[name]) for name in tower)  # base leaves it frozen


def test_probes_read_more_from_tokens_than_from_pixels(made: Path):
    table = json.loads((made / "pack" / "probes.json").read_text())

    assert table["tokens"]["seen"]["color"] > 0.7
    assert table["tokens"]["seen"]["label"] > table["pixels"]["seen"]["label"] - 0.05
    assert table["tokens"]["seen"]["size"] > table["pixels"]["seen"]["size"] + 0.03
    assert table["tokens"]["seen"]["patch"] > 0.9


def test_it_has_no_word_for_what_it_never_saw(made: Path):
    words = json.loads((made / "sight" / "words.json").read_text())

    assert "purple" not in words["color"]
    assert "red" in words["color"]


def test_the_pack_is_a_model_in_half_precision_that_opens_in_single(made: Path):
    packed, full = load_model(made / "pack" / "model"), load_model(made / "base" / "model")
    size = [(made / name / "model" / "model.safetensors").stat().st_size for name in ("pack", "base")]

    assert packed.model.dtype == torch.float32
    assert size[0] < 0.6 * size[1]
    for one, other in zip(packed.model.parameters(), full.model.parameters(), strict=True):
        torch.testing.assert_close(one, other.half().float())


def test_the_card_says_how_it_was_made_and_what_it_never_saw(made: Path):
    card = (made / "pack" / "model" / "README.md").read_text()

    assert "# small" in card
    assert f"`{read_manifest(made / 'sight').digest}`" in card
    assert "the colour purple" in card
    assert "| color | " in card


def test_labels_of_patches_are_what_lies_in_them():
    item = next(item for item in Shapes(kind="writing", seed=1, count=50).items() if len(item.objects) > 2)
    labels = patch_labels(item, side=3)
    words = PatchWords.of([item])

    assert sorted(one.label for one in item.objects) == sorted(patch["label"] for patch in labels if patch)
    assert all(words.words[kind][0] == NOTHING for kind in words.words)
    assert [row[list(words.words).index("label")] > 0 for row in words.encode(labels)] == [bool(p) for p in labels]


def test_a_source_without_pictures_is_refused(tmp_path: Path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace("kind: writing, part: seen, count: 300", "num_images: 0, count: 30"))

    with pytest.raises(SaysoError, match="no item with one picture"):
        run_recipe(load_recipe(recipe), out=tmp_path / "run")
