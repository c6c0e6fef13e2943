"""Published files that nobody here wrote, read whole."""

import os
from pathlib import Path

import pytest

from sayso.evaluate.backends import backends
from sayso.evaluate.corpus import Answer
from sayso.evaluate.corpus.measuring import corpus_metric, measure
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.published import predictions_of_results, read_results
from sayso.evaluate.suite_runs import Model, Selection, make_plan, run_suite
from sayso.evaluate.suite_sets import suite_sets
from sayso.evaluate.suite_sets.aggregating import aggregate
from sayso.evaluate.suite_sets.reading import read_tables
from sayso.evaluate.suites import Files, suites
from sayso.sources import load_image
from tests.helpers.published_files import ask, read, text_of

DATA = Path(os.environ.get("SAYSO_DATA", "no-such-folder"))
BENCHMARKS, PHOTOS = DATA / "benchmark_annotations", DATA / "coco_photos"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set: real files are not there")

WHOLE = (
    ("xstest", "xstest", {}, 450),
    ("visit_bench", "visit_bench/visit_bench_multi_images.csv", {"unchecked": True}, 67),
    ("visit_bench", "visit_bench/visit_fully_annotated_example.csv", {}, 10),
    ("llava_bench", "llava_bench_coco", {}, 90),
    ("google_refexp", "google_refexp/refexp_human_val.jsonl", {}, 3500),
    ("screen_qa", "screen_qa", {}, 600),
    ("screen_qa", "screen_qa", {"part": "complex"}, 600),
)


@pytest.mark.parametrize(("name", "data", "options", "count"), WHOLE)
def test_every_row_of_a_published_file_is_an_example(name, data, options, count):
    examples, bad = read(name, Files(data=BENCHMARKS / data), **options)
    assert (len(examples), bad) == (count, [])
    suite = suites.build(name, options)
    assert all(text_of(ask(suite, examples[-1], number)) for number in range(len(suite.wordings)))


def test_xstest_has_its_two_kinds():
    examples, _ = read("xstest", Files(data=BENCHMARKS / "xstest"))
    labels = [one.fields["label"] for one in examples]
    assert (labels.count("safe"), labels.count("unsafe")) == (250, 200)


def test_every_task_of_natural_instructions_is_read():
    examples, bad = read("natural_instructions", Files(data=DATA / "natural_instructions_v2" / "tasks"))
    assert (len(examples), bad) == (5999, [])
    assert len({one.fields["category"] for one in examples}) == 60


RESULTS = (
    ("coco_results/captions_val2014_fakecap_results.json", 1000, True),
    ("coco_results/instances_val2014_fakebbox100_results.json", 734, False),
    ("refer/sample_expressions_testA.json", 1984, True),
    ("google_refexp/sample_results_generation.json", 1000, True),
    ("google_refexp/sample_results_comprehension.json", 1000, False),
)


@pytest.mark.parametrize(("path", "count", "words"), RESULTS)
def test_every_row_of_a_result_file_is_an_answer(path, count, words):
    found = list(read_results(BENCHMARKS / path))
    assert len(found) == count
    assert {one.words for one in found} == {words}


@pytest.mark.parametrize(("split", "count"), [("val2017", 25), ("train2017", 39)])
@pytest.mark.parametrize("name", ["coco_captions", "chair"])
def test_photographs_are_asked_about_with_all_of_their_captions(name, split, count):
    files = Files(data=PHOTOS / "annotations", images=(PHOTOS / split,))
    examples, bad = read(name, files, split=split)
    assert (len(examples), bad) == (count, [])
    assert {len(one.references) for one in examples} == {5}
    assert load_image(examples[0].media[0]).size == (examples[0].media[0].width, examples[0].media[0].height)


def test_published_captions_are_predictions_about_our_photographs():
    predictions = predictions_of_results(BENCHMARKS / RESULTS[0][0], suite="coco_captions", model="somebody")
    files = Files(data=PHOTOS / "annotations", images=(PHOTOS / "train2017",))
    ours = {one.id for one in read("coco_captions", files, split="train2017")[0]}
    assert ours & {one.example for one in predictions}


def test_rows_of_visit_bench_that_nobody_checked_are_left_out():
    examples, left_out = read("visit_bench", Files(data=BENCHMARKS / "visit_bench" / "visit_bench_multi_images.csv"))
    assert (len(examples), [row.reason for row in left_out]) == (61, ["no checked answer"] * 6)


def test_photographs_are_described_and_scored_and_counted_into_a_set(tmp_path, toy_run):
    bootstrap = Bootstrap(seed=1, num_resamples=50)
    files = Files(data=PHOTOS / "annotations", images=(PHOTOS / "val2017",))
    plan = make_plan(suites.build("coco_captions", {}), files=files, selection=Selection(wordings=2, limit=4))
    local = {"model": str(toy_run / "train" / "model"), "batch_size": 8}
    model = Model(name="tiny", load=lambda: backends.build("local", local))
    scores = run_suite(plan, folder=tmp_path / "coco_captions", model=model, bootstrap=bootstrap)
    assert scores["headline"]["figure"] == "cider_d"
    found = aggregate(suite_sets.build("l2t_16", {}), read_tables([tmp_path]), bootstrap=bootstrap)
    (task,) = found.tasks
    assert (task.task, task.num_wordings, len(found.missing)) == ("coco_captions", 2, 15)
    assert found.aggregate is None
    assert {"prompt", "parser", "digest", "data_digest"} <= task.about.keys()


def test_a_person_describes_photographs_as_other_persons_do():
    examples, _ = read("coco_captions", Files(data=PHOTOS / "annotations", images=(PHOTOS / "val2017",)))
    answers = [Answer(example=one.id, text=one.references[0], references=one.references[1:]) for one in examples]
    found = measure(corpus_metric("cider_d"), answers, bootstrap=Bootstrap(seed=1, num_resamples=50), name="x")
    assert found.figures["cider_d"].mean == pytest.approx(1.34, abs=0.02)
