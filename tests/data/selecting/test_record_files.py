"""Files of records: every format stays as it stood, every record has a verdict, nothing is half there."""

import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import toy_choices
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sayso.artifacts import Progress
from sayso.errors import ConfigError, DataError
from sayso.pipeline.selecting import RecordFiles, SelectOptions, plugin_of, select_from_file

SIZES = [3, 1, 4, 1, 5, 9, 2, 6]


def said(size):
    return " ".join(["w"] * size)


def alpaca(number, size):
    return {
        "instruction": f"ask {number}",
        "input": "",
        "output": said(size),
        "task": "ab"[number % 2],
        "kept": [1, 2.50],
    }


def llava(number, size):
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": said(size)}]
    return {"id": f"l{number}", "image": "a.png", "conversations": turns}


def sharegpt(number, size):
    turns = [{"from": "human", "value": f"Ask {number}"}, {"from": "gpt", "value": said(size)}]
    return {"conversations": turns}


def messages(number, size):
    turns = [
        {"role": "user", "content": [{"type": "text", "text": f"q{number}"}]},
        {"role": "assistant", "content": said(size)},
    ]
    return {"id": number, "messages": turns}


def completion(number, size):
    return {"prompt": f"q{number}", "completion": said(size)}


ROWS = {
    "alpaca": alpaca,
    "llava": llava,
    "sharegpt": sharegpt,
    "trl_messages": messages,
    "trl_prompt_completion": completion,
}


class Folder:
    def __init__(self, folder):
        self.folder = folder
        Image.new("RGB", (8, 8), "white").save(folder / "a.png")

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def select(self, data, *, out="out.jsonl", files=None, **options):
        known = {"scorers": ["toy_choices:words"], "selectors": ["top"], "budget": "3"}
        asked = RecordFiles(data=data, out=self.folder / out, **(files or {}))
        return select_from_file(asked, options=SelectOptions(**{**known, **options}))

    def verdicts(self, out="out"):
        return [json.loads(line) for line in (self.folder / f"{out}.verdicts.jsonl").read_text().splitlines()]

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def files(tmp_path):
    toy_choices.ASKED.clear()
    return Folder(tmp_path)


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("kind", ROWS)
def test_lines_of_every_format_are_kept_to_the_letter(files, kind):
    rows = [json.dumps(ROWS[kind](number, size)) for number, size in enumerate(SIZES)]
    rows[5] = rows[5].replace(", ", ",  ")
    chosen = files.select(files.write("in.jsonl", "\n".join(rows) + "\n"))
    assert (files.folder / "out.jsonl").read_text() == "".join(f"{rows[number]}\n" for number in (4, 5, 7))
    assert chosen["format"] == kind
    verdicts = files.verdicts()
    assert [row["score"] for row in verdicts] == SIZES
    assert [row["keep"] for row in verdicts] == [number in (4, 5, 7) for number in range(8)]
    assert [row["place"] for row in verdicts] == [f"{files.folder / 'in.jsonl'}:{number}" for number in range(1, 9)]
    assert [row["row"] for row in verdicts] == list(range(8))
    assert files.names() == [
        "a.png",
        "in.jsonl",
        "out.columns.cache",
        "out.jsonl",
        "out.report.html",
        "out.verdicts.jsonl",
    ]


def test_a_list_stays_a_list_or_becomes_lines(files):
    rows = [alpaca(number, size) for number, size in enumerate(SIZES)]
    data = files.write("in.json", json.dumps(rows, indent=2))
    files.select(data, out="out.json")
    files.select(data, out="as_lines.jsonl")
    assert json.loads((files.folder / "out.json").read_text()) == [rows[number] for number in (4, 5, 7)]
    assert '"kept": [\n' in (files.folder / "out.json").read_text()
    told = (files.folder / "as_lines.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in told] == [rows[number] for number in (4, 5, 7)]
    assert "2.5" in told[0]
    assert files.verdicts()[4]["place"].endswith("in.json: row 4")


def test_rows_of_parquet_stay_rows_of_parquet(files):
    table = pa.Table.from_pylist([{**alpaca(n, size), "blob": bytes([n])} for n, size in enumerate(SIZES)])
    pq.write_table(table, files.folder / "in.parquet")
    chosen = files.select(files.folder / "in.parquet", out="out.parquet")
    kept = pq.read_table(files.folder / "out.parquet")
    assert kept.schema == table.schema
    assert kept.to_pylist() == [table.to_pylist()[number] for number in (4, 5, 7)]
    assert files.verdicts()[1]["place"].endswith("in.parquet: row 1")
    assert chosen["num_kept"] == 3
    with pytest.raises(ConfigError, match=r"rows of Parquet and are kept as they stand; end the name in .parquet"):
        files.select(files.folder / "in.parquet", out="other.jsonl")
    with pytest.raises(ConfigError, match=r"are JSON and are kept as they stand; end the name in .jsonl"):
        files.select(files.write("in.jsonl", lines([alpaca(1, 2)])), out="other.parquet")


HOSTILE = [
    json.dumps(alpaca(0, 3)).encode(),
    b"not json",
    b"[1, 2]",
    b'{"instruction": "x", "input": "", "output": ""}',
    b'{"instruction": 5, "output": {}}',
    b'{"instruction": "caf\xff", "input": "", "output": "w"}',
    b'{"instruction": "nan", "input": "", "output": "w w", "loss": NaN}',
    b'{"instruction": "<script>alert(1)</script>", "input": "", "output": "</td><img src=x onerror=alert(2)>"}',
    json.dumps({**alpaca(8, 2), "output": "w \u2028 \ud83d\ude00 \u0000 w"}).encode(),
    b"{" * 5000,
    json.dumps(alpaca(10, 7)).encode(),
]


def test_hostile_records_have_a_verdict_each_and_the_page_is_escaped(files):
    data = files.write("in.jsonl", b"\n\n".join(HOSTILE) + b"\n")
    chosen = files.select(data, budget="99")
    verdicts = files.verdicts()
    assert len(verdicts) == len(HOSTILE) == chosen["num_records"]
    bad = {1, 2, 3, 4, 5, 9}
    assert {row["row"] for row in verdicts if not row["keep"]} == bad
    assert all(row["reason"] and row["score"] is None for row in verdicts if row["row"] in bad)
    assert verdicts[2]["place"].endswith("in.jsonl:5")
    assert (files.folder / "out.jsonl").read_bytes() == b"".join(
        HOSTILE[number] + b"\n" for number in range(len(HOSTILE)) if number not in bad
    )
    page = (files.folder / "out.report.html").read_text()
    assert "<script>" not in page
    assert "onerror=alert(2)&gt;" in page
    assert "<img src=x" not in page


def test_pictures_are_looked_for_and_shown(files):
    rows = [llava(0, 2), {**llava(1, 3), "image": "gone.png"}]
    chosen = files.select(files.write("in.jsonl", lines(rows)), budget="2")
    assert "gone.png" in files.verdicts()[1]["reason"]
    assert chosen["num_bad"] == 1
    assert "data:image/png;base64," in (files.folder / "out.report.html").read_text()
    (files.folder / "pics").mkdir()
    Image.new("RGB", (8, 8), "blue").save(files.folder / "pics" / "gone.png")
    Image.new("RGB", (8, 8), "blue").save(files.folder / "pics" / "a.png")
    chosen = files.select(files.folder / "in.jsonl", out="again.jsonl", files={"images": files.folder / "pics"})
    assert chosen["num_kept"] == 2


def test_per_task_by_the_key_that_names_it(files):
    rows = [alpaca(number, size) for number, size in enumerate(SIZES)]
    data = files.write("in.jsonl", lines(rows))
    files.select(data, budget="1", per_task=True, files={"task_key": "task"})
    assert [(row["task"], row["keep"]) for row in files.verdicts() if row["keep"]] == [("a", True), ("b", True)]
    assert [row["row"] for row in files.verdicts() if row["keep"]] == [4, 5]
    with pytest.raises(DataError, match=r"no record of .* has the key 'kind'.*--task-key"):
        files.select(data, out="other.jsonl", per_task=True, files={"task_key": "kind"})
    assert not list(files.folder.glob(".*"))


def test_another_budget_scores_nothing_again(files):
    data = files.write("in.jsonl", lines([alpaca(number, size) for number, size in enumerate(SIZES)]))
    files.select(data, files={"columns": files.folder / "kept"})
    files.select(data, out="more.jsonl", budget="5", files={"columns": files.folder / "kept"})
    assert len(toy_choices.ASKED) == 1
    assert sum(row["keep"] for row in files.verdicts("more")) == 5


def test_a_killed_run_leaves_no_output_and_goes_on(files):
    data = files.write("in.jsonl", lines([alpaca(number, size) for number, size in enumerate(SIZES)]))
    with pytest.raises(KeyboardInterrupt):
        files.select(data, scorers=["toy_choices:words:dies_at=3"])
    assert files.names() == ["a.png", "in.jsonl"]
    files.select(data)
    assert sum(row["keep"] for row in files.verdicts()) == 3


HUGE = """
import numpy as np
from sayso.data.scorers import Column

class Huge:
    per_row = True

    def score(self, samples, *, scoring):
        return {"huge": Column(values=np.resize([np.finfo(float).max, np.finfo(float).min, 3.0], len(samples)))}
"""


def test_the_largest_numbers_that_there_are_have_a_page(files, monkeypatch):
    """The least number of all is what some take for "no score"."""
    files.write("huge_scorer.py", HUGE)
    monkeypatch.syspath_prepend(files.folder)
    data = files.write("in.jsonl", lines(alpaca(number, size) for number, size in enumerate(SIZES)))
    told = files.select(data, scorers=["huge_scorer:Huge"])
    assert told["num_kept"] == 3
    assert [one["row"] for one in files.verdicts() if one["keep"]] == [0, 3, 6]


def test_nothing_is_written_over(files):
    data = files.write("in.jsonl", lines([alpaca(0, 1)]))
    files.select(data, budget="1")
    before = {path: path.read_bytes() for path in files.folder.iterdir() if path.is_file()}
    with pytest.raises(DataError, match=r"out.jsonl exists; choose another name"):
        files.select(data, budget="1")
    for asked in ({"out": "in.jsonl"}, {"out": "other.jsonl", "files": {"report": data}}):
        with pytest.raises(ConfigError, match="is used for something else"):
            files.select(data, **asked)
    with pytest.raises(ConfigError, match="is a folder"):
        files.select(data, out="")
    page = files.write("page.html", "mine")
    before[page] = page.read_bytes()
    with pytest.raises(DataError, match=r"page.html exists and is not of --out"):
        files.select(data, out="other.jsonl", budget="1", files={"report": page})
    with pytest.raises(DataError, match=r"out.verdicts.jsonl is there and belongs to .*out.jsonl"):
        files.select(data, out="out.json", budget="1")
    with pytest.raises(ConfigError, match=r"page.html is a file; name a folder"):
        files.select(data, out="other.jsonl", budget="1", files={"columns": page})
    assert {path: path.read_bytes() for path in files.folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("", DataError, "is not the file it should be"),
        ('{"a": 1}\n', DataError, "is no format that is known"),
        ('{"instruction": "x", "input": "", "output": ""}\n', DataError, "no record that can be used:\n  .*in.jsonl:1"),
    ],
)
def test_a_file_without_records_is_refused(files, text, error, told):
    with pytest.raises(error, match=told):
        files.select(files.write("in.jsonl", text))
    assert files.names() == ["a.png", "in.jsonl"]


def test_several_files_at_once_are_not_chosen_from(files):
    register = {"one": {"file_name": "one.json"}, "two": {"file_name": "two.json"}}
    files.write("dataset_info.json", json.dumps(register))
    for name in ("one", "two"):
        files.write(f"{name}.json", json.dumps([alpaca(0, 1)]))
    with pytest.raises(ConfigError, match=r"names 2 files .*one of them at a time"):
        files.select(files.folder)


@pytest.mark.parametrize(
    ("written", "entry"),
    [
        ("length", {"name": "length"}),
        ("length:unit=characters", {"name": "length", "unit": "characters"}),
        ("my_module:scorer", {"name": "my_module:scorer"}),
        ("my_module:scorer:max=5,min=0.5", {"name": "my_module:scorer", "max": 5, "min": 0.5}),
        ("ifd:model.name=auto,model.path=a/b", {"name": "ifd", "model": {"name": "auto", "path": "a/b"}}),
        ("rules:names=[a, b],strict=true", {"name": "rules", "names": ["a", "b"], "strict": True}),
        ("x:text=a:b=c", {"name": "x", "text": "a:b=c"}),
        ("top:by=ifd,budget=0.5,per_task=true", {"name": "top", "by": "ifd", "budget": 0.5, "per_task": True}),
    ],
)
def test_a_plugin_on_the_command_line(written, entry):
    assert plugin_of(written) == entry


@pytest.mark.parametrize("written", ["", "=3", "a=3", "x:a=1,a.b=2"])
def test_what_is_no_plugin_is_refused(written):
    with pytest.raises(ConfigError, match=r"is no plugin|has nothing inside"):
        plugin_of(written)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"budget": "half"}, "--budget half: write a share"),
        ({"budget": "0"}, "--budget 0: write a share"),
        ({"scorers": ["lenght"]}, "did you mean 'length'"),
        ({"settings": ["select.nothing=1"]}, "unknown key 'nothing'"),
        (
            {"scorers": [], "selectors": ["top:by=words"]},
            r"reads the column 'words', which no scorer gives \(known: none",
        ),
        ({"scorers": ["toy_choices:words:as=mine"], "selectors": ["top:by=words"]}, r"no scorer gives \(known: mine\)"),
    ],
)
def test_what_is_wrong_is_said_before_the_file_is_read(files, options, told):
    with pytest.raises(ConfigError, match=told):
        files.select(files.folder / "gone.jsonl", **options)


def test_settings_change_what_the_options_say(files):
    data = files.write("in.jsonl", lines([alpaca(number, size) for number, size in enumerate(SIZES)]))
    files.select(data, settings=["select.budget=2", "select.selectors.0.keep=lowest"])
    assert [row["row"] for row in files.verdicts() if row["keep"]] == [1, 3]


def test_memory_does_not_hold_the_samples(files):
    """Twenty megabytes of records: in memory at once are those that the format is told by."""
    row = json.dumps({"instruction": "ask", "input": "", "output": "w " * 10_000})
    data = files.write("in.jsonl", f"{row}\n" * 1000)
    files.select(data, selectors=["random"], scorers=[], out="first.jsonl", budget="1")
    tracemalloc.start()
    files.select(data, selectors=["random"], scorers=[], budget="1")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6


@settings(max_examples=8)
@given(keep=st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_what_is_kept_is_always_in_the_order_of_the_input(tmp_path_factory, keep):
    folder = tmp_path_factory.mktemp("ordered")
    rows = [json.dumps(completion(number, size + 1)) for number, size in enumerate(keep)]
    (folder / "in.jsonl").write_text("\n".join(rows))
    asked = RecordFiles(data=folder / "in.jsonl", out=folder / "out.jsonl")
    options = SelectOptions(scorers=("toy_choices:words",), selectors=("threshold:by=words,min=3",))
    if max(keep) < 2:
        return
    select_from_file(asked, options=options, progress=Progress())
    wanted = [row for row, size in zip(rows, keep, strict=True) if size >= 2]
    assert (folder / "out.jsonl").read_text().splitlines() == wanted


def test_a_repeated_record_names_the_one_that_stays_as_the_file_does(files):
    rows = [{"id": name, "instruction": "Say it.", "output": "It."} for name in ("first", "second")]
    files.select(files.write("in.jsonl", lines(rows)), scorers=[], selectors=["exact_duplicates"], budget=None)
    assert [row["reason"] for row in files.verdicts()][1] == "exact_duplicates: repeats first (the same text)"
