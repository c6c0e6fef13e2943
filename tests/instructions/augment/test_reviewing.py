"""A person's verdicts win, what would break a run cannot, and what was written into a review is read back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.errors import DataError
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.augment.review_file import ReviewEntry, read_review, review_lines, text_key
from sayso.instructions.augment.reviewing import apply, read_checked
from sayso.records import Lineage, Template, Verdict

SLOTS = {"question": "text"}


def template(name, text, *, held_out=False, made=True):
    lineage = Lineage(parent="t/0", operation="synonyms", paraphraser="grammar") if made else None
    origin = "grammar" if made else "library"
    return Template(id=f"t/{name}", task="t", text=text, held_out=held_out, origin=origin, lineage=lineage)


ROWS = (
    JudgedTemplate(template=template("0", "Answer {question}", made=False)),
    JudgedTemplate(template=template("h0", "I ask: {question}", held_out=True, made=False)),
    JudgedTemplate(
        template=template("0~0", "Reply to {question}"), verdict=Verdict(keep=True, reason="accepted", score=0.5)
    ),
    JudgedTemplate(
        template=template("0~1", "Say {question} twice"), verdict=Verdict(keep=False, reason="meaning: far")
    ),
    JudgedTemplate(template=template("0~2", "Say it"), verdict=Verdict(keep=False, reason="slots: lost question")),
)


def written(path, rows=ROWS, **changes):
    """A review file; `changes` maps the number of a row to what replaces its `verdict:` line or text."""
    entries = [ReviewEntry.of_row(row, parent="", decision=None) for row in rows]
    blocks = "\n".join(review_lines(entries, task="t")).split("\n\n")
    for number, (old, new) in changes.items():
        block = blocks[int(number[1:]) + 1]
        assert old in block
        blocks[int(number[1:]) + 1] = block.replace(old, new)
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


def reviewed(path, *, rows=ROWS, slots=SLOTS, **changes):
    return list(apply(rows, read_review(written(path, **changes)).decisions.get("t", ()), slots=slots))


def kept(rows):
    return [row.template.text for row in rows if row.verdict is None or row.verdict.keep]


def test_an_untouched_review_changes_nothing(tmp_path):
    assert reviewed(tmp_path / "r.yaml") == list(ROWS)
    assert read_review(tmp_path / "r.yaml").decisions == {"t": ()}


def test_verdicts_win_over_filters(tmp_path):
    found = reviewed(
        tmp_path / "r.yaml",
        n2=("verdict:", "verdict: reject"),
        n3=("verdict:", "verdict: Accept"),
        n0=('text: "Answer {question}"', "text: Answer this, {question}"),
    )
    assert kept(found) == ["Answer this, {question}", "I ask: {question}", "Say {question} twice"]
    by_id = {row.template.id: row for row in found}
    assert by_id["t/0~0"].verdict == Verdict(keep=False, reason="review: rejected (over: accepted)", score=0.5)
    assert by_id["t/0~1"].verdict.reason == "review: accepted (over: meaning: far)"
    assert by_id["t/0"].verdict.reason == "review: edited"
    edited = by_id["t/0~edited"].template
    assert (edited.origin, edited.lineage.parent, edited.lineage.operation) == ("review", "t/0", "edit")


def test_verdicts_follow_a_text_to_another_id_and_outlive_it(tmp_path):
    path = written(tmp_path / "r.yaml", n2=("verdict:", "verdict: reject"), n3=("verdict:", "verdict: accept"))
    decisions = read_review(path).decisions["t"]
    moved = JudgedTemplate(
        template=template("0~9", "Reply to {question}"), verdict=Verdict(keep=True, reason="accepted")
    )
    found = list(apply([ROWS[0], moved], decisions, slots=SLOTS))
    assert kept(found) == ["Answer {question}", "Say {question} twice"]
    assert found[-1].template.origin == "review"
    assert found[-1].template.lineage == Lineage(parent="t/0~1", operation="synonyms")


@pytest.mark.parametrize(
    ("changes", "line", "told"),
    [
        ({"n4": ("verdict:", "verdict: accept")}, 30, "missing slot {question}"),
        ({"n2": ('text: "Reply to {question}"', 'text: "Reply to {questoin}"')}, 15, "did you mean 'question'"),
        ({"n2": ('text: "Reply to {question}"', "text:")}, 15, "missing slot"),
        ({"n2": ('text: "Reply to {question}"', 'text: "I ask, {question}!"')}, 15, "equals a held-out wording"),
        ({"n2": ('text: "Reply to {question}"', 'text: "\\ud800 {question}"')}, 15, "Unicode"),
    ],
)
def test_what_would_break_a_run_is_refused_with_its_line(tmp_path, changes, line, told):
    with pytest.raises(DataError, match=rf"r\.yaml, line {line}: ") as error:
        reviewed(tmp_path / "r.yaml", **changes)
    assert told in str(error.value)


def test_a_task_must_keep_a_wording(tmp_path):
    with pytest.raises(DataError, match=r"line 3: every wording of t is rejected"):
        reviewed(tmp_path / "r.yaml", n0=("verdict:", "verdict: reject"), n2=("verdict:", "verdict: reject"))


def test_without_a_card_an_edit_keeps_the_slots_of_the_text_before(tmp_path):
    change = ('text: "Reply to {question}"', 'text: "Reply to {question}, {question}"')
    with pytest.raises(DataError, match=r"names the slots \['question', 'question'\], not \['question'\]"):
        reviewed(tmp_path / "r.yaml", slots={}, n2=change)


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (("verdict:", "verdict: acept"), 15, "did you mean 'accept'"),
        (("verdict:", "verdict: yes"), 15, "'yes'"),
        (("verdict:", "verdct: accept"), 16, "did you mean 'verdict'"),
        (("verdict:", "verdict: accept\n  verdict: reject"), 17, "twice"),
        (('text: "Reply to {question}"', "text: {question}"), 15, "double quotes"),
        (('text: "Reply to {question}"', "text: “Reply to {question}”"), 15, "straight quotes"),
        (('text: "Reply to {question}"', "text: {question} now"), 15, "double quotes"),
        (('text: "Reply to {question}"', 'text: "Reply {question}'), None, "double quotes"),
        (("  id:", "  name:"), 18, "'name'"),
        (('  id: "t/0~0"\n', ""), 15, "augment.templates"),
        (('- text: "Reply to {question}"', "- hello"), None, "r.yaml"),
    ],
)
def test_a_malformed_entry_is_told_with_file_and_line(tmp_path, change, line, told):
    path = written(tmp_path / "r.yaml", n2=change)
    with pytest.raises(DataError, match=rf"r\.yaml, line {line or ''}") as error:
        read_review(path)
    assert told in str(error.value)


@pytest.mark.parametrize("content", ["[a, b]", "t: {a: b}", "t: text", "? [a]\n: b", "t:\n- [1]"])
def test_a_file_of_another_shape_is_told(tmp_path, content):
    path = tmp_path / "r.yaml"
    path.write_text(content)
    with pytest.raises(DataError, match=r"r\.yaml, line \d: "):
        read_review(path)


def test_an_empty_file_decides_nothing_and_a_missing_one_is_told(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("# nothing yet\nt:\n")
    assert read_review(path).decisions == {"t": ()}
    with pytest.raises(DataError, match="sayso review RUN"):
        read_review(tmp_path / "none.yaml")
    path.write_bytes(b"\xff\xff\xfe")
    with pytest.raises(DataError, match=r"r\.yaml"):
        read_review(path)


def test_contradictions_and_unknown_tasks_are_told(tmp_path):
    path = written(tmp_path / "r.yaml", n2=("verdict:", "verdict: reject"))
    twice = path.read_text() + "\n" + path.read_text().replace("reject", "accept")
    path.write_text(twice)
    with pytest.raises(DataError, match=r"line 51: t/0~0 is decided otherwise at .*line 15"):
        read_review(path)
    written(path, n2=("verdict:", "verdict: reject"))
    with pytest.raises(DataError, match=r"line 15: unknown task 't'; did you mean 'tt'"):
        read_checked(str(path), tasks=["tt"])
    assert read_checked(None, tasks=[]) == {}


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4),
    st.sampled_from(["accept", "reject"]),
)
def test_any_text_comes_back_as_it_was(tmp_path_factory, texts, verdict):
    path = tmp_path_factory.mktemp("review") / "r.yaml"
    entries = [ReviewEntry(id=f"{n} {t}", text=t, key=text_key(t), state=t, parent=t) for n, t in enumerate(texts)]
    lines = "\n".join(review_lines(entries, task="on")).replace("\n  verdict:\n", f"\n  verdict: {verdict}\n")
    path.write_text(lines, encoding="utf-8")
    found = read_review(path).decisions["on"]
    assert [(one.text, one.id, one.kind) for one in found] == [(e.text, e.id, verdict) for e in entries]
