"""Models without a chat template: roles on both sides, instructions that are read beside refused as targets."""

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image
from tiny_families import FAMILIES, Family
from toy_conversation import make_sample, text

from sayso.config import PluginConfig, TrainConfig
from sayso.errors import ConfigError, DataError
from sayso.models.auto import load_model
from sayso.models.direct import DirectEncoder, make_encoder
from sayso.models.encode import Encoded, Encoder
from sayso.models.generate import generate
from sayso.models.likelihood import option_logprobs
from sayso.records import ROLES, Media, MediaPart, Message, Sample
from sayso.train.batches.batch import make_batch
from sayso.train.batches.supervised import read_targets
from sayso.train.objectives import Objective, objectives
from sayso.train.preflight.unbuilt import view_samples

IMAGE = [Image.new("RGB", (48, 48), "red")]
RESPONSE_ONLY = Objective(weights={"response": 1.0, "resp_end": 1.0})
TWO_SIDED = ("florence2", "instructblip_t5")


@pytest.fixture(params=[*TWO_SIDED, "instructblip_vicuna"])
def family(request) -> Family:
    return FAMILIES[request.param]()


def asked(noun: str = "red", response: str = "two circles", media: int = 1) -> Sample:
    prompt = text(("How many ", "instr_template"), (noun, "instr"), ("? Choose: one||two", "options"))
    return make_sample(prompt=prompt, response=response, media=media)


def encode(family: Family, sample: Sample, *, response: bool = True) -> Encoded:
    return make_encoder(family.bundle, max_tokens=99).encode(
        sample, images=IMAGE * len(sample.media), response=response
    )


def by_role(family: Family, ids: list[int], roles: np.ndarray) -> dict[str, str]:
    decode = family.bundle.tokenizer.decode
    return {ROLES[code]: decode(np.array(ids)[roles == code]).strip() for code in np.unique(roles)}


INSTRUCTION = {"instr_template": "How many", "instr": "red", "options": "? Choose: one||two"}
SIDES = {
    "florence2": ({"bos": "</s><s>"}, {"media": "<image>" * 5, "bos": "<s>", "role_mark": "</s>"}),
    "instructblip_t5": ({"bos": "<pad>"}, {"media": "<image>" * 3, "role_mark": "</s>"}),
}


@pytest.mark.parametrize("name", TWO_SIDED)
def test_roles_are_split_over_both_sides(name: str) -> None:
    family, (first, around) = FAMILIES[name](), SIDES[name]
    encoded = encode(family, asked())
    decoder = by_role(family, encoded.input_ids, encoded.roles)
    assert decoder == {**first, "response": "two circles", "resp_end": "</s>"}
    assert by_role(family, encoded.beside["input_ids"], encoded.beside_roles) == {**around, **INSTRUCTION}


def test_what_stands_beside_is_the_processors_own(family: Family) -> None:
    encoded = encode(family, asked())
    made = family.bundle.processor(text=["How many red? Choose: one||two"], images=IMAGE)
    ids = list(made["input_ids"][0])
    assert encoded.beside.get("input_ids", encoded.input_ids[: len(ids)]) == ids
    assert encoded.beside.get("qformer_input_ids", []) == list(made.get("qformer_input_ids", [[]])[0])
    np.testing.assert_array_equal(encoded.arrays["pixel_values"], made["pixel_values"])


def test_a_decoder_of_one_side_reads_on_behind_the_prompt() -> None:
    family = FAMILIES["instructblip_vicuna"]()
    encoded = encode(family, asked())
    wanted = {"media": "<image>" * 3, "bos": "<s>", **INSTRUCTION, "response": "two circles", "resp_end": "</s>"}
    assert by_role(family, encoded.input_ids, encoded.roles) == wanted


def test_a_step_learns_the_response_whatever_stands_beside_it(family: Family) -> None:
    model, pad = family.bundle.model.eval(), family.bundle.tokenizer.pad_token_id
    rows = [encode(family, sample) for sample in (asked(), asked("red or blue circles", "none " * 4))]
    read = read_targets(model, make_batch(rows, pad_token_id=pad, weigh=RESPONSE_ONLY.weigh))
    loss = read.nll.mean()
    loss.backward()
    assert torch.isfinite(loss)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters() if p.requires_grad)
    model.zero_grad(set_to_none=True)
    for number, row in enumerate(rows):
        with torch.no_grad():
            alone = read_targets(model, make_batch([row], pad_token_id=pad, weigh=RESPONSE_ONLY.weigh)).nll
        torch.testing.assert_close(alone, read.nll[read.samples == number].detach(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", TWO_SIDED)
def test_the_loss_is_that_of_the_models_own_labels(name: str) -> None:
    family = FAMILIES[name]()
    row = encode(family, asked())
    read = read_targets(family.bundle.model.eval(), make_batch([row], pad_token_id=0, weigh=RESPONSE_ONLY.weigh))
    labels = torch.tensor([row.input_ids[1:]])
    inputs = {key: torch.tensor([ids]) for key, ids in row.beside.items()} | {key: torch.from_numpy(a) for key, a in row.arrays.items()}  # fmt: skip
    with torch.no_grad():
        logits = family.bundle.model(**inputs, decoder_input_ids=torch.tensor([row.input_ids[:-1]])).logits
        wanted = torch.nn.functional.cross_entropy(logits[0], labels[0], reduction="none")
    torch.testing.assert_close(read.nll.detach(), wanted[-len(read.nll) :], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("role", ["instr", "instr_template", "options"])
def test_objectives_that_weigh_instructions_are_refused_with_the_reason(family: Family, role: str) -> None:
    learn_to_instruct = Objective(weights={"response": 1.0, "resp_end": 1.0, role: 1.0})
    where = "its Q-Former" if "vicuna" in family.name.lower() else "its encoder"
    with pytest.raises(ConfigError, match=f"weighs tokens of role '{role}', but this model has read them in {where}"):
        make_batch([encode(family, asked())], pad_token_id=0, weigh=learn_to_instruct.weigh)


@pytest.mark.parametrize("name", ["l2t", "instruction_modelling", "full_lm"])
def test_objectives_that_learn_instructions_are_refused_by_name(family: Family, name: str) -> None:
    with pytest.raises(ConfigError, match="train it with objective response_only"):
        make_batch([encode(family, asked())], pad_token_id=0, weigh=objectives.build(name, {}).weigh)


def test_it_answers_and_ranks_options(family: Family) -> None:
    prompts = [encode(family, asked(noun), response=False) for noun in ("red", "red or blue circles")]
    together = generate(family.bundle, prompts=prompts, max_new_tokens=3)
    assert together == [generate(family.bundle, prompts=[p], max_new_tokens=3)[0] for p in prompts]
    read = read_targets(family.bundle.model.eval(), make_batch([encode(family, asked())], pad_token_id=0, weigh=RESPONSE_ONLY.weigh))  # fmt: skip
    scores = option_logprobs(family.bundle, prompts=prompts, options=[["none", "two circles"], ["two"]])
    added = (
        1 if family.name == "Florence-2" else 0
    )  # its decoder is forced to begin with <s>, which costs the same for all
    if not added:
        assert scores[0][1] == pytest.approx(-float(read.nll.detach().sum()), abs=1e-3)
    assert [len(row) for row in scores] == [2, 1]


def test_a_saved_model_is_loaded_without_a_chat_template(family: Family, tmp_path) -> None:
    family.bundle.save(tmp_path)
    loaded = load_model(tmp_path, device="cpu")
    assert isinstance(make_encoder(loaded, max_tokens=9), DirectEncoder)
    assert encode(Family("", loaded, ""), asked()).input_ids == encode(family, asked()).input_ids


def test_a_preview_shows_the_side_that_is_predicted(tmp_path) -> None:
    """Such a processor does not say what a decoder begins with; the model is loaded for it."""
    FAMILIES["florence2"]().bundle.save(tmp_path / "model")
    IMAGE[0].save(tmp_path / "red.png")
    sample = msgspec.structs.replace(
        asked(), media=(Media(kind="image", path=str(tmp_path / "red.png"), width=48, height=48),)
    )
    model = PluginConfig(name="auto", path=str(tmp_path / "model"), device="cpu")
    (shown,) = view_samples([sample], train=TrainConfig(model=model), seed=1, bins=False)
    assert {token.role for token in shown.tokens if token.weight} == {"response", "resp_end"}
    assert {token.role for token in shown.tokens} == {"bos", "response", "resp_end"}


def test_other_models_have_the_usual_encoder() -> None:
    assert type(make_encoder(FAMILIES["llava"]().bundle, max_tokens=9)) is Encoder


@pytest.mark.parametrize(
    "messages",
    [
        (Message(role="system", parts=(text(("Be good.", "system")),)), *asked().messages),
        (*asked().messages, *asked().messages),
        (Message(role="user", parts=(text(("How many?", "instr")), MediaPart(index=0))), asked().messages[1]),
    ],
)
def test_only_one_instruction_behind_one_image_is_taken(family: Family, messages: tuple[Message, ...]) -> None:
    sample = Sample(id="s", example="e", task="t", template="w", messages=messages, media=asked().media)
    with pytest.raises(DataError, match="takes one user turn of one text behind at most one image"):
        encode(family, sample)


def test_florences_task_tokens_are_no_words() -> None:
    sample = make_sample(prompt=text(("<CAPTION>", "instr")))
    with pytest.raises(DataError, match="does not write '<CAPTION>' as it is"):
        encode(FAMILIES["florence2"](), sample)


def test_a_q_former_needs_an_image() -> None:
    with pytest.raises(DataError, match="has no image, and InstructBlipProcessor needs one"):
        encode(FAMILIES["instructblip_t5"](), asked(media=0))


def test_each_side_has_the_limit(family: Family) -> None:
    with pytest.raises(DataError, match=r"'s' has \d+ tokens, [35] of them media, over max_tokens 9"):
        make_encoder(family.bundle, max_tokens=9).encode(asked(), images=IMAGE)
