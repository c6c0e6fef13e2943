"""LESS on a two-layer language model that sees: its formula, its choice, and what it needs."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from msgspec import structs
from PIL import Image
from warm_run import TASKS, build_scenes, pool_of, scoring_in, warm_up

from sayso.data.features import featurisers
from sayso.data.scorers import scorers
from sayso.errors import ConfigError, DataError
from sayso.models.direct import make_encoder
from sayso.models.gradients import GradientReader, checkpoints_of, choose_weights, open_checkpoint, read_moments
from sayso.seeds import Stream
from sayso.sources import load_image

RED = Image.new("RGB", (48, 48), (255, 0, 0))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("less")
    build_scenes(folder, count=30)
    return folder


@pytest.fixture(scope="module")
def warm(out):
    return warm_up(out)


@pytest.fixture(scope="module")
def pool(out):
    return pool_of(out / "build")


def of_task(pool, task):
    return [sample for sample in pool if sample.task == task]


def gradients(bundle, samples, *, together=False):
    """(N, P), read row by row."""
    reader = GradientReader(bundle, weights=choose_weights(bundle.model, "lora"), together=together)
    found = torch.zeros(len(samples), len(reader.weights))
    rows = make_encoder(bundle, load=load_image).encode_batch(samples)
    for places, some in reader.read(rows):
        found[places] = some
    return found


def by_hand(warm, samples, targets):
    """The formula, checkpoint by checkpoint and pair by pair."""
    found = checkpoints_of(warm.folder)
    rates = [one.learning_rate for one in found]
    total = np.zeros((len(samples), len(targets)))
    for one in found:
        bundle = open_checkpoint(one)
        moments = read_moments(one, weights=choose_weights(bundle.model, "lora"))
        steps = [moments.step(row[None])[0].double() for row in gradients(bundle, samples)]
        for column, some in enumerate(targets.values()):
            wanted = gradients(bundle, some).double()
            for row, step in enumerate(steps):
                cosines = [float(step @ z / step.norm() / z.norm()) for z in wanted]
                total[row, column] += one.learning_rate / sum(rates) * sum(cosines) / len(cosines)
    return total.max(axis=1)


def test_it_is_the_formula(warm, pool, tmp_path):
    targets = {"a": of_task(pool, "counting")[:3], "b": of_task(pool, "image_captioning")[:2]}
    samples = pool[5::30]
    scoring = scoring_in(tmp_path, trained=(warm,), target=targets)
    wanted = by_hand(warm, samples, targets)
    column = scorers.build("less", {"projection": "none"}).score(samples, scoring=scoring)["less"]
    assert column.values == pytest.approx(wanted, abs=1e-4)
    assert column.why == {}
    projected = scorers.build("less", {"dimensions": 2048}).score(samples, scoring=scoring)["less"].values
    assert projected == pytest.approx(wanted, abs=3 / math.sqrt(2048))


def test_a_row_is_scored_alike_in_any_company(warm, pool, tmp_path):
    scorer = scorers.build("less", {"checkpoints": "last"})
    scoring = scoring_in(tmp_path, trained=(warm,), target={"a": of_task(pool, "counting")[:3]})
    together = scorer.score(pool[:12], scoring=scoring)["less"].values
    apart = np.concatenate([scorer.score(pool[i : i + 4], scoring=scoring)["less"].values for i in (0, 4, 8)])
    assert together == pytest.approx(apart, abs=1e-5)
    assert scorer.per_row
    other = replace(scoring, target={"a": of_task(pool, "image_captioning")[:3]})
    assert not np.allclose(scorer.score(pool[:12], scoring=other)["less"].values, together, atol=1e-3)


def loss_after_one_step(bundle, chosen, held_out, *, rate):
    """The loss on what was held out, after one step of plain gradient descent on what was chosen."""
    model = copy.deepcopy(bundle.model)
    moved = replace(bundle, model=model)
    step = gradients(bundle, chosen, together=True).mean(0)
    weights = choose_weights(model, "lora")
    with torch.no_grad():
        for name, place in weights.places.items():
            one = weights.parameters[name]
            one -= rate * step[place].reshape(one.shape)
        reader = GradientReader(moved, weights=weights)
        rows = make_encoder(moved, load=load_image).encode_batch(held_out)
        return float(reader.losses(rows).mean())


def sign_flip_p(differences):
    """One-sided p of the mean under all exchanges of signs within pairs."""
    count, size = 0, len(differences)
    signs = 1 - 2 * ((np.arange(2**size)[:, None] >> np.arange(size)) & 1)
    count = ((signs * differences).sum(1) >= differences.sum() - 1e-12).sum()
    return count / 2**size


def test_what_it_chooses_helps_the_target_more_than_chance(warm, pool, tmp_path):
    """Spec S7: eight draws of pool, targets and random rivals; one step on eight rows each, at one rate for both."""
    bundle = open_checkpoint(checkpoints_of(warm.folder)[-1])
    scorer = scorers.build("less", {"dimensions": 1024, "checkpoints": "last"})
    gains, shares = [], []
    for seed in range(8):
        task, chance = TASKS[seed % len(TASKS)], Stream("less test", seed)
        mine = of_task(pool, task)
        shown = chance.sample(mine, 14)
        rest = [sample for sample in pool if sample not in shown]
        candidates, rivals = chance.sample(rest, 24), chance.sample(range(24), 8)
        scoring = scoring_in(tmp_path, trained=(warm,), target={task: shown[:6]})
        values = scorer.score(candidates, scoring=scoring)["less"].values
        best = [candidates[row] for row in np.argsort(-values, kind="stable")[:8]]
        held_out = shown[6:]
        after = [
            loss_after_one_step(bundle, some, held_out, rate=0.005) for some in (best, [candidates[r] for r in rivals])
        ]
        gains.append(after[1] - after[0])
        own = [sum(sample.task == task for sample in some) / len(some) for some in (best, candidates)]
        shares.append(own)
    assert sign_flip_p(np.array(gains)) < 0.05
    best_share, usual_share = np.mean(shares, axis=0)
    assert best_share > 1.5 * usual_share


@pytest.mark.parametrize("preconditioner", ["estimated", "none"])
def test_without_moments_it_still_finds_the_target_s_kind(warm, pool, tmp_path, preconditioner):
    scorer = scorers.build("less", {"preconditioner": preconditioner, "checkpoints": "last", "num_estimated": 30})
    task = "image_captioning"
    scoring = scoring_in(tmp_path, trained=(warm,), target={task: of_task(pool, task)[:4]})
    rows = pool[4::4]
    values = scorer.score(rows, scoring=scoring)["less"].values
    is_task = np.array([sample.task == task for sample in rows])
    assert values[is_task].mean() > values[~is_task].mean()
    assert scorer.per_row == (preconditioner == "none")


def test_rows_without_a_gradient_are_not_scored(warm, pool, tmp_path):
    rows = sorted(pool[:12], key=lambda sample: len(sample.messages[0].text))
    bundle = open_checkpoint(checkpoints_of(warm.folder)[-1])
    lengths = [len(row) for row in make_encoder(bundle).encode_batch(rows, images=[[RED]] * len(rows), limit=False)]
    most = sorted(lengths)[6]
    silent = structs.replace(rows[0], messages=rows[0].prompt)
    scoring = scoring_in(
        tmp_path, trained=(warm,), target={"a": [row for row, size in zip(rows, lengths, strict=True) if size <= most]}
    )
    scorer = scorers.build("less", {"max_tokens": most, "checkpoints": "last"})
    found = scorer.score([silent, *rows], scoring=scoring)["less"]
    assert found.why[0] == "no response to take a gradient of"
    long = {1 + row: f"it has {size} tokens, over max_tokens {most}" for row, size in enumerate(lengths) if size > most}
    assert long
    assert found.why == {0: found.why[0], **long}
    assert set(np.flatnonzero(np.isnan(found.values))) == set(found.why)


def test_what_it_lacks_is_said(out, warm, pool, tmp_path):
    scorer = scorers.build("less", {})
    for changes, message in (
        ({}, r"0 targets; add a build"),
        ({"target": {"a": pool[:1]}}, r"0 train stages; add one to from:"),
    ):
        with pytest.raises(ConfigError, match=message):
            scorer.score(pool[:2], scoring=scoring_in(tmp_path, **changes))
    silent = structs.replace(pool[0], messages=pool[0].prompt)
    with pytest.raises(DataError, match="no gradient of any target of 'a'"):
        scorer.score(pool[:2], scoring=scoring_in(tmp_path, trained=(warm,), target={"a": [silent]}))
    with pytest.raises(ConfigError, match="preconditioner"):
        scorers.build("less", {"preconditioner": "sgd"})


def test_the_feature_is_the_plain_gradient_at_the_last_checkpoint(out, warm, pool, tmp_path):
    scoring = scoring_in(tmp_path, trained=(warm,))
    rows = pool[::30]
    found = featurisers.build("gradient", {"projection": "none"}).features(rows, scoring=scoring)
    wanted = gradients(open_checkpoint(checkpoints_of(warm.folder)[-1]), rows)
    assert found == pytest.approx(torch.nn.functional.normalize(wanted, dim=1).numpy(), abs=1e-4)
    lengths = np.linalg.norm(featurisers.build("gradient", {"dimensions": 64}).features(rows, scoring=scoring), axis=1)
    assert lengths == pytest.approx(np.ones(len(rows)), abs=1e-5)


def test_the_feature_takes_a_model_by_path(warm, pool, tmp_path):
    options = {"model": {"name": "auto", "path": str(warm.model)}, "weights": "linear", "dimensions": 128}
    found = featurisers.build("gradient", options).features(pool[:3], scoring=scoring_in(tmp_path))
    assert found.shape == (3, 128)
    with pytest.raises(ConfigError, match="has no model and 0 train stages"):
        featurisers.build("gradient", {}).features(pool[:3], scoring=scoring_in(tmp_path))
