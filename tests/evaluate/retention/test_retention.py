import json
import math

import msgspec
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from sayso.config import PluginConfig, RetentionConfig, load_recipe
from sayso.errors import ConfigError, DataError
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.retention.measuring import response_logprobs, text_logprobs
from sayso.evaluate.retention.reading import Text, read_samples, read_task_samples, read_texts
from sayso.evaluate.retention.summary import summarise, values_of_rows
from sayso.evaluate.values import read_values
from sayso.models.auto import load_model
from sayso.pipeline.plugins import check_plugins
from sayso.records import Message
from tests.helpers.published_files import coco, lines, paint, write
from tests.helpers.toy_run import BUILD, run_node

BOOTSTRAP = Bootstrap(seed=1, num_resamples=200)
TEXTS = ("Which color is it?", "Describe it, please.", "Compute", "Say the color of the picture and where it is")


@pytest.fixture(scope="module")
def bundle(toy_run):
    return load_model(str(toy_run / "train" / "model"))


@pytest.fixture
def captions(tmp_path):
    said = [{"id": n, "image_id": n, "caption": f"it is {color}"} for n, color in enumerate(("red", "green", "blue"))]
    data = write(tmp_path / "captions_val2017.json", coco([0, 1, 2], annotations=said))
    pictures = paint(tmp_path / "pictures", *(f"{n:012}.jpg" for n in range(3)))
    return RetentionConfig(suite=PluginConfig(name="coco_captions"), data=str(data), images=(str(pictures),))


def texts():
    return [Text(text=text, id=str(number)) for number, text in enumerate(TEXTS)]


def mean_logprob(bundle, ids):
    """Token by token, in float64, without a batch."""
    read = torch.tensor([ids])
    with torch.inference_mode():
        logprobs = bundle.model(input_ids=read).logits[0, :-1].double().log_softmax(-1)
    return logprobs.gather(-1, read[0, 1:, None]).mean().item()


def test_a_text_is_as_likely_as_the_model_says_token_by_token(bundle):
    wanted = [mean_logprob(bundle, bundle.tokenizer(text)["input_ids"]) for text in TEXTS]
    assert text_logprobs(bundle, texts(), batch_size=3) == pytest.approx(wanted, abs=1e-5)


def test_batches_make_no_difference(bundle):
    alone = text_logprobs(bundle, texts(), batch_size=1)
    assert text_logprobs(bundle, texts(), batch_size=4) == pytest.approx(alone, abs=1e-5)


def test_a_long_text_is_read_so_far(bundle):
    ids = bundle.tokenizer(TEXTS[3])["input_ids"]
    assert len(ids) > 6
    (cut,) = text_logprobs(bundle, [Text(text=TEXTS[3], id="x")], max_tokens=6)
    assert cut == pytest.approx(mean_logprob(bundle, ids[:6]), abs=1e-5)
    with pytest.raises(DataError, match="'x' has no second token"):
        text_logprobs(bundle, [Text(text=TEXTS[3], id="x")], max_tokens=1)


def test_captions_are_read_behind_their_picture_and_prompt(bundle, captions):
    samples = read_samples(captions)
    assert [one.messages[-1].parts[0].text for one in samples] == ["it is red", "it is green", "it is blue"]
    found = response_logprobs(bundle, samples)
    assert all(value < 0 and math.isfinite(value) for value in found)
    assert response_logprobs(bundle, samples, batch_size=1) == pytest.approx(found, abs=1e-5)
    asked = Message(role="user", parts=samples[0].messages[0].parts)
    with pytest.raises(DataError, match="ends without a response"):
        response_logprobs(bundle, [msgspec.structs.replace(samples[0], messages=(asked,))])


def test_texts_come_from_lines_or_json_lines(tmp_path):
    plain = write(tmp_path / "a.txt", "one two\n\nthree four\n")
    assert [(one.id, one.text) for one in read_texts(RetentionConfig(text=str(plain)))] == [
        ("a-0", "one two"),
        ("a-1", "three four"),
    ]
    rows = write(tmp_path / "a.jsonl", lines([{"text": "one", "id": "x"}, {"text": "two"}]))
    assert [one.id for one in read_texts(RetentionConfig(text=str(rows)))] == ["x", "a-1"]
    assert len(read_texts(RetentionConfig(text=str(rows), max_examples=1))) == 1


@pytest.mark.parametrize(
    ("text", "match"), [("", "has no text"), ('{"text": " "}\n', "without a word"), ("[1]\n", "a.jsonl")]
)
def test_files_without_texts_are_refused(tmp_path, text, match):
    path = write(tmp_path / "a.jsonl", text)
    with pytest.raises(DataError, match=match):
        read_texts(RetentionConfig(text=str(path)))


def test_a_suite_needs_its_files_and_its_pictures(captions):
    with pytest.raises(ConfigError, match="needs its files"):
        read_samples(captions.model_copy(update={"data": None}))
    with pytest.raises(DataError, match="only names"):
        read_samples(captions.model_copy(update={"images": ()}))
    with pytest.raises(ValidationError, match="needs `text`, `suite` or `tasks`"):
        RetentionConfig()


def rows(model, values, task="retention_text"):
    return values_of_rows(task, "plain", examples=[str(n) for n in range(len(values))], logprobs=values, model=model)


def test_the_change_is_paired():
    before, after = [-3.0, -2.0, -4.0, -1.0], [-3.5, -2.5, -4.5, -1.5]
    (found,) = summarise(
        rows("untuned", before) + rows("tuned", after), before="untuned", after="tuned", bootstrap=BOOTSTRAP
    ).values()
    assert (found["change"]["mean"], found["change"]["low"], found["change"]["high"]) == pytest.approx(
        (-0.5, -0.5, -0.5)
    )
    assert found["untuned"]["mean"] == -2.5
    assert found["tuned"]["perplexity"] == pytest.approx(np.exp(3.0))
    assert found["tuned"]["low"] < -3 < found["tuned"]["high"]


def test_models_measured_on_other_rows_are_not_compared():
    with pytest.raises(DataError, match="3 of untuned, 2 of tuned"):
        summarise(
            rows("untuned", [-1.0] * 3) + rows("tuned", [-1.0] * 2),
            before="untuned",
            after="tuned",
            bootstrap=BOOTSTRAP,
        )


def test_an_evaluation_measures_both_models_on_the_same_rows(evaluate_into, captions, tmp_path):
    text = write(tmp_path / "plain.txt", "\n".join(TEXTS))
    retention = captions.model_copy(update={"text": str(text)})
    folder = tmp_path / "evaluate"
    evaluate_into(folder, retention=retention, tasks=("arithmetic",), max_examples_per_task=1, conditions=("plain",))
    kept = [row for row in read_values(folder) if row.group == "retention"]
    tasks, names = ("retention_text", "retention_coco_captions"), ("tuned", "untuned")
    assert {(row.task, row.model) for row in kept} == {(task, model) for task in tasks for model in names}
    assert len(kept) == 2 * (len(TEXTS) + 3)
    summary = json.loads((folder / "retention.json").read_text())
    assert summary["retention_text"]["change"]["n"] == len(TEXTS)
    stamp = (folder / "retention" / "tuned.jsonl").stat().st_mtime_ns
    evaluate_into(folder, retention=retention, tasks=("arithmetic",), max_examples_per_task=1, conditions=("plain",))
    assert (folder / "retention" / "tuned.jsonl").stat().st_mtime_ns == stamp


def test_references_of_tasks_are_read_under_their_first_wording(evaluate_into, tmp_path):
    folder, retention = tmp_path / "evaluate", RetentionConfig(tasks=("caption", "color"), max_examples=4)
    evaluate_into(folder, retention=retention, tasks=("arithmetic",), max_examples_per_task=1, conditions=("plain",))
    kept = [row for row in read_values(folder) if row.group == "retention"]
    assert {(row.task, row.template) for row in kept} == {
        ("retention_caption", "caption/0"),
        ("retention_color", "color/0"),
    }
    assert sorted(row.example for row in kept if row.model == "tuned" and row.task == "retention_caption") == [
        f"caption/test{number}/0" for number in range(4)
    ]
    summary = json.loads((folder / "retention.json").read_text())
    assert summary["retention_color"]["change"]["n"] == 4


def test_a_task_without_test_examples_or_that_is_not_there_is_refused(toy_run, tmp_path):
    run_node(tmp_path, name="build", kind="build", config=BUILD)
    with pytest.raises(DataError, match="'dense_description' has no test example"):
        list(read_task_samples(RetentionConfig(tasks=("dense_description",)), build=tmp_path / "build"))
    with pytest.raises(ConfigError, match=r"retention\.tasks: 'captions' matches no task"):
        list(read_task_samples(RetentionConfig(tasks=("captions",)), build=toy_run / "build"))


def test_a_suite_that_does_not_exist_shows_before_anything_runs(tmp_path):
    wanted = "evaluate: {retention: {suite: coco_caption, data: x}}"
    recipe = load_recipe(write(tmp_path / "r.yaml", f"name: r\nbuild: {{}}\ntrain: {{}}\n{wanted}\n"))
    with pytest.raises(ConfigError, match="no suite named 'coco_caption'; did you mean 'coco_captions'"):
        check_plugins(recipe.node("evaluate"))
