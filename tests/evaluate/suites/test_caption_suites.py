import pytest

from sayso.errors import DataError
from sayso.evaluate.suites import Files, suites
from tests.helpers.published_files import ask, coco, read, text_of, write


def captions(folder, name, *, numbers=(3, 5), **more):
    said = [{"id": n, "image_id": 3, "caption": f"A dog  runs {n}.\n"} for n in range(5)]
    said.append({"id": 9, "image_id": 8, "caption": "A cat."})
    return write(folder / name, coco(list(numbers), annotations=said) | more)


def test_a_picture_has_all_of_its_captions(tmp_path):
    captions(tmp_path, "captions_val2017.json")
    (example,), bad = read("coco_captions", Files(data=tmp_path))
    assert example.references == tuple(f"A dog runs {n}." for n in range(5))
    assert {row.reason.split(";")[0] for row in bad} == {
        "picture 5 has no caption",
        "picture 8 is not among the file's images, or cannot be used",
    }
    prompt = text_of(ask(suites.build("coco_captions", {}), example))
    assert prompt == "Provide a one-sentence caption for the provided image."


def test_nocaps_says_which_domain_a_picture_is_of(tmp_path):
    path = captions(
        tmp_path, "nocaps_val_4500_captions.json", images=[{"id": 3, "file_name": "x.jpg", "domain": "near-domain"}]
    )
    (example,), _ = read("nocaps", Files(data=path))
    assert example.fields == {"category": "near-domain"}


def test_flickr30k_reads_both_of_its_files(tmp_path):
    sentences = [{"raw": f"A man {n}."} for n in range(2)]
    rows = [
        {"filename": f"{n}.jpg", "split": split, "sentences": sentences} for n, split in enumerate(("train", "test"))
    ]
    path = write(tmp_path / "a" / "dataset_flickr30k.json", {"images": rows})
    (example,), _ = read("flickr30k", Files(data=path))
    assert (example.id, example.references) == ("flickr30k-1", ("A man 0.", "A man 1."))
    assert len(read("flickr30k", Files(data=path), split="")[0]) == 2
    old = write(tmp_path / "b" / "results_20130124.token", "1.jpg#0\tA man 0.\n1.jpg#1\tA man 1.\nbroken\n")
    (again,), (bad,) = read("flickr30k", Files(data=old))
    assert again.references == example.references
    assert "'broken' is no NAME#NUMBER" in bad.reason


@pytest.mark.parametrize("listed", [True, False])
def test_textcaps_makes_one_example_of_the_rows_of_a_picture(tmp_path, listed):
    said = ["It says stop.", "A stop sign."]
    more = {"reference_strs": said} if listed else {}
    rows = [{"image_id": "ab", "caption_str": text, **more} for text in said]
    (example,), bad = read("textcaps", Files(data=write(tmp_path / "TextCaps_0.1_val.json", {"data": rows})))
    assert example.references == tuple(said)
    assert not bad


def test_chair_needs_what_is_there_and_what_was_said(tmp_path):
    captions(tmp_path, "captions_val2014.json")
    box = {"image_id": 3, "bbox": [1, 1, 5, 5]}
    things = [
        {"id": 1, "category_id": 2, **box},
        {"id": 2, "category_id": 1, **box},
        {"id": 3, "category_id": 1, **box},
    ]
    things.append({"id": 4, "category_id": 77, **box})
    write(tmp_path / "instances_val2014.json", coco([3], annotations=things))
    (example,), bad = read("chair", Files(data=tmp_path))
    assert example.fields == {"objects": "cup, dog"}
    assert len(example.references) == 5
    assert any("category 77" in row.reason for row in bad)
    with pytest.raises(DataError, match="folder with both"):
        read("chair", Files(data=tmp_path / "captions_val2014.json"))
