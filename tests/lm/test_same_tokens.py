"""The chat template travels with the checkpoint: training, a plain processor and a server read the same tokens and say the same."""

import base64
import json
import urllib.request
from io import BytesIO

import pytest
from toy_run import TRAIN, run_toy

from sayso.sources import load_image

pytest.importorskip("torch")
pytest.importorskip("aiohttp")
pytestmark = pytest.mark.slow

MAX_NEW_TOKENS = 12


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """The folder of a model that was tuned."""
    out = tmp_path_factory.mktemp("tuned")
    run_toy(out, train=TRAIN.model_copy(update={"max_steps": 80, "save_steps": 80}))
    return out / "train" / "model"


@pytest.fixture(scope="module")
def address(tuned, serve):
    """Of a server of that model."""
    with serve(tuned) as found:
        yield found


@pytest.fixture(scope="module")
def prompts(tuned):
    """Samples of the run, and each as training encodes its prompt."""
    from sayso.data.folder import BuildFolder
    from sayso.models.auto import load_model
    from sayso.models.encode import Encoder

    build = BuildFolder(tuned.parents[1] / "build")
    store, sampler = build.store("train"), build.sampler()
    samples = [sampler.train_sample(store.get("dense_description", place), epoch=0) for place in range(3)]
    bundle = load_model(tuned, device="cpu")
    encoder = Encoder(bundle.processor, max_tokens=512, load=load_image)
    return bundle, encoder, samples


def parts(sample, picture):
    """A prompt's turns in transformers' or the endpoint's words; `picture` says what stands for a picture."""
    return [
        {
            "role": message.role,
            "content": [
                {"type": "text", "text": part.text} if hasattr(part, "text") else picture(sample.media[part.index])
                for part in message.parts
            ],
        }
        for message in sample.messages
    ]


def as_url(media):
    file = BytesIO()
    load_image(media).save(file, format="PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


def test_the_folder_holds_what_a_conversation_is_written_with(tuned):
    names = {path.name for path in tuned.iterdir()}
    assert {"chat_template.jinja", "tokenizer.json", "tokenizer_config.json", "processor_config.json"} <= names


def test_the_processor_of_the_folder_makes_the_tokens_of_training(tuned, prompts):
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(tuned)
    _, encoder, samples = prompts
    for sample in samples:
        chat = parts(sample, lambda media: {"type": "image", "image": load_image(media)})
        whole = processor.apply_chat_template(chat, tokenize=True, return_dict=True)
        assert list(whole["input_ids"][0]) == encoder.encode(sample).input_ids
        prompt = processor.apply_chat_template(chat[:-1], tokenize=True, return_dict=True, add_generation_prompt=True)
        assert list(prompt["input_ids"][0]) == encoder.encode(sample, response=False).input_ids


def test_a_server_counts_the_same_tokens_and_says_the_same(address, tuned, prompts):
    from sayso.models.generate import generate

    bundle, encoder, samples = prompts
    rows = [encoder.encode(sample, response=False) for sample in samples]
    here = [generate(bundle, prompts=[row], max_new_tokens=MAX_NEW_TOKENS)[0] for row in rows]
    for sample, row, said in zip(samples, rows, here, strict=True):
        there = ask(address, model=str(tuned), messages=parts(sample, as_url)[:-1])
        assert there["usage"]["prompt_tokens"] == len(row)
        assert there["choices"][0]["message"]["content"].strip() == said
    assert all(here)


def ask(url, **body):
    body |= {"temperature": 0, "max_tokens": MAX_NEW_TOKENS, "stream": False}
    request = urllib.request.Request(
        f"{url}/chat/completions", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
