import json

import pytest
from PIL import Image

from sayso.config import BuildConfig
from sayso.data.check import check_sources, sample_problem
from sayso.data.preview import draw_samples
from sayso.errors import ConfigError, DataError
from sayso.records import Message, Sample, Span, Template, TextPart

TASK = "description_question_answering"


def text_row(number: int, answer="1") -> dict:
    question = {"question": "How many cats?", "answers": answer}
    return {"id": number, "labels": {"description": f"There are {number} cats."}, "questions": [question]}


def picture_row(image: str, **changes) -> dict:
    return {"images": image, "captions": "A cat.", "objects": [{"label": "cat", "box": [1, 1, 9, 9]}], **changes}


def config(folder, rows, **changes) -> BuildConfig:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Image.effect_noise((64, 64), 50).save(folder / "good.png")
    (folder / "short.png").write_bytes((folder / "good.png").read_bytes()[:2000])
    source = {"name": "jsonl", "path": str(folder / "rows.jsonl")}
    return BuildConfig.model_validate({"sources": [source], **changes})


def found(report) -> dict[str, str]:
    return {problem.kind: problem.reason for problem in report.problems}


def test_sound_data_pass_and_are_counted(tmp_path):
    report = check_sources(config(tmp_path, [*map(text_row, range(5)), picture_row("good.png")]), seed=0)
    assert report.ok
    assert report.problems == ()
    assert (report.num_items, report.num_media) == (6, 1)
    assert report.examples[TASK] == 5
    assert "text_question" in report.skipped_tasks["text_vqa"]


def test_a_truncated_picture_is_found(tmp_path):
    report = check_sources(config(tmp_path, [picture_row("good.png"), picture_row("short.png")]), seed=0)
    assert not report.ok
    (problem,) = report.problems
    assert "truncated or damaged" in problem.reason
    assert "short.png" in problem.reason
    assert problem.count == 1


def test_bad_rows_are_named_and_allowed_up_to_the_limit(tmp_path):
    rows = [
        text_row(0),
        picture_row("gone.png"),
        picture_row("good.png", objects=[{"label": "cat", "box": [9, 9, 1, 1]}]),
    ]
    report = check_sources(config(tmp_path, rows), seed=0)
    assert (report.num_bad_rows, report.ok) == (2, False)
    assert [problem.places[0].rpartition(":")[2] for problem in report.problems] == ["2", "3"]
    assert check_sources(config(tmp_path, rows, max_bad_rows=2), seed=0).ok


def test_an_example_that_no_prompt_can_ask_is_named_and_may_go_to_quarantine(tmp_path):
    question = {"question": "What is written?", "answers": "a||||b", "options": ["a||||b", "c"]}
    rows = [picture_row("good.png", id="odd", questions=[question])]
    task = "visual_question_answering"
    report = check_sources(config(tmp_path, rows, tasks=[task]), seed=0)
    assert "runs into '||||'" in found(report)["example"]
    assert report.problems[0].places == (f"{task}/odd/0",)
    assert check_sources(config(tmp_path, rows, tasks=[task], max_bad_rows=1), seed=0).problems[0].kind == "example"
    assert check_sources(config(tmp_path, rows, tasks=[task], prompt={"options": "lettered"}), seed=0).ok


def test_a_blank_answer_makes_its_row_bad(tmp_path):
    report = check_sources(config(tmp_path, [text_row(0, answer=""), text_row(1)], tasks=[TASK]), seed=0)
    assert "blank" in found(report)["row"]
    assert report.problems[0].places[0].endswith("rows.jsonl:1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{passage} {questoin}", "unknown slot {questoin}; did you mean 'question'"),
        ("{passage}", "missing slot {question}"),
        ("{passage} {question} {question}", "appears 2 times"),
    ],
)
def test_a_template_with_wrong_slots_is_named(tmp_path, text, reason):
    template = Template(id="mine", task=TASK, text=text)
    report = check_sources(config(tmp_path, [text_row(0)], tasks=[TASK]), seed=0, templates=[template])
    assert reason in found(report)["template"]
    assert not report.ok


def test_needs_that_nothing_meets_and_empty_data_are_problems(tmp_path):
    report = check_sources(config(tmp_path, [text_row(0)], tasks=["image_captioning"]), seed=0)
    assert "no item of the sources has captions (a caption of the whole), image" in found(report)["task"]
    report = check_sources(config(tmp_path, []), seed=0)
    assert found(report)["source"] == "the data set is empty"


def test_a_file_that_is_missing_is_a_problem_and_an_unknown_source_an_error(tmp_path):
    gone = BuildConfig.model_validate({"sources": [{"name": "jsonl", "path": "gone.jsonl"}]})
    assert "gone.jsonl" in str(check_sources(gone, seed=0).problems)
    with pytest.raises(ConfigError, match="did you mean 'jsonl'"):
        check_sources(BuildConfig.model_validate({"sources": [{"name": "jsonll"}]}), seed=0)


@pytest.mark.parametrize(
    ("spans", "options", "problem"),
    [
        ([(0, 3, "instr"), (3, 6, "response")], (), None),
        ([(0, 3, "instr"), (4, 6, "response")], (), "do not cover"),
        ([(0, 3, "instr"), (3, 5, "response")], (), "do not cover"),
        ([(0, 3, "instr"), (3, 6, "response")], ("a",), "options stand 0 times"),
        ([(0, 6, "instr")], (), "no response"),
    ],
)
def test_roles_are_verified(spans, options, problem):
    part = TextPart(text="abcdef", spans=tuple(Span(start=a, end=b, role=role) for a, b, role in spans))
    message = Message(role="user", parts=(part,))
    told = sample_problem(Sample(id="x", example="x", task="t", template="t", messages=(message,), options=options))
    assert (problem in told) if problem else told is None


def test_a_preview_shows_the_tasks_in_turn(tmp_path):
    rows = [*map(text_row, range(5)), *(picture_row("good.png") for _ in range(5))]
    samples = draw_samples(config(tmp_path, rows, tasks=[TASK, "image_captioning"]), seed=0, count=5)
    assert [sample.task for sample in samples] == [TASK, "image_captioning"] * 2 + [TASK]
    assert len({sample.id for sample in samples}) == 5


def test_a_preview_of_nothing_is_an_error(tmp_path):
    with pytest.raises(DataError, match="sayso check"):
        draw_samples(config(tmp_path, []), seed=0, count=1)


def test_what_the_caps_leave_out_is_not_rendered(tmp_path):
    rows = [*map(text_row, range(5)), text_row(6, answer="6")]
    capped = config(tmp_path, rows, tasks=[TASK], max_examples_per_task=3)
    report = check_sources(capped, seed=0)
    assert report.ok
    assert (report.num_items, report.examples) == (6, {TASK: 3})


def test_an_id_that_comes_twice_in_a_file_is_a_bad_row_and_in_two_sources_a_problem_of_both(tmp_path):
    report = check_sources(config(tmp_path, [text_row(0), text_row(1), text_row(0)]), seed=0)
    assert "0 was read before" in found(report)["row"]
    assert not report.ok
    once = config(tmp_path, [text_row(0), text_row(1)])
    twice = once.model_copy(update={"sources": once.sources * 2})
    assert (
        "two items have the id '0': row 1 of source 1 (jsonl) and row 1 of source 2"
        in found(check_sources(twice, seed=0))["source"]
    )


def test_bad_rows_of_every_kind_are_listed_in_one_walk(tmp_path):
    rows = [text_row(0), picture_row("gone.png"), {"images": "short.png", "captions": "A cat."}]
    report = check_sources(config(tmp_path, rows), seed=0)
    assert {problem.kind for problem in report.problems} == {"row"}
    assert len(report.problems) == 2
    assert all("rows.jsonl:" in place for problem in report.problems for place in problem.places)


def test_only_the_first_places_of_a_reason_are_kept_and_all_are_counted(tmp_path):
    report = check_sources(config(tmp_path, [picture_row("gone.png", id=n) for n in range(9)]), seed=0)
    (problem,) = [problem for problem in report.problems if problem.kind == "row"]
    assert (problem.count, len(problem.places)) == (9, 5)
