"""Whatever stands in a row of a published format: an item or a reason, never an exception, and the neighbours stay."""

import copy
import json
from contextlib import nullcontext
from pathlib import Path

import pytest
import region_files as files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
numbers = st.floats(-100, 100) | st.sampled_from([0, -1, 10**30, 1e300])
values = plain | st.lists(numbers, min_size=4, max_size=4)
many = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LINES = {  # source: its rows, a good one first
    "vsr": [files.vsr_row()],
    "nlvr2": [files.nlvr2_row("train-1-0-0", directory=56)],
    "snli_ve": [files.snli_ve_row(1, "neutral")],
    "hateful_memes": [{"id": 1, "img": "img/01.png", "label": 0, "text": "look"}],
    "vaw": [files.vaw_row()],
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {name: tmp_path_factory.mktemp(name) for name in files.CASES}
    return {name: (folder, files.CASES[name](folder)) for name, folder in made.items()}


def read(name, options):
    found = list(sources.build(name, options).items())
    assert all(isinstance(row, AnnotatedItem | BadRow) for row in found)
    assert all(row.place and row.reason for row in found if isinstance(row, BadRow))
    return found


@many
@given(data=st.data())
@pytest.mark.parametrize("name", sorted(LINES))
def test_any_value_under_a_known_key_is_an_item_or_a_reason(folders, name, data):
    folder, options = folders[name]
    (good,) = LINES[name]
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(good)), values, min_size=1, max_size=3))
    whole = read(name, {**options, "annotations": files.lines(folder / "any.jsonl", [good])})
    found = read(name, {**options, "annotations": files.lines(folder / "any.jsonl", [good, {**good, **changes}])})
    assert len(found) in (1, 2)  # objects of one picture are one item
    assert any(row.id == whole[0].id for row in found if isinstance(row, AnnotatedItem))


@many
@given(st.dictionaries(st.sampled_from(sorted(files.medic_row(""))), st.text(max_size=12), max_size=3))
def test_any_cells_of_a_table_are_an_item_or_a_reason(folders, changes):
    folder, options = folders["medic"]
    rows = [files.medic_row("data/a.jpg"), files.medic_row("data/a.jpg", **changes)]
    assert len(read("medic", {**options, "annotations": files.table(folder / "any.tsv", rows, delimiter="\t")})) == 2


@many
@given(st.dictionaries(st.sampled_from(sorted(files.mocheg_row(""))), st.text(max_size=12), max_size=3))
def test_any_cells_of_a_claim_are_an_item_or_a_reason(folders, changes):
    folder, options = folders["mocheg"]
    rows = [files.mocheg_row("7"), {**files.mocheg_row("7"), **changes}]
    found = read("mocheg", {**options, "annotations": files.table(folder / "any.csv", rows)})
    assert [row.id for row in found if isinstance(row, AnnotatedItem)][:1] == ["mocheg-7"]


@many
@given(st.dictionaries(st.sampled_from(sorted(files.text_row())), values, max_size=3))
def test_any_text_of_coco_text_is_used_or_a_reason(folders, changes):
    folder, options = folders["coco_text"]
    file = files.coco_text_file(files.text_row(), {**files.text_row(), **changes})
    found = read("coco_text", {**options, "annotations": files.write(folder / "any.json", file)})
    (item,) = [row for row in found if isinstance(row, AnnotatedItem)]
    assert len(item.objects) + len(found) - 1 == 2


@many
@given(st.dictionaries(st.sampled_from(["ann_id", "sentences", "split", "ref_id"]), values, max_size=3))
def test_any_reference_is_used_or_a_reason(folders, changes):
    folder, options = folders["refcoco"]
    rows = [files.ref(11, "left cat"), {**files.ref(12, "right cat"), **changes}]
    found = read("refcoco", {**options, "refs": files.write(folder / "any.json", rows)})
    assert "left cat" in {phrase.text for row in found if isinstance(row, AnnotatedItem) for phrase in row.phrases}


@many
@given(data=st.data())
def test_any_row_of_visual_genome_is_used_or_a_reason(tmp_path_factory, folders, data):
    _, options = folders["visual_genome"]
    written = copy.deepcopy(files.vg_files())
    name = data.draw(st.sampled_from(sorted(written)))
    entry = written[name][0]
    lists = [value for value in entry.values() if isinstance(value, list)]
    target = data.draw(st.sampled_from([entry, *(row for rows in lists for row in rows)]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(values)
    folder = Path(options["folder"]).parent / "any"
    for file, entries in written.items():
        files.write(folder / file, entries)
    assert read("visual_genome", {**options, "folder": str(folder)})


@many
@given(data=st.data())
def test_any_article_is_used_or_a_reason(folders, data):
    folder, _ = folders["wikihow"]
    written = copy.deepcopy(files.article("1.png", "1.png"))
    method = written["methods"][0]
    target = data.draw(st.sampled_from([written, method, method["steps"][0]]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(values)
    files.write(folder / "any" / "draw-a-cat" / "wikihow.json", written)
    assert read("wikihow", {"folder": str(folder / "any")})


@many
@given(
    text=st.text(max_size=40) | st.sampled_from(["<annotation>", "<a><b/>", "&x;", "<annotation><object/>"]),
    raw=st.binary(max_size=30),
)
def test_any_annotation_file_is_an_item_or_a_reason(folders, text, raw):
    folder, _ = folders["voc"]
    box = files.voc_object(text.replace("<", "&lt;").replace("&", "&amp;"), (text[:2], 1, 20, 20))
    (folder / "any" / "Annotations").mkdir(parents=True, exist_ok=True)
    for name, content in {
        "a": files.voc_xml(box).encode(errors="replace"),
        "b": text.encode(errors="replace"),
        "c": raw,
    }.items():
        (folder / "any" / "Annotations" / f"{name}.xml").write_bytes(content)
    found = read("voc", {"folder": str(folder / "any"), "images": str(folder / "JPEGImages")})
    assert (
        sum(".xml" in row.place for row in found if isinstance(row, BadRow))
        + sum(isinstance(r, AnnotatedItem) for r in found)
        >= 3
    )


@given(value=plain, name=st.sampled_from(["objects.json", "image_data.json", "relationships.json"]))
@many
def test_a_file_that_is_no_array_is_refused_whole_or_told_by_entry(folders, value, name):
    folder, options = folders["visual_genome"]
    for file, entries in files.vg_files().items():
        files.write(folder / "odd" / file, value if file == name else entries)
    (folder / "odd" / name).write_text(json.dumps(value))
    refused = nullcontext() if isinstance(value, list) else pytest.raises(DataError, match=name)
    with refused:
        read("visual_genome", {**options, "folder": str(folder / "odd")})
