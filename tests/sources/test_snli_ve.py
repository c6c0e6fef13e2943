from pathlib import Path

import region_files as files

from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(folder: Path, *rows: object) -> tuple[list[AnnotatedItem], list[BadRow]]:
    for number in (1, 2, 3):
        files.draw(folder / f"{number}.jpg")
    options = {"annotations": files.lines(folder / "x.jsonl", rows), "images": str(folder)}
    found = list(sources.build("snli_ve", options).items())
    return [row for row in found if isinstance(row, AnnotatedItem)], [row for row in found if isinstance(row, BadRow)]


def test_the_three_labels_become_true_false_and_unknown(tmp_path: Path) -> None:
    labels = ("entailment", "contradiction", "neutral")
    items, bad = read(tmp_path, *(files.snli_ve_row(1, label) for label in labels))
    assert bad == []
    assert [item.statements[0].label for item in items] == ["true", "false", "unknown"]
    assert {item.statements[0].kind for item in items} == {"entailment"}
    assert {item.group for item in items} == {"1"}


def test_the_premise_is_a_caption_and_those_of_other_pictures_do_not_fit(tmp_path: Path) -> None:
    rows = [files.snli_ve_row(number, "neutral") for number in (1, 2, 3)]
    again = files.snli_ve_row(3, "entailment", sentence1="A person does  thing 1.")
    items, _ = read(tmp_path, *rows, again)
    assert items[0].captions == ("A person does thing 1.",)
    assert set(items[0].elsewhere["captions"]) == {"A person does thing 2.", "A person does thing 3."}
    assert items[2].elsewhere["captions"] == ("A person does thing 2.",), "another picture has one of its captions too"


def test_a_row_without_agreement_is_told(tmp_path: Path) -> None:
    items, (bad,) = read(tmp_path, files.snli_ve_row(1, "-"), files.snli_ve_row(1, "neutral"))
    assert len(items) == 1
    assert "gold_label '-' is none of" in bad.reason


def test_pictures_may_be_numbers_or_file_names_and_a_pair_may_lack_its_id(tmp_path: Path) -> None:
    first = files.snli_ve_row(1, "neutral", Flickr30K_ID=1)
    second = files.snli_ve_row(1, "neutral", Flickr30K_ID="2.jpg", pairID="")
    items, bad = read(tmp_path, first, second, second, files.snli_ve_row(9, "neutral"))
    assert [item.group for item in items] == ["1", "2.jpg"]
    assert ["read before" in bad[0].reason, "9.jpg does not exist" in bad[1].reason] == [True, True]


def test_without_premises_there_are_no_captions(tmp_path: Path) -> None:
    (item,), _ = read(tmp_path, files.snli_ve_row(1, "neutral", sentence1=""))
    assert (item.captions, item.elsewhere) == ((), {})
