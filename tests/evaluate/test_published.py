import pytest

from sayso.errors import DataError
from sayso.evaluate.published import Result, predictions_of_results, read_results
from tests.helpers.published_files import write

SHAPES = (
    ([{"image_id": 3, "caption": "A dog."}], Result("3", "A dog.")),
    (
        [{"image_id": 3, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}],
        Result("3-1", "[1.0, 2.0, 3.0, 4.0]", words=False),
    ),
    ({"predictions": [{"sent": "left dog", "ref_id": 7}]}, Result("7", "left dog")),
    ([{"annotation_id": 9, "generated_refexp": "dog"}], Result("9", "dog")),
    (
        [{"refexp_id": 2, "annotation_id": 9, "predicted_bounding_boxes": [[1, 2, 3, 4]]}],
        Result("9-2", "[1.0, 2.0, 3.0, 4.0]", words=False),
    ),
)


@pytest.mark.parametrize(("rows", "wanted"), SHAPES)
def test_result_files_are_read_in_every_shape(tmp_path, rows, wanted):
    assert list(read_results(write(tmp_path / "r.json", rows))) == [wanted]


def test_captions_become_predictions_of_a_suite(tmp_path):
    (found,) = predictions_of_results(write(tmp_path / "r.json", SHAPES[0][0]), suite="coco_captions", model="x")
    assert (found.example, found.template, found.output) == ("coco_captions-3", "coco_captions/0", "A dog.")


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (SHAPES[1][0], "has boxes"),
        (SHAPES[0][0] * 2, "two answers"),
        ([{"image_id": 3}], "no caption, expression or box"),
    ],
)
def test_what_is_no_answer_is_refused(tmp_path, rows, match):
    with pytest.raises(DataError, match=match):
        predictions_of_results(write(tmp_path / "r.json", rows), suite="coco_captions", model="x")
