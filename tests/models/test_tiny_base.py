"""The base in the package: it is what its card says, it sees, and it is the same for everybody."""

from hashlib import sha256

import pytest
import torch

from sayso.models.tiny_base import TinyBase, weights_folder
from sayso.sources import load_image
from sayso.sources.shapes import Shapes

MAX_PARAMETERS = 4_000_000
MAX_BYTES = 10_000_000


@pytest.fixture(scope="module")
def bundle():
    torch.set_num_threads(1)
    return TinyBase().make(texts=[], seed=0)


def right_tokens(bundle, *, part: str, count: int = 12) -> float:
    """The share of a dense description's tokens that are right when all before them are given, over some scenes."""
    right = total = 0
    for item in Shapes(seed=77, count=count, max_objects=6, part=part).items():
        turns = [
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Parts of the image:"}]},
            {"role": "assistant", "content": item.labels["description"]},
        ]
        text = bundle.tokenizer.apply_chat_template(turns, tokenize=False)
        inputs = bundle.processor(images=[load_image(item.media[0])], text=[text], return_tensors="pt")
        with torch.no_grad():
            found = bundle.model(**inputs).logits[0].argmax(-1)
        ids = inputs["input_ids"][0]
        start = int((ids == bundle.tokenizer.convert_tokens_to_ids("<|assistant|>")).nonzero()[-1]) + 1
        right += int((found[start - 1 : -1] == ids[start:]).sum())
        total += len(ids) - start
    return right / total


def test_it_is_small_and_computes_in_single_precision(bundle):
    size = sum(path.stat().st_size for path in weights_folder().iterdir())

    assert bundle.num_parameters <= MAX_PARAMETERS
    assert size <= MAX_BYTES
    assert bundle.model.dtype == torch.float32


def test_it_describes_new_scenes_of_the_kind_it_saw(bundle):
    assert right_tokens(bundle, part="seen") > 0.97


def test_it_has_no_word_for_a_colour_it_never_saw(bundle):
    assert right_tokens(bundle, part="new_color") < right_tokens(bundle, part="seen")


def test_texts_and_seed_do_not_matter(bundle):
    other = TinyBase().make(texts=["something else"], seed=9)

    assert other.tokenizer.get_vocab() == bundle.tokenizer.get_vocab()
    for one, same in zip(bundle.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(one, same)


def test_its_card_is_about_these_weights():
    card = (weights_folder() / "README.md").read_text()

    assert sha256((weights_folder() / "model.safetensors").read_bytes()).hexdigest() in card
    assert "What it never saw" in card
