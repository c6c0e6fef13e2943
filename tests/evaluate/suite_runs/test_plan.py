import pytest
import suite_files

from sayso.errors import ConfigError, DataError
from sayso.evaluate.suite_runs import Selection, make_plan
from sayso.evaluate.suites import Files, suites
from sayso.records import Example


def test_every_row_is_accounted_for(plan_of, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    files = suite_files.pope(tmp_path, count=3)
    (files.images[0] / "COCO_val2014_000000000002.jpg").unlink()
    counts = plan_of(files=files).counts
    assert (counts.rows, counts.usable, counts.asked) == (4, 2, 2)
    assert counts.left_out == {"no picture": 1}
    assert counts.bad == {"label 'perhaps' is neither yes nor no": 1}
    assert "coco_pope_random.json:4" in counts.first_bad[0]


def test_the_published_prompt_is_number_0_and_the_label_names_them_all(plan_of):
    plan = plan_of(label="mine", wordings=None)
    assert [template.id for template in plan.templates[:2]] == ["mine/0", "mine/1"]
    assert plan.templates[0].text == suites.build("pope", {}).wordings[0]
    assert plan.templates[0].origin == "published"
    assert len(plan.templates) == 10


def test_a_larger_limit_takes_in_a_smaller_one_in_the_order_of_the_file(plan_of, tmp_path):
    files = suite_files.pope(tmp_path, count=20)
    small, large = ([e.id for e in plan_of(files=files, limit=limit, seed=5).examples] for limit in (4, 9))
    whole = [example.id for example in plan_of(files=files).examples]
    assert len(small) == 4
    assert set(small) < set(large)
    assert large == [name for name in whole if name in large]
    assert small != [e.id for e in plan_of(files=files, limit=4, seed=6).examples]


def test_what_a_metric_counts_as_one_is_taken_or_left_together(tmp_path, plan_of):
    pictures = suite_files.draw(tmp_path, *(f"count/{n}.jpg" for n in range(6)))
    (tmp_path / "texts").mkdir()
    lines = [f"{n}.jpg\tIs it {color}?\tYes" for n in range(6) for color in ("red", "blue")]
    (tmp_path / "texts/count.txt").write_text("\n".join(lines))
    plan = plan_of("mme", files=Files(data=tmp_path / "texts", images=(pictures,)), limit=5)
    asked = [example.fields["image"] for example in plan.examples]
    assert len(asked) == 6
    assert all(asked.count(image) == 2 for image in asked)


def test_a_run_is_called_by_its_label_its_task_or_its_suite(plan_of):
    assert [plan_of(name).label for name in ("pope", "task")] == ["pope", "natural_language_visual_reasoning"]
    assert plan_of("amber", options={"kind": "generative"}).label == "amber_generative"
    assert plan_of("task", label="nlvr").templates[0].task == "nlvr"
    with pytest.raises(ConfigError, match=r"'\.\./up' names a folder"):
        plan_of(label="../up")


def test_options_keep_the_published_order(plan_of):
    plan = plan_of("scienceqa")
    assert plan.sample(plan.examples[0], plan.templates[0]).options == ("a cat", "a mat")


def test_choices_look_as_published(plan_of):
    plan = plan_of("scienceqa")
    text = plan.sample(plan.examples[0], plan.templates[0]).messages[0].parts[-1].text
    assert text == (
        "Context: Look.\nWhich?\nA. a cat\nB. a mat\nAnswer with the option's letter from the given choices directly."
    )


def test_a_name_that_was_read_before_is_a_bad_row(tmp_path, plan_of):
    rows = [{"question_id": 1, "image": "a.jpg", "text": "Is it?", "label": "yes"}] * 2
    files = Files(data=suite_files.lines(tmp_path / "x.json", rows), images=(suite_files.draw(tmp_path, "a.jpg"),))
    assert plan_of(files=files).counts.bad == {"the same name was read before": 1}


def test_nothing_to_ask_says_why_and_what_is_needed(tmp_path, plan_of):
    files = suite_files.pope(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"none of 2 rows .*2 x no picture; .*It needs data: a file such as"):
        plan_of(files=Files(data=files.data, images=(tmp_path / "empty",)))
    (tmp_path / "nothing.json").write_text("[]")
    with pytest.raises(DataError, match=r"none of 0 rows .*there is no row"):
        plan_of(files=Files(data=tmp_path / "nothing.json"))


def test_paths_that_are_not_there_are_named_with_what_is_needed(tmp_path, plan_of):
    files = suite_files.pope(tmp_path)
    with pytest.raises(DataError, match=r"gone does not exist\. It needs data: a file such as"):
        plan_of(files=Files(data=tmp_path / "gone"))
    with pytest.raises(DataError, match="nowhere does not exist"):
        plan_of(files=Files(data=files.data, images=(tmp_path / "nowhere",)))
    with pytest.raises(DataError, match="is no folder of pictures"):
        plan_of(files=Files(data=files.data, images=(files.data,)))


@pytest.mark.parametrize("selection", [{"wordings": 0}, {"limit": 0}])
def test_asking_nothing_is_refused(plan_of, selection):
    with pytest.raises(ConfigError, match="ask 1 at least"):
        plan_of(**selection)


def test_a_wording_that_does_not_fit_its_suite_is_refused(tmp_path):
    from dataclasses import replace

    broken = replace(suites.build("pope", {}), wordings=("What is in {picture}?",))
    with pytest.raises(DataError, match=r"unknown slot \{picture\}"):
        make_plan(broken, files=suite_files.pope(tmp_path), selection=Selection())


def test_rows_are_read_without_pictures_and_say_that_no_model_can_see_them(tmp_path, plan_of):
    plan = plan_of(files=Files(data=suite_files.pope(tmp_path).data))
    assert isinstance(plan.examples[0], Example)
    assert plan.without_pictures
