"""Properties of what a build writes: whatever the rows, nothing is lost, leaked or drawn twice."""

import json
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sayso.artifacts import Progress, StageContext
from sayso.config import BuildConfig, PromptConfig, SourceConfig
from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.plan import example_problem
from sayso.data.samples import Sampler
from sayso.data.stage import run
from sayso.data.store import ExampleStore
from sayso.data.walk import split_of, walk
from sayso.data.writer import ExampleWriter, missing_file
from sayso.records import AnnotatedItem, Example, Options, Template
from sayso.sources import BadRow

TASK = "description_question_answering"
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10).filter(str.strip)


def rows_of(folder, rows):
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / "rows.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return {"name": "jsonl", "path": str(folder / "rows.jsonl")}


def build(folder, rows, *, source=None, seed=0, **config):
    entry = {**rows_of(folder, rows), **(source or {})}
    parsed = BuildConfig.model_validate({"sources": [entry], "tasks": [TASK], **config})
    out = folder / "build"
    out.mkdir()
    counts = run(StageContext(node="build", config=parsed, seed=seed, inputs=(), folder=out, progress=Progress()))
    return counts, out


def asked(number, text="How many?", answer="3"):
    return {"id": number, "labels": {"description": "d"}, "questions": [{"question": text, "answers": answer}]}


@given(broken=st.lists(st.booleans(), min_size=1, max_size=30).filter(lambda flags: not all(flags)))
@settings(max_examples=20)
def test_every_row_is_an_example_or_in_quarantine(tmp_path_factory, broken):
    folder = tmp_path_factory.mktemp("build")
    rows = ["{broken" if flag else asked(number) for number, flag in enumerate(broken)]
    counts, out = build(folder, rows, max_bad_rows=30, source={"use": "split", "test_fraction": 0.5})
    examples = [one.id for split in ("train", "test") for one in ExampleStore(out, split=split).iter()]
    places = [json.loads(line)["place"] for line in (out / "quarantine.jsonl").read_text().splitlines()]
    assert sorted(int(name.split("/")[1]) for name in examples) == [n for n, flag in enumerate(broken) if not flag]
    assert [int(place.rpartition(":")[2]) - 1 for place in places] == [n for n, flag in enumerate(broken) if flag]
    assert counts["num_train"] + counts["num_test"] + counts["num_bad_rows"] == len(broken)
    assert sum(counts["bad_rows"].values()) == counts["num_bad_rows"]
    assert sum(counts["licenses"].values()) == counts["num_train"] + counts["num_test"]


@given(question=words, answer=words, description=words)
@settings(max_examples=25)
def test_texts_reach_the_prompt_to_the_letter(tmp_path_factory, question, answer, description):
    """Braces, brackets and marks of data are text, never slots."""
    assume(answer not in question and not question.isdigit())
    folder = tmp_path_factory.mktemp("build")
    row = {"labels": {"description": description}, "questions": [{"question": question, "answers": answer}]}
    _, out = build(folder, [row])
    (folder / "build" / "manifest.json").write_text(
        json.dumps({"node": "build", "kind": "build", "digest": "d", "config": {}, "seed": 0})
    )
    opened = BuildFolder(out)
    (example,) = opened.store("train").iter()
    sample = opened.sampler().train_sample(example, epoch=0)
    prompt = "".join(part.text for part in sample.messages[0].parts)
    assert example.fields["question"] in prompt
    assert example.fields["passage"] in prompt
    assert "".join(part.text for part in sample.messages[1].parts) == answer


@given(
    seed=st.integers(0, 9),
    fraction=st.floats(0.01, 0.99),
    groups=st.lists(st.integers(0, 5), min_size=1, max_size=40),
)
def test_a_group_is_on_one_side_whatever_stands_around_it(seed, fraction, groups):
    config = SourceConfig(name="jsonl", use="split", test_fraction=fraction)
    items = [AnnotatedItem(id=str(n), source="s", group=str(group)) for n, group in enumerate(groups)]
    sides = {}
    for item in items:
        side = split_of(item, config=config, seed=seed)
        assert sides.setdefault(item.group, side) == side
        assert side in {"train", "test"}


def test_the_share_of_test_groups_is_the_one_that_was_asked_for():
    config = SourceConfig(name="jsonl", use="split", test_fraction=0.2)
    items = [AnnotatedItem(id=str(n), source="s") for n in range(4000)]
    sides = Counter(split_of(item, config=config, seed=1) for item in items)
    assert 700 < sides["test"] < 900


@pytest.mark.parametrize("use", ["train", "test"])
def test_a_source_may_go_to_one_side_whole(tmp_path, use):
    config = SourceConfig.model_validate({**rows_of(tmp_path, map(asked, range(9))), "use": use})
    assert {row.split for row in walk(config, seed=0)} == {use}


@given(limit=st.integers(1, 12))
@settings(max_examples=12)
def test_max_items_ends_the_walk_after_so_many_good_rows(tmp_path_factory, limit):
    folder = tmp_path_factory.mktemp("walk")
    rows = [asked(n) if n % 3 else "{broken" for n in range(15)]
    config = SourceConfig.model_validate({**rows_of(folder, rows), "max_items": limit})
    found = list(walk(config, seed=0))
    assert sum(isinstance(row, AnnotatedItem) for row in found) == min(limit, 10)
    assert isinstance(found[0], BadRow)


def example(number, task):
    return Example(id=f"{task}/{number}", task=task, source="s", split="train", references=("a",))


@given(
    tasks=st.lists(st.sampled_from(["a", "b", "c-d"]), max_size=40),
    stop=st.integers(0, 40),
    lost=st.integers(0, 10),
)
@settings(max_examples=30)
def test_a_writer_stopped_anywhere_goes_on_to_the_same_files(tmp_path_factory, tasks, stop, lost):
    """`lost` rows come after the checkpoint and are written again."""
    whole, parted = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("parted")
    stop = min(stop, len(tasks))
    with ExampleWriter(whole, split="train") as writer:
        for number, task in enumerate(tasks):
            writer.add(example(number, task))
    first = ExampleWriter(parted, split="train")
    for number, task in enumerate(tasks[:stop]):
        first.add(example(number, task))
    state = first.checkpoint()
    for number, task in enumerate(tasks[stop : stop + lost], start=stop):
        first.add(example(number, task))
    first.release()
    assert missing_file(parted, split="train", state=state) is None
    with ExampleWriter(parted, split="train", state=state) as second:
        for number, task in enumerate(tasks[stop:], start=stop):
            second.add(example(number, task))
    assert files(parted) == files(whole)
    assert ExampleStore(parted, split="train").task_sizes == Counter(tasks)


def files(folder):
    return {path.name: path.read_bytes() for path in (folder / "examples" / "train").iterdir()}


def test_a_spool_that_is_not_there_any_more_is_told(tmp_path):
    writer = ExampleWriter(tmp_path, split="train")
    writer.add(example(0, "a"))
    state = writer.checkpoint()
    writer.release()
    (spool,) = (tmp_path / "examples" / "train").glob("*.spool")
    assert missing_file(tmp_path, split="train", state=state) is None
    spool.write_bytes(spool.read_bytes()[:-1])
    assert missing_file(tmp_path, split="train", state=state) == spool
    spool.unlink()
    assert missing_file(tmp_path, split="train", state=state) == spool
    assert missing_file(tmp_path, split="test", state={}) is None


@given(options=st.lists(words, min_size=2, max_size=6, unique=True), seed=st.integers(0, 3), epoch=st.integers(0, 3))
def test_the_options_shown_are_those_of_the_example_in_some_order(options, seed, epoch):
    card = Card(name="t", category="c", output="option", metrics=(), slots={"options": "options"})
    template = Template(id="t/0", task="t", text="Choose from {options}.")
    sampler = Sampler(cards=[card], templates=[template], prompt=PromptConfig(options="numbered"), seed=seed)
    one = Example(
        id="t/1",
        task="t",
        source="s",
        split="train",
        fields={"options": Options(items=tuple(options))},
        references=(options[0],),
    )
    assert example_problem(one, slots=card.slots, style="numbered") is None
    trained, tested = sampler.train_sample(one, epoch=epoch), sampler.test_sample(one, template=template)
    for sample in (trained, tested):
        assert sorted(sample.options) == sorted(options)
        text = sample.messages[0].parts[0].text
        places = [text.index(f"({number}) {option}") for number, option in enumerate(sample.options, start=1)]
        assert places == sorted(places)
    assert trained.messages[1].parts[0].text == options[0]
    assert sampler.test_sample(one, template=template) == tested


@pytest.mark.parametrize(
    ("style", "options", "bad"),
    [
        ("multi_instruct", ("a||||b", "c"), True),
        ("multi_instruct", ("|a", "c"), True),
        ("lettered", ("a||||b", "c"), False),
        ("lettered", tuple(f"w{n}" for n in range(27)), True),
        ("numbered", tuple(f"w{n}" for n in range(27)), False),
    ],
)
def test_options_that_a_style_cannot_tell_apart_are_no_example(style, options, bad):
    one = Example(
        id="t", task="t", source="s", split="train", fields={"o": Options(items=options)}, references=(options[0],)
    )
    assert (example_problem(one, slots={"o": "options"}, style=style) is not None) == bad
