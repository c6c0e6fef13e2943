"""Revised pairs: how far apart they are, which of them are taken, and what a model is taught with them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from saying_model import Saying
from spoken_items import item, pair

from sayso.artifacts import write_jsonl
from sayso.config import load_recipe
from sayso.data import BuildFolder
from sayso.errors import ConfigError
from sayso.instructions.revise import revisers
from sayso.instructions.synthesize import Synthesis
from sayso.lm.pairs import REVISE, lay_out, read_pair
from sayso.pipeline import run_recipe
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, sources
from sayso.sources._edit_distance import edit_distance

texts = st.text(alphabet="abcé \n", max_size=30)


def by_table(one, other):
    """The usual table, a row at a time."""
    row = list(range(len(other) + 1))
    for place, left in enumerate(one, 1):
        before, row[0] = row[0], place
        for number, right in enumerate(other, 1):
            before, row[number] = row[number], min(row[number] + 1, row[number - 1] + 1, before + (left != right))
    return row[-1]


@given(one=texts, other=texts)
def test_the_distance_is_that_of_the_table(one, other):
    assert edit_distance(one, other) == by_table(one, other) == edit_distance(other, one)


def test_long_texts_have_a_distance_too():
    assert edit_distance("ab" * 3000, "ba" * 3000) == 2
    assert edit_distance("", "abc") == edit_distance("abc", "") == 3


def row(number, changed):
    raw = {"Raw Instruction": f"Do {number}.", "Raw Input": "", "Raw Response": "x" * 20}
    return raw | {"Revised Instruction": f"Do {number}.", "Revised Input": "", "Revised Response": "y" * changed}


def read(path, rows, **options):
    path.write_text(json.dumps(rows))
    found = list(sources.build("revisions", {"path": str(path), **options}).items())
    return [one for one in found if isinstance(one, AnnotatedItem)], [one for one in found if isinstance(one, BadRow)]


def test_the_share_that_was_changed_most_is_taken_in_file_order(tmp_path):
    rows = [row(number, changed) for number, changed in enumerate((21, 40, 22, 30, 23, 50, 24, 25, 26, 27))]
    items, bad = read(tmp_path / "x.json", rows, share=0.3)
    assert [item.labels["distance"] for item in items] == ["40", "30", "50"]
    assert [item.id for item in items] == ["revisions/rows/1", "revisions/rows/3", "revisions/rows/5"]
    assert bad == []
    assert len(read(tmp_path / "x.json", rows, share=1)[0]) == 10
    assert len(read(tmp_path / "x.json", rows[:2], share=0.01)[0]) == 1
    tied, _ = read(tmp_path / "x.json", [row(0, 30), row(1, 30), row(2, 30)], share=0.34)
    assert [item.id for item in tied] == ["revisions/rows/0"]


def test_a_row_becomes_the_request_with_the_raw_pair_and_the_revised_pair(tmp_path):
    given_ = {
        "raw_instruction": "Add them.",
        "raw_input": "2, 3",
        "raw_response": "5",
        "revised_instruction": "Add 2 and 3.",
        "revised_response": "2 + 3 = 5.",
    }
    (item,), _ = read(tmp_path / "x.json", [given_], split="train")
    asked, answered = item.conversation
    assert asked.text == REVISE + "\n\n" + lay_out("Add them.\n2, 3", "5")
    assert [span.role for span in asked.parts[0].spans] == ["instr_template", "instr"]
    assert read_pair(answered.text) == (("Add 2 and 3.", "2 + 3 = 5."), "")
    # parts that are empty on one side add no line, as in the published distances
    assert item.labels["distance"] == str(by_table("Add them.\n2, 3\n5", "Add 2 and 3.\n2 + 3 = 5."))


def test_rows_that_cannot_be_used_are_told(tmp_path):
    rows = [row(0, 30), {"Raw Instruction": "x"}, row(1, 30) | {"Raw Response": 7}]
    items, bad = read(tmp_path / "x.json", rows, share=1)
    assert len(items) == 1
    assert "`raw instruction` and `raw response` are needed" in bad[0].reason
    assert "`raw response` is 7" in bad[1].reason
    for share in (0, 1.5):
        with pytest.raises(ConfigError, match="share is"):
            read(tmp_path / "x.json", rows, share=share)


def test_what_revisers_changed_can_be_read_back(tmp_path):
    pool = [pair(f"Ask {n}?", f"Say {n}.", name=str(n)) for n in range(6)]
    pool.append(item(("user", "A?"), ("assistant", "B."), ("user", "C?"), ("assistant", "D."), name="long"))
    model = Saying(lambda text: "Instruction: More?\nResponse: Much more." if re.search("Say [024]|D", text) else "no")
    reviser = revisers.build("coachlm", {})
    made = list(reviser.revise(pool, synthesis=Synthesis(seed=0, max_items=9, model=model)))
    write_jsonl(tmp_path / "candidates.jsonl", made)
    found = list(sources.build("revisions", {"path": str(tmp_path / "candidates.jsonl"), "share": 1}).items())
    assert [one.conversation[0].text for one in found] == [
        REVISE + "\n\n" + lay_out(f"Ask {n}?", f"Say {n}.") for n in (0, 2, 4)
    ]
    assert {one.conversation[1].text for one in found} == {lay_out("More?", "Much more.")}


def test_a_build_takes_them_as_conversations(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps([row(number, 30 + number) for number in range(10)]))
    (tmp_path / "mine.yaml").write_text(
        f"build: {{sources: [{{name: revisions, path: {tmp_path / 'x.json'}, share: 0.5}}], tasks: [conversation]}}"
    )
    run_recipe(load_recipe(tmp_path / "mine.yaml"), out=tmp_path / "run")
    examples = list(BuildFolder(tmp_path / "run" / "build").store("train").iter())
    assert len(examples) == 5
    assert {one.references[0] for one in examples} == {lay_out(f"Do {n}.", "y" * (30 + n)) for n in range(5, 10)}
