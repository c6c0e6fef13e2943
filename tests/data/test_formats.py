import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from toy_samples import spoken, text, toy_sample

from sayso import tasks
from sayso.config import PromptConfig
from sayso.data.formats import formats
from sayso.errors import DataError
from sayso.instructions.render import render_sample
from sayso.records import Media, MediaPart, Message, Sample
from sayso.sources import BadRow
from sayso.sources.conversations import conversations

FILES = [name for name in formats.names() if name != "hf"]  # hf's columns are ours, and the library stamps its files
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda said: "<image>" not in said and said.strip()
)


@pytest.fixture
def picture(tmp_path) -> Media:
    Image.new("RGB", (6, 4), (200, 30, 30)).save(tmp_path / "cat.png")
    return Media(path=str(tmp_path / "cat.png"), width=6, height=4)


@pytest.fixture
def embedded(picture) -> Media:
    return Media(data=Path(picture.path).read_bytes(), width=6, height=4)


def read(path: Path, **options) -> list[Sample | BadRow]:
    """What the source reads, as samples of the task `conversation`."""
    found: list[Sample | BadRow] = []
    for row in conversations(path=str(path), **options).items():
        if isinstance(row, BadRow):
            found.append(row)
            continue
        for example in tasks.make_examples(tasks.CONVERSATION, item=row, seed=0):
            prompt = {"card": tasks.CONVERSATION, "prompt": PromptConfig(media_position="keep"), "order": None}
            found.append(render_sample(example, template=tasks.AS_WRITTEN, reference=example.references[0], **prompt))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of an export but the lineage, which tells of the build that it came from."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "lineage.jsonl"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def said(sample: Sample) -> list[tuple[str, str]]:
    parts = [
        (m.role, "".join("<image>" if isinstance(p, MediaPart) else p.text for p in m.parts)) for m in sample.messages
    ]
    return [(role, value) for role, value in parts if value]


@pytest.mark.parametrize("to", FILES)
def test_what_is_written_is_detected_read_and_written_again_as_equal_files(tmp_path, picture, embedded, to):
    samples = [toy_sample(number=n, media=media) for n, media in enumerate([(), (picture,), (embedded, picture)])]
    samples += [
        spoken(("system", "Be brief."), ("user", "Hi"), ("assistant", "Ho"), ("user", "So?"), ("assistant", "Yes"))
    ]
    writer = formats.build(to, {})
    first = writer.write(samples, out=tmp_path / "a")
    assert first.num_samples + sum(first.left_out.values()) == len(samples)
    back = read(tmp_path / "a")
    assert not [row for row in back if isinstance(row, BadRow)]
    again = writer.write(back, out=tmp_path / "b")
    assert again.num_samples == first.num_samples == len(back)
    assert again.left_out == {}
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(contents(tmp_path / "a")) >= 1


@pytest.mark.parametrize("to", FILES)
@given(question=words, answer=words)
@settings(deadline=None, max_examples=25)
def test_no_character_is_lost_on_the_way(tmp_path_factory, to, question, answer):
    out = tmp_path_factory.mktemp("out") / to
    first = toy_sample(question=question, answer=answer)
    formats.build(to, {}).write([first], out=out)
    (back,) = read(out)
    assert said(back) == said(first)


@pytest.mark.parametrize(
    ("to", "held", "reason"),
    [
        ("alpaca", 2, "alpaca has no place for pictures"),
        ("multi_instruct", 2, "multi_instruct holds one picture, before the prompt|one question and one answer"),
        ("llava", 4, ""),
    ],
)
def test_what_a_format_cannot_hold_is_counted_with_its_reason(tmp_path, picture, embedded, to, held, reason):
    samples = [toy_sample(number=n, media=media) for n, media in enumerate([(), (picture,), (embedded, picture)])]
    samples += [spoken(("system", "Be brief."), ("user", "Hi"), ("assistant", "Ho"))]
    outcome = formats.build(to, {}).write(samples, out=tmp_path / "out")
    assert outcome.num_samples == held
    assert sum(outcome.left_out.values()) == 4 - held
    for told in outcome.left_out:
        assert any(part in told for part in reason.split("|"))


def test_nothing_that_can_be_held_is_an_error_and_not_an_empty_file(tmp_path, picture):
    with pytest.raises(DataError, match="alpaca has no place for pictures; choose another format"):
        formats.build("alpaca", {}).write([toy_sample(media=(picture,))], out=tmp_path / "out")
    assert not (tmp_path / "out" / "alpaca.json").exists()


def test_llava_has_one_picture_as_a_string_several_as_a_list_and_none_left_out(tmp_path, picture, embedded):
    samples = [toy_sample(number=n, media=media) for n, media in enumerate([(), (picture,), (picture, embedded)])]
    formats.build("llava", {}).write(samples, out=tmp_path / "out")
    none, one, two = json.loads((tmp_path / "out" / "conversations.json").read_text())
    assert "image" not in none
    assert isinstance(one["image"], str)
    assert len(two["image"]) == 2
    assert one["conversations"][0] == {"from": "human", "value": "<image>\nWhat is it?"}
    assert two["conversations"][0]["value"] == "<image>\n<image>\nWhat is it?"


def test_the_same_picture_is_one_file_whether_it_is_a_file_or_embedded(tmp_path, picture, embedded):
    formats.build("llava", {}).write([toy_sample(media=(picture, embedded))], out=tmp_path / "out")
    assert len(list((tmp_path / "out" / "images").iterdir())) == 1


def test_lineage_beside_the_rows_names_example_and_wording(tmp_path):
    formats.build("alpaca", {}).write([toy_sample(), spoken(("user", "Hi"), ("assistant", "Ho"))], out=tmp_path / "out")
    (row,) = [json.loads(line) for line in (tmp_path / "out" / "lineage.jsonl").read_text().splitlines()]
    assert (row["id"], row["task"], row["template"]) == ("vqa/item-0/0@vqa/3", "vqa", "vqa/3")
    assert row["references"] == ["A cat."]


@pytest.mark.parametrize("to", ["trl_messages", "trl_prompt_completion"])
def test_a_column_of_trl_has_one_type(tmp_path, picture, to):
    key = "messages" if to == "trl_messages" else "prompt"
    for name, samples, kind in [
        ("texts", [toy_sample()], str),
        ("mixed", [toy_sample(), toy_sample(media=(picture,))], list),
    ]:
        formats.build(to, {}).write(samples, out=tmp_path / name)
        (file,) = [path for path in (tmp_path / name).glob("*.jsonl") if path.name != "lineage.jsonl"]
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        assert {type(message["content"]) for row in rows for message in row[key]} == {kind}


def test_llama_factory_finds_its_file_through_the_register(tmp_path, picture):
    formats.build("llama_factory", {}).write([toy_sample(media=(picture,))], out=tmp_path / "out")
    register = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    rows = json.loads((tmp_path / "out" / register["sayso"]["file_name"]).read_text())
    columns, tags = register["sayso"]["columns"], register["sayso"]["tags"]
    assert [turn[tags["role_tag"]] for turn in rows[0][columns["messages"]]] == [
        tags["user_tag"],
        tags["assistant_tag"],
    ]
    assert (tmp_path / "out" / rows[0][columns["images"]][0]).exists()


def test_multi_instruct_reads_task_and_options_off_the_sample(tmp_path, picture):
    asked = toy_sample(media=(picture,), question="Which?\n\n[Options]: A cat.||||A dog.")
    formats.build("multi_instruct", {}).write([asked], out=tmp_path / "out")
    row = json.loads((tmp_path / "out" / "multi_instruct.jsonl").read_text())
    assert (row["task_name"], row["options"], row["target"]) == ("vqa", ["A cat.", "A dog."], "A cat.")
    assert (tmp_path / "out" / row["image_path"]).exists()


@pytest.mark.parametrize("to", ["llava", "sharegpt", "ms_swift", "llama_factory"])
def test_a_text_that_would_be_read_as_a_picture_is_left_out_with_that_reason(tmp_path, to):
    samples = [toy_sample(question="what does <image> mean?"), toy_sample(number=1)]
    outcome = formats.build(to, {}).write(samples, out=tmp_path / "out")
    assert outcome.num_samples == 1
    assert list(outcome.left_out) == ["a text contains '<image>', which would be read as a picture"]


@pytest.mark.parametrize("to", formats.names())
def test_a_folder_with_something_in_it_is_not_written_over(tmp_path, picture, to):
    with pytest.raises(DataError, match="not an empty folder"):
        formats.build(to, {}).write([toy_sample()], out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_a_picture_between_two_texts_keeps_its_place(tmp_path, picture):
    parts = (text("Before ", "instr"), MediaPart(index=0), text("after", "instr"))
    sample = spoken(("user", "x"), ("assistant", "Yes"))
    messages = (Message(role="user", parts=parts), sample.messages[1])
    asked = Sample(id="a", example="a", task="t", template="t/0", messages=messages, media=(picture,))
    for to in ("llava", "sharegpt", "ms_swift", "trl_messages"):
        formats.build(to, {}).write([asked], out=tmp_path / to)
        assert said(read(tmp_path / to)[0]) == [("user", "Before <image>after"), ("assistant", "Yes")]


def test_datasets_opens_what_hf_wrote_and_conversations_reads_it(tmp_path, picture, embedded):
    datasets = pytest.importorskip("datasets", reason="needs the extra hub")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    samples = [toy_sample(number=n, media=media) for n, media in enumerate([(), (picture,), (embedded, picture)])]
    assert formats.build("hf", {}).write(samples, out=tmp_path / "out").num_samples == 3
    table = datasets.load_from_disk(str(tmp_path / "out"))
    assert [len(row["images"]) for row in table] == [0, 1, 2]
    assert table[2]["images"][1].size == (6, 4)
    assert table[1]["messages"][0]["content"] == [
        {"type": "image", "text": None},
        {"type": "text", "text": "What is it?"},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png", "out"]
    assert [said(sample) for sample in read(tmp_path / "out")] == [said(sample) for sample in samples]
