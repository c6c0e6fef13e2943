"""Examples of the report: right and wrong in turn, and only real pictures from inside the run."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from sayso.artifacts import write_jsonl
from sayso.errors import DataError
from sayso.report.showcase import collect_examples, embed_image


def row(task: str, *, right: bool | float | None, **more: object) -> dict[str, object]:
    correct = {"tuned-plain": right, "untuned-plain": False}
    outputs = {"untuned-plain": "b", "tuned-plain": "a"}
    return {"task": task, "instruction": "What?", "references": ["a"], "outputs": outputs, "correct": correct, **more}


def shown(folder: Path, rows: list[dict[str, object]], *, limit: int = 24):
    write_jsonl(folder / "showcase.jsonl", rows)
    return collect_examples(folder, limit=limit)


def test_right_and_wrong_are_shown_in_turn_and_spread_over_tasks(tmp_path):
    rows = [row("one", right=True) for _ in range(9)] + [row("two", right=True), row("two", right=False)]
    examples = shown(tmp_path, rows, limit=4)
    assert [(example.task, example.outcomes[0].right) for example in examples] == [
        ("one", True),
        ("two", False),
        ("two", True),
        ("one", True),
    ]


def test_a_run_without_showcase_shows_nothing(tmp_path):
    assert collect_examples(tmp_path, limit=5) == ()


def test_the_tuned_model_is_named_first_and_conditions_in_words(tmp_path):
    outputs = {"untuned-plain": "b", "tuned-blurred_images": "c", "tuned-plain": "a", "tuned-shuffled_images": "d"}
    (example,) = shown(tmp_path, [row("one", right=True) | {"outputs": outputs}])
    labels = [outcome.label for outcome in example.outcomes]
    assert labels == ["Tuned", "Untuned", "Shuffled image", "Tuned, blurred images"]


@pytest.mark.parametrize(
    ("value", "right", "share"),
    [(True, True, None), (1.0, True, None), (0.7, None, 0.7), (0.2, None, 0.2), (0, False, None), (None, None, None)],
)
def test_a_share_is_neither_right_nor_wrong_and_null_is_not_scored(tmp_path, value, right, share):
    (example,) = shown(tmp_path, [row("one", right=value)])
    assert (example.outcomes[0].right, example.outcomes[0].share) == (right, share)


def test_a_broken_line_is_named(tmp_path):
    (tmp_path / "showcase.jsonl").write_text('{"task": "one"}\n')
    with pytest.raises(DataError, match=r"showcase\.jsonl, line 1"):
        collect_examples(tmp_path, limit=1)


def test_a_small_picture_is_embedded_byte_for_byte(tmp_path):
    Image.new("RGB", (8, 6), "red").save(tmp_path / "a.png")
    view = embed_image(tmp_path, "a.png")
    assert (view.width, view.height) == (8, 6)
    assert base64.b64decode(view.uri.removeprefix("data:image/png;base64,")) == (tmp_path / "a.png").read_bytes()


def test_a_large_picture_is_scaled_down(tmp_path):
    Image.effect_noise((1600, 800), 90).save(tmp_path / "a.png")
    view = embed_image(tmp_path, "a.png")
    data = base64.b64decode(view.uri.removeprefix("data:image/jpeg;base64,"))
    assert Image.open(io.BytesIO(data)).size == (view.width, view.height) == (640, 320)


def test_what_is_no_picture_is_told_and_not_embedded(tmp_path):
    (tmp_path / "a.png").write_text("<svg onload=alert(1)>")
    whole = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(whole, format="PNG")
    (tmp_path / "b.png").write_bytes(whole.getvalue()[:60])
    for name in ("a.png", "b.png", "missing.png"):
        view = embed_image(tmp_path, name)
        assert view.uri is None
        assert view.problem.startswith("image cannot be read")


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "images/../../secret.png"])
def test_a_path_that_leaves_the_run_is_not_read(tmp_path, name):
    folder = tmp_path / "evaluate"
    (folder / "images").mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    assert embed_image(folder, name).problem == "image lies outside the run"


def test_boxes_keep_their_image_and_kind(tmp_path):
    box = {"x1": 0, "y1": 0.1, "x2": 0.5, "y2": 1, "medium": 1, "label": "gold"}
    first, second = shown(tmp_path, [row("one", right=True, boxes=[box]), row("one", right=True, boxes=None)])
    assert [(found.x2, found.medium, found.label) for found in first.boxes] == [(0.5, 1, "gold")]
    assert second.boxes == ()


def test_a_box_of_another_shape_is_refused_not_left_out(tmp_path):
    with pytest.raises(DataError, match="boxes"):
        shown(tmp_path, [row("one", right=True, boxes=[[0, 0, 1, 1]])])
