from pathlib import Path

import pytest
import region_files as files

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(folder: Path, *rows: dict[str, str], delimiter: str = "\t") -> tuple[list[AnnotatedItem], list[BadRow]]:
    for name in "abc":
        files.draw(folder / "data" / f"{name}.jpg")
    options = {"annotations": files.table(folder / "x.tsv", list(rows), delimiter=delimiter), "images": str(folder)}
    found = list(sources.build("medic", options).items())
    return [row for row in found if isinstance(row, AnnotatedItem)], [row for row in found if isinstance(row, BadRow)]


FIRE = files.medic_row("data/a.jpg", disaster_types="fire", damage_severity="severe", informative="informative")
FLOOD = files.medic_row("data/b.jpg", disaster_types="other_disaster", damage_severity="mild")


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_defect_34_of_the_release_the_words_of_one_question_are_not_options_of_another(
    tmp_path: Path, delimiter: str
) -> None:
    """The release gave all 12 labels of three questions as the options of each."""
    (fire, flood), bad = read(tmp_path, FIRE, FLOOD, delimiter=delimiter)
    assert bad == []
    assert fire.labels["disaster"] == "fire"
    assert fire.vocabulary["disaster"] == flood.vocabulary["disaster"] == ("fire", "other disaster")
    assert fire.vocabulary["damage"] == ("mild", "severe")
    assert fire.vocabulary["informative"] == ("informative", "not informative")
    words = [set(options) for options in fire.vocabulary.values()]
    assert sum(map(len, words)) == len(set.union(*words))


def test_every_label_is_one_of_its_own_words(tmp_path: Path) -> None:
    items, _ = read(tmp_path, FIRE, FLOOD)
    assert all(item.labels[kind] in item.vocabulary[kind] for item in items for kind in item.labels)
    assert all(set(item.labels) == set(item.vocabulary) for item in items)


def test_a_question_without_an_answer_is_left_out_and_a_row_without_any_is_told(tmp_path: Path) -> None:
    blank = dict.fromkeys(("disaster_types", "damage_severity", "informative", "humanitarian"), "")
    items, (bad,) = read(tmp_path, {**FIRE, "humanitarian": ""}, files.medic_row("data/b.jpg", **blank))
    assert set(items[0].labels) == {"disaster", "damage", "informative"}
    assert "'data/b.jpg' has no label" in bad.reason


def test_missing_and_repeated_pictures_are_told(tmp_path: Path) -> None:
    items, bad = read(tmp_path, FIRE, FIRE, files.medic_row("data/gone.jpg"))
    assert [item.id for item in items] == ["medic-data/a.jpg"]
    assert ["was read before" in bad[0].reason, "does not exist" in bad[1].reason] == [True, True]
    assert bad[1].place.endswith("x.tsv:4")
