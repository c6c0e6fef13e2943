"""What a page says of a selection: its numbers, its pictures, and nothing that a text could do to it."""

import json

import msgspec
import pytest
from PIL import Image

from sayso.artifacts import Manifest, StageContext, close_stage
from sayso.data.selecting.told import (
    ColumnFigures,
    ReasonFigures,
    SelectionFigures,
    Shown,
    Spread,
    TaskFigures,
    TaskSpread,
)
from sayso.errors import DataError
from sayso.report.html import render_selection
from sayso.report.selection import collect_selections, figure_text, histogram, selection_view, spread_text

EVIL = "<script>alert('x')</script><img src=x onerror=y>"


def spread(counts=(1, 2), **changed):
    known = {"n": sum(counts), "num_missing": 1, "mean": 2.0, "quantiles": (0.0, 0.5, 1.0, 2.0, 3.0, 3.5, 4.0)}
    return Spread(**{**known, "counts": counts, **changed})


def shown(**changed):
    known = {"row": 0, "id": "a", "task": "t", "keep": True, "reason": "top by x", "asked": "Who?", "answered": "Me."}
    return Shown(**{**known, **changed})


def figures(**changed):
    empty = Spread(n=0, num_missing=2)
    column = ColumnFigures(
        name="x",
        higher_is_better=True,
        edges=(0.0, 2.0, 4.0),
        before=spread((2, 4)),
        after=spread((0, 3)),
        by_task=(
            TaskSpread(task="t", before=spread(), after=spread()),
            TaskSpread(task="u", before=empty, after=empty),
        ),
        why={"too long": 2},
        lowest=(shown(value=0.25, images=("0-0.png",), problems=("gone.png is missing",)),),
        highest=(shown(id="b", value=4.0),),
    )
    known = {
        "node": "select",
        "num_rows": 1234,
        "num_kept": 3,
        "reasons": (ReasonFigures(selector="top", keep=True, reason="top by x", count=3, example="a: top by x"),),
        "tasks": (TaskFigures(task="t", before=4, after=3), TaskFigures(task="u", before=0, after=0)),
        "columns": (column,),
        "left": {"threshold": 20, "top": 3},
        "diversity": {"Vendi score": (10.0, None)},
        "num_duplicates": 7,
        "duplicates": (shown(id="twin", keep=False, reason="exact_duplicates: like a"),),
    }
    return SelectionFigures(**{**known, **changed})


def stage(folder, found):
    partial = folder / "run" / "select.partial"
    (partial / "extremes").mkdir(parents=True)
    Image.new("RGB", (4, 4), "red").save(partial / "extremes" / "0-0.png")
    (partial / "selection.json").write_bytes(msgspec.json.encode(found))
    close_stage(partial, Manifest(node="select", kind="select", digest="d", config={}, seed=0))
    inputs = (folder / "run" / "select",)
    return StageContext(node="report", config=None, seed=0, inputs=inputs, folder=folder / "run" / "report.partial")


def page(view):
    return render_selection(view, title="What was chosen", facts="3 records", bad={"no answer": 2})


def test_the_page_has_all_figures(tmp_path):
    (view,) = collect_selections(stage(tmp_path, figures()))
    text = page(view)
    for told in (
        "3 of 1,234 rows kept: 20 after threshold, 3 after top.",
        "kept: top by x",
        "Vendi score",
        "7 rows left out as a duplicate of another row",
        "exact_duplicates: like a",
        "Without a value: 2 × too long.",
        "2 (0.5 to 3.5)",
        "both as shares of their number",
        "0.25 · a",
        "gone.png is missing",
        "no answer",
        "75.0",
        "data:image/png;base64,",
    ):
        assert told in text, told


def test_nothing_that_came_from_data_is_markup(tmp_path):
    evil = figures(
        node=EVIL,
        reasons=(ReasonFigures(selector=EVIL, keep=False, reason=EVIL, count=1, example=EVIL),),
        tasks=(TaskFigures(task=EVIL, before=1, after=1), TaskFigures(task="u", before=1, after=1)),
        columns=tuple(
            msgspec.structs.replace(
                one, name=EVIL, why={EVIL: 1}, lowest=(shown(id=EVIL, asked=EVIL, answered=EVIL, problems=(EVIL,)),)
            )
            for one in figures().columns
        ),
        diversity={EVIL: (1.0, 2.0)},
        left={EVIL: 1},
    )
    view = selection_view(evil, folder=tmp_path)
    text = render_selection(view, title=EVIL, facts=EVIL, bad={EVIL: 1})
    assert "<script>" not in text
    assert "<img src=x" not in text


def test_a_picture_that_is_gone_is_told(tmp_path):
    assert "image cannot be read" in page(selection_view(figures(), folder=tmp_path))
    outside = figures(duplicates=(shown(images=("../../secret.png",)),))
    assert "image lies outside the run" in page(selection_view(outside, folder=tmp_path))


@pytest.mark.parametrize(("content", "told"), [(None, "does not exist"), (b"{}", "cannot be read")])
def test_figures_that_cannot_be_read_are_an_error(tmp_path, content, told):
    context = stage(tmp_path, figures())
    path = tmp_path / "run" / "select" / "selection.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataError, match=told):
        list(collect_selections(context))


def test_numbers_in_words():
    assert figure_text(None) == "–"
    assert figure_text(12345.678) == "12,346"
    assert figure_text(0.5) == "0.5"
    assert spread_text(Spread(n=0, num_missing=3)) == "–"


def test_a_histogram_shows_shares_of_all_and_of_what_is_kept():
    drawn = str(histogram(figures().columns[0]))
    assert drawn.count('class="all"') == 2
    assert drawn.count('class="kept"') == 1
    assert 'aria-label="x: 2 (0.5 to 3.5) before, 2 (0.5 to 3.5) after"' in drawn
    empty = Spread(n=0, num_missing=2)
    assert histogram(msgspec.structs.replace(figures().columns[0], before=empty, after=empty)) == ""


def test_figures_survive_being_written(tmp_path):
    found = figures()
    again = msgspec.json.decode(json.dumps(msgspec.to_builtins(found)).encode(), type=SelectionFigures)
    assert again == found
