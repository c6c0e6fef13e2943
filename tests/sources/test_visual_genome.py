from pathlib import Path
from typing import Any

import pytest
import region_files as files

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Relation
from sayso.sources import BadRow, sources


def read(folder: Path, written: dict[str, Any]) -> tuple[list[AnnotatedItem], list[BadRow]]:
    files.draw(folder / "images" / "7.jpg")
    files.draw(folder / "images_2" / "8.jpg")
    for name, entries in written.items():
        files.write(folder / "vg" / name, entries)
    images = [str(folder / "images"), str(folder / "images_2")]
    rows = list(sources.build("visual_genome", {"folder": str(folder / "vg"), "images": images}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_what_six_files_say_of_a_picture_is_one_item(tmp_path: Path) -> None:
    (item, other), bad = read(tmp_path, files.vg_files())
    assert bad == []
    assert [(thing.label, thing.tags) for thing in item.objects] == [
        ("man", ("tall", "old")),
        ("horse", ()),
        ("hat", ()),
    ]
    assert [phrase.text for phrase in item.phrases] == ["a man on a horse"]
    assert [(question.text, question.answers) for question in item.questions] == [("Who rides?", ("The man",))]
    assert (item.group, other.group, other.objects) == ("7", "8", ())


def test_relations_join_objects_by_number_also_by_a_merged_one_and_bring_along_what_the_list_lacks(
    tmp_path: Path,
) -> None:
    (item, _), _ = read(tmp_path, files.vg_files())
    assert item.relations == (
        Relation(subject=0, predicate="rides", object=1),
        Relation(subject=0, predicate="wears", object=2),
    )


def test_words_are_those_of_the_whole_file_and_questions_of_other_pictures_do_not_fit(tmp_path: Path) -> None:
    (item, other), _ = read(tmp_path, files.vg_files())
    assert item.vocabulary == other.vocabulary
    assert item.vocabulary["relation"] == ("rides", "wears")
    assert item.vocabulary["attribute"] == ("old", "tall")
    assert (item.elsewhere["questions"], other.elsewhere["questions"]) == (("Where is it?",), ("Who rides?",))


def test_only_the_objects_are_needed(tmp_path: Path) -> None:
    (item, _), bad = read(tmp_path, {"objects.json": files.vg_files()["objects.json"]})
    assert ([thing.label for thing in item.objects], item.relations, bad) == (["man", "horse"], (), [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda w: w["objects.json"][0]["objects"].append(files.vg_object(9, "x", (50, 1, 40, 9))), "outside"),
        (lambda w: w["objects.json"][0]["objects"].append(files.vg_object(9, "x", (5, 1, 0, 9))), "no area"),
        (lambda w: w["objects.json"][0]["objects"].append(files.vg_object(9, " ", (5, 1, 9, 9))), "has no words"),
        (lambda w: w["objects.json"][0]["objects"].append({"names": ["x"]}), "missing required field"),
        (lambda w: w["relationships.json"][0]["relationships"][0].update(predicate=""), "has no words"),
        (lambda w: w["region_descriptions.json"][0]["regions"][0].update(width=0), "no area"),
        (
            lambda w: w["region_descriptions.json"][0]["regions"].extend(w["region_descriptions.json"][0]["regions"]),
            "said before",
        ),
        (
            lambda w: w["relationships.json"][0]["relationships"].extend(
                w["relationships.json"][0]["relationships"][:1]
            ),
            "said before",
        ),
        (lambda w: w["question_answers.json"][0]["qas"][0].update(answer=" ."), "no answer"),
        (lambda w: w["attributes.json"].append({"image_id": 99, "attributes": []}), "99 is not in objects.json"),
        (lambda w: w["objects.json"].append({"image_id": 7, "objects": []}), "was there before"),
        (lambda w: w["objects.json"].append("x"), "Expected `object`"),
    ],
)
def test_what_cannot_be_used_is_told_by_itself_and_the_rest_stays(tmp_path: Path, change: Any, reason: str) -> None:
    written = files.vg_files()
    change(written)
    items, (bad,) = read(tmp_path, written)
    assert len(items) == 2
    assert reason in bad.reason


def test_an_object_related_to_itself_is_told(tmp_path: Path) -> None:
    written = files.vg_files()
    relation = written["relationships.json"][0]["relationships"][0]
    relation["object"] = relation["subject"]
    (item, _), (bad,) = read(tmp_path, written)
    assert "object 1 is 'rides' itself" in bad.reason
    assert len(item.relations) == 1


def test_boxes_drawn_on_another_size_are_refused(tmp_path: Path) -> None:
    """Defect 33 of the release: pixel coordinates without the size of the picture that they belong to."""
    written = files.vg_files()
    written["image_data.json"][0]["width"] = 800
    items, (bad,) = read(tmp_path, written)
    assert [item.group for item in items] == ["8"]
    assert "is 60 x 40 pixels, the annotations say 800 x 40" in bad.reason


@pytest.mark.parametrize("text", ["", "{}", "[1"])
def test_a_file_that_is_no_array_is_refused_whole(tmp_path: Path, text: str) -> None:
    files.write(tmp_path / "vg" / "relationships.json", text)
    with pytest.raises(DataError, match=r"relationships\.json is not an array"):
        read(tmp_path, {"objects.json": [], "relationships.json": text})
