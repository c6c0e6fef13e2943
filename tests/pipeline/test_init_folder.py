"""A new user's folder: what is found, said and left out, and a recipe that check accepts and a run builds from."""

import csv
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from sayso.config import load_recipe
from sayso.errors import DataError
from sayso.pipeline import check_recipe, init_folder, run_stages
from sayso.pipeline.initialising._listing import list_folder
from sayso.pipeline.initialising.kinds.tables import guess_columns

DATA = Path(os.environ.get("SAYSO_DATA", "no-such-folder"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set: real files are not there")
COLORS = ("red", "blue", "green", "yellow")
VOC = """<annotation><size><width>64</width><height>48</height><depth>3</depth></size>
<object><name>cat</name><bndbox><xmin>4</xmin><ymin>4</ymin><xmax>30</xmax><ymax>30</ymax></bndbox></object>
<object><name>dog</name><bndbox><xmin>34</xmin><ymin>8</ymin><xmax>60</xmax><ymax>40</ymax></bndbox></object></annotation>"""


def draw(folder: Path, count: int = 12, *, ending: str = "png") -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"p{number:03d}.{ending}" for number in range(count)]
    for number, name in enumerate(names):
        Image.new("RGB", (64, 48), COLORS[number % 4]).save(folder / name)
    return names


def llava_rows(names: list[str]) -> list[dict]:
    return [
        {
            "id": number,
            "image": name,
            "conversations": [
                {"from": "human", "value": f"<image>\nWhat color is picture {number}?"},
                {"from": "gpt", "value": COLORS[number % 4]},
            ],
        }
        for number, name in enumerate(names)
    ]


def make_llava(folder: Path) -> None:
    (folder / "data.json").write_text(json.dumps(llava_rows(draw(folder / "pictures"))))


def make_questions(folder: Path) -> None:
    names = draw(folder / "img")
    for split, rows in (("train", names[:8]), ("test", names[8:])):
        asked = [
            {"imgid": 1, "img_name": name, "query": "What color?", "answers": [COLORS[int(name[1:4]) % 4]]}
            for name in rows
        ]
        (folder / f"{split}set.json").write_text(json.dumps(asked))


def make_csv(folder: Path) -> None:
    with (folder / "list.tsv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["filepath", "caption"])
        writer.writerows(
            [f"jpg/{name}", f"All {COLORS[number % 4]}."] for number, name in enumerate(draw(folder / "jpg"))
        )


def make_voc(folder: Path) -> None:
    names = draw(folder / "JPEGImages", ending="jpg")
    (folder / "Annotations").mkdir()
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    for name in names:
        (folder / "Annotations" / f"{name[:-4]}.xml").write_text(VOC)
    (folder / "ImageSets" / "Main" / "train.txt").write_text("\n".join(name[:-4] for name in names[:8]))
    (folder / "ImageSets" / "Main" / "val.txt").write_text("\n".join(name[:-4] for name in names[8:]))


def make_coco(folder: Path) -> None:
    (folder / "annotations").mkdir()
    for split in ("train2017", "val2017"):
        names = draw(folder / split, 6)
        images = [{"id": n, "file_name": name, "width": 64, "height": 48} for n, name in enumerate(names)]
        boxes = [
            {"id": 2 * n + k, "image_id": n, "category_id": k, "bbox": [4 + 30 * k, 6, 20, 20]}
            for n in range(6)
            for k in (0, 1)
        ]
        said = [{"id": n, "image_id": n, "caption": f"A {COLORS[n % 4]} thing {n}."} for n in range(6)]
        kinds = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
        for kind, rows in (("instances", boxes), ("captions", said)):
            content = {"images": images, "annotations": rows, "categories": kinds}
            (folder / "annotations" / f"{kind}_{split}.json").write_text(json.dumps(content))


def make_natural(folder: Path) -> None:
    instances = [{"id": f"t-{n}", "input": f"Add {n} and 1.", "output": [str(n + 1)]} for n in range(12)]
    content = {
        "Definition": ["Add the numbers."],
        "Categories": ["Math"],
        "Positive Examples": [],
        "Instances": instances,
    }
    (folder / "task001_add.json").write_text(json.dumps(content))


def make_saved(folder: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra hub")
    names = draw(folder.parent / "elsewhere")
    rows = {
        "img": [str(folder.parent / "elsewhere" / name) for name in names],
        "text": [f"All {COLORS[n % 4]}." for n in range(12)],
    }
    table = datasets.Dataset.from_dict(rows).cast_column("img", datasets.Image())
    table = table.map(lambda row: row)  # as people do
    datasets.DatasetDict({"train": table.select(range(8)), "test": table.select(range(8, 12))}).save_to_disk(
        str(folder / "saved")
    )


def make_jsonl(folder: Path) -> None:
    names = draw(folder)
    rows = [{"images": [name], "captions": [f"All {COLORS[n % 4]}."]} for n, name in enumerate(names)]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))


def make_alpaca(folder: Path) -> None:
    rows = [{"instruction": f"Add {n} and 1.", "input": "", "output": str(n + 1)} for n in range(12)]
    (folder / "mine.json").write_text(json.dumps(rows))


def make_factory(folder: Path) -> None:
    (folder / "data").mkdir()
    make_alpaca(folder / "data")
    (folder / "data" / "dataset_info.json").write_text(
        json.dumps({"mine": {"file_name": "mine.json"}, "x": {"hf_hub_url": "a/b"}})
    )
    recipe = "model_name_or_path: Qwen/Qwen2-VL-2B-Instruct\nstage: sft\nfinetuning_type: lora\nlora_rank: 8\n"
    recipe += "dataset: mine,x\ntemplate: qwen2_vl\ncutoff_len: 2048\nlearning_rate: 1.0e-4\nnum_train_epochs: 3.0\nseed: 42\nmax_samples: 9\noddity: 7\n"
    (folder / "sft.yaml").write_text(recipe)


def make_swift(folder: Path) -> None:
    names = draw(folder / "images")
    rows = [
        {"messages": [{"role": "user", "content": "<image>Color?"}, {"role": "assistant", "content": COLORS[n % 4]}], "images": [f"images/{name}"]}
        for n, name in enumerate(names)
    ]  # fmt: skip
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "run.sh").write_text(
        "CUDA_VISIBLE_DEVICES=0 \\\nswift sft \\\n  --model Qwen/Qwen2-VL-2B-Instruct \\\n  --dataset rows.jsonl#500 \\\n"
        "  --train_type lora --lora_rank 8 --learning_rate 1e-4 --max_length 1024 --output_dir out\n"
    )


def make_classes(folder: Path) -> None:
    rows = [f"images/{name},{COLORS[number % 4]}" for number, name in enumerate(draw(folder / "images"))]
    (folder / "labels.csv").write_text("\n".join(["filename,class", *rows]))


def make_relations(folder: Path) -> None:
    names = draw(folder / "train2017", 6, ending="jpg") + [f"v{one}" for one in draw(folder / "spare", 6, ending="jpg")]
    (folder / "val2017").mkdir()
    for name in names[6:]:
        (folder / "spare" / name[1:]).rename(folder / "val2017" / name)
    rows = [
        {"image": name, "image_link": f"http://x/{'val2017' if name[0] == 'v' else 'train2017'}/{name}", "caption": f"The cat is on the mat {n}.", "label": n % 2, "relation": "on"}
        for n, name in enumerate(names)
    ]  # fmt: skip
    (folder / "all_vsr.jsonl").write_text("\n".join(map(json.dumps, rows)))
    told = [
        {"images": [row["image_link"].removeprefix("http://x/")], "captions": [f"Cat {n}."]}
        for n, row in enumerate(rows)
    ]
    (folder / "told.jsonl").write_text("\n".join(map(json.dumps, told)))


def make_presence(folder: Path) -> None:
    names = [f"{n + 1:012}.jpg" for n in range(12)]
    for old, new in zip(draw(folder / "photos", ending="jpg"), names, strict=True):
        (folder / "photos" / old).rename(folder / "photos" / new)
    rows = [
        {"question_id": n, "image": f"COCO_val2014_{name}", "text": "Is there a cat?", "label": ("no", "yes")[n % 2]}
        for n, name in enumerate(names)
    ]
    (folder / "pope.jsonl").write_text("\n".join(map(json.dumps, rows)))


KINDS = {
    "classes": (make_classes, "'class' as label", "visual_question_answering"),
    "relations": (make_relations, "is a file of VSR", "visual_spatial_relationship"),
    "presence": (make_presence, "is a file of POPE", "open_domain_vqa"),
    "llava": (make_llava, "is llava", "conversation"),
    "questions": (make_questions, "'img_name' as image", "open_domain_vqa"),
    "csv": (make_csv, "'filepath' as image", "image_captioning"),
    "voc": (make_voc, "Pascal VOC: 12 annotations, splits train, val", "object_grounding"),
    "coco": (make_coco, "is a COCO instances file, captions_train2017.json its captions", "image_captioning"),
    "natural": (make_natural, "1 task files of Natural Instructions", ""),
    "saved": (make_saved, "that `datasets` saved, splits train, test", "image_captioning"),
    "jsonl": (make_jsonl, "sayso's own format", "image_captioning"),
    "alpaca": (make_alpaca, "is alpaca", "conversation"),
    "factory": (make_factory, "is a recipe of LLaMA-Factory", "conversation"),
    "swift": (make_swift, "is a recipe of ms-swift", "conversation"),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_folder_becomes_a_recipe_that_check_accepts_and_a_build_runs(tmp_path, kind):
    make, told, task = KINDS[kind]
    folder = tmp_path / "mine"
    folder.mkdir()
    make(folder)
    before = sorted(folder.rglob("*"))
    result = init_folder(folder, out=tmp_path / "recipe.yaml")
    assert told in "\n".join(result.lines())
    assert task in result.tasks or not task
    assert sorted(folder.rglob("*")) == before, "nothing of the folder is changed"
    recipe = load_recipe(tmp_path / "recipe.yaml")
    assert [node.kind for node in recipe.nodes] == ["build", "train", "evaluate", "report"]
    check_recipe(recipe).raise_if_bad()
    (build,) = list(run_stages(recipe, out=tmp_path / "run", only=("build",)))
    assert build.manifest.counts["num_train"] >= 4
    assert build.manifest.counts["num_test"] >= 1
    assert json.loads(json.dumps(result.as_json()))["tasks"] == list(result.tasks)


def test_splits_that_are_found_are_kept(tmp_path):
    for kind in ("questions", "voc", "coco"):
        folder = tmp_path / kind
        folder.mkdir()
        KINDS[kind][0](folder)
        recipe = init_folder(folder, out=tmp_path / f"{kind}.yaml").recipe
        assert recipe.count("use: train") == recipe.count("use: test") == 1
        assert "use: split," not in recipe


def test_splits_that_leave_nothing_to_train_on_are_divided_again(tmp_path):
    names = draw(tmp_path / "img")
    for split, label in (("train", None), ("test", "All red.")):
        rows = [{"image": name, "caption": label, "question": "What?", "answer": ""} for name in names]
        (tmp_path / f"{split}.json").write_text(
            json.dumps(rows if label is None else [{**r, "question": None} for r in rows])
        )
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert "image_captioning" in result.tasks
    assert result.recipe.count("use: split,") == 1
    check_recipe(load_recipe(tmp_path / "out.yaml")).raise_if_bad()


def test_every_key_of_a_recipe_of_llama_factory_is_mapped_or_told_why_not(tmp_path):
    make_factory(tmp_path)
    (finding, *_) = init_folder(tmp_path, out=tmp_path / "out.yaml").findings
    keys = {line.partition(":")[0] for line in (tmp_path / "sft.yaml").read_text().splitlines()}
    assert keys <= finding.mapped.keys() | finding.not_carried.keys()
    assert finding.mapped["cutoff_len"] == "train.max_tokens"
    assert "chat templates" in finding.not_carried["template"]
    assert finding.not_carried["oddity"] == "nothing here answers to it"
    assert "`hf_hub_url` 'a/b'" in finding.not_carried["dataset x"]
    text = (tmp_path / "out.yaml").read_text()
    assert "  # model: {name: auto, path: Qwen/Qwen2-VL-2B-Instruct}\n" in text
    assert "  # learning_rate: 0.0001\n" in text
    assert "  # num_train_epochs: 3\n" in text
    assert "  # seed: 42 # at the top\n" in text
    assert "  # max_examples_per_task: 9 # under build\n" in text


def test_the_command_of_ms_swift_is_read_from_its_script(tmp_path):
    make_swift(tmp_path)
    (finding, *_) = init_folder(tmp_path, out=tmp_path / "out.yaml").findings
    assert {"model", "dataset", "learning_rate", "max_length"} <= finding.mapped.keys()
    assert {"train_type", "lora_rank", "output_dir"} <= finding.not_carried.keys()


def test_values_of_other_recipes_keep_their_type_and_rows_their_limit(tmp_path):
    make_swift(tmp_path)
    script = (tmp_path / "run.sh").read_text().replace("#500", "#9")
    (tmp_path / "run.sh").write_text(f"{script.rstrip()} --split_dataset_ratio 0.01 --bf16 true --warmup_ratio 0.05\n")
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert "  # bf16: true\n" in result.recipe
    assert "  # test_fraction: 0.01 # of each" in result.recipe
    assert "max_items: 9" in result.recipe
    assert result.num_items == 9
    assert "warmup_steps" in result.findings[0].not_carried["warmup_ratio"]


def test_the_nan_of_published_task_files_is_read(tmp_path):
    make_natural(tmp_path)
    file = tmp_path / "task001_add.json"
    file.write_text(file.read_text().replace('"Definition"', '"Reviewers": [NaN], "Definition"'))
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert result.notes == ()
    assert result.num_items == 12


def test_objects_one_after_the_other_are_looked_into(tmp_path):
    rows = [{"instruction": f"Add {n} and 1.", "input": "", "output": str(n + 1)} for n in range(12)]
    (tmp_path / "rows.json").write_text("\n".join(json.dumps(row, indent=1) for row in rows))
    assert init_folder(tmp_path, out=tmp_path / "out.yaml").num_items == 12
    check_recipe(load_recipe(tmp_path / "out.yaml")).raise_if_bad()


def test_sources_whose_items_are_called_alike_are_not_both_in_the_recipe(tmp_path):
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
        make_jsonl(tmp_path / part)
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert result.recipe.count("name: jsonl") == 1
    assert any("12 of its items are called as items of another source ('rows-1')" in note for note in result.notes)
    check_recipe(load_recipe(tmp_path / "out.yaml")).raise_if_bad()


def test_what_is_not_carried_over_is_told_once_a_reason(tmp_path):
    names = draw(tmp_path)
    rows = [{"image": name, "caption": "Some colour.", "a1": 1, "a2": 2} for name in names]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    lines = list(init_folder(tmp_path, out=tmp_path / "out.yaml").lines())
    assert [line for line in lines if "not carried" in line] == [
        "  not carried over: rows.json: a1, rows.json: a2 (no column of ours)"
    ]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: None, "has 0 files.*name the folder that holds your data"),
        (lambda folder: [draw(folder / kind) for kind in ("cat", "dog")], r"folders \(cat, dog\) are classes.*`label`"),
        (lambda folder: draw(folder), "a CSV file with a column `image`"),
    ],
)
def test_a_folder_that_tells_nothing_says_what_to_do(tmp_path, make, told):
    (tmp_path / "in").mkdir()
    make(tmp_path / "in")
    with pytest.raises(DataError, match=told):
        init_folder(tmp_path / "in", out=tmp_path / "out.yaml")


def test_where_only_held_out_tasks_fit_that_is_said(tmp_path):
    names = draw(tmp_path)
    rows = [{"image": name, "statement": f"It is number {n}.", "label": n % 2 == 0} for n, name in enumerate(names)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    with pytest.raises(DataError, match="natural_language_visual_reasoning fit, and are held out"):
        init_folder(tmp_path, out=tmp_path / "out.yaml")


def test_a_file_that_is_no_data_is_told_as_a_file(tmp_path):
    (tmp_path / "notes.md").write_text("# Notes")
    with pytest.raises(DataError, match=r"notes\.md is no file of data"):
        init_folder(tmp_path / "notes.md", out=tmp_path / "out.yaml")


def test_bad_rows_are_counted_into_the_recipe_with_their_reasons(tmp_path):
    make_llava(tmp_path)
    rows = [*json.loads((tmp_path / "data.json").read_text()), {"image": "gone.png", "conversations": []}, "junk"]
    (tmp_path / "data.json").write_text(json.dumps(rows))
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert sum(result.bad_rows.values()) == 2
    assert "max_bad_rows: 2" in result.recipe
    check_recipe(load_recipe(tmp_path / "out.yaml")).raise_if_bad()


def test_two_files_that_number_their_rows_alike_are_read_together(tmp_path):
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        make_alpaca(tmp_path / split)
    recipe = init_folder(tmp_path, out=tmp_path / "out.yaml").recipe
    assert recipe.count("name: conversations") == 2
    check_recipe(load_recipe(tmp_path / "out.yaml")).raise_if_bad()


def test_pictures_of_voc_may_lie_in_a_folder_of_another_name(tmp_path):
    make_voc(tmp_path)
    (tmp_path / "JPEGImages").rename(tmp_path / "images")
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert f"images: {tmp_path / 'images'}" in result.recipe
    check_recipe(load_recipe(tmp_path / "out.yaml")).raise_if_bad()


def test_annotations_of_voc_in_a_folder_of_another_name_are_told(tmp_path):
    make_voc(tmp_path)
    (tmp_path / "Annotations").rename(tmp_path / "annotations")
    with pytest.raises(DataError, match=r"12 annotations of Pascal VOC(?s:.*)rename annotations"):
        init_folder(tmp_path, out=tmp_path / "out.yaml")


def test_pictures_that_both_splits_show_are_told(tmp_path):
    make_questions(tmp_path)
    (tmp_path / "testset.json").write_text((tmp_path / "trainset.json").read_text())
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert any(
        "8 groups (pictures) are in the files for training and in those for testing" in note for note in result.notes
    )


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        (
            {"image_name": "a.jpg", "question": "q", "answer": "b"},
            {"image": "image_name", "question": "question", "answer": "answer"},
        ),
        ({"IMG": "a.PNG", "Query": "q", "A": 3}, {"image": "IMG", "question": "Query", "answer": "A"}),
        (
            {"image": "a.jpg", "caption": "c", "label": "1"},
            {"image": "image", "statement": "caption", "label": "label"},
        ),
        (
            {"image": "a.jpg", "text": "Is it?", "label": "yes"},
            {"image": "image", "question": "text", "answer": "label"},
        ),
        ({"image": "a.jpg", "caption": "c", "label": "sport"}, {"image": "image"}),
        ({"image": "a.jpg", "label": "sport"}, {"image": "image", "label": "label"}),
        ({"image": "a.jpg", "class": 3}, {"image": "image", "label": "class"}),
        ({"image": "a.jpg", "caption": "c", "category": "d"}, {"image": "image", "caption": "caption"}),
        ({"image": "a.jpg", "text": "HOTEL"}, {"image": "image"}),
        ({"image": "a.jpg", "text": "A hotel."}, {"image": "image", "caption": "text"}),
        ({"image": "no picture", "caption": "c"}, {"caption": "caption"}),
        ({"image": "a.jpg", "question": "q"}, {"image": "image"}),
    ],
)
def test_columns_are_known_by_name_and_borne_out_by_values(row, columns):
    assert guess_columns([row]) == columns


def test_pictures_alone_say_that_nothing_tells_what_is_in_them(tmp_path):
    draw(tmp_path / "in")
    with pytest.raises(
        DataError, match="12 of them pictures, and nothing to train on: nothing says what is in the pictures"
    ):
        init_folder(tmp_path / "in", out=tmp_path / "out.yaml")
    assert not (tmp_path / "out.yaml").exists()


def test_hostile_folders_end_in_words(tmp_path):
    hostile = tmp_path / "in"
    hostile.mkdir()
    with pytest.raises(DataError, match="has 0 files"):
        init_folder(hostile, out=tmp_path / "out.yaml")
    (hostile / "loop").symlink_to(hostile)
    (hostile / "round").symlink_to(hostile / "round")
    (hostile / "etc").symlink_to("/etc/passwd")
    (hostile / "junk.json").write_bytes(os.urandom(5000))
    (hostile / "deep.json").write_text("[" * 100_000)
    (hostile / "bomb.yaml").write_text("a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n" * 3)
    (hostile / "half.parquet").write_bytes(b"PAR1" + os.urandom(100))
    (hostile / "nul.csv").write_bytes(b"image,caption\na.jpg,\x00\n")
    (hostile / "wide.csv").write_text("image,caption\n" + "x" * 300_000 + "\n")
    (hostile / "state.json").write_text("{}")
    os.mkfifo(hostile / "pipe.json")
    shut = hostile / "shut"
    shut.mkdir(mode=0)
    try:
        with pytest.raises(DataError, match="nothing to train on") as error:
            init_folder(hostile, out=tmp_path / "out.yaml")
    finally:
        shut.chmod(0o700)
    assert "links and special files were not followed" in str(error.value)


def test_junk_beside_good_data_is_a_note(tmp_path):
    make_llava(tmp_path)
    (tmp_path / "junk.json").write_bytes(b"\xff\xfe" + os.urandom(200))
    result = init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert result.tasks == ("conversation",)
    assert any("junk.json" in note for note in result.notes)


def test_a_folder_of_many_files_is_looked_at_within_bounds(tmp_path):
    for part in range(5):
        (tmp_path / str(part)).mkdir()
        for number in range(100):
            (tmp_path / str(part) / f"{number}.json").touch()
    (tmp_path / "deep" / Path(*"abcdefghijkl")).mkdir(parents=True)
    (tmp_path / "deep" / Path(*"abcdefghijkl") / "x.json").touch()
    listing = list_folder(tmp_path, max_files=120)
    assert len(listing.files) == 120
    assert "only the first 120 files were looked at" in listing.notes[0]
    assert len(list_folder(tmp_path).files) == 500
    with pytest.raises(DataError, match="has 500 files"):
        init_folder(tmp_path, out=tmp_path / "out.yaml")


def test_a_recipe_that_is_there_is_not_written_over(tmp_path):
    make_alpaca(tmp_path)
    (tmp_path / "out.yaml").write_text("mine")
    with pytest.raises(DataError, match=r"out\.yaml exists; choose another --out"):
        init_folder(tmp_path, out=tmp_path / "out.yaml")
    assert (tmp_path / "out.yaml").read_text() == "mine"


@needs_data
@pytest.mark.parametrize(
    ("name", "task"),
    [("coco_photos", "image_captioning"), ("bccd_blood_cells", "object_detection"), ("vqa_rad", "open_domain_vqa")],
)
def test_real_folders_are_known_untouched(tmp_path, name, task):
    result = init_folder(DATA / name, out=tmp_path / "recipe.yaml")
    assert task in result.tasks
    check_recipe(load_recipe(tmp_path / "recipe.yaml")).raise_if_bad()
