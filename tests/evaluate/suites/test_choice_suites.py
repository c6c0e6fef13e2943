"""What single suites do beyond the contract: choices that publishers leave, and shapes that their files come in."""

import base64
import json

import pytest
import suite_files

from sayso.errors import ConfigError
from sayso.evaluate.suites import Files, LeftOut, suites
from sayso.records import Example
from sayso.sources import BadRow


def read(name, files, **options):
    return list(suites.build(name, options).read(files))


def reasons(rows):
    return [(type(row).__name__, row.reason) for row in rows if isinstance(row, BadRow)]


def test_the_splits_of_pope_are_told_by_the_names_of_its_files(tmp_path):
    for split in ("random", "popular", "adversarial"):
        rows = [{"question_id": 1, "image": "a.jpg", "text": "Is there a cat?", "label": "no"}]
        suite_files.whole(tmp_path / "data" / f"coco_pope_{split}.json", rows)
    found = read("pope", Files(data=tmp_path / "data"))
    assert [row.fields["category"] for row in found] == ["adversarial", "popular", "random"]


def test_photographs_of_coco_are_found_under_their_names_of_2017(tmp_path):
    files = suite_files.pope(tmp_path)
    pictures = suite_files.draw(tmp_path / "new", "val2017/000000000001.jpg")
    (good, _) = read("pope", Files(data=files.data, images=(pictures,)))
    assert good.media[0].path.endswith("val2017/000000000001.jpg")


def test_a_pair_of_captions_keeps_its_order_and_the_true_one_is_not_always_first(tmp_path):
    rows = {str(n): {"filename": "a.jpg", "caption": f"Cat {n}.", "negative_caption": f"Dog {n}."} for n in range(40)}
    files = Files(data=suite_files.whole(tmp_path / "swap_obj.json", rows))
    found = read("sugarcrepe", files)
    first = sum(row.fields["options"].items[0] == row.references[0] for row in found)
    assert 10 < first < 30
    assert found == read("sugarcrepe", files)


def test_kinds_of_captions_may_lie_in_one_file(tmp_path):
    row = {"filename": "a.jpg", "caption": "A cat.", "negative_caption": "A dog."}
    files = Files(data=suite_files.whole(tmp_path / "all.json", {"swap_att": {"1": row}, "add_obj": {"1": row}}))
    assert {one.id for one in read("sugarcrepe", files)} == {"sugarcrepe/swap_att/1", "sugarcrepe/add_obj/1"}


def test_a_foil_that_people_did_not_agree_on_is_left_out(tmp_path):
    row = {"image_file": "a.jpg", "caption": "A cat.", "foil": "A dog.", "mturk": {"caption": 1}}
    files = Files(data=suite_files.whole(tmp_path / "existence.json", {"1": row}))
    assert reasons(read("valse", files)) == [("LeftOut", "fewer than 2 people chose the caption")]
    nested = Files(data=suite_files.whole(tmp_path / "x.json", {"plurals": {"1": {**row, "mturk": {"caption": 2}}}}))
    assert [one.id for one in read("valse", nested)] == ["valse/plurals/1"]


@pytest.mark.parametrize("more", [{}, {"mturk": None, "linguistic_phenomena": None}])
def test_foils_that_nobody_voted_on_all_stay(tmp_path, more):
    row = {"image_file": "COCO_val2014_000000000007.jpg", "caption": "A cat.", "foil": "A dog.", **more}
    files = Files(data=suite_files.whole(tmp_path / "foil-it.json", {"1": row}))
    assert [one.id for one in read("valse", files)] == ["valse/foil-it/1"]


def test_a_question_in_several_files_of_amber_is_asked_once(tmp_path):
    files = suite_files.amber(tmp_path)
    folder = files.data / "query"
    queries = {
        name: json.loads((folder / f"query_{name}.json").read_text())
        for name in ("discriminative-existence", "generative")
    }
    suite_files.whole(folder / "query_discriminative.json", queries["discriminative-existence"])
    suite_files.whole(folder / "query_all.json", [row for rows in queries.values() for row in rows])
    found = read("amber", files)
    assert [one.id for one in found if isinstance(one, Example)] == ["amber/2"]
    for data in (tmp_path, folder / "query_discriminative.json"):
        assert read("amber", Files(data=data, images=files.images)) == found
    every = Files(data=folder / "query_all.json", images=files.images)
    (left,) = [one for one in read("amber", every) if isinstance(one, LeftOut)]
    assert left.reason == "is generative"
    (described,) = [one for one in read("amber", every, kind="generative") if isinstance(one, Example)]
    assert described.id == "amber/1"


def test_science_questions_of_a_split_or_with_a_picture_alone(tmp_path):
    row = {"question": "Which?", "choices": ["a", "b"], "answer": 0, "image": None, "split": "val"}
    files = Files(data=suite_files.whole(tmp_path / "problems.json", {"1": row}))
    (plain,) = read("scienceqa", files)
    assert read("scienceqa", Files(data=tmp_path)) == [plain]
    assert plain.media == ()
    assert plain.fields["question"] == "Which?"
    assert reasons(read("scienceqa", files, split="test")) == [("LeftOut", "of the split 'val'")]
    assert reasons(read("scienceqa", files, subset="image")) == [("LeftOut", "has no picture by design")]


def test_the_three_kinds_of_icon_questions(tmp_path):
    blank = {"question": "How many?", "answer": 4, "ques_type": "fill_in_blank", "split": "test"}
    pictures = {"question": "Which?", "choices": ["x", "y"], "answer": 1, "ques_type": "choose_img", "split": "test"}
    files = Files(data=suite_files.whole(tmp_path / "problems.json", {"1": blank, "2": pictures}))
    filled = [row for row in read("iconqa", files, kind="fill_in_blank") if isinstance(row, Example)]
    chosen = [row for row in read("iconqa", files, kind="choose_img") if isinstance(row, Example)]
    assert filled[0].references == ("4",)
    assert chosen[0].references == ("The second image of the choices",)
    assert [one.path for one in chosen[0].media][1:] == [f"test/choose_img/2/choice_{n}.png" for n in (0, 1)]


def test_questions_about_videos_are_left_out(tmp_path):
    row = {f"choice_{letter}": letter for letter in "abcd"} | {"question": "?", "answer": "A", "data_id": "1"}
    file = {"questions": [{**row, "question_id": 1, "data_type": "video"}]}
    assert reasons(read("seed", Files(data=suite_files.whole(tmp_path / "s.json", file)))) == [
        ("LeftOut", "about a video")
    ]


def test_a_row_of_a_table_may_have_the_picture_of_another_and_cells_longer_than_python_likes(tmp_path):
    picture = base64.b64encode(suite_files.encoded() + b"\0" * 200_000).decode()
    assert len(picture) > 131_072
    rows = [
        ["1", "What is it?", "nan", "a cat", "a mat", "", "", "A", "identity", picture, "perception"],
        ["1000001", "What is it?", "", "a mat", "a cat", "", "", "B", "identity", "1", "perception"],
        ["3", "What is it?", "", "a mat", "a cat", "", "", "B", "identity", "99", "perception"],
    ]
    first, second, third = read("mmbench", Files(data=suite_files.table(tmp_path / "dev.tsv", rows)))
    assert second.media == first.media
    assert first.fields["question"] == "What is it?"
    assert second.references == ("a cat",)
    assert isinstance(third, BadRow)


def test_a_table_of_mmstar_is_read_as_well_as_its_parquet(tmp_path):
    picture = base64.b64encode(suite_files.encoded()).decode()
    rows = [["0", "How many?", "", "one", "two", "", "", "B", "math", picture, "numbers"]]
    (row,) = read("mmstar", Files(data=suite_files.table(tmp_path / "MMStar.tsv", rows)))
    wide = next(iter(read("mmstar", suite_files.mmstar(tmp_path))))
    assert (row.id, row.references) == ("mmstar/0", ("two",))
    assert wide.fields["question"] == "How many, or none?"
    assert wide.fields["options"].items == ("one", "two, or three", "four")


def test_open_questions_of_mmmu_are_a_choice_of_the_user(tmp_path):
    files = suite_files.mmmu(tmp_path)
    assert {reason for _, reason in reasons(read("mmmu", files, kind="open"))} == {"of the kind 'multiple-choice'"}
    with pytest.raises(ConfigError, match="kind"):
        suites.build("mmmu", {"kind": "essay"})


def test_the_released_folders_of_mme_are_read_as_well_as_its_lists(tmp_path):
    for place in ("count", "posters/questions_answers_YN"):
        (tmp_path / "data" / place).mkdir(parents=True)
        (tmp_path / "data" / place / "7.txt").write_text("Is it red? Please answer yes or no.\tYes\n")
    pictures = suite_files.draw(tmp_path, "count/7.jpg", "posters/images/7.png")
    found = read("mme", Files(data=tmp_path / "data", images=(pictures,)))
    assert [(one.fields["category"], one.fields["question"]) for one in found] == [
        ("count", "Is it red?"),
        ("posters", "Is it red?"),
    ]
    assert found[1].media[0].path.endswith("posters/images/7.png")


def test_released_rows_may_be_those_of_one_task(tmp_path):
    files = suite_files.multi_instruct(tmp_path)
    assert len(read("multi_instruct", files, task_name="text_vqa")) == 2
    assert read("multi_instruct", files, task_name="visual_dialogue") == []


def test_all_nine_tasks_that_were_held_out_can_be_asked():
    from sayso.evaluate.suites.task import HELD_OUT
    from sayso.tasks import catalog

    assert set(HELD_OUT) == {name for name, task in catalog().items() if task.held_out}
    for name, source in HELD_OUT.items():
        suite = suites.build("task", {"task": name})
        assert suite.title == f"{name}, of {source}"
        assert len(suite.wordings) >= 5
        assert suite.decoding.method == ("likelihood" if "option" in suite.output else "generated")


def test_a_task_names_its_source_or_must_be_told_one(tmp_path):
    assert "nlvr" in suites.build("task", {}).title
    assert suites.build("task", {"task": "visual_entailment"}).title == "visual_entailment, of snli_ve"
    with pytest.raises(ConfigError, match="--set source=NAME"):
        suites.build("task", {"task": "image_captioning"})
    with pytest.raises(ConfigError, match="no source named"):
        suites.build("task", {"task": "image_captioning", "source": "cocoo"})
    with pytest.raises(ConfigError, match="add --images"):
        read("task", Files(data=tmp_path / "x.json"))


def test_annotations_of_amber_that_do_not_fit_their_queries_are_bad_rows(tmp_path):
    files = suite_files.amber(tmp_path)
    path = files.data / "annotations.json"
    path.write_text(json.dumps([{"id": 2, "type": "generative", "truth": "yes"}]))
    wrong, lacking = read("amber", files)
    assert "has the truth 'yes'" in wrong.reason
    assert "has no annotation" in lacking.reason


def test_things_of_amber_carry_their_other_names(tmp_path):
    (row,) = read("amber", suite_files.amber(tmp_path), kind="generative")
    assert (row.fields["truth"], row.fields["hallu"]) == ("man|person|people,sky", "dog")
    assert row.fields["safe"] == "image,photo"
    assert row.references == ()


def test_questions_of_hallusion_bench_without_a_figure_have_no_picture(tmp_path):
    row = {"category": "VS", "subcategory": "map", "visual_input": "0", "set_id": "1", "figure_id": "0"}
    rows = [{**row, "question_id": "0", "question": "Is it?", "gt_answer": "0", "filename": None}]
    (found,) = read("hallusion_bench", Files(data=suite_files.whole(tmp_path / "h.json", rows), images=(tmp_path,)))
    assert found.media == ()
    assert found.references == ("no",)
    assert not isinstance(found, LeftOut)
