"""Predictions from files: our own rows, simple ones, and the logs of lm-eval and lmms-eval as these programs write them."""

import json

import pytest
from asked_samples import asked
from msgspec.structs import asdict, replace

from sayso.errors import BackendError, ConfigError, DataError
from sayso.evaluate.backends import Decoding, backends
from sayso.records import Prediction

DECODING = Decoding()


@pytest.fixture
def answer(tmp_path):
    """Write rows to a file, and ask the backend about samples."""

    def ask(rows, samples, *, decoding=DECODING, **options):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return backends.build("file", {"path": path, **options}).answer(samples, decoding=decoding)

    return ask


def ours(example, *, wording=0, **changes):
    row = {
        "example": f"color/{example}",
        "task": "color",
        "template": f"color/{wording}",
        "model": "tuned",
        "prompt": "as sent",
        "output": f"answer {example} {wording}",
    }
    return {**row, **changes}


def lmms(number, **changes):
    """A row as `EvaluationTracker.save_results_samples` of lmms-eval 0.7.3 leaves it: no arguments, no doc, one answer taken apart."""
    row = {"doc_id": number, "target": "red", "filtered_resps": f"a{number}", "doc_hash": "0", "input": "Which color?"}
    return {**row, "exact_match": 1.0, **changes}


def harness(number, *, answers=("  red\n",), **changes):
    """A row of `samples_TASK_DATE.jsonl` of the LM Evaluation Harness for a task that generates."""
    arguments = {"gen_args_0": {"arg_0": "Which color?", "arg_1": {"until": ["\n"], "do_sample": False}}}
    row = {"doc_id": number, "doc": {"q": 1}, "target": "red", "arguments": arguments, "resps": [list(answers)]}
    hashes = {"doc_hash": "0", "prompt_hash": "0", "target_hash": "0", "exact_match": 1.0}
    return {**row, "filtered_resps": ["red"], "filter": "none", "metrics": ["exact_match"], **hashes, **changes}


def compared(number, **values):
    """A row of the harness for a task that compares continuations."""
    texts = {f"gen_args_{n}": {"arg_0": "Which color?", "arg_1": f" {text}"} for n, text in enumerate(values)}
    pairs = [[str(value), "False"] for value in values.values()]
    return harness(number, arguments=texts, resps=[[pair] for pair in pairs], filtered_resps=pairs)


def test_our_own_rows_come_back_as_they_were(answer):
    rows = [ours(n, wording=w, extraction="likelihood", logprobs=[-1.0, -2.0, -3.0]) for w in (0, 1) for n in (0, 1)]
    samples = [asked(n, wording=w) for n in (1, 0) for w in (1, 0)]
    replies = answer(rows, samples)
    assert [reply.output for reply in replies] == ["answer 1 1", "answer 1 0", "answer 0 1", "answer 0 0"]
    assert {(reply.prompt, reply.extraction, reply.logprobs) for reply in replies} == {
        ("as sent", "likelihood:file", (-1.0, -2.0, -3.0))
    }


def test_rows_of_an_evaluation_are_read_as_it_writes_them(answer):
    row = Prediction(example="color/0", task="color", template="color/0", model="tuned", prompt="p", output="red")
    (reply,) = answer([json.dumps(asdict(row))], [asked(0)])
    assert (reply.output, reply.extraction) == ("red", "generated:file")


def test_simple_rows_need_an_example_and_an_output(answer):
    rows = [
        {"id": "color/0", "output": " Red. "},
        {"example": "color/1", "output": "", "template": "color/0", "prompt": "q"},
    ]
    assert [(r.output, r.prompt) for r in answer(rows, [asked(0), asked(1)])] == [(" Red. ", ""), ("", "q")]


def test_rows_of_another_condition_are_no_answers_and_a_number_is_a_draw(answer):
    rows = [ours(0, output="moved", condition="shuffled_images"), ours(0), ours(0, number=1, output="second")]
    assert answer(rows, [asked(0)])[0].output == "answer 0 0"
    assert answer(rows, [asked(0)], decoding=Decoding(method="sampled", number=1))[0].output == "second"


def test_lmms_eval_logs_keep_the_raw_answer_where_a_filter_made_another(answer):
    rows = [lmms(0), lmms(1, resps=["The answer is a1."]), lmms(2, resps=["x", "y"], filtered_resps=["x", "y"])]
    samples = [replace(asked(number), example=str(number)) for number in range(3)]
    replies = answer(rows, samples)
    assert [reply.output for reply in replies] == ["a0", "The answer is a1.", "x"]
    assert {(reply.prompt, reply.extraction) for reply in replies} == {("Which color?", "generated:lmms_eval")}
    drawn = answer(rows[2:], samples[2:], decoding=Decoding(method="sampled", number=1))
    assert drawn[0].output == "y"


def test_harness_logs_keep_the_raw_answer_and_lines_of_ids_say_what_it_is_about(answer, tmp_path):
    (tmp_path / "ids.txt").write_text("color/7\ncolor/4\n")
    replies = answer([harness(1), harness(0, answers=["Blue!"])], [asked(7), asked(4)], ids=tmp_path / "ids.txt")
    assert [(r.output, r.prompt, r.extraction) for r in replies] == [
        ("Blue!", "Which color?", "generated:lm_eval"),
        ("  red\n", "Which color?", "generated:lm_eval"),
    ]
    with pytest.raises(DataError, match=r"rows.jsonl:1: doc_id 2 has no line in .*ids.txt, which has 2"):
        answer([harness(2)], [asked(7)], ids=tmp_path / "ids.txt")


def test_compared_options_are_matched_by_their_text_in_the_order_shown(answer, tmp_path):
    (tmp_path / "ids.txt").write_text("color/0\n")
    (reply,) = answer([compared(0, blue=-0.5, green=-4.0, red=-2.0)], [asked(0)], ids=tmp_path / "ids.txt")
    assert (reply.output, reply.logprobs, reply.extraction) == ("blue", (-2.0, -4.0, -0.5), "likelihood:lm_eval")
    with pytest.raises(
        DataError, match=r"compares 'blue', 'red', and example 'color/0' has the options 'red', 'green', 'blue'"
    ):
        answer([compared(0, blue=-0.5, red=-2.0)], [asked(0)], ids=tmp_path / "ids.txt")
    with pytest.raises(BackendError, match="normalise"):
        answer(
            [compared(0, blue=-0.5, green=-4.0, red=-2.0)],
            [asked(0)],
            ids=tmp_path / "ids.txt",
            decoding=Decoding(method="likelihood", normalise=True),
        )


def test_options_without_texts_are_refused(answer):
    row = lmms(0, resps=[[["-1.5", "False"]], [["-0.2", "True"]]], filtered_resps=[["-1.5", "False"], ["-0.2", "True"]])
    with pytest.raises(DataError, match="does not say their texts"):
        answer([row], [asked(0)])


def test_missing_answers_are_named_with_what_is_there_instead(answer):
    with pytest.raises(
        DataError, match=r"no answer for 2 of 3 samples of task 'color', such as 'color/1 under color/0'.*'color/9'"
    ):
        answer([ours(0), ours(9)], [asked(0), asked(1), asked(2)])


def test_answers_given_twice_are_named_with_their_lines(answer):
    with pytest.raises(
        DataError, match=r"1 examples are answered twice, such as 'color/0 .*rows.jsonl:1 and .*rows.jsonl:3"
    ):
        answer([ours(0), ours(1), ours(0)], [asked(0)])


def test_one_answer_is_not_spread_over_several_wordings(answer):
    rows, samples = [{"id": "color/0", "output": "red"}], [asked(0, wording=0), asked(0, wording=1)]
    with pytest.raises(DataError, match=r"'color/0' are asked under several wordings"):
        answer(rows, samples)
    with pytest.raises(DataError, match=r"no answer for 1 of 2 samples .*'color/0 under color/1'"):
        answer(rows, samples, template="color/0")


def test_a_file_a_wording_says_which_is_which(tmp_path):
    files = {}
    for wording in (0, 1):
        files[f"color/{wording}"] = tmp_path / f"{wording}.jsonl"
        files[f"color/{wording}"].write_text(json.dumps({"id": "color/0", "output": f"w{wording}"}))
    backend = backends.build("file", {"templates": files})
    samples = [asked(0, wording=1), asked(0, wording=0)]
    assert [reply.output for reply in backend.answer(samples, decoding=DECODING)] == ["w1", "w0"]


def test_rows_of_several_models_or_filters_want_a_choice(answer, tmp_path):
    rows = [ours(0), ours(0, model="untuned", output="other")]
    with pytest.raises(DataError, match=r"model is 'tuned', 'untuned'; set label"):
        answer(rows, [asked(0)])
    assert answer(rows, [asked(0)], label="untuned")[0].output == "other"
    (tmp_path / "ids.txt").write_text("color/0\n")
    logged = [harness(0, filter="strict"), harness(0, filter="flexible")]
    with pytest.raises(DataError, match=r"set filter"):
        answer(logged, [asked(0)], ids=tmp_path / "ids.txt")
    assert answer(logged, [asked(0)], ids=tmp_path / "ids.txt", filter="strict")[0].output == "  red\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "rows.jsonl:1"),
        ('{"text": "red"}', "a row with text is no prediction"),
        ('{"id": "a", "output": 3}', r"rows.jsonl:1: ValidationError"),
        ('{"doc_id": 0, "resps": [["a"], ["b"]], "filtered_resps": ["a", "b"]}', "not the answers to one request"),
        ('{"doc_id": 0, "resps": []}', "not the answers to one request"),
    ],
)
def test_a_row_that_is_none_of_the_forms_is_named(answer, row, said):
    with pytest.raises(DataError, match=said):
        answer([row], [asked(0)])


def test_a_file_that_is_not_there_and_no_file_at_all(tmp_path):
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read"):
        backends.build("file", {"path": tmp_path / "none.jsonl"})
    with pytest.raises(ConfigError, match="give one of them"):
        backends.build("file", {})
