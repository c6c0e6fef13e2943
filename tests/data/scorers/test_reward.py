"""Rewards are the classifier's own logits; necessity is the reward of what the model itself answers."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from scoring_models import save_reward
from toy_samples import spoken, toy_sample

from sayso.data.scorers import scorers
from sayso.errors import ConfigError
from sayso.lm.store import ReplyStore
from sayso.records import Media

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")

ASKED = ("How many red circles are there?", "What is it?", "Be good. Choose one, two or three.")
SAID = ("two", "A red circle, and nothing else.", "")
POOL = [
    spoken(("user", one), ("assistant", other), number=n)
    for n, (one, other) in enumerate(zip(ASKED, SAID, strict=True))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_reward(tmp_path_factory.mktemp("models") / "reward")


@pytest.fixture(scope="module")
def chat_folder(tmp_path_factory):
    return save_reward(tmp_path_factory.mktemp("models") / "chat-reward", chat=True)


def direct(folder, *texts, **options):
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    model = hf.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return float(model(**tokenizer(*texts, return_tensors="pt", **options)).logits[0, 0])


def column_of(name, pool, scoring, **options):
    ((found, column),) = scorers.build(name, options).score(pool, scoring=scoring).items()
    assert found == name
    return column


def test_a_reward_is_the_logit_of_instruction_and_answer(folder, scoring):
    column = column_of("reward", POOL, scoring, path=str(folder), batch_size=2)
    wanted = [direct(folder, *pair) for pair in zip(ASKED, SAID, strict=True)]
    np.testing.assert_allclose(column.values, wanted, rtol=1e-4)
    assert column.higher_is_better
    assert not column.why
    assert len(set(np.round(wanted, 4))) == 3


def test_a_tokenizer_with_a_chat_template_gets_the_turns(chat_folder, scoring):
    talk = spoken(("system", "Be brief."), ("user", "What is it?"), ("assistant", "A bus."))
    tokenizer = hf.AutoTokenizer.from_pretrained(chat_folder)
    turns = [{"role": m.role, "content": m.text} for m in talk.messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False)
    column = column_of("reward", [talk, *POOL], scoring, path=str(chat_folder))
    assert column.values[0] == pytest.approx(direct(chat_folder, text, add_special_tokens=False), rel=1e-4)
    paired = column_of("reward", [talk], scoring, path=str(chat_folder), layout="pair")
    assert paired.values[0] == pytest.approx(direct(chat_folder, "What is it?", "A bus."), rel=1e-4)


def test_without_a_token_that_fills_up_the_last_token_is_read(chat_folder, tmp_path, scoring):
    tokenizer = hf.AutoTokenizer.from_pretrained(chat_folder)
    model = hf.AutoModelForSequenceClassification.from_pretrained(chat_folder)
    tokenizer.pad_token = model.config.pad_token_id = None
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    wanted = []
    for one in POOL:
        turns = [{"role": m.role, "content": m.text} for m in one.messages]
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        assert text.endswith(tokenizer.eos_token)  # which no model of ours takes for something that fills up
        wanted.append(direct(tmp_path, text, add_special_tokens=False))
    np.testing.assert_allclose(column_of("reward", POOL, scoring, path=str(tmp_path)).values, wanted, rtol=1e-4)


def test_what_a_chat_template_refuses_has_no_reward(chat_folder, tmp_path, scoring):
    shutil.copytree(chat_folder, tmp_path / "strict")
    template = tmp_path / "strict" / "chat_template.jinja"
    system = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    template.write_text(system + template.read_text())
    talk = spoken(("system", "Be brief."), ("user", "What is it?"), ("assistant", "A bus."))
    column = column_of("reward", [talk, *POOL], scoring, path=str(tmp_path / "strict"))
    assert column.why == {0: "the reward model's chat template refuses it: no system"}
    np.testing.assert_allclose(column.values[1:], column_of("reward", POOL, scoring, path=str(chat_folder)).values)


def test_what_cannot_be_rewarded_says_why(folder, scoring):
    picture = toy_sample(media=(Media(path="x.png", width=9, height=9),))
    pool = [picture, spoken(("user", "word " * 400), ("assistant", "x")), spoken(("user", "Well?")), POOL[0]]
    column = column_of("reward", pool, scoring, path=str(folder))
    assert np.isnan(column.values).tolist() == [True, True, True, False]
    assert [column.why[row].split()[-1] for row in range(3)] == ["alone)", "256", "question"]
    assert not column_of("reward", [picture], scoring, path=str(folder), without_pictures=True).why


def test_a_model_of_another_kind_is_refused(tmp_path, rater, folder, scoring):
    with pytest.raises(ConfigError, match=r"no weights for score\.weight"):
        column_of("reward", POOL, scoring, path=str(rater))
    with pytest.raises(ConfigError, match="3 outputs"):
        column_of("reward", POOL, scoring, path=str(save_reward(tmp_path / "r", num_labels=3)))
    with pytest.raises(ConfigError, match="cannot be loaded"):
        column_of("reward", POOL, scoring, path=str(tmp_path / "gone"))
    with pytest.raises(ConfigError, match="no chat template"):
        column_of("reward", POOL, scoring, path=str(folder), layout="chat")


def test_necessity_is_the_reward_of_the_models_own_answer(folder, rater, trained, scoring):
    tokenizer, model = hf.AutoTokenizer.from_pretrained(rater), hf.AutoModelForCausalLM.from_pretrained(rater)
    wanted = []
    for one in ASKED:
        turns = [{"role": "user", "content": one}]
        text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")
        out = model.generate(**ids, max_new_tokens=6, do_sample=False, pad_token_id=tokenizer.pad_token_id)
        said = tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True).strip()
        wanted.append(direct(folder, one, said))
    stage = replace(scoring, trained=(trained,))
    column = column_of("necessity", POOL, stage, reward=str(folder), max_new_tokens=6)
    np.testing.assert_allclose(column.values, wanted, rtol=1e-4)
    assert not column.higher_is_better
    nothing = column_of("necessity", [spoken(("assistant", "Hello."))], stage, reward=str(folder), max_new_tokens=6)
    assert nothing.why == {0: "no answered question"}
    too_long = spoken(("user", "red " * 5000), ("assistant", "x"))
    open_question = spoken(("user", ASKED[1]))  # what nobody answered may be necessary too
    same = column_of("necessity", [open_question], stage, reward=str(folder), max_new_tokens=6)
    np.testing.assert_allclose(same.values, wanted[1:2], rtol=1e-4)
    mixed = column_of("necessity", [too_long, *POOL], stage, reward=str(folder), max_new_tokens=6)
    np.testing.assert_allclose(mixed.values, [np.nan, *wanted], rtol=1e-4)
    assert "tokens" in mixed.why[0]


def test_a_judge_rates_the_models_answer_and_not_the_one_of_the_data(rater, scoring):
    judge = {"name": "scripted", "replies": {"*": "Rating: 2"}}
    options = {"judge": judge, "model": {"name": "auto", "path": str(rater)}, "max_new_tokens": 4}
    talk = spoken(("user", "A?"), ("assistant", "B."), ("user", "C?"), ("assistant", "D."))
    scorer = scorers.build("necessity", options)
    assert not scorer.reads_trained
    ((_, column),) = scorer.score([talk, POOL[0]], scoring=scoring).items()
    assert column.values.tolist() == [2.0, 2.0]


def test_a_judge_is_asked_about_the_last_answer_alone(rater, scoring, tmp_path):
    options = {
        "judge": {"name": "scripted", "replies": {"*": "Rating: 2"}},
        "model": {"name": "auto", "path": str(rater)},
    }
    turns = [("user", "A?"), ("assistant", "B."), ("user", "C?"), ("assistant", "D."), ("user", "E?")]
    unasked = spoken(("user", "A?"), ("assistant", "B."), ("assistant", "C."))  # what the model adds answers nothing
    own = replace(scoring, store=tmp_path / "calls.sqlite")
    column = column_of("necessity", [spoken(*turns), unasked], own, max_new_tokens=4, **options)
    assert np.isnan(column.values).tolist() == [False, True]
    assert column.why == {1: "no answered question"}
    with ReplyStore(own.store) as store:
        assert store.counts() == {"replies": 1, "failures": 0}


def test_what_the_model_s_chat_template_refuses_is_not_answered(folder, rater, tmp_path, scoring):
    shutil.copytree(rater, tmp_path / "strict")
    template = tmp_path / "strict" / "chat_template.jinja"
    first = "{% if messages[0]['role'] != 'user' %}{{ raise_exception('begin with the user') }}{% endif %}"
    template.write_text(first + template.read_text())
    greeted = spoken(("assistant", "Hello."), ("user", "What is it?"), ("assistant", "A bus."))
    options = {"reward": str(folder), "max_new_tokens": 4, "model": {"name": "auto", "path": str(tmp_path / "strict")}}
    column = column_of("necessity", [greeted, POOL[0]], scoring, **options)
    assert np.isnan(column.values).tolist() == [True, False]
    assert "begin with the user" in column.why[0]


def test_necessity_asks_for_what_it_lacks(folder, scoring):
    for options in ({}, {"reward": "x", "judge": {"name": "scripted", "replies": {}}}):
        with pytest.raises(ConfigError, match="reward and judge"):
            scorers.build("necessity", options)
    with pytest.raises(ConfigError, match="needs a model"):
        column_of("necessity", POOL, scoring, reward=str(folder))


def test_no_room_for_an_answer_is_an_error(rater, folder, scoring):
    model = {"name": "auto", "path": str(rater)}
    with pytest.raises(ConfigError, match="4096 positions"):
        column_of("necessity", POOL, scoring, reward=str(folder), model=model, max_new_tokens=5000)
