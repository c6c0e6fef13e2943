"""Task templates in training: the tokens of the file's sentences, and no others, leave the instruction; the input stays."""

import json
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
import toy_mixture
import yaml
from toy_run import TRAIN, run_node

from sayso.artifacts import fingerprint
from sayso.config import BuildConfig, SourceConfig, load_recipe
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.marking import make_marker
from sayso.models.auto import load_model
from sayso.models.encode import Encoder
from sayso.models.roles import ROLE_CODE
from sayso.pipeline import TemplateOptions, find_templates, run_stages
from sayso.sources import load_image
from sayso.train.objectives import objectives

SHORT = TRAIN.model_copy(update={"max_steps": 4, "max_tokens": 400, "preflight": True})
WITH = SHORT.model_copy(update={"task_templates": "t.json"})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the toy mixture, trained on with and without its templates masked."""
    folder = tmp_path_factory.mktemp("mixture")
    toy_mixture.write(folder)
    toy_mixture.write_pictures(folder)
    with chdir(folder):
        find_templates("mixture.json", out=Path("t.json"), how=TemplateOptions())
        source = SourceConfig(name="conversations", path="mixture.json")  # type: ignore[call-arg]
        run_node(folder, name="build", kind="build", config=BuildConfig(sources=(source,), tasks=("conversation",)))
        for name, config in (("train", WITH), ("plain", SHORT)):
            run_node(folder, name=name, kind="train", config=config, inputs=("build",))
    return folder


def roles(folder: Path, node: str) -> dict:
    return json.loads((folder / node / "preflight.json").read_text())["tasks"]


@pytest.fixture(scope="module")
def encoded(trained: Path) -> list:
    """(sample, tokens as written, tokens as marked) of every example."""
    bundle = load_model(trained / "plain" / "model", device="cpu")
    encoder = Encoder(bundle.processor, max_tokens=400, load=load_image)
    build, marker = BuildFolder(trained / "build"), make_marker(str(trained / "t.json"))
    samples = [build.sampler().train_sample(example, epoch=0) for example in build.store("train").iter()][:60]
    plain, marked = encoder.encode_batch(samples), encoder.encode_batch([marker.mark(sample) for sample in samples])
    return [(bundle.tokenizer, *both) for both in zip(plain, marked, strict=True)]


def test_the_input_is_the_same(encoded: list) -> None:
    assert all(plain.input_ids == marked.input_ids and plain.text == marked.text for _, plain, marked in encoded)


def test_tokens_of_templates_are_the_sentences_of_the_file(encoded: list) -> None:
    told = set()
    for tokenizer, _, marked in encoded:
        ids = [
            token
            for token, role in zip(marked.input_ids, marked.roles, strict=True)
            if role == ROLE_CODE["instr_template"]
        ]
        told.add(" ".join(tokenizer.decode(ids).split()))
    one_turn = [toy_mixture.ONE_WORD, toy_mixture.LETTER, f"{toy_mixture.CAPTION} {toy_mixture.TOKENS}"]
    assert told == {"", *one_turn, f"{toy_mixture.REGION} {toy_mixture.BOX}"}


def test_l2t_has_nothing_to_learn_there_and_its_ablation_has(encoded: list) -> None:
    l2t, keep = objectives.build("l2t", {}), objectives.build("l2t_keep_task_templates", {})
    for _, plain, marked in encoded:
        before, after = l2t.weigh(plain).weights, l2t.weigh(marked).weights
        fixed = marked.roles == ROLE_CODE["instr_template"]
        assert not after[fixed].any()
        assert np.array_equal(after[~fixed], before[~fixed])
        assert np.array_equal(keep.weigh(marked).weights, before)


def test_roles_by_task_are_written_before_the_first_step(trained: Path) -> None:
    masked, plain = roles(trained, "train"), roles(trained, "plain")
    assert set(masked) == set(plain) == {"conversation"}
    before, after = (told["conversation"]["tokens"] for told in (plain, masked))
    assert "instr_template" not in before
    assert masked["conversation"]["turns"] == plain["conversation"]["turns"] >= 16
    assert after["instr"] + after["instr_template"] == before["instr"]
    assert after["response"] == before["response"]
    assert sum(after.values()) == sum(before.values())
    assert sum(masked["conversation"]["shares"].values()) == pytest.approx(1, abs=1e-3)


def test_a_loss_on_responses_is_the_same_with_and_without(trained: Path) -> None:
    logs = [(trained / node / "log.jsonl").read_text() for node in ("train", "plain")]
    losses = [[json.loads(line)["loss"] for line in log.splitlines()] for log in logs]
    assert losses[0] == losses[1]


def test_the_content_of_the_file_is_part_of_what_the_stage_is_made_from(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text((trained / "t.json").read_text())
    train = {**WITH.model_dump(mode="json", exclude_defaults=True), "max_steps": 1}
    build = {"sources": [{"name": "shapes", "count": 12}], "tasks": ["counting"]}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"build": build, "train": train}))
    with chdir(tmp_path):
        recipe = load_recipe(Path("r.yaml"))
        made = list(run_stages(recipe, out=Path("run"), only=("train",)))[-1]
        assert made.manifest.files == {"t.json": fingerprint(Path("t.json"))}
        Path("t.json").write_text(Path("t.json").read_text().replace('"mask": true', '"mask": false', 1))
        with pytest.raises(ConfigError, match=r"the file t\.json changed"):
            list(run_stages(recipe, out=Path("run"), only=("train",)))


def test_a_broken_file_is_told_before_anything_is_trained(trained: Path, tmp_path: Path) -> None:
    (trained / "broken.json").write_text("{}")
    config = SHORT.model_copy(update={"task_templates": str(trained / "broken.json")})
    with chdir(trained), pytest.raises(DataError, match=r"broken\.json"):
        run_node(trained, name="broken", kind="train", config=config, inputs=("build",))
