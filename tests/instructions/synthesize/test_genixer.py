"""Genixer: forms of replies, p(yes) by hand, bands, crops by cosine."""

import made_up
import numpy as np
import pytest
import torch
from scoring_models import save_dual_encoder

from sayso.errors import ConfigError
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesize._prompts import prompts
from sayso.instructions.synthesize.genixer import KINDS
from sayso.models.dual_encoder import DualEncoder
from sayso.models.tiny_base import TinyBase
from sayso.sources import load_image

JUDGE = {"name": "tiny_base"}
PAIR = "Here you go.\nQuestion: What is beside the {}?\nAnswer: A ball."


def pairs(text="{}"):
    """A question that depends on how often it was asked."""
    numbers = iter(range(99))
    return made_up.Answering(lambda asked: PAIR.format(f"thing number {next(numbers)}") if text == "{}" else text)


def write(model=None, items=None, **options):
    return made_up.make(
        "genixer", items or made_up.pictures(4), model=model or pairs(), **{"filter": "none", **options}
    )


def test_a_question_with_its_answer_about_a_picture_that_the_writer_sees():
    model = pairs()
    made = write(model)
    assert [written_of(one.item).instruction for one in made] == [
        f"What is beside the thing number {n}?" for n in range(len(made_up.pictures(4)))
    ]
    assert all(written_of(one.item).output == "A ball." for one in made)
    assert all(len(one.media) == 1 for one in model.requests)
    assert {(one.item.license, len(one.item.media)) for one in made} == {("mit", 1)}
    generic = [prompts("genixer").fill(name) for name in prompts("genixer").among("generic_")]
    assert all(any(one.messages[-1].text.startswith(text) for text in generic) for one in model.requests)
    described = pairs()
    write(described, pictures="described")
    assert "red cup: [0.100" in described.requests[0].messages[-1].text
    assert described.requests[0].media == ()


def test_a_kind_may_be_asked_for():
    for kind in KINDS[1:4]:
        model = pairs()
        assert {one.operation for one in write(model, kinds=(kind,))} == {kind}
        assert prompts("genixer").fill(f"kind_{kind}") in model.requests[0].messages[-1].text
    assert [one.operation for one in write(items=made_up.pictures(1), kinds=("any", "question"), per_item=2)] == [
        *("any", "any", "question", "question")
    ]


def test_the_same_of_the_same_picture_is_kept_once():
    made = write(pairs(PAIR.format("cup")), items=made_up.pictures(2), per_item=3)
    assert [one.verdict.keep for one in made] == [True, False, False] * 2
    assert made_up.reasons(made) == ["repeats (the same was kept of the same pictures)"] * 4


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("A cup. What else?", "no 'Question' in the reply"),
        ("Question: What?", "no 'Answer' in the reply"),
        ("Question:\nAnswer: A cup.", "nothing after 'Question'"),
        ("Question: What?\nAnswer: I'm sorry, but I can't see any picture.", "refusal"),
        (" ", "empty reply"),
    ],
)
def test_replies_in_another_form_are_refused(reply, reason):
    (one,) = write(pairs(reply), made_up.pictures(1))
    assert not one.verdict.keep
    assert one.verdict.reason.startswith(reason)


def by_hand(item, question, answer):
    """p(yes) and p(no) with transformers alone: the product over the tokens up to the one in which both differ."""
    bundle = TinyBase().make(texts=(), seed=0)
    processor = bundle.processor
    text = prompts("genixer").fill("judge", question=question, answer=answer)
    found = []
    for word in ("Yes", "No"):
        turns = [
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": text}]},
            {"role": "assistant", "content": [{"type": "text", "text": word}]},
        ]
        said = [
            processor.apply_chat_template(turns[:1], tokenize=False, add_generation_prompt=True),
            processor.apply_chat_template(turns, tokenize=False),
        ]
        images = [load_image(item.media[0])]
        prompt, whole = (
            processor(text=[one], images=images, return_tensors="pt", add_special_tokens=False) for one in said
        )
        with torch.inference_mode():
            logprobs = bundle.model.eval()(**whole).logits[0].log_softmax(-1)
        start = prompt["input_ids"].shape[1]
        ids = whole["input_ids"][0].tolist()
        found.append([(ids[n], float(logprobs[n - 1, ids[n]])) for n in range(start, len(ids))])
    depth = next(d for d, (yes, no) in enumerate(zip(*found, strict=False)) if yes[0] != no[0])
    return [float(np.exp(sum(value for _, value in one[: depth + 1]))) for one in found]


def test_the_likelihood_filter_is_p_yes_computed_by_hand():
    items = made_up.pictures(4)
    hand = {}
    asked = "Question: Is it red?\nAnswer: star"
    free = write(pairs(asked), items, filter="likelihood", judge=JUDGE)
    for one in free:
        written = written_of(one.item)
        item = next(item for item in items if item.id == one.parents[0])
        hand[one.id] = by_hand(item, written.instruction, written.output)
        assert (one.details["yes"], one.details["no"]) == pytest.approx(tuple(hand[one.id]), rel=1e-4)
        assert one.verdict.keep == (hand[one.id][0] > hand[one.id][1])
        assert one.verdict.keep or one.verdict.reason == "judged as untrue"
    true = sorted(yes for yes, no in hand.values() if yes > no)
    assert 0 < len(true) < len(items)
    low, high = true[0] * 0.999, true[0] * 1.001
    some = write(pairs(asked), items, filter="likelihood", judge=JUDGE, band=(low, high))
    assert [one.verdict.keep for one in some] == [
        hand[one.id][0] > hand[one.id][1] and low <= hand[one.id][0] <= high for one in some
    ]
    none = write(pairs(asked), items, filter="likelihood", judge=JUDGE, band=(0.999, 1.0))
    assert not made_up.kept(none)
    assert any(one.verdict.reason.startswith("p(yes) outside of the band") for one in none)


def test_a_judge_that_is_called_says_yes_or_no():
    says = iter(("Yes.", "No, it is a bowl.", "Perhaps", ""))
    judge = made_up.Answering(lambda text: next(says))
    made = write(items=made_up.pictures(2), filter="words", others={"judge": judge}, max_items=4, per_item=2)
    assert [one.verdict.reason for one in made] == [
        "accepted",
        "judged as untrue",
        "not judged (neither yes nor no)",
        "not judged (empty reply)",
    ]
    assert "Question: What is beside the thing number 0?\nAnswer: A ball." in judge.requests[0].messages[-1].text


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return str(save_dual_encoder(tmp_path_factory.mktemp("clip") / "m"))


def pointed(box, encoder, **options):
    reply = f"Phrase: red circle\nBox: {box}"
    (one,) = write(
        made_up.Answering(lambda text: reply), made_up.pictures(1), kinds=("grounded",), encoder=encoder, **options
    )
    return one


def test_boxes_are_kept_by_the_cosine_of_their_crop(encoder):
    one = pointed("[0.000, 0.000, 1.000, 1.000]", encoder, min_side=1)
    cosine = one.details["cosine"]
    assert one.verdict.keep
    assert -1 <= cosine <= 1
    written = written_of(one.item)
    assert (written.instruction[-10:], written.output) == ("red circle", "[0.000, 0.000, 1.000, 1.000]")
    image = load_image(one.item.media[0])
    assert cosine == pytest.approx(float(DualEncoder(encoder).cosines([image], ["red circle"])[0]), abs=1e-6)
    assert pointed("[0, 0, 1, 1]", encoder, min_side=1, min_cosine=cosine - 1e-6).verdict.keep
    above = pointed("[0, 0, 1, 1]", encoder, min_side=1, min_cosine=cosine + 1e-3)
    assert above.verdict.reason.startswith("cosine (below")
    assert pointed("[0, 0, 1, 1]", encoder, min_side=5000).verdict.reason.startswith("a small box (a side under 5000")


@pytest.mark.parametrize(
    "box", ["somewhere", "[0.1, 0.2, 0.3]", "[0.5, 0.1, 0.2, 0.9]", "[0.1, 0.1, 1.5, 0.9]", "[[0.1, 0.2, 0.3, 0.4]]"]
)
def test_what_is_no_box_is_refused(box, encoder):
    assert "box" in pointed(box, encoder).verdict.reason


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kinds": ("poem",)}, "'poem' is none of any, question"),
        ({"band": (0.7, 0.5)}, "is no part of"),
        ({"filter": "words", "band": (0.5, 0.7)}, "a word has no probability"),
        ({"kinds": ("grounded",)}, "needs encoder: FOLDER"),
        ({"filter": "likelihood"}, "add judge: {name: auto, path: FOLDER}"),
        ({"items": made_up.seeds()}, "none of 5 items has any"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_paid_for(options, told):
    model = pairs()
    with pytest.raises(ConfigError, match=told):
        write(model, **options)
    assert model.requests == []
