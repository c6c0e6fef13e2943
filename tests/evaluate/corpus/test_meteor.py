"""METEOR: the errors, the conversation with the program, and the golden values where Java and the jar are there."""

import os
import shutil
import sys

import numpy as np
import pytest
from caption_examples import DOGS, HORSE, PLATE, answers

from sayso.errors import BackendError, ConfigError
from sayso.evaluate.corpus import Answer
from sayso.evaluate.corpus.measuring import corpus_metric

PROGRAM = """#!{python}
# Counts words where METEOR counts matches; what it is asked and how it answers is METEOR's.
import sys
for line in sys.stdin:
    order, *parts = line.rstrip("\\n").split(" ||| ")
    if order == "SCORE":
        print(" ".join([str(float(len(parts[-1].split()))), *["1.0"] * 22]))
    else:
        values = [float(part.split()[0]) / 100 for part in parts]
        print("\\n".join(map(str, [*values, sum(values)])))
"""
ANSWERS = [
    Answer(example="a", text="A red bus.", references=("A bus.", "The bus ||| stops.")),
    Answer(example="b", text="Nothing", references=()),
    Answer(example="c", text=None, references=("A dog runs.",), reason="no answer found"),
]


@pytest.fixture
def program(tmp_path):
    (tmp_path / "meteor-1.5.jar").write_bytes(b"")
    (tmp_path / "java").write_text(PROGRAM.format(python=sys.executable))
    (tmp_path / "java").chmod(0o755)
    return {"jar": str(tmp_path / "meteor-1.5.jar"), "java": str(tmp_path / "java")}


def test_without_the_program_it_is_refused_and_says_what_to_install(program, tmp_path):
    with pytest.raises(ConfigError, match="pycocoevalcap"):
        corpus_metric("meteor")
    with pytest.raises(ConfigError, match=r"nowhere\.jar"):
        corpus_metric("meteor", {"jar": str(tmp_path / "nowhere.jar")})
    with pytest.raises(ConfigError, match="no-such-java"):
        corpus_metric("meteor", {**program, "java": "no-such-java"})


def test_counts_are_summed_and_the_program_turns_sums_into_values(program):
    metric = corpus_metric("meteor", program)
    tally = metric.tally(ANSWERS)
    assert tally.statistics[:, 0].tolist() == [3, 0, 0]
    assert tally.statistics[:, -1].tolist() == [1, 0, 1]
    assert dict(tally.reasons) == {"no reference": 1, "no answer found": 1}
    sums = np.stack([tally.statistics.sum(axis=0), tally.statistics[0], tally.statistics[1]])
    np.testing.assert_allclose(metric.figures(sums)["meteor"], [0.03, 0.03, np.nan])


def test_a_program_that_fails_is_an_error_and_no_number(program, tmp_path):
    (tmp_path / "java").write_text("#!/bin/sh\necho 'out of memory' >&2\nexit 1\n")
    with pytest.raises(BackendError, match="out of memory"):
        corpus_metric("meteor", program).tally(ANSWERS)


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("SAYSO_METEOR_JAR") or shutil.which("java") is None,
    reason="needs Java and meteor-1.5.jar: set SAYSO_METEOR_JAR",
)
def test_golden_values():
    metric = corpus_metric("meteor", {"jar": os.environ["SAYSO_METEOR_JAR"]})
    statistics = metric.tally(answers(HORSE, DOGS, PLATE)).statistics
    found = metric.figures(np.vstack([statistics.sum(axis=0), statistics]))["meteor"]
    np.testing.assert_allclose(found, [0.4483003106, 0.5402204632, 0.4018356811, 0.4048086436], atol=5.1e-11)
