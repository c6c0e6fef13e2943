"""Conversations of other tools: told by content, read word for word, bad rows told with their place."""

import json
import os
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sayso.errors import ConfigError, DataError
from sayso.records import MediaPart, TextPart
from sayso.sources import BadRow, load_image, sources
from sayso.sources.conversations import conversations, detect, layouts

DATA = Path(os.environ.get("SAYSO_DATA", "no-such-folder"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set: real files are not there")
TURNS = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}]
TEXTS = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]
CHAT = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
MARKED = [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A cat."}]
TYPED = [
    {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]},
]
OBJECTS = {"ref": ["the cat"], "bbox": [[10, 5, 40, 20]]}
ROWS = {
    "llava": {"id": 1, "image": "cat.png", "conversations": TURNS},
    "sharegpt": {"conversations": TURNS, "images": ["cat.png"], "system": "Be brief."},
    "alpaca": {"instruction": "Add.", "input": "1 2", "output": "3"},
    "trl_messages": {"messages": TYPED, "images": ["cat.png"]},
    "trl_prompt_completion": {"prompt": "Hi", "completion": "Ho"},
    "ms_swift": {"messages": MARKED, "images": ["cat.png"]},
    "multi_instruct": {
        "unique_id": "7",
        "task_name": "t",
        "image_path": "cat.png",
        "prompt": "What?",
        "target": "A cat.",
    },
    "llama_factory": {"mine": {"file_name": "mine.json"}},
}


@pytest.fixture
def folder(tmp_path) -> Path:
    Image.new("RGB", (80, 40), (200, 30, 30)).save(tmp_path / "cat.png")
    return tmp_path


def save(folder: Path, *rows: object, name: str = "data.json") -> Path:
    text = json.dumps(list(rows)) if name.endswith(".json") else "\n".join(json.dumps(row) for row in rows)
    (folder / name).write_text(text)
    return folder / name


def items(path: Path, **options) -> list:
    return list(conversations(path=str(path), **options).items())


def said(item) -> list[tuple[str, str]]:
    assert not isinstance(item, BadRow), item
    shown = [(m.role, ["<image>" if isinstance(p, MediaPart) else p.text for p in m.parts]) for m in item.conversation]
    return [(role, "".join(parts)) for role, parts in shown]


@pytest.mark.parametrize("name", sorted(ROWS))
@pytest.mark.parametrize("ending", ["json", "jsonl", "txt"])
def test_a_format_is_told_by_what_is_in_the_file_and_not_by_its_name(folder, name, ending):
    if name == "llama_factory":
        save(folder, ROWS["alpaca"], name="mine.json")
        (folder / f"x.{ending}").write_text(json.dumps(ROWS[name]))
    else:
        save(folder, ROWS[name], name=f"x.{ending}")
    found = detect(folder / f"x.{ending}")
    assert found.format == name
    assert found.told().startswith(f"{folder / f'x.{ending}'} is {name}: ")


def test_every_layout_has_a_test_row():
    assert sorted(ROWS) == layouts.names()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ROWS["llava"], [("user", "<image>What?"), ("assistant", "A cat.")]),
        (ROWS["llava"] | {"image": ["cat.png"]}, [("user", "<image>What?"), ("assistant", "A cat.")]),
        (ROWS["sharegpt"], [("system", "Be brief."), ("user", "<image>What?"), ("assistant", "A cat.")]),
        (ROWS["alpaca"], [("user", "Add.\n1 2"), ("assistant", "3")]),
        (
            ROWS["alpaca"] | {"system": "S", "history": [["a", "b"]]},
            [("system", "S"), ("user", "a"), ("assistant", "b"), ("user", "Add.\n1 2"), ("assistant", "3")],
        ),
        (ROWS["trl_messages"], [("user", "<image>What?"), ("assistant", "A cat.")]),
        ({"messages": CHAT, "images": ["cat.png"]}, [("user", "<image>Hi"), ("assistant", "Ho")]),
        (ROWS["trl_prompt_completion"], [("user", "Hi"), ("assistant", "Ho")]),
        ({"prompt": CHAT[:1], "completion": CHAT[1:]}, [("user", "Hi"), ("assistant", "Ho")]),
        (ROWS["ms_swift"], [("user", "<image>What?"), ("assistant", "A cat.")]),
        (ROWS["multi_instruct"], [("user", "<image>What?"), ("assistant", "A cat.")]),
    ],
)
def test_a_row_of_every_format_is_read_word_for_word(folder, row, expected):
    (item,) = items(save(folder, row))
    assert said(item) == expected
    for message in item.conversation:
        role = {"user": "instr", "assistant": "response", "system": "system"}[message.role]
        assert {span.role for part in message.parts if isinstance(part, TextPart) for span in part.spans} <= {role}
    for medium in item.media:
        assert load_image(medium).size == (80, 40)


@pytest.mark.parametrize(
    ("objects", "box"),
    [
        (OBJECTS, "[0.125, 0.125, 0.500, 0.500]"),
        (OBJECTS | {"bbox_type": "norm1", "bbox": [[0.1, 0.2, 0.5, 1]]}, "[0.100, 0.200, 0.500, 1.000]"),
    ],
)
def test_boxes_and_words_of_ms_swift_fill_their_marks(folder, objects, box):
    messages = [
        {"role": "user", "content": "<image>Find <ref-object>."},
        {"role": "assistant", "content": "At <bbox>!"},
    ]
    (item,) = items(save(folder, {"messages": messages, "images": ["cat.png"], "objects": objects}))
    assert said(item) == [("user", "<image>Find the cat."), ("assistant", f"At {box}!")]


def test_the_register_of_llama_factory_maps_columns_and_words(folder):
    mine = {"turns": [{"who": "me", "says": "Hi"}, {"who": "bot", "says": "Ho"}], "rule": "S"}
    save(folder, mine, name="mine.json")
    save(folder, {"q": "Add.", "a": "3"}, name="sums.json")
    tags = {"role_tag": "who", "content_tag": "says", "user_tag": "me", "assistant_tag": "bot"}
    register = {
        "mine": {
            "file_name": "mine.json",
            "formatting": "sharegpt",
            "columns": {"messages": "turns", "system": "rule"},
            "tags": tags,
        },
        "sums": {"file_name": "sums.json", "columns": {"prompt": "q", "response": "a"}},
        "away": {"hf_hub_url": "somebody/something"},
    }
    (folder / "dataset_info.json").write_text(json.dumps(register))
    first, second = items(folder)
    assert said(first) == [("system", "S"), ("user", "Hi"), ("assistant", "Ho")]
    assert said(second) == [("user", "Add."), ("assistant", "3")]
    assert [said(one)[0] for one in items(folder, dataset="sums")] == [("user", "Add.")]
    with pytest.raises(DataError, match="no data set 'sum'; did you mean 'sums'"):
        items(folder, dataset="sum")
    with pytest.raises(DataError, match="not in a file here"):
        items(folder, dataset="away")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"image": "../cat.png", "conversations": TURNS}, "leaves its folder"),
        ({"image": "/etc/passwd", "conversations": TURNS}, "leaves its folder"),
        ({"image": "gone.png", "conversations": TURNS}, "does not exist"),
        ({"image": "https://example.org/cat.png", "conversations": TURNS}, "nothing is fetched"),
        ({"conversations": TURNS}, "more <image> marks|1 times <image>"),
        ({"image": ["cat.png", "cat.png"], "conversations": TURNS}, "1 times <image> in the text, but 2 pictures"),
        ({"image": "cat.png", "conversations": TURNS[:1]}, "no answer"),
        ({"image": "cat.png", "conversations": TURNS * 1 + TEXTS[:1]}, "the last turn"),
        ({"conversations": [*TEXTS[:1], {"from": "function_call", "value": "f()"}, *TEXTS[1:]]}, "calls of tools"),
        ({"conversations": [{"from": "robot", "value": "hi"}, *TEXTS]}, "a turn is from 'robot'; known: human"),
        ({"conversations": "hi"}, "give a list of"),
        ({"conversations": TEXTS, "video": "a.mp4"}, "only pictures can be read"),
        ({"conversations": [{"from": "human", "value": 7}, *TEXTS]}, "give text"),
        ("nonsense", "Expected `object`, got `str`"),
    ],
)
def test_a_row_that_cannot_be_used_says_where_and_why_and_the_next_is_read(folder, row, reason):
    (folder / "sub").mkdir()
    Image.new("RGB", (8, 4)).save(folder / "sub" / "cat.png")
    good = {"image": "cat.png", "conversations": TURNS}
    for name, place in [("x.json", "x.json: row 1"), ("x.jsonl", "x.jsonl:2")]:
        first, bad, last = items(save(folder / "sub", good, row, good, name=name))
        assert isinstance(bad, BadRow)
        assert bad.place.endswith(place)
        assert any(part in bad.reason for part in reason.split("|"))
        assert said(first) == said(last)


def test_a_file_that_is_no_format_lists_what_the_row_has_and_what_each_format_needs(folder):
    path = save(folder, {"foo": "a", "bar": [1]})
    with pytest.raises(DataError) as error:
        items(path)
    assert "`foo` (str), `bar` (list)" in str(error.value)
    for name in layouts.names():
        assert f"  {name}: " in str(error.value)


def test_what_fits_two_formats_is_an_error_until_one_is_named(folder):
    path = save(folder, {**ROWS["alpaca"], **ROWS["trl_prompt_completion"]})
    with pytest.raises(
        DataError, match=r"fits several formats: alpaca .*; trl_prompt_completion .*say which with format: alpaca"
    ):
        items(path)
    assert said(items(path, format="alpaca")[0])[-1] == ("assistant", "3")
    assert said(items(path, format="trl_prompt_completion")[0])[-1] == ("assistant", "Ho")
    with pytest.raises(ConfigError, match="did you mean 'alpaca'"):
        items(path, format="alpacca")


def test_a_folder_with_two_files_of_conversations_asks_for_one(folder):
    save(folder, ROWS["alpaca"], name="a.json")
    save(folder, ROWS["llava"], name="b.json")
    with pytest.raises(DataError, match="several files of conversations"):
        items(folder)


def test_a_decisive_row_among_plain_ones_decides(folder):
    plain = {"conversations": TEXTS}
    assert detect(save(folder, plain, plain, ROWS["llava"])).format == "llava"
    assert detect(save(folder, plain, plain)).format == "sharegpt"


def test_repeated_ids_of_published_files_stay_apart(folder):
    found = items(save(folder, ROWS["llava"], ROWS["llava"], ROWS["llava"]))
    assert [item.id for item in found] == ["1", "1~1", "1~2"]
    assert len({item.group for item in found}) == 1


def test_parquet_with_embedded_pictures_is_read(folder):
    data = (folder / "cat.png").read_bytes()
    rows = [{"messages": CHAT, "images": [{"bytes": data, "path": None}]}] * 2
    pq.write_table(pa.Table.from_pylist(rows), folder / "rows.bin")
    item, again = items(folder / "rows.bin")
    assert item.group == again.group
    assert said(item) == [("user", "<image>Hi"), ("assistant", "Ho")]
    assert item.media[0].data == data


def test_pictures_are_looked_up_below_the_root_that_is_named(folder):
    (folder / "rows").mkdir()
    path = save(folder / "rows", ROWS["llava"])
    assert isinstance(items(path)[0], BadRow)
    assert said(items(path, images=str(folder))[0])


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"[", b"[1,2]", b"{", b"{}", b"PAR1", b"hello", b"[[[[", b"\xef\xbb\xbf[]"]
)
def test_junk_is_a_data_error_and_never_a_crash(folder, content):
    (folder / "junk.json").write_bytes(content)
    with pytest.raises(DataError, match=r"junk\.json"):
        items(folder / "junk.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["from", "value", "role", "content", "type", "text", "ref", "bbox"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"llama_factory"}))
@given(key=st.integers(0, 6), value=json_values)
@settings(deadline=None, max_examples=40)
def test_any_value_in_any_key_is_an_item_or_a_bad_row(tmp_path_factory, name, key, value):
    row = ROWS[name] | {"objects": OBJECTS} if name == "ms_swift" else dict(ROWS[name])
    row[sorted(row)[key % len(row)]] = value
    path = save(tmp_path_factory.mktemp("any"), row)
    (found,) = items(path, format=name)
    assert isinstance(found, BadRow) or found.conversation[-1].role == "assistant"


def test_keys_that_are_not_read_are_counted(folder):
    source = sources.build("conversations", {"path": str(save(folder, ROWS["llava"] | {"model": "x"}, ROWS["llava"]))})
    assert len(list(source.items())) == 2
    assert source.not_carried == Counter({"model": 1})


@needs_data
@pytest.mark.parametrize(("name", "count"), [("alpaca_1500", 1500), ("self_instruct_1500", 1500)])
def test_real_alpaca_rows_are_all_read(name, count):
    found = items(DATA / "text_instructions" / f"{name}.jsonl")
    assert len(found) == count
    assert not [row for row in found if isinstance(row, BadRow)]


@needs_data
@pytest.mark.parametrize("name", ["train", "test"])
def test_real_rows_of_multi_instruct_are_read_where_their_pictures_are(tmp_path, name):
    path = DATA / "instruction_templates" / "multiinstruct" / f"{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        picture = tmp_path / row["image_path"]
        if picture.is_relative_to(tmp_path):
            picture.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8)).save(picture, format="PNG")
    found = items(path, images=str(tmp_path))
    absolute = [row["image_path"].startswith("/") for row in rows]
    assert [isinstance(item, BadRow) for item in found] == absolute
    for row, item in zip(rows, found, strict=True):
        if not isinstance(item, BadRow):
            assert said(item) == [("user", "<image>" + row["prompt"]), ("assistant", row["target"])]
            assert item.id.startswith(f"{row['task_name']}/{row['unique_id']}")
