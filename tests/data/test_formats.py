import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sayso.data.formats import formats
from sayso.errors import DataError
from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart
from sayso.sources import BadRow, load_image

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: "<image>" not in text)


def text(value: str, role: str) -> TextPart:
    return TextPart(text=value, spans=(Span(start=0, end=len(value), role=role),))


def sample(*, media=(), question="What is it?", answer="A cat.", number=0) -> Sample:
    pictures = tuple(MediaPart(index=index) for index in range(len(media)))
    return Sample(
        id=f"s{number}",
        example=f"e{number}",
        task="vqa",
        template="vqa/0",
        messages=(
            Message(role="user", parts=(*pictures, text(question, "instr"))),
            Message(role="assistant", parts=(text(answer, "response"),)),
        ),
        media=tuple(media),
        options=("A cat.", "A dog."),
        references=(answer,),
    )


@pytest.fixture
def picture(tmp_path) -> Media:
    Image.new("RGB", (6, 4), (200, 30, 30)).save(tmp_path / "cat.png")
    return Media(path=str(tmp_path / "cat.png"), width=6, height=4)


@pytest.fixture
def embedded(picture) -> Media:
    with open(picture.path, "rb") as file:
        return Media(data=file.read(), width=6, height=4)


def rows(path) -> list:
    return json.loads((path / "conversations.json").read_text(encoding="utf-8"))


def test_one_picture_is_a_string_several_a_list_and_none_is_left_out(tmp_path, picture, embedded):
    llava = formats.build("llava", {})
    samples = [sample(number=0), sample(number=1, media=[picture]), sample(number=2, media=[picture, embedded])]
    assert llava.write(samples, out=tmp_path / "out") == 3
    none, one, two = rows(tmp_path / "out")
    assert "image" not in none
    assert isinstance(one["image"], str)
    assert len(two["image"]) == 2
    assert one["conversations"][0] == {"from": "human", "value": "<image>\nWhat is it?"}
    assert two["conversations"][0]["value"] == "<image>\n<image>\nWhat is it?"


def test_what_is_exported_is_read_back_and_exported_alike(tmp_path, picture, embedded):
    llava = formats.build("llava", {})
    samples = [sample(number=n, media=media) for n, media in enumerate([[], [picture], [embedded, picture]])]
    llava.write(samples, out=tmp_path / "a")
    back = list(llava.read(tmp_path / "a"))
    assert [one.messages for one in back] == [one.messages for one in samples]
    assert [(one.id, one.task, one.options, one.references) for one in back] == [
        (one.id, one.task, one.options, one.references) for one in samples
    ]
    for one in back:
        for medium in one.media:
            assert load_image(medium).getpixel((0, 0)) == (200, 30, 30)
    llava.write(back, out=tmp_path / "b")
    assert [row["conversations"] for row in rows(tmp_path / "b")] == [
        row["conversations"] for row in rows(tmp_path / "a")
    ]


@given(question=words, answer=words)
@settings(deadline=None, max_examples=60)
def test_no_character_is_lost_on_the_way(tmp_path_factory, question, answer):
    out = tmp_path_factory.mktemp("out") / "llava"
    first = sample(question=question, answer=answer)
    llava = formats.build("llava", {})
    llava.write([first], out=out)
    assert list(llava.read(out)) == [first]


def test_foreign_conversations_with_several_turns_come_through(tmp_path, picture):
    turns = [
        {"from": "human", "value": "What is this?\n<image>"},
        {"from": "gpt", "value": "A cat."},
        {"from": "human", "value": "Sure?"},
        {"from": "gpt", "value": "Yes."},
    ]
    row = {"id": 17, "image": "cat.png", "conversations": turns, "model": "unknown keys are theirs"}
    (tmp_path / "theirs.json").write_text(json.dumps([row]))
    (found,) = formats.build("llava", {}).read(tmp_path / "theirs.json")
    assert found.id == "17"
    assert found.messages[0].parts == (text("What is this?\n", "instr"), MediaPart(index=0))
    assert [message.role for message in found.messages] == ["user", "assistant"] * 2
    formats.build("llava", {}).write([found], out=tmp_path / "out")
    assert rows(tmp_path / "out")[0]["conversations"] == turns


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"image": "../cat.png", "conversations": []}, "leaves its folder"),
        ({"image": "gone.png", "conversations": []}, "does not exist"),
        ({"conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "x"}]}, "1 times <image>"),
        ({"conversations": [{"from": "human", "value": "hi"}]}, "no answer"),
        ({"conversations": [{"from": "robot", "value": "hi"}, {"from": "gpt", "value": "x"}]}, "'robot'"),
        ({"conversations": "hi"}, "array"),
    ],
)
def test_a_row_that_cannot_be_used_says_where_and_why(tmp_path, row, reason):
    (tmp_path / "sub").mkdir()
    good = {"id": "ok", "conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]}
    (tmp_path / "sub" / "theirs.json").write_text(json.dumps([row, good]))
    bad, fine = formats.build("llava", {}).read(tmp_path / "sub" / "theirs.json")
    assert isinstance(bad, BadRow)
    assert bad.place.endswith("theirs.json, row 0")
    assert reason in bad.reason
    assert fine.id == "ok"


def test_a_text_that_would_be_read_as_a_picture_is_refused(tmp_path):
    with pytest.raises(DataError, match="contains '<image>'"):
        formats.build("llava", {}).write([sample(question="what does <image> mean?")], out=tmp_path / "out")
    assert not (tmp_path / "out" / "conversations.json").exists()


def test_a_folder_with_something_in_it_is_not_written_over(tmp_path, picture):
    with pytest.raises(DataError, match="not an empty folder"):
        formats.build("llava", {}).write([sample()], out=tmp_path)


def test_a_file_that_is_no_list_is_a_data_error(tmp_path):
    (tmp_path / "theirs.json").write_text('{"a": 1}')
    with pytest.raises(DataError, match="not a JSON list"):
        list(formats.build("llava", {}).read(tmp_path / "theirs.json"))


def test_datasets_opens_what_hf_wrote(tmp_path, picture, embedded):
    datasets = pytest.importorskip("datasets", reason="needs the extra hub")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    samples = [sample(number=n, media=media) for n, media in enumerate([[], [picture], [embedded, picture]])]
    assert formats.build("hf", {}).write(samples, out=tmp_path / "out") == 3
    table = datasets.load_from_disk(str(tmp_path / "out"))
    assert table["id"] == ["s0", "s1", "s2"]
    assert [len(row["images"]) for row in table] == [0, 1, 2]
    assert table[2]["images"][1].size == (6, 4)
    assert table[1]["messages"][0]["content"] == [
        {"type": "image", "text": None},
        {"type": "text", "text": "What is it?"},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png", "out"]
