from pathlib import Path

import pytest
import region_files as files

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources


def read(folder: Path, *rows: dict[str, str]) -> tuple[list[AnnotatedItem], list[BadRow]]:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    options = {"annotations": files.table(folder / "x.csv", list(rows)), "images": str(folder / "images")}
    found = list(sources.build("mocheg", options).items())
    return [row for row in found if isinstance(row, AnnotatedItem)], [row for row in found if isinstance(row, BadRow)]


def test_a_claim_has_all_its_evidence_once_as_plain_text(tmp_path: Path) -> None:
    files.draw(tmp_path / "images" / "7-proof-00.jpg")
    again = files.mocheg_row("7", Evidence='Nobody, it is "said",\n found any.')
    (item,), bad = read(tmp_path, files.mocheg_row("7"), again, files.mocheg_row("7"))
    (claim,) = item.statements
    assert bad == []
    assert (claim.text, claim.kind, claim.label) == ("The moon is cheese.", "claim", "false")
    assert claim.context == 'Rock samples & spectra. Nobody, it is "said", found any.'
    assert (item.id, item.group) == ("mocheg-7", "7")


def test_the_verdict_of_the_checkers_is_not_in_the_context(tmp_path: Path) -> None:
    files.draw(tmp_path / "images" / "7-proof-00.jpg")
    (item,), _ = read(tmp_path, files.mocheg_row("7", ruling_outline="We rate this FALSE."))
    assert "FALSE" not in item.statements[0].context


@pytest.mark.parametrize(("truth", "label"), [("supported", "true"), ("refuted", "false"), ("NEI", "unknown")])
def test_the_three_labels(tmp_path: Path, truth: str, label: str) -> None:
    files.draw(tmp_path / "images" / "7-proof-00.jpg")
    (item,), _ = read(tmp_path, files.mocheg_row("7", cleaned_truthfulness=truth))
    assert item.statements[0].label == label


@pytest.mark.parametrize(
    "names", [("7-proof-01-b.jpg", "7-proof-00-a.jpg"), ("00007-proof-00.jpg",), ("7/b.jpg", "7/a.jpg")]
)
def test_the_first_picture_of_a_claim_is_taken_by_name(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in (*names, "77-proof-00.jpg", "7-03-other.jpg"):
        files.draw(tmp_path / "images" / name)
    (item,), _ = read(tmp_path, files.mocheg_row("7"))
    assert item.media[0].path == str((tmp_path / "images" / min(names)).resolve())


def test_bad_claims_are_told_and_the_next_is_read(tmp_path: Path) -> None:
    for number in range(1, 6):
        files.draw(tmp_path / "images" / f"{number}-proof-00.jpg")
    (tmp_path / "images" / "4-proof-00.jpg").write_bytes(b"no picture")
    items, bad = read(
        tmp_path,
        files.mocheg_row("1", cleaned_truthfulness="half"),
        files.mocheg_row("2", Claim="<p></p>"),
        files.mocheg_row("4"),
        files.mocheg_row("5"),
        files.mocheg_row("5", cleaned_truthfulness="supported"),
        files.mocheg_row("6"),
    )
    assert [item.id for item in items] == ["mocheg-5"]
    expected = [
        "'half' is none of",
        "has no words",
        "format that Pillow",
        "'supported' here and 'refuted' at",
        "no picture 6-proof",
    ]
    assert [part in row.reason for part, row in zip(expected, bad, strict=True)] == [True] * 5


def test_a_missing_folder_of_pictures_is_named(tmp_path: Path) -> None:
    options = {
        "annotations": files.table(tmp_path / "x.csv", [files.mocheg_row("7")]),
        "images": str(tmp_path / "gone"),
    }
    with pytest.raises(DataError, match=r"folder .*gone cannot be read"):
        list(sources.build("mocheg", options).items())
