"""A transformers model in process: templates, batches, seeded sampling, pictures."""

import io
import shutil

import pytest
from PIL import Image

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.lm import language_models, open_model, request
from sayso.lm._protocol import Request
from sayso.records import Media, MediaPart, Message, TextPart

pytest.importorskip("torch")


def ask(folder, *requests, **options):
    return list(language_models.build("local", {"path": str(folder), **options}).answer(requests))


def texts(answers):
    return [answered.reply.text for answered in answers]


def prompts(count, **settings):
    words = ["circle", "red circles", "the color of the circle", "words"]
    return [
        request(("user", f"Name {words[n % 4]} {n}" + " please" * (n % 7)), max_tokens=12, **settings)
        for n in range(count)
    ]


def picture(color, *, size=32):
    raw = io.BytesIO()
    Image.new("RGB", (size, size), color).save(raw, "PNG")
    return Media(data=raw.getvalue(), width=size, height=size)


def shown(*media, text="Which color?", **settings):
    parts = (*(MediaPart(index=n) for n in range(len(media))), TextPart(text=text, spans=()))
    return Request(messages=(Message(role="user", parts=parts),), media=media, max_tokens=6, **settings)


def test_answers_come_in_order_with_their_counts(text_model):
    asked = prompts(7)
    found = ask(text_model, *asked, batch_size=3)
    assert [answered.request for answered in found] == asked
    assert all(a.reply.prompt_tokens > 3 and 0 < a.reply.completion_tokens <= 12 for a in found)
    assert {a.reply.model for a in found} == {"tiny-chat"}
    assert all((a.reply.finish == "length") == (a.reply.completion_tokens == 12) for a in found)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_reply_does_not_depend_on_what_else_is_asked(text_model, temperature):
    asked = prompts(9, temperature=temperature, seed=4)
    together = texts(ask(text_model, *asked, batch_size=9))
    assert texts(ask(text_model, *reversed(asked), batch_size=2))[::-1] == together
    assert [texts(ask(text_model, one))[0] for one in asked] == together


def test_sampling_is_drawn_from_seed_and_number_and_greedy_is_not(text_model):
    def said(**settings):
        return texts(ask(text_model, request(("user", "Name the circle"), max_tokens=12, **settings)))[0]

    assert said(temperature=1.0, seed=1) == said(temperature=1.0, seed=1)
    assert len({said(temperature=1.0, seed=1, number=n) for n in range(6)}) > 3
    assert said(temperature=0.0, number=1) == said(temperature=0.0, number=2, seed=9)
    assert said(temperature=1.0, top_p=1e-6, seed=3) == said(temperature=0.0)


def test_sampling_follows_the_distribution_of_the_model(text_model):
    torch = pytest.importorskip("torch")
    model = language_models.build("local", {"path": str(text_model), "batch_size": 64})
    one = request(("user", "Name the circle"), temperature=0.7, max_tokens=1)
    with torch.inference_mode():
        inputs = model._inputs([one], [model._text(one)])
        expected = (model._model(**inputs).logits[0, -1].float() / 0.7).softmax(-1)
    likeliest = int(expected.argmax())
    count = 1024
    asked = [request(("user", "Name the circle"), temperature=0.7, max_tokens=1, number=n) for n in range(count)]
    word = model._reply([likeliest], asked=0).text
    same = [t for t in range(len(expected)) if model._reply([t], asked=0).text == word]
    share = sum(text == word for text in texts(model.answer(asked))) / count
    assert share == pytest.approx(float(expected[same].sum()), abs=0.06)


def test_without_a_chat_template_a_plain_one_is_used_and_the_next_turn_is_cut_off(text_model, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(text_model, bare, ignore=shutil.ignore_patterns("*.jinja"))
    model = language_models.build("local", {"path": str(bare)})
    assert not model._template
    one = request(("system", "Be brief."), ("user", "Name it."))
    assert model._text(one) == "System: Be brief.\nUser: Name it.\nAssistant:"
    tokens = model._tokenizer("red\nUser: more", add_special_tokens=False)["input_ids"]
    assert model._reply(tokens, asked=1).text == "red"
    assert texts(model.answer([one]))[0] is not None


def test_what_does_not_fit_is_a_failure_and_the_rest_goes_on(text_model):
    found = ask(text_model, *prompts(2), request(("user", "word " * 900), max_tokens=12))
    assert "do not fit" in found[2].failure
    assert all(answered.reply for answered in found[:2])


def test_pictures_are_seen(image_model):
    colors = [shown(picture(color), temperature=0.0) for color in ("red", "blue", "white")]
    found = ask(image_model, *colors, request(("user", "Name the circle"), max_tokens=6), batch_size=2)
    assert all(answered.reply for answered in found)
    assert texts(ask(image_model, *colors, batch_size=3)) == texts(found)[:3]
    broken = shown(Media(data=b"no picture", width=1, height=1))
    assert "cannot be opened" in ask(image_model, broken)[0].failure


def test_a_model_that_sees_nothing_says_so(text_model):
    with pytest.raises(ConfigError, match="sees no images"):
        ask(text_model, shown(picture("red")))


def test_a_missing_model_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="cannot be loaded"):
        ask(tmp_path / "nothing", *prompts(1))


def test_the_store_knows_the_weights(text_model, tmp_path):
    copy = tmp_path / "tiny-chat"
    shutil.copytree(text_model, copy)
    store = tmp_path / "replies.sqlite"

    def run():
        model = open_model(PluginConfig(name="local", path=str(copy)), store=store)
        return texts(model.answer(prompts(3)))

    first = run()
    assert run() == first
    same = language_models.build("local", {"path": str(text_model)}).identity
    assert language_models.build("local", {"path": str(copy)}).identity == same
    (copy / "generation_config.json").write_text("{}")
    assert language_models.build("local", {"path": str(copy)}).identity != same
