"""Every family answers with shared prefixes as without, in float64 exactly; those that cannot share are read whole."""

from copy import deepcopy

import more_families  # noqa: F401 - adds its families
import pytest
from PIL import Image
from tiny_families import FAMILIES, Family
from toy_conversation import make_sample, text

from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.generate import generate, generate_apart, shared_groups
from sayso.models.likelihood import score_options
from sayso.models.prefixes import Verdict, group, judge
from sayso.models.prefixes.reading import NO_WINDOW

WORDINGS = ["How many red or blue circles?", "Choose: one||two", "two red circles are in it, how many?", "red"]
OPTIONS = [["one", "two red circles", "two red"], ["none"], ["two", "one"], ["one", "one or two"]]
IMAGES = [Image.new("RGB", (48, 48), "red"), Image.new("RGB", (60, 30), "blue"), Image.new("RGB", (30, 60), "green")]
LONG = "Be good. two red circles are in it, USER. How many red or blue circles are there?"
SIDES = "it reads more than the tokens before"
REASON = dict.fromkeys(("florence2", "instructblip_t5", "instructblip_vicuna"), SIDES)
WINDOWS = {"gemma3": 64, "aya_vision": 64, "idefics2": 4096}


@pytest.fixture(params=FAMILIES)
def name(request) -> str:
    return request.param


@pytest.fixture
def family(name: str) -> Family:
    return FAMILIES[name]()


@pytest.fixture
def bundle(family: Family) -> ModelBundle:
    return ModelBundle(model=deepcopy(family.bundle.model).double().eval(), processor=family.bundle.processor)


@pytest.fixture
def prompts(family: Family, bundle: ModelBundle) -> list[Encoded]:
    encoder = make_encoder(bundle, max_tokens=999)
    count = min(family.max_images, 1)
    system = "" if count else LONG
    samples = [make_sample(prompt=text((words, "instr")), media=count, system=system) for words in WORDINGS]
    return [encoder.encode(s, images=[image] * count, response=False) for image in IMAGES for s in samples]


def test_answers_and_likelihoods_are_those_of_whole_prompts(
    name: str, bundle: ModelBundle, prompts: list[Encoded]
) -> None:
    assert generate(bundle, prompts=prompts, max_new_tokens=5) == generate_apart(
        bundle, prompts=prompts, max_new_tokens=5
    )
    shared, apart = (
        score_options(bundle, prompts=prompts, options=OPTIONS * 3, share=share) for share in (True, False)
    )
    for one, other in zip(shared, apart, strict=True):
        assert one.tokens == other.tokens
        for a, b in zip(one.logprobs, other.logprobs, strict=True):
            assert a == pytest.approx(b, abs=1e-9)
    groups, _ = group(prompts)
    length = groups[0].length if groups else len(prompts[0]) - 2
    verdict = judge(bundle, prompt=prompts[0], length=length)
    assert verdict == Verdict(REASON.get(name), WINDOWS.get(name, NO_WINDOW))
    grown = [len(prompt) + 5 for prompt in prompts]
    assert len(shared_groups(bundle, prompts, lengths=grown)[0]) == (0 if name in REASON else len(groups))
    assert groups or name in REASON
