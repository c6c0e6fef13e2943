"""The stage: a folder that is a build, a verdict for every example, the same bytes however often it is begun."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import toy_choices

from sayso.artifacts import Progress
from sayso.data.folder import BuildFolder
from sayso.data.selecting.stage import COLUMNS, run
from sayso.errors import ConfigError, DataError

QUESTIONS = "description_question_answering"
TALKS = "conversation"
TOP = {"scorers": [{"name": "toy_choices:words"}], "selectors": ["top"], "budget": 0.25}


class Killed(BaseException):
    """What stands for a signal."""


class Stopping(Progress):
    """Ends a stage at the k-th word about how far it is."""

    def __init__(self, after):
        self.left = after

    def _step(self):
        self.left -= 1
        if self.left < 0:
            raise Killed

    def start(self, label, *, total=None):
        self._step()

    def advance(self, steps=1):
        self._step()


def examples(folder, split="train"):
    store = BuildFolder(folder).store(split)
    return {task: [one.id for one in store.iter(task)] for task in store.task_sizes}


def test_a_selection_is_a_build_with_what_is_kept(made):
    folder = made.select(**TOP)
    build, selected = BuildFolder(made.out / "build"), BuildFolder(folder)
    kept = {row["id"] for row in made.verdicts() if row["keep"]}
    before = examples(build.path)
    assert examples(folder) == {
        task: [one for one in names if one in kept] for task, names in before.items() if kept & set(names)
    }
    assert len(kept) == sum(map(len, before.values())) // 4
    assert selected.templates == tuple(one for one in build.templates if one.task in {c.name for c in selected.cards})
    assert selected.prompt == build.prompt
    assert {card.name: card.num_train for card in selected.cards} == {
        card.name: len(examples(folder).get(card.name, [])) for card in build.cards
    }
    first = next(selected.store("train").iter())
    assert selected.sampler().train_sample(first, epoch=0) == build.sampler().train_sample(first, epoch=0)


def test_the_test_split_is_untouched(made):
    folder = made.select(**TOP)
    for path in (made.out / "build" / "examples" / "test").iterdir():
        other = folder / "examples" / "test" / path.name
        assert other.read_bytes() == path.read_bytes()
        assert other.samefile(path)
    assert examples(folder, "test") == examples(made.out / "build", "test")
    assert [card.num_test for card in BuildFolder(folder).cards] == [
        card.num_test for card in BuildFolder(made.out / "build").cards
    ]


def test_every_example_has_a_verdict_and_the_counts_are_those_of_the_verdicts(made):
    folder = made.select(**TOP)
    rows = made.verdicts()
    everything = [one for names in examples(made.out / "build").values() for one in names]
    assert [row["id"] for row in rows] == everything
    assert [row["row"] for row in rows] == list(range(len(everything)))
    assert all(row["reason"] for row in rows)
    assert all(row["score"] == row["values"]["words"] for row in rows)
    counts = json.loads((folder / "manifest.json").read_text())["counts"]
    kept = [row for row in rows if row["keep"]]
    assert counts["num_rows"] == len(rows)
    assert counts["num_kept"] == counts["num_train"] == len(kept)
    assert counts["kept"] == {"top by words": len(kept)}
    assert counts["refused"] == {"top: the budget was full": len(rows) - len(kept)}
    assert sum(counts["licenses"].values()) == counts["num_train"] + counts["num_test"]
    assert min(row["score"] for row in kept) >= max(row["score"] for row in rows if not row["keep"])


def test_the_columns_are_a_table_with_the_same_numbers(made):
    folder = made.select(**{**TOP, "scorers": [{"name": "toy_choices:words", "without": "6 cats"}]})
    table = pq.read_table(folder / "columns.parquet").to_pylist()
    assert [(one["id"], one["task"], one["keep"], one["words"]) for one in table] == [
        (row["id"], row["task"], row["keep"], row["values"]["words"]) for row in made.verdicts()
    ]
    missing = [row for row in made.verdicts() if row["values"]["words"] is None]
    assert missing
    assert all(row["why"] == {"words": "says '6 cats'"} and not row["keep"] for row in missing)


@pytest.mark.parametrize("after", [0, 1, 2, 4, 5, 6, 7])
def test_killed_at_any_moment_it_ends_in_the_same_bytes(made, after):
    made.select("whole", **TOP)
    with pytest.raises(Killed):
        run(made.context("select", progress=Stopping(after), **TOP))
    made.select(**TOP)
    whole, again = made.files("whole"), made.files("select")
    for file in ("manifest.json", "selection.json"):  # they say the name of the stage
        assert whole.pop(file).replace(b"whole", b"select") == again.pop(file)
    assert again == whole


def test_a_second_selection_scores_nothing_again(made):
    made.select(**TOP)
    calls = len(toy_choices.ASKED)
    made.select("other", **{**TOP, "budget": 3})
    assert len(toy_choices.ASKED) == calls
    assert (made.out / COLUMNS).is_dir()
    assert sum(row["keep"] for row in made.verdicts("other")) == 3


def test_tasks_that_are_not_chosen_from_are_kept_whole(made):
    folder = made.select(tasks=[QUESTIONS], **TOP)
    before, after = examples(made.out / "build"), examples(folder)
    assert len(after[QUESTIONS]) == len(before[QUESTIONS]) // 4
    assert after[TALKS] == before[TALKS]
    others = [row for row in made.verdicts() if row["task"] == TALKS]
    assert {(row["keep"], row["reason"], row["score"]) for row in others} == {
        (True, "of a task that is not chosen from", None)
    }
    assert len(others) == len(before[TALKS])
    assert not any(TALKS in one for call in toy_choices.ASKED for one in call)


def test_selections_stand_in_a_row(made):
    made.select(**{**TOP, "budget": 20})
    made.select("fewer", inputs=("select",), selectors=["random"], budget=5)
    assert {row["id"] for row in made.verdicts("fewer")} == {row["id"] for row in made.verdicts() if row["keep"]}
    assert sum(row["keep"] for row in made.verdicts("fewer")) == 5


def test_what_an_earlier_selection_kept_stays(made):
    made.select("seeds", selectors=["random"], budget=6)
    made.select("more", inputs=("build", "seeds"), **{**TOP, "budget": 10})
    seeds = {row["id"] for row in made.verdicts("seeds") if row["keep"]}
    kept = [row for row in made.verdicts("more") if row["keep"]]
    assert len(kept) == 10
    assert {row["id"] for row in kept if row["reason"] == "kept by an earlier selection"} == seeds
    with pytest.raises(DataError, match=r"stage 'less': more kept .* which seeds does not have"):
        made.select("less", inputs=("seeds", "more"), **TOP)


def test_trained_models_and_the_target_are_shown_to_scorers(made, tmp_path):
    made.trained()
    made.build("target", count=6, first=100)
    (tmp_path / "looking_scorer.py").write_text(LOOKING)
    made.select(inputs=("build", "target", "warm"), scorers=["looking_scorer:looking"], selectors=["top"], budget=1)
    seen = json.loads((made.out / "seen.json").read_text())
    assert seen["trained"] == [["warm", str(made.out / "warm" / "model"), str(made.out / "warm")]]
    targets = examples(made.out / "target")
    assert seen["target"] == targets


LOOKING = """
import json
import numpy as np
from sayso.data.scorers import Column

class looking:
    per_row = True

    def score(self, samples, *, scoring):
        trained = [[one.name, str(one.model), str(one.folder)] for one in scoring.trained]
        target = {name: [one.example for one in some] for name, some in scoring.target.items()}
        seen = {"trained": trained, "target": target}
        (scoring.store.parent / "seen.json").write_text(json.dumps(seen))
        return {"looked": Column(values=np.arange(len(samples), dtype=float))}
"""


@pytest.fixture(autouse=True)
def _on_path(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)


def test_a_file_of_records_is_a_target_and_a_bad_one_is_refused(made, tmp_path):
    good = tmp_path / "target.jsonl"
    good.write_text(json.dumps({"instruction": "Say hi", "input": "", "output": "hi"}) + "\n")
    (tmp_path / "looking_scorer.py").write_text(LOOKING)
    made.select(scorers=["looking_scorer:looking"], selectors=["top"], budget=1, target=str(good))
    assert list(json.loads((made.out / "seen.json").read_text())["target"]) == ["target"]
    good.write_text(good.read_text() + "{}\n")
    with pytest.raises(DataError, match=r"target .* has 1 rows that cannot be used.*\n.*target.jsonl:2"):
        made.select("again", selectors=["random"], budget=1, target=str(good))
    made.build("other", count=3)
    with pytest.raises(ConfigError, match="several targets"):
        made.select("both", inputs=("build", "other"), selectors=["random"], budget=1, target=str(good))


def test_extremes_are_those_of_the_column_with_their_texts(made):
    folder = made.select(**TOP, num_extremes=2)
    figures = json.loads((folder / "selection.json").read_text())
    column = figures["columns"][0]
    values = sorted(row["score"] for row in made.verdicts())
    assert [one["value"] for one in column["lowest"]] == values[:2]
    assert [one["value"] for one in column["highest"]] == values[::-1][:2]
    assert column["before"]["n"] == len(values)
    assert sum(column["before"]["counts"]) == len(values)
    assert column["before"]["mean"] == pytest.approx(np.mean(values))
    assert column["after"]["n"] == figures["num_kept"]
    assert {one["task"]: one["after"] for one in figures["tasks"]} == {
        task: sum(row["keep"] for row in made.verdicts() if row["task"] == task)
        for task in examples(made.out / "build")
    }


@pytest.mark.parametrize(
    ("config", "error", "told"),
    [
        ({"tasks": ["nothing*"], "selectors": ["random"], "budget": 1}, ConfigError, "select.tasks: 'nothing"),
        ({"scorers": ["lenght"]}, ConfigError, "did you mean 'length'"),
        ({"scorers": [{"name": "length", "unti": "words"}]}, ConfigError, "did you mean 'unit'"),
        (
            {"scorers": ["length"], "selectors": [{"name": "threshold", "by": "length", "min": 1e9}]},
            DataError,
            r"keeps nothing of \d+ examples: \d+ x threshold: length … is under min …",
        ),
    ],
)
def test_what_cannot_be_is_said(made, config, error, told):
    with pytest.raises(error, match=told):
        made.select(**config)


def test_tokens_are_words_where_no_model_scores(made):
    made.select(selectors=["random"], max_tokens=40)
    build = BuildFolder(made.out / "build")
    store, sampler = build.store("train"), build.sampler()
    kept = {row["id"] for row in made.verdicts() if row["keep"]}
    spent = 0
    for example in store.iter():
        if example.id in kept:
            sample = sampler.train_sample(example, epoch=0)
            spent += sum(len(message.text.split()) for message in sample.messages)
    assert 0 < spent <= 40
