"""Values that are kept: nothing is scored twice, a killed run goes on, and what would change a value makes a new one."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import toy_choices
from chat_server import ChatServer
from PIL import Image

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.data.scorers import Scoring
from sayso.data.selecting.columns import CHUNK, UNSAID, build_scorers, score_rows
from sayso.data.selecting.parts import Part, Parts
from sayso.data.selecting.rows import look_at
from sayso.data.selecting.vectors import feature_maker
from sayso.errors import BackendError, ConfigError, DataError
from sayso.records import Media

WORDS = "toy_choices:words"


class Scores:
    """Scores samples, with a folder that stays."""

    def __init__(self, folder):
        self.folder = folder

    def rows(self, samples):
        return look_at(samples, progress=Progress())

    def scoring(self, seed=1):
        return Scoring(seed=seed, store=self.folder / "calls.sqlite", columns=self.folder / "columns")

    def __call__(self, samples, *entries, seed=1, read=(), **around):
        named = build_scorers([PluginConfig.model_validate(entry) for entry in entries], where="select")
        return score_rows(self.rows(samples), named=named, scoring=self.scoring(seed), around=around, read=read)


@pytest.fixture
def scores(tmp_path):
    return Scores(tmp_path)


def test_values_come_in_the_order_of_the_pool_and_reasons_with_them(scores, few):
    scored = scores(few([5, 1, 3]), {"name": WORDS, "without": "w w w"})
    column = scored.columns["words"]
    assert np.isnan(column.values).tolist() == [True, False, True]
    assert column.values[1] == 1
    assert column.why == {0: "says 'w w w'", 2: "says 'w w w'"}
    assert scored.num_missing == {"words": 2}
    assert scored.by_any_name[WORDS] is column


def test_rows_that_come_again_are_not_scored_again(scores, few):
    first = scores(few(range(1, 8)), WORDS).columns["words"].values
    again = scores(few([9, 3, 1, 8]), WORDS).columns["words"].values
    assert first.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert again.tolist() == [9, 3, 1, 8]
    assert [[str(number) for number in range(1, 8)], ["9", "8"]] == toy_choices.ASKED


def _fields(one):
    return {name: getattr(one, name) for name in one.__struct_fields__}


def test_a_killed_run_goes_on_where_it_was(scores, few):
    pool = few(range(1, CHUNK + 20))
    toy_choices.LIFE["dies_at"] = CHUNK + 1
    with pytest.raises(KeyboardInterrupt):
        scores(pool, WORDS)
    toy_choices.ASKED.clear()
    toy_choices.LIFE["dies_at"] = -1
    again = scores(pool, WORDS).columns["words"].values
    assert [[str(number) for number in range(CHUNK + 1, CHUNK + 20)]] == toy_choices.ASKED
    assert again.tolist() == list(range(1, CHUNK + 20))


@pytest.mark.parametrize("name", ["deita", "quality"])
def test_rows_that_a_judge_did_not_answer_are_asked_about_by_the_next_run(scores, few, name):
    broken = {"w w w"}
    fails = lambda text, attempt: "500" if any(f"\n{words}\n" in text for words in broken) else None  # noqa: E731
    with ChatServer(plan=fails, answer=lambda text: "Fine.\nRating: 4") as server:
        judge = {"name": "chat", "model": "m", "base_url": server.base_url, "max_retries": 0}
        entry = {"name": name, "judge": judge}
        first = scores(few([2, 3, 5]), entry).columns[name]
        assert np.isnan(first.values).tolist() == [False, True, False]
        assert "did not answer" in first.why[1]
        calls = server.counts.calls
        broken.clear()
        then = scores(few([5, 3, 2]), entry).columns[name]
        assert len(set(then.values.tolist())) == 1
        assert not then.why
        assert server.counts.calls - calls == 1  # that row alone
        scores(few([5, 3, 2]), entry)
        assert server.counts.calls - calls == 1


def test_a_column_that_nobody_gives_is_missed_when_the_first_rows_are_scored(scores, few):
    pool = few(np.arange(2 * CHUNK) + 1)
    with pytest.raises(ConfigError, match=r"no column 'wrods' to select by; did you mean 'words'"):
        scores(pool, WORDS, read=["words", "wrods"])
    assert [len(call) for call in toy_choices.ASKED] == [CHUNK]
    assert len(scores(pool, WORDS, read=["words"]).columns["words"].values) == 2 * CHUNK
    assert [len(call) for call in toy_choices.ASKED] == [CHUNK, CHUNK]


def test_a_scorer_of_the_whole_pool_is_asked_once_for_exactly_this_pool(scores, few):
    whole = {"name": WORDS, "per_row": False}
    for samples in (few(range(1, 400)), few(range(1, 400)), few(range(1, 399))):
        assert scores(samples, whole).columns["words"].values.tolist() == [float(one.example) for one in samples]
    assert [len(call) for call in toy_choices.ASKED] == [399, 398]


@pytest.mark.parametrize(
    "changed",
    [
        {"options": {"without": "zebra"}},
        {"seed": 2},
        {"around": {"trained": ["another"]}},
        {"around": {"target": ["another"]}},
    ],
)
def test_what_a_value_may_depend_on_makes_a_new_one(scores, few, changed):
    around = {"trained": ["one"], "target": []}
    scores(few([1, 2]), WORDS, **around)
    entry = {"name": WORDS, **changed.get("options", {})}
    scores(few([1, 2]), entry, seed=changed.get("seed", 1), **{**around, **changed.get("around", {})})
    assert len(toy_choices.ASKED) == 2
    scores(few([1, 2]), WORDS, **around)
    assert len(toy_choices.ASKED) == 2


def test_a_scorer_that_says_so_keeps_its_values_when_models_change(scores, few):
    for trained in (["one"], ["another"]):
        scores(few([1, 2]), {"name": WORDS, "reads": False}, trained=trained)
    assert len(toy_choices.ASKED) == 1


def test_a_file_that_an_option_names_is_part_of_it(scores, few, tmp_path):
    file = tmp_path / "words.txt"
    for text, calls in (("w w", 1), ("w w", 1), ("x x x", 2)):
        file.write_text(text)
        scores(few([1, 2]), {"name": WORDS, "without": str(file)})
        assert len(toy_choices.ASKED) == calls


def test_a_folder_beside_is_named_by_its_name_alone_and_a_long_text_is_no_file(scores, few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    for text, calls in (("one", 1), ("one", 1), ("two", 2)):
        (tmp_path / "model" / "weights").write_text(text)
        scores(few([1, 2]), {"name": WORDS, "without": "model"})
        assert len(toy_choices.ASKED) == calls
    scores(few([1, 2]), {"name": WORDS, "without": "Rate it. How good is it? " * 200})


def test_a_picture_that_was_drawn_again_is_another_row(scores, few, tmp_path):
    path = tmp_path / "a.png"
    sample = few([2])[0]
    pictured = type(sample)(**{**_fields(sample), "media": (Media(path=str(path), width=8, height=8),)})
    for colour, calls in (("white", 1), ("white", 1), ("blue", 2)):
        if colour == "blue" or not path.exists():
            Image.new("RGB", (8 if colour == "white" else 9, 8), colour).save(path)
        scores([pictured], WORDS)
        assert len(toy_choices.ASKED) == calls


def test_names_that_a_recipe_gives(scores, few):
    scored = scores(few([3]), {"name": WORDS, "as": "mine", "names": "words+more"}, {"name": WORDS, "names": "words"})
    assert list(scored.columns) == ["mine", "mine.more", "words"]
    assert scored.columns["mine.more"].values.tolist() == [6]


@pytest.mark.parametrize("name", ["id", "task", "keep"])
def test_names_that_a_table_of_columns_has_already_are_refused(scores, few, name):
    with pytest.raises(ConfigError, match=rf"column '{name}', as columns.parquet calls .* with as: NAME"):
        scores(few([1, 2]), {"name": WORDS, "as": name})


def test_two_scorers_with_one_name_are_refused(scores, few):
    with pytest.raises(ConfigError, match=r"select.scorers.1 \(toy_choices:words\) gives a column 'words'.*add as:"):
        scores(few([3]), WORDS, {"name": WORDS, "without": "x"})


CLASS = """
import numpy as np
from sayso.data.scorers import Column

class Wrong:
    per_row = True
    calls = 0

    def score(self, samples, *, scoring):
        Wrong.calls += 1
        zeros = Column(values=np.zeros(len(samples)))
        {body}
"""


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("none", "return {}", "no column came back"),
        ("many", "return {'a': Column(values=np.zeros(len(samples) + 1))}", "has the shape"),
        ("flat", "return {'a': Column(values=zeros.values[:, None])}", "has the shape"),
        ("other", "return {'ab'[Wrong.calls - 1]: zeros}", "columns of some rows are"),
        ("raising", "raise ValueError('oops')", "ValueError: oops"),
    ],
)
def test_what_a_scorer_gives_is_checked(scores, few, tmp_path, monkeypatch, name, body, told):
    (tmp_path / f"wrong_{name}.py").write_text(CLASS.replace("{body}", body))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=told) as caught:
        scores(few(range(1, CHUNK + 3)), f"wrong_{name}:Wrong")
    assert str(caught.value).startswith(f"select.scorers.0 (wrong_{name}:Wrong)")


def test_a_scorer_that_says_nothing_of_rows_is_asked_about_all_of_them(scores, few, tmp_path, monkeypatch):
    body = "return {'a': Column(values=zeros.values + len(samples))}"
    (tmp_path / "plain_scorer.py").write_text(CLASS.replace("    per_row = True\n", "").replace("{body}", body))
    monkeypatch.syspath_prepend(tmp_path)
    pool = few(range(1, CHUNK + 3))
    assert set(scores(pool, "plain_scorer:Wrong").columns["a"].values) == {len(pool)}


def test_a_value_without_a_reason_gets_one(scores, few, tmp_path, monkeypatch):
    (tmp_path / "silent_scorer.py").write_text(
        CLASS.replace("{body}", "return {'a': Column(values=zeros.values * np.nan)}")
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert scores(few([1, 2]), "silent_scorer:Wrong").columns["a"].why == {0: UNSAID, 1: UNSAID}


def test_an_infinite_value_is_none_and_says_what_it_was(scores, few, tmp_path, monkeypatch):
    body = "return {'a': Column(values=zeros.values + np.array([np.inf, 1, -np.inf, np.nan]))}"
    (tmp_path / "endless_scorer.py").write_text(CLASS.replace("{body}", body))
    monkeypatch.syspath_prepend(tmp_path)
    scored = scores(few([1, 2, 3, 4]), "endless_scorer:Wrong")
    assert np.isnan(scored.columns["a"].values).tolist() == [True, False, True, True]
    assert scored.columns["a"].why == {0: "its value is inf", 2: "its value is -inf", 3: UNSAID}
    assert scored.num_missing == {"a": 3}


def test_a_damaged_value_is_told_with_what_to_delete(scores, few):
    scores(few([1, 2]), WORDS)
    part = next(path for path in (scores.folder / "columns").rglob("*.npy") if "keys" not in path.name)
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"cannot be read .*delete"):
        scores(few([1, 2]), WORDS)


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(scores, few):
    (scores.folder / "columns").write_text("in the way")
    with pytest.raises(BackendError, match=r"cannot write .*run the same command again"):
        scores(few([1, 2]), WORDS)


def test_a_part_without_its_last_file_is_none(scores, few):
    scores(few([1, 2]), WORDS)
    next((scores.folder / "columns").rglob("*.json")).unlink()
    assert scores(few([1, 2]), WORDS).columns["words"].values.tolist() == [1, 2]
    assert len(toy_choices.ASKED) == 2


def test_those_who_share_a_folder_do_not_mix_their_values(tmp_path):
    def add(first):
        for number in range(first, first + 5):
            keys = np.array([f"{number:016d}".encode()], dtype="S16")
            Parts(tmp_path).add(Part(keys=keys, values=np.array([[float(number)]]), facts={}))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(0, 400, 100)))
    found = {int(part.keys[0]): part.values[0, 0] for part in Parts(tmp_path).read()}
    assert sorted(found) == [first + number for first in range(0, 400, 100) for number in range(5)]
    assert all(key == value for key, value in found.items())


def test_features_are_kept_by_row_too(scores, few):
    rows = scores.rows(few([1, 2, 3, 4, 5]))
    features = feature_maker(rows, scoring=scores.scoring(), around={})
    plugin = PluginConfig(name="toy_choices:vectors")
    some = features(plugin, np.array([4, 0]))
    assert some.argmax(axis=1).tolist() == [(2 * 5 - 1) % 4, 1]
    everything = feature_maker(rows, scoring=scores.scoring(), around={})(plugin, np.arange(5))
    assert everything.argmax(axis=1).tolist() == [(2 * number - 1) % 4 for number in (1, 2, 3, 4, 5)]
    assert toy_choices.ASKED == [["5", "1"], ["2", "3", "4"]]
    assert everything.dtype == np.float32


def test_features_of_a_whole_pool_are_made_for_exactly_these_rows(scores, few):
    rows = scores.rows(few([1, 2, 3]))
    plugin = PluginConfig(name="toy_choices:vectors", per_row=False)
    for _ in range(2):
        features = feature_maker(rows, scoring=scores.scoring(), around={})
        features(plugin, np.arange(3))
        features(plugin, np.array([2, 1]))
    assert toy_choices.ASKED == [["1", "2", "3"], ["3", "2"]]


def test_what_is_kept_is_plain_numpy_and_json(scores, few):
    scores(few([1, 2]), {"name": WORDS, "without": "w w"})
    folder = next((scores.folder / "columns").iterdir())
    told = next(folder.glob("000000-*.json"))
    assert np.load(told.with_suffix(".npy")).shape == (2, 1)
    assert np.load(told.with_suffix(".keys.npy")).shape == (2,)
    assert json.loads(told.read_text()) == {
        "columns": [{"name": "words", "higher_is_better": True, "why": {"says 'w w'": [1]}}]
    }
