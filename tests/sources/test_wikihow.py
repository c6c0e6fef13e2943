from pathlib import Path

import pytest
import region_files as files

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources
from sayso.tasks import provides


def read(folder: Path, article: object, **options: str) -> tuple[list[AnnotatedItem], list[BadRow]]:
    for number in (1, 2):
        files.draw(folder / "draw-a-cat" / "image" / f"{number}.png", (10 * number, 10))
    files.write(folder / "draw-a-cat" / "wikihow.json", article)
    rows = list(sources.build("wikihow", {"folder": str(folder), **options}).items())
    return [row for row in rows if isinstance(row, AnnotatedItem)], [row for row in rows if isinstance(row, BadRow)]


def test_steps_come_in_order_with_the_pictures_that_show_them(tmp_path: Path) -> None:
    (item,), bad = read(tmp_path, files.article("2.png", None, "1.png"))
    assert bad == []
    assert [(step.text, step.medium) for step in item.steps] == [
        ("Do part 0.", 0),
        ("Do part 1.", None),
        ("Do part 2.", 1),
    ]
    assert [medium.width for medium in item.media] == [20, 10]
    assert item.labels == {"goal": "How to Draw a Cat", "method": "With a Pencil"}
    assert {"steps", "images"} <= provides(item)


def test_each_method_is_an_item_and_an_article_one_group(tmp_path: Path) -> None:
    article = files.article("1.png")
    article["methods"].append({"name": "With Chalk", "steps": [{"headline": "Draw.", "img": "2.png"}]})
    items, _ = read(tmp_path, article)
    assert [(item.id, item.group) for item in items] == [(f"wikihow-draw-a-cat-{n}", "draw-a-cat") for n in (0, 1)]
    assert {item.vocabulary["method"] for item in items} == {("With Chalk", "With a Pencil")}


def test_defect_28_of_the_release_a_step_is_told_by_itself_and_never_with_what_follows(tmp_path: Path) -> None:
    """The release shared one list of steps done between the rows of a method, answer and later steps included."""
    (item,), _ = read(tmp_path, files.article("1.png", "2.png", None))
    texts = [step.text for step in item.steps]
    assert len(set(texts)) == 3
    assert not any(later in earlier for at, earlier in enumerate(texts) for later in texts[at + 1 :])


@pytest.mark.parametrize("key", ["parts", "steps"])
def test_articles_with_parts_or_bare_steps_are_read(tmp_path: Path, key: str) -> None:
    methods = files.article("1.png", "2.png")["methods"]
    article = {"goal": "Draw", key: methods if key == "parts" else methods[0]["steps"]}
    (item,), bad = read(tmp_path, article)
    assert (len(item.steps), bad) == (2, [])
    assert ("method" in item.labels) == (key == "parts")


def test_a_step_without_its_picture_keeps_its_words_and_one_without_words_is_told(tmp_path: Path) -> None:
    article = files.article("gone.png", "1.png", "2.png")
    article["methods"][0]["steps"][2]["headline"] = " "
    (item,), bad = read(tmp_path, article)
    assert [(step.text, step.medium) for step in item.steps] == [("Do part 0.", None), ("Do part 1.", 0)]
    assert ["step 0" in bad[0].place, "gone.png does not exist" in bad[0].reason] == [True, True]
    assert ["step 2" in bad[1].place, "has no words" in bad[1].reason] == [True, True]


@pytest.mark.parametrize(
    ("article", "reason"),
    [
        ({}, "no methods, parts or steps"),
        ({"methods": [{"name": "x"}]}, "steps"),
        ({"methods": [{"name": "x", "steps": []}]}, "none of its steps has words"),
        ("{", "not the file it should be"),
    ],
)
def test_a_bad_article_is_told_and_the_others_are_read(tmp_path: Path, article: object, reason: str) -> None:
    files.write(tmp_path / "a-good-one" / "wikihow.json", files.article(None))
    items, (bad,) = read(tmp_path, article)
    assert [item.group for item in items] == ["a-good-one"]
    assert reason in bad.reason


def test_a_split_that_the_file_does_not_name_is_refused(tmp_path: Path) -> None:
    splits = files.write(tmp_path / "splits.json", {"train": [], "val": []})
    with pytest.raises(DataError, match="has no split 'test'; name one of train, val"):
        read(tmp_path, files.article("1.png"), splits=splits, split="test")


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no \*/wikihow\.json"):
        list(sources.build("wikihow", {"folder": str(tmp_path)}).items())
