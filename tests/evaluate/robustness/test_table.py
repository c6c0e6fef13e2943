"""Tables that people bring, and what is wrong with them."""

import numpy as np
import pytest

from sayso.errors import ConfigError, DataError
from sayso.evaluate.robustness.table import read_table, tasks_of, value_rows
from sayso.evaluate.values import Value

HEAD = "task,instruction,score"


def table(tmp_path, *lines, head=HEAD, name="scores.csv"):
    path = tmp_path / name
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    return path


def test_columns_stand_in_any_order_among_others(tmp_path):
    rows = read_table(table(tmp_path, '0.5,"a, b",t,x', "1,c,t,x", head="score,instruction,task,colour"))
    assert [(row.task, row.instruction, row.score, row.example, row.n) for row in rows] == [
        ("t", "a, b", 0.5, None, None),
        ("t", "c", 1.0, None, None),
    ]


def test_per_cents_tabs_and_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "s.tsv"
    path.write_text("\ufefftask\tinstruction\tscore\nt\ta\t50\nt\tb\t70\n", encoding="utf-8")
    assert [row.score for row in read_table(path, scale=100)] == [0.5, 0.7]


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("task;instruction;score\nt;a, b;0.5\nt;c;0.7\n", 1),
        ('task, instruction, score\nt, "a, b", 0.5\nt, c, 0.7\n', 1),
        ('task,instruction,score\nt,"a, b",50\nt,c,70\n', 100),
        ("instruction\ttask\tscore\na, b\tt\t50\nc\tt\t70\n", 100),
    ],
)
def test_separators_and_per_cents_are_known_by_what_is_there(tmp_path, text, scale):
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    rows = read_table(tmp_path / "s.csv")
    assert [(row.task, row.instruction, row.score, row.scale) for row in rows] == [
        ("t", "a, b", 0.5, scale),
        ("t", "c", 0.7, scale),
    ]


@pytest.mark.parametrize("scores", [("0", "0"), ("0.5", "1"), ("0", "1")])
def test_what_may_be_shares_are_shares(tmp_path, scores):
    rows = read_table(table(tmp_path, *(f"t,{n},{score}" for n, score in enumerate(scores))))
    assert [row.score for row in rows] == [float(score) for score in scores]


def test_examples_become_a_matrix_with_gaps_where_a_row_is_missing(tmp_path):
    lines = ("t,a,1,e1", "t,a,0,e2", "t,b,1,e2", "u,a,1,e1")
    first, second = tasks_of(read_table(table(tmp_path, *lines, head=HEAD + ",example")))
    assert (first.task, first.wordings, second.task) == ("t", ("a", "b"), "u")
    assert np.array_equal(first.scores, [[1, 0], [np.nan, 1]], equal_nan=True)
    assert first.means.tolist() == [0.5, 1.0]


def test_n_makes_shares_of_scores(tmp_path):
    (task,) = tasks_of(read_table(table(tmp_path, "t,a,0.333,3", "t,b,0.5,20", head=HEAD + ",n")))
    assert (task.counts.tolist(), task.num_examples) == ([3.0, 20.0], 20)


@pytest.mark.parametrize(
    ("head", "lines", "told"),
    [
        ("task,instructions,score", ["t,a,1"], r"no column instruction; did you mean 'instructions'"),
        ("task,score,score,instruction", ["t,1,1,a"], "several columns named score"),
        (HEAD, [], "has no row under its head"),
        (HEAD, ["t,a,nan"], "line 2: score is nan, which is none"),
        (HEAD, ["t,a,inf"], "line 2: score is inf"),
        (HEAD, ["t,a,"], "line 2: score is '', not a number"),
        (HEAD, ["t,a,0.5", "t,b,70"], r"line 3: score 70 is not in \[0, 1\]; .*--scale 100"),
        (HEAD, ["t,a,50", "t,b,170"], r"line 2: score 50 is not in \[0, 1\]; .*--scale 100"),
        (HEAD, ["t,a,-0.1"], r"line 2: score -0.1 is not in"),
        (HEAD, ["t,a,1,2"], "line 2: 4 fields"),
        (HEAD, ["t,a"], "line 2: 2 fields"),
        (HEAD, [",a,1"], "line 2: task is ''"),
        (HEAD, ["t, ,1"], "line 2: instruction is ''"),
        (HEAD + ",example", ["t,a,1,"], "line 2: example is ''"),
        (HEAD + ",n", ["t,a,1,2.5"], "line 2: n is '2.5'"),
        (HEAD + ",n", ["t,a,1,0"], "line 2: n is '0'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, head, lines, told):
    with pytest.raises(DataError, match=told):
        read_table(table(tmp_path, *lines, head=head))


@pytest.mark.parametrize(
    ("head", "lines", "told"),
    [
        (
            HEAD,
            ["t,a,0.5", "t,b,0.6", "t,a,0.7"],
            r"line 4: instruction 'a' of task 't' came before .*line 2.*add a column example",
        ),
        (HEAD + ",example", ["t,a,1,e", "t,b,1,e", "t,a,1,e"], "line 4: instruction 'a' with example 'e'"),
        (HEAD, ["t,a,0.5", "u,a,0.6"], "no task has a second instruction"),
        (HEAD + ",n", ["t,a,0.5,3", "t,b,1,3"], "line 2: score 0.5 is no share of n = 3"),
    ],
)
def test_rows_that_do_not_fit_together_are_refused(tmp_path, head, lines, told):
    with pytest.raises(DataError, match=told):
        tasks_of(read_table(table(tmp_path, *lines, head=head)))


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"task,instruction,score\n\xff\xfe,a,1\n")
    with pytest.raises(DataError, match="no CSV in UTF-8"):
        read_table(tmp_path / "binary.csv")
    with pytest.raises(ConfigError, match="--scale 0"):
        read_table(table(tmp_path, "t,a,1"), scale=0)


def value(template, example, score, *, metric="accuracy", **more):
    return Value(task="t", example=example, template=template, metric=metric, value=score, **more)


def test_values_count_by_their_first_metric_on_unchanged_input():
    values = [
        value("a", "e", 1.0),
        value("b", "e", None),
        value("a", "e", 0.3, metric="rouge_l"),
        value("a", "e", 0.0, condition="shuffled_images"),
    ]
    assert [(row.instruction, row.score) for row in value_rows(values)] == [("a", 1.0), ("b", None)]
    assert [row.score for row in value_rows(values, metric="rouge_l")] == [0.3]
    with pytest.raises(DataError, match=r"'bleu'.*accuracy, rouge_l"):
        list(value_rows(values, metric="bleu"))
