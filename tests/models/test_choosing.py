"""Tokens are the likeliest or drawn in proportion; what is drawn does not depend on the batch."""

from copy import deepcopy
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tiny_families import FAMILIES
from toy_conversation import make_sample, text

from sayso.errors import BackendError, ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.choosing import Chooser, Drawing
from sayso.models.direct import make_encoder
from sayso.models.generate import generate, generate_apart
from sayso.models.likelihood import OptionScores, likeliest_path, score_options

SHARES = torch.tensor([[0.1, 0.6, 0.3]])


def drawn(count: int, **options: float) -> list[float]:
    """How often each of three tokens is drawn."""
    names = [("test", number) for number in range(count)]
    chooser = Chooser(range(count), drawing=Drawing(names=names, **options))
    tokens = chooser.choose(SHARES.log().repeat(count, 1), rows=range(count)).tolist()
    return [tokens.count(token) / count for token in range(3)]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [0.1, 0.6, 0.3]),
        ({"temperature": 0.5}, [0.01 / 0.46, 0.36 / 0.46, 0.09 / 0.46]),
        ({"top_p": 0.7}, [0.0, 2 / 3, 1 / 3]),
        ({"top_p": 0.55}, [0.0, 1.0, 0.0]),
        ({"temperature": 1e-4}, [0.0, 1.0, 0.0]),
    ],
)
def test_tokens_are_drawn_in_proportion(options: dict[str, float], wanted: list[float]) -> None:
    assert drawn(4000, **options) == pytest.approx(wanted, abs=0.03)


def test_a_row_draws_the_same_beside_any_others() -> None:
    drawing = Drawing(names=[("a",), ("b",), ("c",)])
    logits = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    both, alone = Chooser([0, 2], drawing=drawing), Chooser([2], drawing=drawing)
    for _ in range(5):
        assert both.choose(logits[[0, 2]], rows=[0, 1])[1] == alone.choose(logits[[2]], rows=[0])[0]


def test_without_drawing_the_first_likeliest_is_taken() -> None:
    assert Chooser([0], drawing=None).choose(torch.tensor([[1.0, 3.0, 3.0]]), rows=[0]).tolist() == [1]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(BackendError, match=r"no numbers .* another dtype"):
        Chooser([0], drawing=None).choose(torch.tensor([[1.0, bad]]), rows=[0])


def test_hidden_tokens_are_never_chosen() -> None:
    assert Chooser([0], drawing=None).choose(torch.tensor([[-torch.inf, 1.0]]), rows=[0]).tolist() == [1]


@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"top_p": 0.0}, {"top_p": 1.5}, {"temperature": -1.0}])
def test_impossible_draws_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"cannot draw at temperature .* for the likeliest words use generated"):
        Drawing(names=[], **options)


def asked(name: str) -> tuple[ModelBundle, list]:
    family = FAMILIES[name]()
    bundle = ModelBundle(model=deepcopy(family.bundle.model).double().eval(), processor=family.bundle.processor)
    encoder = make_encoder(bundle, max_tokens=999)
    words = ["How many red or blue circles?", "red", "two red circles are in it", "Choose: one||two"]
    samples = [make_sample(prompt=text((one, "instr"))) for one in words]
    return bundle, [encoder.encode(one, images=[Image.new("RGB", (48, 48), "red")], response=False) for one in samples]


@pytest.mark.parametrize("name", ["llava_onevision", "gemma3", "florence2"])
def test_drawn_answers_are_the_same_in_any_batch_and_both_ways(name: str) -> None:
    bundle, prompts = asked(name)
    drawing = Drawing(names=[("draw", number) for number in range(4)], top_p=0.9)
    want = generate(bundle, prompts=prompts, max_new_tokens=6, drawing=drawing)
    assert want == generate_apart(bundle, prompts=prompts, max_new_tokens=6, drawing=drawing, batch_size=3)
    assert want == generate(bundle, prompts=prompts, max_new_tokens=6, drawing=drawing, batch_size=1)
    assert want != generate(bundle, prompts=prompts, max_new_tokens=6)
    other = Drawing(names=[("draw", number + 9) for number in range(4)], top_p=0.9)
    assert want != generate(bundle, prompts=prompts, max_new_tokens=6, drawing=other)


@pytest.mark.parametrize("name", ["llava_onevision", "qwen2_5_vl"])
def test_a_model_of_broken_weights_is_refused(name: str) -> None:
    bundle, prompts = asked(name)
    bundle.model.get_output_embeddings().weight.data.fill_(torch.nan)
    with pytest.raises(BackendError, match="no numbers"):
        generate(bundle, prompts=prompts, max_new_tokens=2)
    with pytest.raises(BackendError, match="options cannot be compared"):
        score_options(bundle, prompts=prompts, options=[["one"]] * 4)


WORDS = list(product(range(2), repeat=3))


@given(st.lists(st.sampled_from(WORDS), min_size=1, unique=True), st.lists(st.floats(-3, 0), min_size=14, max_size=14))
def test_constrained_choice_takes_the_likeliest_token_that_an_option_has(options, values) -> None:
    table = {
        path: values[number] for number, path in enumerate(p for n in (1, 2, 3) for p in product(range(2), repeat=n))
    }
    tokens = [[*word, 9] for word in options]
    scores = OptionScores(tokens=tokens, logprobs=[[*(table[word[:n]] for n in (1, 2, 3)), 0.0] for word in options])
    written: tuple[int, ...] = ()
    while len(written) < 3:
        allowed = [word[: len(written) + 1] for word in options if word[: len(written)] == written]
        best = max(table[path] for path in allowed)
        written = next(path for path in allowed if table[path] == best)
    assert options[likeliest_path(scores)] == written


def test_an_option_that_ends_earlier_is_chosen_by_its_end() -> None:
    short, long = [5, 1], [5, 6, 1]
    scores = OptionScores(tokens=[short, long], logprobs=[[-1.0, -0.2], [-1.0, -0.3, 0.0]])
    assert likeliest_path(scores) == 0
    scores = OptionScores(tokens=[short, long], logprobs=[[-1.0, -0.4], [-1.0, -0.3, -9.0]])
    assert likeliest_path(scores) == 1
    assert max(range(2), key=scores.sums().__getitem__) == 0
